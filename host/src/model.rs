//! The nouns of the house: plain data and the rules that hold for it alone. No I/O, no other room.

pub mod allowance;
pub mod audit;
pub mod email;
pub mod form;
pub mod header;
pub mod id;
pub mod identity;
pub mod import;
pub mod invitation;
pub mod key;
pub mod letter;
pub mod network;
pub mod outbox;
pub mod page;
pub mod proof;
pub mod provider;
pub mod proxy;
pub mod role;
pub mod secret;
pub mod session;
pub mod signin;
pub mod signup;
pub mod step;
pub mod switch;
pub mod time;
pub mod user;

pub use email::Email;
pub use id::{IdentityId, InvitationId, MailId, SessionId, UserId};
pub use network::Network;
pub use secret::Secret;
pub use time::Timestamp;
