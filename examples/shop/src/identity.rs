//! The gateway's word about a caller: a JWT (RFC 7519) in `X-Auth-Identity`, for this service alone, good for about a minute.
//!
//! Whoever reaches this service's port can send headers; only the gateway can sign. So nothing but a good signature counts.

mod jwks;
mod keys;
mod verify;

pub use keys::{Keys, NoKeys};
pub use verify::{Refusal, Verifier};
