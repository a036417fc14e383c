//! Vestibule: an auth gateway whose ways to sign in are sandboxed WebAssembly components.
//!
//! Data flows one way: `http -> flow -> { provider | store | token | mail | password } -> model`. The rooms in braces do
//! not know each other; only `flow` sees them all, and `app` alone builds them.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod flow;
pub mod http;
pub mod limit;
pub mod log;
pub mod mail;
pub mod metrics;
pub mod model;
pub mod password;
pub mod provider;
pub mod random;
pub mod store;
pub mod token;
pub mod trace;
