//! Administration: the frame of its pages, and what they share. Every page asks for the role first, and every form is one of
//! the flows that the API has.

mod act;
mod audit;
mod filter;
mod invitation;
mod list;
mod outbox;
mod overview;
mod provider;
mod role;
mod signin;
mod user;

use maud::{Markup, html};
use poem::{Request, Response, Route, http::StatusCode};

use super::visit::Visit;
use crate::flow::Error;

const READ: &str = "GET, HEAD";

/// The paths of these pages as the document would write them, with the methods that each takes.
pub(super) const PATHS: &[&[(&str, &str)]] =
    &[overview::PATHS, user::PATHS, invitation::PATHS, role::PATHS, provider::PATHS, signin::PATHS, audit::PATHS, outbox::PATHS];

/// Adds these pages to the routes.
pub(super) fn add(routes: Route) -> Route {
    [overview::add, user::add, invitation::add, role::add, provider::add, signin::add, audit::add, outbox::add]
        .into_iter()
        .fold(routes, |routes, add| add(routes))
}

/// A number in the path. What is none names nothing.
fn number(request: &Request, name: &str) -> Result<i64, Error> {
    request.raw_path_param(name).and_then(|text| text.parse().ok()).ok_or(Error::NotFound("page"))
}

/// A name in the path. No name needs to be escaped there.
fn text(request: &Request, name: &str) -> String {
    request.raw_path_param(name).unwrap_or_default().to_owned()
}

/// Where a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Users,
    Invitations,
    Roles,
    Providers,
    SignIns,
    Audit,
    Mail,
}

impl Tab {
    const ALL: [Self; 8] =
        [Self::Overview, Self::Users, Self::Invitations, Self::Roles, Self::Providers, Self::SignIns, Self::Audit, Self::Mail];

    /// The page behind the tab.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/admin",
            Self::Users => "/admin/users",
            Self::Invitations => "/admin/invitations",
            Self::Roles => "/admin/roles",
            Self::Providers => "/admin/providers",
            Self::SignIns => "/admin/signins",
            Self::Audit => "/admin/audit",
            Self::Mail => "/admin/outbox",
        }
    }

    /// What it is called, in English and in Russian.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Overview => ("Overview", "Обзор"),
            Self::Users => ("Users", "Пользователи"),
            Self::Invitations => ("Invitations", "Приглашения"),
            Self::Roles => ("Roles", "Роли"),
            Self::Providers => ("Providers", "Провайдеры"),
            Self::SignIns => ("Sign-ins", "Входы"),
            Self::Audit => ("Audit", "Журнал"),
            Self::Mail => ("Mail", "Почта"),
        }
    }
}

/// A page of administration.
pub(super) fn frame(visit: &Visit, tab: Tab, title: &str, content: &Markup) -> Response {
    frame_with(visit, StatusCode::OK, tab, title, content)
}

/// The same with another status: a form that comes back with mistakes is 400.
pub(super) fn frame_with(visit: &Visit, status: StatusCode, tab: Tab, title: &str, content: &Markup) -> Response {
    let language = visit.language;
    let content = html! {
        nav class="tabs" aria-label=(language.pick("Administration", "Администрирование")) {
            @for other in Tab::ALL {
                @let (english, russian) = other.names();
                a href={ (visit.base) (other.path()) } aria-current=[(other == tab).then_some("page")] { (language.pick(english, russian)) }
            }
        }
        (content)
    };
    visit.wide_page(status, title, &content)
}
