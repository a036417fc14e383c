//! RSA keys of an issuer of ID tokens, and tokens signed with them: right ones, and wrong ones.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey},
    rand_core::OsRng,
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// DER of the `DigestInfo` of SHA-256, before the digest itself (RFC 8017, 9.2).
const SHA256: [u8; 19] = [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// A key with its name.
pub struct Key {
    /// `kid`.
    pub kid: String,
    private: RsaPrivateKey,
}

impl Key {
    /// The key of this name. It is made once and kept below `target`, since making one takes a second.
    pub fn named(kid: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("facebook-{kid}.der"));
        let kept = fs::read(&path).ok().and_then(|der| RsaPrivateKey::from_pkcs8_der(&der).ok());
        let private = kept.unwrap_or_else(|| {
            let made = RsaPrivateKey::new(&mut OsRng, 2048).expect("a key");
            let aside = path.with_extension(std::process::id().to_string());
            fs::write(&aside, made.to_pkcs8_der().expect("DER").as_bytes()).expect("written aside");
            fs::rename(&aside, &path).expect("renamed");
            made
        });
        Self { kid: kid.to_owned(), private }
    }

    /// As published (RFC 7517).
    pub fn jwk(&self) -> Value {
        let [n, e] = [self.private.n(), self.private.e()].map(|number| URL_SAFE_NO_PAD.encode(number.to_bytes_be()));
        json!({ "kid": self.kid, "kty": "RSA", "alg": "RS256", "use": "sig", "n": n, "e": e })
    }

    /// An ID token as Facebook makes it.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({ "alg": "RS256", "typ": "JWT", "kid": self.kid }), claims)
    }

    /// A token with a right signature and any header.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let signed = signed_part(header, claims);
        let digest = [&SHA256[..], &Sha256::digest(&signed)].concat();
        let signature = self.private.sign(Pkcs1v15Sign::new_unprefixed(), &digest).expect("a signature");
        [signed, URL_SAFE_NO_PAD.encode(signature)].join(".")
    }

    /// A token with an HMAC for which the public key, known to everybody, serves as the secret.
    pub fn symmetric_token(&self, claims: &Value) -> String {
        let signed = signed_part(&json!({ "alg": "HS256", "typ": "JWT", "kid": self.kid }), claims);
        let mut mac = Hmac::<Sha256>::new_from_slice(self.jwk()["n"].as_str().unwrap().as_bytes()).expect("any length");
        mac.update(signed.as_bytes());
        [signed, URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())].join(".")
    }

    /// A token without any signature.
    pub fn unsigned_token(&self, claims: &Value) -> String {
        [signed_part(&json!({ "alg": "none", "typ": "JWT", "kid": self.kid }), claims), String::new()].join(".")
    }
}

fn signed_part(header: &Value, claims: &Value) -> String {
    [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
}
