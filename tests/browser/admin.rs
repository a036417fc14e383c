//! Administration.

use super::{
    account::{look_at, sign_in},
    visitor::Visitor,
};
use crate::app::{App, Plan, guest};

const ROOT: &str = "root@example.org";

async fn app() -> App {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    app.admin().await;
    app.user("ann@example.org").await;
    app
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn b10_administration_is_pleasant() {
    let app = app().await;
    let root = Visitor::new(&app).await;
    sign_in(&root, ROOT).await;
    root.press("Administration").await;
    root.arrives("/admin").await;
    look_at(
        &root,
        &[
            ("/admin", "admin"),
            ("/admin/users", "admin-users"),
            ("/admin/users/2", "admin-user"),
            ("/admin/users/2/delete", "admin-user-delete"),
            ("/admin/invitations", "admin-invitations-empty"),
            ("/admin/roles", "admin-roles"),
        ],
    )
    .await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn b10_the_rest_of_administration_is_pleasant_too() {
    let app = app().await;
    let root = Visitor::new(&app).await;
    sign_in(&root, ROOT).await;
    look_at(
        &root,
        &[
            ("/admin/providers", "admin-providers"),
            ("/admin/providers/simple", "admin-provider"),
            ("/admin/signins", "admin-signins"),
            ("/admin/audit", "admin-audit"),
            ("/admin/outbox", "admin-outbox"),
        ],
    )
    .await;
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn a5_a_provider_that_is_switched_off_vanishes() {
    let app = app().await;
    let visitor = Visitor::new(&app).await;
    visitor.open("/").await;
    visitor.sees("Hello").await;
    let root = Visitor::new(&app).await.without_javascript().await;
    sign_in(&root, ROOT).await;
    root.open("/admin/providers/hello/off").await;
    root.accessible().await;
    root.screenshot("admin-provider-off").await;
    root.press("Switch off").await;
    root.sees("Switched off, on all gateways.").await;
    visitor.open("/").await;
    visitor.sees("Sign in").await;
    assert!(!visitor.text().await.contains("Hello"));
}

#[tokio::test]
#[cfg_attr(not(browser), ignore = "no browser here, NOT RUN: use `cargo xtask test`")]
async fn b10_times_and_codes_stay_whole_in_tables_on_a_phone() {
    let app = app().await;
    let root = Visitor::new(&app).await.phone().await;
    sign_in(&root, ROOT).await;
    root.open("/admin/audit").await;
    root.sees("user.set_admin").await;
    for path in ["/admin/audit", "/admin/users", "/admin/users/2", "/admin/signins", "/admin/providers", "/admin", "/account/history"] {
        root.open(path).await;
        root.arrives(path).await;
        assert_eq!(root.broken("td time, td code, td.short, td .badge").await, Vec::<String>::new(), "{path}");
    }
}
