//! Signing keys as they are stored: the private half sealed.

use super::Timestamp;

/// How a key signs (RFC 7518, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519; the default.
    EdDsa,
    /// P-256 with SHA-256.
    Es256,
    /// RSA 2048, PKCS #1 v1.5, SHA-256.
    Rs256,
}

impl Algorithm {
    /// The `alg` of JWS.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::EdDsa, Self::Es256, Self::Rs256].into_iter().find(|algorithm| algorithm.as_str() == text)
    }
}

/// A stored key. It is published from `created_at` on, signs from `active_from` until another key does, and is published
/// until `retired_at` plus the life of its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// Fixed by the key, never by a token.
    pub algorithm: Algorithm,
    /// The public key, a JWK (RFC 7517) as JSON.
    pub public_jwk: String,
    /// The private key (PKCS #8 DER), sealed with the gateway's secret key.
    pub sealed_private: Vec<u8>,
    /// Published from here on.
    pub created_at: Timestamp,
    /// Signs from here on.
    pub active_from: Timestamp,
}
