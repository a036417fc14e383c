//! Getting in, staying in, getting out: what clients rely on.

mod account;
mod bad_body;
mod bad_token;
mod check;
mod claims;
mod code;
pub mod jwt;
mod keys;
mod limits;
mod logout;
mod password;
mod profile;
mod refresh;
mod reuse;
mod signin;
mod signup;
mod surface;
