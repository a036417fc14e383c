//! The suite: one binary, so that it is linked once. A test is named after the requirement that it holds.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "nothing is reached from outside a test binary")]

mod accounts;
mod actor;
mod app;
mod auth;
mod browser;
mod certificate;
mod clients;
mod contract;
mod copy;
mod database;
mod deployment;
mod facebook;
mod faults;
mod gateway;
mod import_export;
mod invitations;
mod limits;
mod linking;
mod mail;
mod many;
mod operate;
mod ops;
mod pages;
mod patience;
mod picture;
mod port;
mod postgresql;
mod recovery;
mod redis;
mod redis_server;
mod rooms;
mod sandbox;
mod store_kind;
mod token;
mod tutorial;
