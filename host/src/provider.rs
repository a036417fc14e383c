//! Ways to sign in, as sandboxed components: the directory they come from, the sandbox they run in, and what they may
//! reach.
//!
//! A provider states facts; `flow` decides. A generation is everything that is live at one moment; it is built off the
//! request path and put in place by one atomic swap.

pub mod breaker;
pub mod cache;
pub mod call;
pub mod capability;
pub mod code;
pub mod compile;
pub mod directory;
pub mod egress;
pub mod engine;
pub mod fetch;
pub mod file;
pub mod generation;
pub mod grant;
pub mod inspect;
pub mod loader;
pub mod port;
pub mod providers;
pub mod requirement;
pub mod sandbox;
pub mod watch;

mod answer;
mod bindings;
mod budget;
mod form;
mod host;
mod limiter;
mod logger;
mod manifest;
mod meter;
mod state;
mod text;
mod wasi;

pub use providers::Providers;
