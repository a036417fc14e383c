//! A book shop behind Vestibule: a model of a service that leaves passwords, sign-in and accounts to the gateway, and believes
//! one thing alone about a caller, the gateway's signed word in `X-Auth-Identity`.
//!
//! Data flows one way: `http -> flow -> { identity | store } -> model`.

pub mod app;
pub mod cli;
pub mod clock;
pub mod flow;
pub mod http;
pub mod identity;
pub mod log;
pub mod model;
pub mod random;
pub mod seed;
pub mod settings;
pub mod store;
