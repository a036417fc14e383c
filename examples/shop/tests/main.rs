//! The shop end to end: the real binary over HTTP, on SQLite and on PostgreSQL, with a stand-in for the gateway.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cart;
mod customer;
mod database;
mod gateway;
mod history;
mod identity;
mod keys;
mod order;
mod place;
mod postgresql;
mod rooms;
mod scenario;
mod schema;
mod schemathesis;
mod seed;
mod surface;
