//! Other people's servers that gateways are measured with: PostgreSQL as `cargo xtask bench` has started it, a Redis and an nginx
//! of our own. All keep on disk what they would keep there in production.

use std::{
    env, fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::Command,
};

use anyhow::{Context as _, Result};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use crate::gateway::Server;

/// A server and its directory.
pub(crate) struct Running {
    pub(crate) server: Server,
    _folder: TempDir,
}

/// A Redis that appends to its file, and syncs it every second.
pub(crate) fn redis() -> Result<Running> {
    let (folder, address) = (tempfile::tempdir()?, free()?);
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string(), "--save", "", "--appendonly", "yes"]);
    command.args(["--appendfsync", "everysec", "--dir"]).arg(folder.path());
    Ok(Running { server: Server::start_at(&mut command, address)?, _folder: folder })
}

/// An nginx with the given `http` block.
pub(crate) fn nginx(block: impl Fn(SocketAddr) -> String) -> Result<Running> {
    let (folder, address) = (tempfile::tempdir()?, free()?);
    let place = folder.path().display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path {place}/{name};\n")).concat();
    let text = format!(
        "daemon off;\nworker_processes auto;\npid {place}/pid;\nerror_log {place}/error.log;\nevents {{ worker_connections 1024; }}\n\
         http {{\naccess_log off;\n{temporary}{}\n}}\n",
        block(address)
    );
    let file = folder.path().join("nginx.conf");
    fs::write(&file, text)?;
    let mut command = Command::new("nginx");
    command.arg("-e").arg(folder.path().join("error.log")).arg("-c").arg(&file);
    let server = Server::start_at(&mut command, address).context("nginx, of Debian's package `nginx-light`")?;
    Ok(Running { server, _folder: folder })
}

/// The URL of a new, empty database on the PostgreSQL that `cargo xtask bench` started.
pub(crate) async fn database(name: &str) -> Result<String> {
    let folder =
        env::var_os("VESTIBULE_POSTGRESQL").map(PathBuf::from).context("there is no PostgreSQL here: start by `cargo xtask bench`")?;
    let url = |name: &str| format!("postgres://postgres@localhost/{name}?host={}", folder.display());
    let mut server = PgConnection::connect(&url("postgres")).await?;
    for statement in ["DROP DATABASE IF EXISTS ", "CREATE DATABASE "] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("{statement}{name}"))).execute(&mut server).await?;
    }
    Ok(url(name))
}

/// A port that nobody has now.
fn free() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
