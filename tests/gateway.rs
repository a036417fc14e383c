//! In front of other services: checks for proxies, and the proxy in the house.

mod caddy;
mod check;
mod nginx;
mod proxy;
mod recipe;
mod service;
pub mod shop;
mod socket;
mod word;
