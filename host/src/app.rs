//! Builds the house: the one place that knows every room.

pub mod stores;

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use anyhow::Context;
use arc_swap::ArcSwap;
use poem::{Endpoint, Response};
use tokio::{sync::watch, task::JoinHandle};

use self::stores::Stores;
use crate::{
    clock::{Clock, SystemClock},
    config::{Config, Environment, Mode},
    flow::{
        Flow, Terms,
        authenticate::Seen,
        guard::{Guard, Rates},
        health::Disk,
        invitation,
        key::KeyMaker,
        outbox::{MailTerms, Outbox},
        port,
        proxy::Routes,
        service::Services,
    },
    http::{client::TrustedProxies, frame, input, operator::Operators, proxy::Proxy, router},
    mail::{MailSettings, Mailer, Templates},
    metrics::Metrics,
    model::{Secret, allowance::Rate, proxy::Route},
    password::{
        hash::Params,
        policy::Policy,
        pool::{HashPool, PoolSettings},
    },
    provider::{
        Providers,
        compile::CompileLimits,
        directory::{DirectoryOptions, SwitchSource},
        egress::tls,
        engine::EngineOptions,
        port::Ports,
        providers::Settings,
    },
    random::{Random, SystemRandom},
    store::Accounts,
    token::{pair::Issuer, seal::SecretKey},
};

/// A gateway, built.
pub struct App {
    /// What it does.
    pub flow: Arc<Flow>,
    config: Config,
    stores: Stores,
    proxy: Proxy,
}

/// What runs beside the requests.
pub struct Tasks {
    stop: watch::Sender<bool>,
    running: Vec<(&'static str, JoinHandle<()>)>,
    outbox: Arc<Outbox>,
    carrier: JoinHandle<()>,
}

impl Tasks {
    fn start(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let mut stopped = self.stop.subscribe();
        let task = async move {
            tokio::select! {
                () = task => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        };
        self.running.push((name, tokio::spawn(task)));
    }

    /// Ends them, in the order in which they were started, and then the outbox: mails under way are finished, or else wait for
    /// the next start. Each has so long to end.
    pub async fn finish(mut self, patience: Duration) {
        self.stop.send_replace(true);
        for (name, task) in self.running {
            match tokio::time::timeout(patience, task).await {
                Ok(Ok(())) => tracing::debug!(name, "task ended"),
                Ok(Err(reason)) => tracing::error!(name, %reason, "task broke"),
                Err(_) => tracing::warn!(name, "task did not end in time"),
            }
        }
        self.outbox.drain();
        if tokio::time::timeout(patience, &mut self.carrier).await.is_err() {
            self.outbox.stop();
            // It ends by itself now; that it panicked would have been logged.
            let _ = self.carrier.await;
        }
    }
}

/// The secret key, from the setting or its file.
///
/// # Errors
/// If it is malformed, or its file open to others.
pub fn secret_key(config: &Config) -> anyhow::Result<SecretKey> {
    if let Some(text) = &config.secret_key {
        return SecretKey::parse(text.expose()).context("secret_key");
    }
    let path = config.secret_key_path();
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).with_context(|| format!("data_dir: {}", directory.display()))?;
    }
    if config.mode == Mode::Production && !path.exists() {
        anyhow::bail!("secret_key_file is {}: there is no such file, and production makes no secrets", path.display());
    }
    Ok(SecretKey::load_or_create(&path, &SystemRandom)?)
}

/// Ways to sign in, from the plugins directory.
///
/// # Errors
/// If the sandbox, the cache or the directory cannot be made.
pub async fn providers(
    config: &Config,
    environment: Environment,
    ports: Ports,
    accounts: Option<Arc<dyn Accounts>>,
) -> anyhow::Result<Providers> {
    let switches: Arc<dyn SwitchSource> = match accounts {
        Some(accounts) => Arc::new(port::StoredSwitches(accounts)),
        None => Arc::new(port::NoSwitches),
    };
    Ok(Providers::start(provider_settings(config, environment)?, ports, switches).await?)
}

/// What the provider room needs of the configuration.
///
/// # Errors
/// If the secret key cannot be read.
pub fn provider_settings(config: &Config, environment: Environment) -> anyhow::Result<Settings> {
    let mib = |mib: u32| u64::from(mib) * 1024 * 1024;
    Ok(Settings {
        directory: DirectoryOptions {
            path: config.plugins_dir.clone(),
            require_pins: config.require_plugin_pins,
            allow_loopback: config.mode != Mode::Production,
            largest_component: mib(config.plugin_max_mib),
            variable: Arc::new(move |name| environment.get(name).map(ToOwned::to_owned)),
        },
        cache: config.cache(),
        cache_key: Secret::new(secret_key(config)?.derive("component cache").expose().to_vec()),
        compiler: CompileLimits {
            cpu_seconds: config.plugin_compile_cpu.as_secs().max(1),
            memory_bytes: mib(config.plugin_compile_memory_mib),
            wall: config.plugin_compile_cpu.saturating_mul(3),
            input_bytes: mib(config.plugin_max_mib),
            ..CompileLimits::default()
        },
        engine: EngineOptions { slots: config.sandbox_slots, ..EngineOptions::default() },
    })
}

/// Also where the data is elsewhere: caches and files of imports go there.
fn make_data_dir(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| format!("data_dir: {}", path.display()))
}

impl App {
    /// Opens the store, loads the providers, and joins everything.
    ///
    /// # Errors
    /// Whatever cannot be opened or made, with the setting that names it.
    pub async fn build(config: Config, environment: Environment) -> anyhow::Result<Self> {
        let (clock, random): (Arc<dyn Clock>, Arc<dyn Random>) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let started = Duration::from_micros(clock.now().0.unsigned_abs()).as_secs_f64();
        check_routes(&config)?;
        make_data_dir(&config.data_dir)?;
        let stores = Stores::open(&config).await?;
        stores.warn().await;
        let (accounts, ephemeral) = (stores.accounts(), stores.ephemeral());
        let secret_key = secret_key(&config)?;
        let outbox = outbox(&config, accounts.clone(), &secret_key, (clock.clone(), random.clone()))?;
        let templates = Templates::new(config.mail_templates_dir.as_deref(), &config.public_url)?;
        let services = services(&config, &environment)?;
        let ports = Ports {
            clock: clock.clone(),
            random: random.clone(),
            identities: Arc::new(port::StoredIdentities { accounts: accounts.clone(), secret_key: secret_key.clone() }),
            kv: Arc::new(port::StoredKv { store: ephemeral.clone(), clock: clock.clone() }),
            mail: Arc::new(port::LaterMail(outbox.clone())),
        };
        let providers = providers(&config, environment, ports, Some(accounts.clone())).await?;
        let terms = terms(&config)?;
        let maker =
            KeyMaker { accounts: &*accounts, secret: &secret_key, random: &*random, clock: &*clock, algorithm: terms.signing_algorithm };
        maker.ensure_first().await?;
        let keys = ArcSwap::from_pointee(maker.ring(terms.session_idle.min(terms.session_ttl)).await?);
        let flow = Flow {
            providers,
            passwords: hash_pool(&config, random.clone())?,
            policy: Policy { min_score: u8::try_from(config.password_min_score.min(4)).unwrap_or(4) },
            keys,
            keys_asked: tokio::sync::Mutex::default(),
            guard: Guard::new(rates(&config), secret_key.derive("limits")),
            secret_key,
            issuer: issuer(&config)?,
            services,
            outbox,
            templates,
            metrics: Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"), started)),
            stopping: AtomicBool::new(false),
            routes: Routes::new(config.routes.clone()),
            terms,
            seen: Seen::default(),
            accounts,
            ephemeral,
            clock,
            random,
        };
        let proxy = reach(&flow, &config)?;
        Ok(Self { flow: Arc::new(flow), config, stores, proxy })
    }

    /// Starts what runs beside the requests.
    #[must_use]
    pub fn start_tasks(&self) -> Tasks {
        let outbox = self.flow.outbox.clone();
        let mut tasks =
            Tasks { stop: watch::Sender::new(false), running: Vec::new(), carrier: tokio::spawn(outbox.clone().carry()), outbox };
        tasks.start("housekeeping", self.flow.clone().keep_house());
        tasks.start("changes of providers", self.flow.clone().report_changes());
        tasks.start("codes of guarded accounts", self.flow.clone().post_codes());
        tasks
    }

    /// Closes the store, which folds its log into the database; for so long at most.
    pub async fn close(&self, patience: Duration) {
        if tokio::time::timeout(patience, self.stores.close()).await.is_err() {
            tracing::warn!("the store did not close in time; it recovers at the next start");
        }
    }

    /// The gateway as an endpoint.
    #[must_use]
    pub fn endpoint(&self) -> impl Endpoint<Output = Response> + use<> {
        let settings = frame::Settings {
            body_limit: input::Limit(usize::try_from(self.config.body_limit_kib).unwrap_or(usize::MAX).saturating_mul(1024)),
            trusted_proxies: TrustedProxies(self.config.trusted_proxies.clone()),
            https: self.config.public_url.scheme() == "https",
            operators: Operators(self.config.operator_networks.clone().into()),
            random: self.flow.random.clone(),
            proxy: self.proxy.clone(),
            flow: self.flow.clone(),
        };
        router::gateway(&self.flow, settings)
    }
}

/// Whether services leave our own paths and names alone.
///
/// # Errors
/// The first that does not, with its field.
pub fn check_routes(config: &Config) -> anyhow::Result<()> {
    if config.routes.is_empty() {
        return Ok(());
    }
    let own = router::own_names(&config.issuer());
    for Route { place, prefix, audience, .. } in &config.routes {
        let first = prefix.split('/').nth(1).unwrap_or_default();
        let taken = own.iter().any(|name| name.eq_ignore_ascii_case(first));
        anyhow::ensure!(!taken, "{place}: routes {prefix:?}: prefix stands before paths of the gateway itself (/{first}); choose another");
        let ours = *audience == config.audience || *audience == config.issuer();
        anyhow::ensure!(
            !ours,
            "{place}: routes {prefix:?}: audience is {audience:?}, which the gateway's own tokens are for; choose another"
        );
    }
    Ok(())
}

/// The clients that reach services. Without https among them nobody needs to be trusted.
fn reach(flow: &Flow, config: &Config) -> anyhow::Result<Proxy> {
    let secure = config.routes.iter().flat_map(|route| &route.upstreams).any(|url| url.scheme() == "https");
    let tls = if secure { tls::Tls::default().config()? } else { tls::trusting_nobody()? };
    Ok(Proxy::new(flow, &tls)?)
}

/// What the mail room needs of the configuration.
#[must_use]
pub fn mail_settings(config: &Config) -> MailSettings<'_> {
    MailSettings {
        url: config.mail_url.expose(),
        from: &config.mail_from,
        timeout: config.mail_timeout,
        tls_ca: config.mail_tls_ca.as_deref(),
        demand_tls: config.mode == Mode::Production,
        host: config.public_url.host_str().unwrap_or("localhost"),
    }
}

fn outbox(
    config: &Config,
    accounts: Arc<dyn Accounts>,
    secret: &SecretKey,
    sources: (Arc<dyn Clock>, Arc<dyn Random>),
) -> anyhow::Result<Arc<Outbox>> {
    let mailer = Mailer::new(mail_settings(config))?;
    let terms = MailTerms {
        concurrency: usize::try_from(config.mail_concurrency)?.max(1),
        // As many answers as a delivery has, and some more for what is done in between.
        lease: config.mail_timeout.saturating_mul(12).max(Duration::from_secs(5)),
        give_up: config.mail_give_up,
        keep_sent: config.mail_keep_sent,
        keep_failed: config.mail_keep_failed,
    };
    Ok(Arc::new(Outbox::new(accounts, secret, mailer, sources, terms)))
}

/// What the flow keeps to.
///
/// # Errors
///
/// A setting is out of its range; the message says which, and the range.
pub fn terms(config: &Config) -> anyhow::Result<Terms> {
    let (least, most) = (invitation::SHORTEST, invitation::LONGEST);
    anyhow::ensure!((least..=most).contains(&config.invitation_ttl), "invitation_ttl must be from 1m to 365d");
    Ok(Terms {
        public_url: config.issuer(),
        session_ttl: config.session_ttl,
        session_idle: config.session_idle,
        reauthentication_window: config.reauthentication_window,
        signin_history_ttl: config.signin_history_ttl,
        return_origins: config.return_origins.iter().map(|url| url.origin().ascii_serialization()).collect(),
        email_verification: config.email_verification,
        verification_ttl: config.verification_ttl,
        recovery_ttl: config.recovery_ttl,
        signup: config.signup,
        invitation_ttl: config.invitation_ttl,
        invitation_history_ttl: config.invitation_history_ttl,
        retry_window: config.retry_window,
        key_publish_lead: config.key_publish_lead,
        signing_algorithm: config.signing_algorithm,
        disk: Disk { path: config.data_dir.clone(), least_free: u64::from(config.disk_space_min_mib) << 20 },
    })
}

/// A setting of 0 is no limit.
fn rates(config: &Config) -> Rates {
    let per = |unit: Duration, count: u32| unit.checked_div(count).unwrap_or_default();
    Rates {
        client: Rate::new(config.auth_rate_burst.max(1), per(Duration::from_mins(1), config.auth_rate_per_minute)),
        signup: Rate::new(config.signup_rate_per_hour, per(Duration::from_hours(1), config.signup_rate_per_hour)),
        failures: Rate::new(config.wrong_password_burst, config.wrong_password_interval),
        strangers: Rate::new(config.stranger_password_burst, config.stranger_password_interval),
        mail: Rate::new(config.mail_burst, config.mail_interval),
        place_ttl: config.known_place_ttl,
    }
}

/// Who may ask about tokens, with their secrets.
///
/// # Errors
/// If a secret is not where the setting says, or too weak; all of them at once.
pub fn services(config: &Config, environment: &Environment) -> anyhow::Result<Services> {
    let (read, failed): (Vec<_>, Vec<_>) = config
        .introspection_clients
        .iter()
        .map(|service| service.secret(environment).map(|secret| (service.id.clone(), secret)))
        .partition(Result::is_ok);
    let failed: Vec<String> = failed.into_iter().filter_map(Result::err).collect();
    anyhow::ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(Services::new(read.into_iter().flatten()))
}

fn issuer(config: &Config) -> anyhow::Result<Issuer> {
    let (iss, aud) = (config.issuer(), config.audience.clone());
    anyhow::ensure!(iss != aud, "audience is {aud:?}: it must differ from public_url, which is the audience of refresh tokens");
    Ok(Issuer { iss, aud, access_ttl: config.access_token_ttl })
}

fn hash_pool(config: &Config, random: Arc<dyn Random>) -> anyhow::Result<HashPool> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = usize::try_from(config.password_threads)?;
    let settings = PoolSettings {
        threads: if threads == 0 { cores } else { threads },
        queue_len: usize::try_from(config.password_queue)?,
        deadline: config.password_queue_deadline,
        params: Params {
            memory_kib: config.password_memory_kib,
            iterations: config.password_iterations,
            parallelism: config.password_parallelism,
        },
    };
    HashPool::new(settings, random).context("password_memory_kib, password_iterations, password_parallelism")
}
