//! `vestibule set-admin`.

use std::io::Read;

use anyhow::Context;

use crate::{
    app::App,
    config::{Config, Environment},
    flow::{self, admin::AdminSet},
    model::{Email, Secret},
};

/// Creates or promotes an administrator.
///
/// # Errors
/// If the address or the password is refused, or the store is out of reach.
pub async fn set_admin(config: Config, environment: Environment, email: &str, password: String) -> anyhow::Result<()> {
    let address = Email::parse(email).map_err(|error| anyhow::anyhow!("{email:?} {error}"))?;
    let password = Secret::new(if password == "-" { read_password()? } else { password });
    let app = App::build(config, environment).await?;
    match app.flow.set_admin(&address, &password).await {
        Ok(AdminSet::Created(id)) => println!("created the administrator {address} (user {id})"),
        Ok(AdminSet::Promoted(id)) => {
            println!("{address} (user {id}) is an administrator now, with this password; its sessions were ended");
        }
        Err(flow::Error::Fields(errors)) => {
            let mistakes: Vec<String> = errors.into_iter().map(|error| format!("{} {}", error.field, error.message)).collect();
            anyhow::bail!("{}", mistakes.join("; "));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn read_password() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(1024).read_to_string(&mut text).context("reading the password from standard input")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
