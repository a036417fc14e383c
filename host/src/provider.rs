//! Ways to sign in, as sandboxed components: the directory they come from, the sandbox they run in, and what they may
//! reach.
//!
//! A provider states facts; `flow` decides. A generation is everything that is live at one moment; it is built off the
//! request path and put in place by one atomic swap.

pub mod cache;
pub mod capability;
pub mod code;
pub mod compile;
pub mod directory;
pub mod egress;
pub mod fetch;
pub mod file;
pub mod generation;
pub mod grant;
pub mod port;
pub mod watch;
