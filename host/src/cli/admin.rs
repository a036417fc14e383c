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
    let password = given_password(password)?;
    let app = App::build(config, environment).await?;
    match app.flow.set_admin(&address, &password).await.map_err(refused)? {
        AdminSet::Created(id) => println!("created the administrator {address} (user {id})"),
        AdminSet::Promoted(id) => {
            println!("{address} (user {id}) is an administrator now, with this password; its sessions were ended");
        }
    }
    Ok(())
}

/// A password of the command line, or from standard input for `-`.
pub(super) fn given_password(argument: String) -> anyhow::Result<Secret<String>> {
    Ok(Secret::new(if argument == "-" { read_password()? } else { argument }))
}

/// What is wrong with fields, in words.
pub(super) fn refused(error: flow::Error) -> anyhow::Error {
    match error {
        flow::Error::Fields(errors) => {
            let mistakes: Vec<String> = errors.into_iter().map(|error| format!("{} {}", error.field, error.message)).collect();
            anyhow::anyhow!("{}", mistakes.join("; "))
        }
        error => error.into(),
    }
}

fn read_password() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(1024).read_to_string(&mut text).context("reading the password from standard input")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
