//! Behind Caddy, with the configuration of docs/forward-auth.md.

use std::{fs, process::Command};

use super::{
    check,
    recipe::{Site, program},
};
use crate::app::Plan;

async fn site(plan: Plan) -> Site {
    Site::start("caddyfile", plan, |text, address, dir| {
        let text = text.replace("http://example.org:80", &format!("http://{address}"));
        let file = dir.join("Caddyfile");
        fs::write(&file, format!("{{\n\tadmin off\n\tauto_https off\n}}\n{text}")).expect("the configuration");
        let mut command = Command::new(program("VESTIBULE_CADDY"));
        command.env("HOME", dir).env("XDG_DATA_HOME", dir).env("XDG_CONFIG_HOME", dir);
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
        command
    })
    .await
}

#[tokio::test]
#[cfg_attr(not(caddy), ignore = "Caddy is not here: NOT RUN behind Caddy; use `cargo xtask test`")]
async fn f_forward_auth_caddy_names_the_user_and_nobody_else_does() {
    check::names_the_user(&site(Plan::new().simple()).await).await;
}

#[tokio::test]
#[cfg_attr(not(caddy), ignore = "Caddy is not here: NOT RUN behind Caddy; use `cargo xtask test`")]
async fn f_forward_auth_caddy_demands_a_role() {
    check::demands_a_role(&site(Plan::new().simple()).await).await;
}

#[tokio::test]
#[cfg_attr(not(caddy), ignore = "Caddy is not here: NOT RUN behind Caddy; use `cargo xtask test`")]
async fn f_forward_auth_caddy_leads_browsers_to_the_sign_in_page_and_back() {
    check::leads_browsers(&site(Plan::new().simple()).await).await;
}

#[tokio::test]
#[cfg_attr(not(caddy), ignore = "Caddy is not here: NOT RUN behind Caddy; use `cargo xtask test`")]
async fn rule26_forward_auth_caddy_signs_nobody_out_when_the_store_is_gone() {
    check::dead_store(site(Plan::new().on_file().simple()).await).await;
}

#[tokio::test]
#[cfg_attr(not(caddy), ignore = "Caddy is not here: NOT RUN behind Caddy; use `cargo xtask test`")]
async fn rule26_forward_auth_caddy_signs_nobody_out_when_the_gateway_is_gone() {
    check::dead_gateway(site(Plan::new().simple()).await, "upstream_unavailable").await;
}
