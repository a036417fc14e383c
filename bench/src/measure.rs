//! What is measured, each with its comparison in the same rounds.

pub(crate) mod front;
pub(crate) mod life;
pub(crate) mod pressure;
pub(crate) mod requests;
pub(crate) mod sandbox;
pub(crate) mod scale;
pub(crate) mod signin;
pub(crate) mod stores;

use std::{net::SocketAddr, thread};

use anyhow::Result;
use tokio::runtime::{Builder, Runtime};

use crate::{
    gateway::credentials,
    wire::{Caller, Request},
};

/// One thread: the client must leave the machine to the server.
fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Clients that sign in, each somebody else who has signed up: enough of them that no hashing thread ever waits.
async fn signers(address: SocketAddr) -> Result<Vec<Caller>> {
    let mut signers = Vec::new();
    for number in 0..4 * cores() {
        crate::gateway::sign_up(address, number).await?;
        signers.push(Caller::new(address, Request::post("/auth/signin", &credentials(number))).await?);
    }
    Ok(signers)
}
