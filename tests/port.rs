//! Ports for programs that must be told one.

use std::{
    hash::{BuildHasher, RandomState},
    io::ErrorKind,
    net::TcpListener,
};

/// A port of this machine that nobody has. It lies below those that systems give away by themselves, so that no other test's
/// connection gets it meanwhile, and is drawn by lot, so that no two tests walk the same way.
pub fn free() -> u16 {
    loop {
        let drawn = RandomState::new().hash_one(()) % 12_000;
        let port = 20_000 + u16::try_from(drawn).expect("small");
        // Both families: some programs take both.
        let taken = |host: &str| TcpListener::bind((host, port)).is_err_and(|error| error.kind() == ErrorKind::AddrInUse);
        if !taken("127.0.0.1") && !taken("::1") {
            return port;
        }
    }
}
