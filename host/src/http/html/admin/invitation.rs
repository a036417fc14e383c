//! Invitations: made, seen, taken back.

mod form;

use maud::{Markup, html};
use poem::{Request, Response, Route, get, http::StatusCode};

use super::{
    super::{
        BOTH,
        fields::Typed,
        pager, time,
        trouble::{Stop, page},
        visit::Visit,
    },
    Tab,
    act::{self, Ask},
    filter::{Filter, Filters},
    list::{List, table},
    number, user,
};
use crate::{
    flow::{Error, authenticate::Caller},
    model::{
        Email, InvitationId,
        form::Form,
        invitation::{Invitation, InvitationFilter, InvitationState},
        page::{Page, PageRequest},
    },
};

/// See [`super::PATHS`].
pub(super) const PATHS: &[(&str, &str)] = &[("/admin/invitations", BOTH), ("/admin/invitations/{id}", BOTH)];

const FILTERS: &[Filter] = &[
    Filter {
        name: "state",
        label: ("State", "Состояние"),
        options: &[
            ("pending", "pending", "ожидает"),
            ("used", "used", "использовано"),
            ("expired", "expired", "истекло"),
            ("revoked", "revoked", "отозвано"),
        ],
    },
    Filter { name: "email", label: ("Address", "Адрес"), options: &[] },
];

/// Adds these pages to the routes.
pub(super) fn add(routes: Route) -> Route {
    routes
        .at("/admin/invitations", get(page(show)).post(page(invite)))
        .at("/admin/invitations/:id", get(page(ask_revoke)).post(page(revoke)))
}

/// `GET /admin/invitations`.
async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let filters = Filters::read(&request, Tab::Invitations.path(), FILTERS);
    let found = find(&visit, caller, &filters, pager::request(&request)).await;
    let above = html! {
        (act::note(&visit, &request))
        (form::draw(&visit, caller, &Typed::default()).await?)
    };
    list(&visit, StatusCode::OK, above, &filters, found)
}

/// `POST /admin/invitations`.
async fn invite(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let filters = Filters::read(&request, Tab::Invitations.path(), FILTERS);
    let first = pager::request(&request);
    let body = form::gather(visit.read(request).await?);
    match visit.flow.invite(caller, body.clone(), &visit.client).await {
        Ok(_) => Ok(act::done(&visit, Tab::Invitations.path(), "invited")),
        Err(Error::Fields(errors)) => {
            let typed = Typed::again(&form::form(), &body, errors);
            let above = form::draw(&visit, caller, &typed).await?;
            let found = find(&visit, caller, &filters, first).await;
            list(&visit, StatusCode::BAD_REQUEST, above, &filters, found)
        }
        Err(other) => Err(other.into()),
    }
}

fn list(
    visit: &Visit,
    status: StatusCode,
    above: Markup,
    filters: &Filters,
    found: Result<(PageRequest, Page<Invitation>), Error>,
) -> Result<Response, Stop> {
    let title = visit.language.pick("Invitations", "Приглашения");
    List { tab: Tab::Invitations, title, above, filters, status }.draw(visit, found, |invitations| rows(visit, title, invitations))
}

async fn find(
    visit: &Visit,
    caller: &Caller,
    filters: &Filters,
    asked: Result<PageRequest, Error>,
) -> Result<(PageRequest, Page<Invitation>), Error> {
    let asked = asked?;
    let state = filters.get("state").map(|text| read_state(&text)).transpose()?;
    let email = filters.get("email").map(|text| Email::parse(&text)).transpose();
    let email = email.map_err(|error| Error::field("email", "invalid_email", &error.to_string()))?;
    let found = visit.flow.invitations(caller, &InvitationFilter { state, email }, &asked).await?;
    Ok((asked, found))
}

fn read_state(text: &str) -> Result<InvitationState, Error> {
    match text {
        "pending" => Ok(InvitationState::Pending),
        "used" => Ok(InvitationState::Used),
        "expired" => Ok(InvitationState::Expired),
        "revoked" => Ok(InvitationState::Revoked),
        _ => Err(Error::field("state", "wrong_type", "must be pending, used, expired or revoked")),
    }
}

fn state(visit: &Visit, invitation: &Invitation) -> Markup {
    let language = visit.language;
    let (kind, text) = match visit.flow.standing(invitation) {
        InvitationState::Pending => ("badge warn", language.pick("pending", "ожидает")),
        InvitationState::Used => ("badge good", language.pick("used", "использовано")),
        InvitationState::Expired => ("badge quiet", language.pick("expired", "истекло")),
        InvitationState::Revoked => ("badge bad", language.pick("revoked", "отозвано")),
    };
    html! { span class=(kind) { (text) } }
}

fn rows(visit: &Visit, title: &str, invitations: &[Invitation]) -> Markup {
    let language = visit.language;
    let columns = match language.tag() {
        "ru" => ["№", "Кому", "Состояние", "Роли", "Заметка", "Создано", "Действует до", "Пользователь", "Действие"],
        _ => ["Id", "To", "State", "Roles", "Note", "Made", "Works until", "User", "Action"],
    };
    let rows = html! {
        @for invitation in invitations {
            tr {
                td { (invitation.id) }
                td { (invitation.email) }
                td { (state(visit, invitation)) }
                td { (invitation.roles.join(", ")) }
                td class=[invitation.note.is_some().then_some("long")] { (invitation.note.as_deref().unwrap_or_default()) }
                td { (time::draw(language, invitation.created_at)) }
                td { (time::draw(language, invitation.expires_at)) }
                td { @if let Some((_, id)) = invitation.used { a href={ (visit.base) (user::path(id)) } { (id) } } @else { "–" } }
                td class="short" {
                    @if visit.flow.standing(invitation) == InvitationState::Pending {
                        a href={ (visit.base) (Tab::Invitations.path()) "/" (invitation.id) }
                            aria-label={ (language.pick("Take back:", "Отозвать:")) " " (invitation.email) } {
                            (language.pick("Take back", "Отозвать"))
                        }
                    }
                }
            }
        }
    };
    table(title, &columns, &rows)
}

/// `GET /admin/invitations/{id}`: asks before it is taken back.
async fn ask_revoke(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let id = InvitationId(number(&request, "id")?);
    let invitation = visit.flow.invitation(caller, id).await?;
    asking(&visit, &invitation, None)
}

/// `POST /admin/invitations/{id}`.
async fn revoke(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let id = InvitationId(number(&request, "id")?);
    visit.read_form(request, &Form::default()).await?;
    match visit.flow.revoke_invitation(caller, id).await {
        Ok(()) => Ok(act::done(&visit, Tab::Invitations.path(), "revoked")),
        Err(error) => asking(&visit, &visit.flow.invitation(caller, id).await?, Some(error)),
    }
}

fn asking(visit: &Visit, invitation: &Invitation, error: Option<Error>) -> Result<Response, Stop> {
    let language = visit.language;
    let ask = Ask {
        tab: Tab::Invitations,
        title: language.pick("Take this invitation back?", "Отозвать приглашение?"),
        text: html! {
            p { strong { (invitation.email) } " " (state(visit, invitation)) }
            p {
                (language.pick("The link in the mail stops working. The invitation stays listed.",
                               "Ссылка из письма перестанет действовать. Приглашение останется в списке."))
            }
        },
        action: &format!("{}/{}", Tab::Invitations.path(), invitation.id),
        button: language.pick("Take it back", "Отозвать"),
        back: Tab::Invitations.path(),
    };
    match error {
        None => Ok(ask.draw(visit)),
        Some(error) => ask.again(visit, error),
    }
}
