//! `vestibule seed`.

use anyhow::ensure;

use super::admin::{given_password, refused};
use crate::{
    app::App,
    config::{Config, Environment, Mode},
    model::Secret,
    random::{self, SystemRandom},
};

/// Puts example users and roles into the store; those that are there stay as they are.
///
/// # Errors
/// In production, if the password is refused, or the store is out of reach.
pub async fn seed(config: Config, environment: Environment, password: Option<String>) -> anyhow::Result<()> {
    ensure!(config.mode != Mode::Production, "example users share one password: not in production");
    let drawn = password.is_none();
    let password = match password {
        Some(password) => given_password(password)?,
        None => Secret::new(random::password(&SystemRandom)),
    };
    let app = App::build(config, environment).await?;
    let seeded = app.flow.seed(&password).await.map_err(refused)?;
    println!("{} example users made, {} were there already; their administrator is {}", seeded.made, seeded.there, seeded.administrator);
    if drawn && seeded.made > 0 {
        println!("the password of those just made: {}", password.expose());
    }
    Ok(())
}
