//! Every setting, once: its key, type, default and manual.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use url::Url;

use super::{
    mode::Mode,
    service::ServiceSecret,
    source::{PREFIX, Source},
    value::{Ratio, Value},
};
use crate::model::{Secret, key::Algorithm, proof::Verification, proxy::Route, signup::SignupPolicy};

/// One line of the manual.
pub struct Manual {
    /// Key in the file; the environment variable is `VESTIBULE_` and the key in capitals.
    pub key: &'static str,
    /// Type.
    pub kind: &'static str,
    /// Default.
    pub default: &'static str,
    /// Default in production, where it differs.
    pub production: Option<&'static str>,
    /// What it does.
    pub doc: &'static str,
}

macro_rules! settings {
    ($( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:literal $(| production $production:literal)?; )+) => {
        /// The operator's settings, checked.
        #[derive(Clone, Debug)]
        pub struct Config {
            /// `APP_SETTINGS`.
            pub mode: Mode,
            /// `[[routes]]`: the services behind the gateway.
            pub routes: Vec<Route>,
            $( $(#[doc = $doc])+ pub $key: $type, )+
        }

        impl Config {
            /// All settings, in the manual's order.
            pub const MANUAL: &'static [Manual] = &[$( Manual {
                key: stringify!($key),
                kind: <$type as Value>::KIND,
                default: $default,
                production: settings!(@production $($production)?),
                doc: concat!($($doc, "\n"),+),
            } ),+];

            /// Reads every setting.
            ///
            /// # Errors
            /// One line for each key that is unknown or malformed.
            pub fn read(source: &Source) -> Result<Self, Vec<String>> {
                let mut errors = source.unknown(&Self::MANUAL.iter().map(|entry| entry.key).collect::<Vec<_>>());
                let mut values = Self::MANUAL.iter();
                $( let $key = values.next().and_then(|manual| one::<$type>(source, manual, &mut errors)); )+
                match ($($key,)+) {
                    ($(Some($key),)+) if errors.is_empty() => Ok(Self { mode: source.mode, routes: source.routes.clone(), $($key,)+ }),
                    _ => Err(errors),
                }
            }
        }
    };
    (@production) => { None };
    (@production $production:literal) => { Some($production) };
}

fn one<T: Value>(source: &Source, manual: &Manual, errors: &mut Vec<String>) -> Option<T> {
    let default = if source.mode == Mode::Production { manual.production.unwrap_or(manual.default) } else { manual.default };
    let (text, place) = source.get(manual.key).map_or((default, "default"), |found| (&found.text, &found.place));
    T::parse(text)
        .map_err(|expected| {
            let shown = if T::KIND == "secret" { "what it is" } else { text };
            errors.push(format!("{place}: {} is {shown:?}: {expected}", manual.key));
        })
        .ok()
}

settings! {
    /// Address and port to listen on. Port 0 takes a free one.
    listen: SocketAddr = "127.0.0.1:5000";
    /// Where clients reach the gateway: the `iss` of tokens, links in mails. In production it must be https.
    public_url: Url = "http://127.0.0.1:5000";
    /// Directory for the database, the secret key and caches. Made if it is not there.
    data_dir: PathBuf = "./data";
    /// Directory for compiled plugins; only this user may read it. Empty: `cache` in `data_dir`.
    cache_dir: Option<PathBuf> = "";
    /// Where accounts are kept: `sqlite://PATH`, or `postgres://USER:PASSWORD@HOST/DATABASE` as `vestibule provision` prints it, or `redis://USER:PASSWORD@HOST:PORT/DATABASE` (`rediss://` with TLS, `redis+unix:///PATH` for a socket, `redis+cluster://USER:PASSWORD@HOST:PORT,HOST:PORT` or `rediss+cluster://` for a Redis Cluster). Empty: `vestibule.db` in `data_dir`.
    database_url: Secret<String> = "";
    /// Connections of this process to a database server, at most. All gateways together must stay below what the server allows (PostgreSQL: `max_connections`, Redis: `maxclients`).
    database_connections: u32 = "16";
    /// How long a request waits for a connection to a database server before it is answered with 503; on PostgreSQL one that has a connection is given up after twice that, if the server answers to nobody. On Redis half of it is for the connection, half for the answer.
    database_wait: Duration = "800ms";
    /// Another store for sessions, steps, proofs, limits and providers' short-lived data, of the same forms as `database_url`; mostly a Redis. Empty: the database.
    sessions_url: Secret<String> = "";
    /// Whether `serve` applies migrations on start.
    migrate_on_start: bool = "true";
    /// Directory of the providers: one `NAME.wasm` and an optional `NAME.toml` each.
    plugins_dir: PathBuf = "./plugins-enabled";
    /// Refuse plugins whose `NAME.toml` pins no `sha256`.
    require_plugin_pins: bool = "false";
    /// Largest plugin file, in MiB.
    plugin_max_mib: u32 = "32";
    /// CPU time that compiling one plugin may take.
    plugin_compile_cpu: Duration = "60s";
    /// Address space that compiling one plugin may take, in MiB.
    plugin_compile_memory_mib: u32 = "4096";
    /// Calls into all plugins at the same time; further ones are answered with 503.
    sandbox_slots: u32 = "64";
    /// Where mail goes: `console:` (not in production), `file:DIR` (one file a mail), `smtp://[USER:PASSWORD@]HOST[:PORT]` (port 587) or `smtps://[USER:PASSWORD@]HOST[:PORT]` (port 465). User and password are percent-encoded. `smtp` takes `?tls=required`, `?tls=offered` (STARTTLS if the server offers it) or `?tls=off`; left out it is `offered`, in production `required` unless the server is on this machine.
    mail_url: Secret<String> = "console:";
    /// The address that mails come from.
    mail_from: String = "Vestibule <no-reply@localhost>";
    /// How long connecting to the mail server may take, and each of its answers.
    mail_timeout: Duration = "30s";
    /// PEM file with certificates of authorities that the mail server's certificate may come from, besides those of the system. Empty: none.
    mail_tls_ca: Option<PathBuf> = "";
    /// Mails that this process sends at the same time.
    mail_concurrency: u32 = "4";
    /// How long a mail is tried, at growing intervals of 5 seconds to an hour, before it is given up. Administrators see those at `GET /outbox`, and can have them tried again.
    mail_give_up: Duration = "3d";
    /// How long a mail that was sent stays listed; its content is forgotten at once.
    mail_keep_sent: Duration = "7d";
    /// How long a mail that was given up stays.
    mail_keep_failed: Duration = "30d";
    /// Directory with templates of yours in the places of the built-in ones: `en/NAME.txt`, `ru/NAME.html`, `layout.html`. Empty: none.
    mail_templates_dir: Option<PathBuf> = "";
    /// The `aud` of access tokens. Not `public_url`, which is the audience of refresh tokens.
    audience: String = "vestibule";
    /// Services that may ask `POST /auth/introspect`: `ID={env:NAME}` or `ID={file:PATH}` each, comma-separated. The secret is in the environment or in a file, at least 32 letters, digits and `-._~` (make one with `openssl rand -hex 32`).
    introspection_clients: Vec<ServiceSecret> = "";
    /// How new signing keys sign: EdDSA, ES256 or RS256 (RFC 7518, RFC 8037).
    signing_algorithm: Algorithm = "EdDSA";
    /// How long a new signing key is published before it signs: at least as long as verifiers cache `/.well-known/jwks.json`.
    key_publish_lead: Duration = "10m";
    /// Life of an access token.
    access_token_ttl: Duration = "15m";
    /// Absolute life of a session; refreshing does not extend it.
    session_ttl: Duration = "30d";
    /// A session ends if it is not refreshed for so long.
    session_idle: Duration = "14d";
    /// How long after a sign-in a session may change its ways in, second factors and addresses; later it answers `reauthentication_required`.
    reauthentication_window: Duration = "15m";
    /// How long the history of sign-ins is kept.
    signin_history_ttl: Duration = "365d";
    /// Whether addresses must be proven by a mail: `off`, `optional` (a sign-up gets a letter, signing in works meanwhile) or `required` (no session before).
    email_verification: Verification = "optional";
    /// How long a link or code lives that verifies an address, finishes a sign-up or changes an address.
    verification_ttl: Duration = "24h";
    /// How long a link or code lives that resets a forgotten password.
    recovery_ttl: Duration = "1h";
    /// Who may sign up: `open` (everybody), `invite` (who has an invitation) or `closed` (nobody). `signup` in a provider's `NAME.toml` goes before it. Invitations can be accepted whatever it says.
    signup: SignupPolicy = "open";
    /// How long an invitation works, unless its maker says otherwise. At most 365 days.
    invitation_ttl: Duration = "7d";
    /// How long an invitation is kept after it was used or revoked, or has ended.
    invitation_history_ttl: Duration = "90d";
    /// How long a repeated refresh gets the same pair again (a retry after a lost answer); `0s` switches it off.
    retry_window: Duration = "10s";
    /// 32 bytes as 64 hexadecimal digits or as base64, from which the keys for secrets at rest are derived. The same on all gateways of one store. Empty: `secret_key_file`.
    secret_key: Option<Secret<String>> = "";
    /// File with the secret key. Empty: `secret.key` in `data_dir`, made on first start (not in production).
    secret_key_file: Option<PathBuf> = "";
    /// Memory of one Argon2id hash, in KiB (RFC 9106).
    password_memory_kib: u32 = "19456";
    /// Passes of one Argon2id hash.
    password_iterations: u32 = "2";
    /// Lanes of one Argon2id hash.
    password_parallelism: u32 = "1";
    /// Weakest password that is taken, as a zxcvbn score from 0 to 4.
    password_min_score: u32 = "2";
    /// Threads that hash passwords. 0: one for each core.
    password_threads: u32 = "0";
    /// Hashes that may wait; further sign-ins are answered with 503.
    password_queue: u32 = "256";
    /// How long a hash may wait before its sign-in is answered with 503.
    password_queue_deadline: Duration = "5s";
    /// Sign-ups, sign-ins and steps a minute that one client address (IPv6: one /64) may try, before 429. 0: no limit.
    auth_rate_per_minute: u32 = "0" | production "60";
    /// Most sign-ups, sign-ins and steps that one client address may try at once, before the rate counts.
    auth_rate_burst: u32 = "30";
    /// Sign-ups an hour by one client address (IPv6: one /64), before 429. 0: no limit.
    signup_rate_per_hour: u32 = "0" | production "30";
    /// Wrong passwords for one account that one client address (IPv6: one /64) may give at once, before 429. A right one clears them. 0: no limit.
    wrong_password_burst: u32 = "10";
    /// How long until one more of them is free.
    wrong_password_interval: Duration = "1m";
    /// Wrong passwords for one account that all addresses where it is not known may give together. After that they are asked for a code from the account's mailbox first; addresses from which it has signed in are not. 0: never.
    stranger_password_burst: u32 = "30";
    /// How long until one more of them is free.
    stranger_password_interval: Duration = "2m";
    /// How long an account stays known at an address from which it has signed in.
    known_place_ttl: Duration = "90d";
    /// Mails that anybody can ask for (codes, links) which one address may get at once; further ones are not sent, and answered alike. One client may ask for ten times as many. 0: no limit.
    mail_burst: u32 = "3";
    /// How long until one more of them is free.
    mail_interval: Duration = "10m";
    /// Origins besides our own where people may be sent after they have signed in or out (`return_to`), such as `https://shop.example.org`, comma-separated.
    return_origins: Vec<Url> = "";
    /// Proxies whose `X-Forwarded-For` is believed, as addresses or networks, comma-separated.
    trusted_proxies: Vec<IpNet> = "";
    /// Who may see `/metrics` and the reasons in `/health/ready`, as addresses or networks, comma-separated: the client's address counts, behind trusted proxies the forwarded one.
    operator_networks: Vec<IpNet> = "127.0.0.0/8, ::1/128";
    /// Free space on the disk of `data_dir`, in MiB, below which `/health/ready` says `degraded`. 0: never.
    disk_space_min_mib: u32 = "256";
    /// Largest request body, in KiB.
    body_limit_kib: u32 = "64";
    /// How long `/health/ready` answers 503 after SIGTERM before the gateway takes no more connections: as long as load balancers need to notice.
    shutdown_delay: Duration = "0s";
    /// How long requests in flight may take after SIGTERM (and `shutdown_delay`).
    shutdown_grace: Duration = "15s";
    /// `json` (one object a line), `text`, or empty: json in production, text elsewhere.
    log_format: String = "";
    /// What is logged, as directives of tracing (`info`, `vestibule=debug`).
    log_level: String = "info";
    /// Collector of traces, OTLP over HTTP (protobuf), such as `http://127.0.0.1:4318`; `/v1/traces` is added. Empty: no traces.
    otlp_url: Option<Url> = "";
    /// Part of the traces that is kept; a trusted caller's decision (`traceparent`) goes before it.
    otlp_sample_ratio: Ratio = "1.0";
    /// Headers of exports, for the collector's key: `NAME=VALUE`, comma-separated.
    otlp_headers: Option<Secret<String>> = "";
}

impl Config {
    /// The effective `database_url`.
    #[must_use]
    pub fn database(&self) -> Secret<String> {
        if self.database_url.expose().is_empty() {
            Secret::new(format!("sqlite://{}", self.data_dir.join("vestibule.db").display()))
        } else {
            self.database_url.clone()
        }
    }

    /// `public_url` without a slash at the end.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// The effective `cache_dir`.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.cache_dir.clone().unwrap_or_else(|| self.data_dir.join("cache"))
    }

    /// The file of the secret key.
    #[must_use]
    pub fn secret_key_path(&self) -> PathBuf {
        self.secret_key_file.clone().unwrap_or_else(|| self.data_dir.join("secret.key"))
    }

    /// What must not be in production, each with its mend.
    #[must_use]
    pub fn unsafe_in_production(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.public_url.scheme() != "https" {
            found.push(format!(
                "public_url is {}: production needs https, such as public_url = \"https://auth.example.org\"",
                self.public_url
            ));
        }
        if self.mail_url.expose() == "console:" {
            let set = "set mail_url = \"smtps://USER:PASSWORD@HOST\"";
            found.push(format!("mail_url is console: production would lose every mail; {set}"));
        }
        if self.secret_key.is_none() && self.secret_key_file.is_none() {
            let set = format!("set {PREFIX}SECRET_KEY or secret_key_file (make one with `openssl rand -hex 32`)");
            found.push(format!("secret_key is not set: production does not generate secrets; {set}"));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let environment = Environment::from_pairs(variables.iter().copied());
        let mode = Mode::read(&environment).map_err(|error| vec![error])?;
        Config::read(&Source::parse(text, "vestibule.toml", mode, &environment)?)
    }

    #[test]
    fn defaults_hold_without_a_file() {
        let config = read("", &[]).expect("defaults");
        assert_eq!(config.listen.to_string(), "127.0.0.1:5000");
        assert_eq!(config.database().expose(), "sqlite://./data/vestibule.db");
        assert_eq!(config.issuer(), "http://127.0.0.1:5000");
        assert_eq!(config.auth_rate_per_minute, 0);
    }

    #[test]
    fn environment_stands_above_mode_above_file() {
        let file = "retry_window = \"1s\"\nlisten = \"127.0.0.1:1\"\nauth_rate_burst = 7\n[testing]\nretry_window = \"2s\"\nlisten = \"127.0.0.1:2\"";
        let config = read(file, &[("APP_SETTINGS", "testing"), ("VESTIBULE_LISTEN", "127.0.0.1:3")]).expect("valid");
        assert_eq!((config.retry_window, config.listen.port(), config.auth_rate_burst), (Duration::from_secs(2), 3, 7));
    }

    #[test]
    fn names_every_mistake_with_its_line() {
        let errors =
            read("listen = \"here\"\n\nretry_window = 5\nlisen = \"x\"", &[("VESTIBULE_PASSWORD_QUEUE", "many")]).expect_err("mistakes");
        for part in [
            "vestibule.toml line 4: lisen is not a setting",
            "vestibule.toml line 1: listen is \"here\": expected ADDRESS:PORT",
            "vestibule.toml line 3: retry_window is \"5\": expected a number with its unit",
            "VESTIBULE_PASSWORD_QUEUE: password_queue is \"many\"",
        ] {
            assert!(errors.iter().any(|error| error.contains(part)), "{part} not in {errors:#?}");
        }
    }

    #[test]
    fn production_names_everything_unsafe() {
        let config = read("", &[("APP_SETTINGS", "production")]).expect("reads");
        assert_eq!(config.unsafe_in_production().len(), 3);
        assert_eq!(config.auth_rate_per_minute, 60);
        let good = [
            ("APP_SETTINGS", "production"),
            ("VESTIBULE_PUBLIC_URL", "https://a.example"),
            ("VESTIBULE_MAIL_URL", "file:/tmp/m"),
            ("VESTIBULE_SECRET_KEY", "00"),
        ];
        assert!(read("", &good).expect("reads").unsafe_in_production().is_empty());
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = read("", &[("VESTIBULE_SECRET_KEY", "hush")]).expect("reads");
        assert!(!format!("{config:?}").contains("hush"));
    }
}
