//! Registration by invitation (rows B2 to B6), and who may sign up at all.

mod accept;
mod admin;
pub mod invite;
mod policy;
mod purge;
mod signup;
