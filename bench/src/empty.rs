//! The empty route that requests are compared with: the same server and runtime, and a handler that does nothing. It runs
//! in a process of its own, as the gateway does.

use std::{env, net::SocketAddr, process::Command};

use anyhow::{Context as _, Result};
use poem::{
    Route, Server, handler,
    listener::{Acceptor as _, Listener as _, TcpListener},
};

use crate::gateway::{LISTENING, Server as Child};

/// Makes this program the server.
pub(crate) const COMMAND: &str = "empty-route";

#[handler]
fn nothing() {}

/// Serves `/` until it is ended.
#[tokio::main]
pub(crate) async fn serve() -> Result<()> {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await?;
    let address: SocketAddr = acceptor.local_addr().first().and_then(|address| address.as_socket_addr().copied()).context("no address")?;
    println!("{LISTENING}{address}");
    Ok(Server::new_with_acceptor(acceptor).run(Route::new().at("/", poem::get(nothing))).await?)
}

/// Starts it.
pub(crate) fn start() -> Result<Child> {
    Child::start(Command::new(env::current_exe()?).arg(COMMAND))
}
