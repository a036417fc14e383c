//! `introspection_clients`: services by id, with the place of the secret of each.

use std::{fs, path::PathBuf};

use super::{Environment, value::Value};
use crate::model::Secret;

/// The least that a secret may be: it is compared, not hashed slowly.
const SHORTEST: usize = 32;
const SHAPE: &str = "expected ID={env:NAME} or ID={file:PATH} with an ID of letters, digits, `-`, `_` and `.`, each once";

/// A service and where its secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSecret {
    /// Its `client_id`.
    pub id: String,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Variable(String),
    File(PathBuf),
}

impl ServiceSecret {
    fn parse(text: &str) -> Option<Self> {
        let (id, place) = text.split_once('=')?;
        let named = !id.is_empty() && id.len() <= 100 && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        let (kind, name) = place.strip_prefix('{')?.strip_suffix('}')?.split_once(':').filter(|(_, name)| named && !name.is_empty())?;
        let place = match kind {
            "env" => Place::Variable(name.to_owned()),
            "file" => Place::File(name.into()),
            _ => return None,
        };
        Some(Self { id: id.to_owned(), place })
    }

    /// Reads the secret; a line end after it is not part of it.
    ///
    /// # Errors
    /// One line that names setting, service and place, and not the secret.
    pub fn secret(&self, environment: &Environment) -> Result<Secret<String>, String> {
        let (text, place) = match &self.place {
            Place::Variable(name) => (environment.get(name).map(ToOwned::to_owned).ok_or("is not set"), name.clone()),
            Place::File(path) => (fs::read_to_string(path).map_err(|_| "cannot be read"), path.display().to_string()),
        };
        let wrong = |what: &str| format!("introspection_clients: the secret of {} is in {place}, which {what}", self.id);
        let text = text.map_err(wrong)?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.len() < SHORTEST || secret.len() > 200 || !secret.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c)) {
            return Err(wrong("holds no secret of 32 to 200 letters, digits and -._~ (make one with `openssl rand -hex 32`)"));
        }
        Ok(Secret::new(secret.to_owned()))
    }
}

impl Value for Vec<ServiceSecret> {
    const KIND: &'static str = "list of services";
    fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let services: Option<Self> = parts.map(ServiceSecret::parse).collect();
        let services = services.ok_or_else(|| SHAPE.to_owned())?;
        let repeated = services.iter().enumerate().any(|(n, service)| services[..n].iter().any(|other| other.id == service.id));
        if repeated { Err(SHAPE.to_owned()) } else { Ok(services) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_listed_with_the_place_of_their_secret() {
        let parse = <Vec<ServiceSecret> as Value>::parse;
        let services = parse("shop={env:SHOP_SECRET}, bank.v2={file:/run/secrets/bank}").unwrap_or_default();
        assert_eq!(services.iter().map(|service| service.id.as_str()).collect::<Vec<_>>(), ["shop", "bank.v2"]);
        assert_eq!(services[1].place, Place::File("/run/secrets/bank".into()));
        assert!(parse("").is_ok_and(|services| services.is_empty()));
        for bad in ["shop", "shop=secret", "shop={env:}", "={env:A}", "a b={env:A}", "shop={vault:A}", "a={env:A},a={env:B}"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_secret_is_there_and_strong_or_named_by_its_place() {
        let shop = ServiceSecret::parse("shop={env:SHOP}").unwrap_or_else(|| unreachable!());
        let secret = |value: &str| shop.secret(&Environment::from_pairs([("SHOP", value)]));
        assert!(secret(&"a1".repeat(16)).is_ok_and(|secret| secret.expose().len() == 32));
        for weak in ["", "short-and-known", &"a:b".repeat(20)] {
            let error = secret(weak).err().unwrap_or_default();
            assert!(error.contains("SHOP") && error.contains("openssl") && (weak.is_empty() || !error.contains(weak)), "{error}");
        }
        assert!(shop.secret(&Environment::default()).is_err_and(|error| error.ends_with("SHOP, which is not set")));
    }
}
