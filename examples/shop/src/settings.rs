//! Settings: a handful of environment variables.

use std::net::SocketAddr;

use url::Url;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `SHOP_LISTEN`: where the shop listens. It should be reachable by the gateway only.
    pub listen: SocketAddr,
    /// `SHOP_DATABASE_URL`: `sqlite://PATH` or `postgres://...`.
    pub database_url: String,
    /// `SHOP_GATEWAY`: the gateway's public URL without a trailing slash, which its tokens name as their issuer.
    pub issuer: String,
    /// `SHOP_JWKS_URL`: where the gateway's keys are, if not at `SHOP_GATEWAY/.well-known/jwks.json`: inside a cluster the
    /// gateway often has another address than for the public.
    pub jwks_url: Url,
    /// `SHOP_AUDIENCE`: the name by which the gateway knows this service.
    pub audience: String,
    /// `SHOP_LOG`: what is logged, such as `info` or `shop=debug`.
    pub log: String,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// With the variable that cannot be understood.
    pub fn from_environment() -> anyhow::Result<Self> {
        Self::read(|name| std::env::vars().find(|(known, _)| known == name).map(|(_, value)| value).filter(|value| !value.is_empty()))
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let text = |name: &str, default: &str| variable(name).unwrap_or_else(|| default.to_owned());
        let listen = text("SHOP_LISTEN", "127.0.0.1:5001");
        let listen = listen.parse().map_err(|_| anyhow::anyhow!("SHOP_LISTEN is {listen:?}: expected such as 127.0.0.1:5001"))?;
        let gateway = text("SHOP_GATEWAY", "http://127.0.0.1:5000");
        let issuer = web_address("SHOP_GATEWAY", &gateway)?.as_str().trim_end_matches('/').to_owned();
        let jwks_url = web_address("SHOP_JWKS_URL", &text("SHOP_JWKS_URL", &format!("{issuer}/.well-known/jwks.json")))?;
        Ok(Self {
            listen,
            database_url: text("SHOP_DATABASE_URL", "sqlite://data/shop.db"),
            issuer,
            jwks_url,
            audience: text("SHOP_AUDIENCE", "shop"),
            log: text("SHOP_LOG", "info"),
        })
    }
}

fn web_address(name: &str, text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| anyhow::anyhow!("{name} is {text:?}: expected an http or https URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_own_addresses() {
        let settings = Settings::read(|_| None).expect("defaults");
        assert_eq!(settings.issuer, "http://127.0.0.1:5000");
        assert_eq!(settings.jwks_url.as_str(), "http://127.0.0.1:5000/.well-known/jwks.json");
        let inside = |name: &str| match name {
            "SHOP_GATEWAY" => Some("https://id.example.org/".to_owned()),
            "SHOP_JWKS_URL" => Some("http://gateway:5000/.well-known/jwks.json".to_owned()),
            _ => None,
        };
        let settings = Settings::read(inside).expect("settings");
        assert_eq!((settings.issuer.as_str(), settings.jwks_url.host_str()), ("https://id.example.org", Some("gateway")));
    }

    #[test]
    fn a_mistake_is_named() {
        for (variable, value) in [("SHOP_LISTEN", "5001"), ("SHOP_GATEWAY", "gateway:5000"), ("SHOP_JWKS_URL", "file:///keys")] {
            let error = Settings::read(|name| (name == variable).then(|| value.to_owned())).expect_err(value);
            assert!(error.to_string().starts_with(variable), "{error}");
        }
    }
}
