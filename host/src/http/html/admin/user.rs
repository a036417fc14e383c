//! Other people's accounts.

mod act;
mod change;
mod list;
mod show;

use maud::{Markup, html};
use poem::{Route, get};

use super::{
    super::{BOTH, trouble::page, visit::Visit},
    READ,
};
use crate::model::{UserId, user::User};

/// See [`super::PATHS`].
pub(super) const PATHS: &[(&str, &str)] = &[
    ("/admin/users", READ),
    ("/admin/users/{id}", BOTH),
    ("/admin/users/{id}/password", BOTH),
    ("/admin/users/{id}/disable", BOTH),
    ("/admin/users/{id}/enable", BOTH),
    ("/admin/users/{id}/sign-out", BOTH),
    ("/admin/users/{id}/delete", BOTH),
    ("/admin/users/{id}/roles", BOTH),
    ("/admin/users/{id}/roles/{name}", BOTH),
    ("/admin/users/{id}/identities/{identity}", BOTH),
];

/// Adds these pages to the routes. What needs no question leads a `GET` to the user's page: back from the sign-in page.
pub(super) fn add(routes: Route) -> Route {
    routes
        .at("/admin/users", get(page(list::show)))
        .at("/admin/users/:id", get(page(show::show)).post(page(change::change)))
        .at("/admin/users/:id/password", get(page(act::to_user)).post(page(change::set_password)))
        .at("/admin/users/:id/disable", get(page(act::ask_disable)).post(page(act::disable)))
        .at("/admin/users/:id/enable", get(page(act::to_user)).post(page(act::enable)))
        .at("/admin/users/:id/sign-out", get(page(act::ask_sign_out)).post(page(act::sign_out)))
        .at("/admin/users/:id/delete", get(page(act::ask_delete)).post(page(act::delete)))
        .at("/admin/users/:id/roles", get(page(act::to_user)).post(page(change::grant)))
        .at("/admin/users/:id/roles/:name", get(page(act::ask_revoke)).post(page(act::revoke)))
        .at("/admin/users/:id/identities/:identity", get(page(act::ask_detach)).post(page(act::detach)))
}

/// The page of a user.
pub(super) fn path(id: UserId) -> String {
    format!("/admin/users/{id}")
}

/// What a user is called here.
fn name(visit: &Visit, user: &User) -> String {
    let address = user.email.as_ref().map(ToString::to_string);
    let numbered = || format!("{} {}", visit.language.pick("User", "Пользователь"), user.id);
    address.or_else(|| user.login.clone()).unwrap_or_else(numbered)
}

fn verified(visit: &Visit, user: &User) -> Markup {
    html! {
        @if user.email.is_some() {
            @if user.email_verified {
                span class="badge good" { (visit.language.pick("verified", "подтверждён")) }
            } @else {
                span class="badge warn" { (visit.language.pick("not verified", "не подтверждён")) }
            }
        }
    }
}

fn state(visit: &Visit, user: &User) -> Markup {
    html! {
        @if user.disabled {
            span class="badge bad" { (visit.language.pick("disabled", "отключён")) }
        } @else {
            span class="badge good" { (visit.language.pick("active", "активен")) }
        }
    }
}

fn roles(user: &User) -> Markup {
    html! { @for role in &user.roles { span class="badge quiet" { (role) } " " } }
}
