//! TLS of outbound calls: rustls with ring, trusting what the operating system trusts.

use std::sync::{Arc, Mutex};

use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

/// TLS cannot be used.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("no TLS for outbound calls: {0}; install the ca-certificates package, or point SSL_CERT_FILE at a PEM bundle")]
pub struct NoTls(String);

/// The configuration, made once and shared by all providers. Reading the certificates of the system takes a while, so
/// that it is done when first needed; a failure is not kept, so that certificates can be installed later.
#[derive(Debug, Default)]
pub struct Tls {
    made: Mutex<Option<ClientConfig>>,
}

impl Tls {
    /// The configuration. Blocks for some milliseconds the first time.
    ///
    /// # Errors
    /// If the system has no certificates to trust.
    pub fn config(&self) -> Result<ClientConfig, NoTls> {
        let mut made = self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(config) = made.as_ref() {
            return Ok(config.clone());
        }
        let config = make().map_err(|error| NoTls(error.to_string()))?;
        *made = Some(config.clone());
        Ok(config)
    }
}

/// For plain http: it trusts nobody, so that no https call could succeed by mistake.
///
/// # Errors
/// If TLS cannot be set up at all.
pub fn trusting_nobody() -> Result<ClientConfig, NoTls> {
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| NoTls(error.to_string()))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn make() -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_made_of_the_systems_certificates() {
        // A machine without certificates gives the reason and how to mend it, which is right too.
        match Tls::default().config() {
            Ok(config) => assert_eq!(config.alpn_protocols.len(), 2),
            Err(error) => assert!(error.to_string().contains("ca-certificates"), "{error}"),
        }
    }
}
