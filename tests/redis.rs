//! The gateway on Redis: alone, and for sessions beside a file.

mod cluster;
mod durability;
mod store;
mod tls;
mod trouble;
