//! In front of other services: checks for proxies, and the proxy in the house.

mod caddy;
mod check;
mod nginx;
mod recipe;
mod service;
