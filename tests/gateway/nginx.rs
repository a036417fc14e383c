//! Behind nginx, with the configuration of docs/forward-auth.md.

use std::{fs, process::Command};

use super::{
    check,
    recipe::{Site, program},
};
use crate::app::Plan;

async fn site(plan: Plan) -> Site {
    Site::start("nginx", plan, |text, address, dir| {
        let text = text.replace("listen 80;", &format!("listen {address};"));
        let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {};\n", dir.join(name).display()))
            .concat();
        // As root it would give itself away to a user that may not look into the directory.
        let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
        let own = format!(
            "{user}daemon off;\nworker_processes 1;\npid {};\nerror_log stderr info;\nevents {{}}\nhttp {{\naccess_log off;\n{temp}{text}\n}}\n",
            dir.join("pid").display()
        );
        let file = dir.join("nginx.conf");
        fs::write(&file, own).expect("the configuration");
        let mut command = Command::new(program("VESTIBULE_NGINX"));
        command.arg("-p").arg(dir).arg("-c").arg(file).args(["-e", "stderr"]);
        command
    })
    .await
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "nginx is not here: NOT RUN behind nginx; use `cargo xtask test`")]
async fn f_forward_auth_nginx_names_the_user_and_nobody_else_does() {
    check::names_the_user(&site(Plan::new().simple()).await).await;
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "nginx is not here: NOT RUN behind nginx; use `cargo xtask test`")]
async fn f_forward_auth_nginx_demands_a_role() {
    check::demands_a_role(&site(Plan::new().simple()).await).await;
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "nginx is not here: NOT RUN behind nginx; use `cargo xtask test`")]
async fn f_forward_auth_nginx_leads_browsers_to_the_sign_in_page_and_back() {
    check::leads_browsers(&site(Plan::new().simple()).await).await;
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "nginx is not here: NOT RUN behind nginx; use `cargo xtask test`")]
async fn rule26_forward_auth_nginx_signs_nobody_out_when_the_store_is_gone() {
    check::dead_store(site(Plan::new().on_file().simple()).await).await;
}

#[tokio::test]
#[cfg_attr(not(nginx), ignore = "nginx is not here: NOT RUN behind nginx; use `cargo xtask test`")]
async fn rule26_forward_auth_nginx_signs_nobody_out_when_the_gateway_is_gone() {
    check::dead_gateway(site(Plan::new().simple()).await, "check_unavailable").await;
}
