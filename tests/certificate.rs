//! Certificates of an authority of the tests' own.

use std::{fs, path::Path};

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// A fresh authority, and what it signed.
pub struct Signed {
    /// The authority, in PEM.
    pub authority: String,
    pub certificate: Certificate,
    pub key: KeyPair,
}

/// The certificate of a server with this name.
pub fn signed(name: &str) -> Signed {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    Signed { authority: authority.pem(), certificate, key }
}

/// Writes `ca.pem`, and `cert.pem` and `key.pem` of `localhost`.
pub fn write(directory: &Path) {
    let signed = signed("localhost");
    let files = [("ca.pem", signed.authority), ("cert.pem", signed.certificate.pem()), ("key.pem", signed.key.serialize_pem())];
    for (name, text) in files {
        fs::write(directory.join(name), text).unwrap();
    }
}
