//! Mails on their way out, without their content.

use maud::{Markup, html};
use poem::{Request, Response, Route, get, http::StatusCode};

use super::{
    super::{
        BOTH, pager, time,
        trouble::{Stop, page},
        visit::Visit,
    },
    READ, Tab,
    act::{self, Ask},
    filter::{Filter, Filters},
    list::{List, table},
    number,
};
use crate::{
    flow::Error,
    model::{
        MailId,
        form::Form,
        outbox::{MailState, OutboxEntry},
        page::{Page, PageRequest},
    },
};

/// See [`super::PATHS`].
pub(super) const PATHS: &[(&str, &str)] =
    &[("/admin/outbox", READ), ("/admin/outbox/{id}/retry", BOTH), ("/admin/outbox/{id}/discard", BOTH)];

const FILTERS: &[Filter] = &[Filter {
    name: "state",
    label: ("State", "Состояние"),
    options: &[("pending", "waiting", "ожидает"), ("sent", "sent", "отправлено"), ("failed", "given up", "не доставлено")],
}];

/// Adds these pages to the routes.
pub(super) fn add(routes: Route) -> Route {
    routes
        .at("/admin/outbox", get(page(show)))
        .at("/admin/outbox/:id/retry", get(page(to_list)).post(page(retry)))
        .at("/admin/outbox/:id/discard", get(page(ask_discard)).post(page(discard)))
}

/// `GET /admin/outbox`.
async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    visit.administrator(&request)?;
    let filters = Filters::read(&request, Tab::Mail.path(), FILTERS);
    let found = find(&visit, &filters, pager::request(&request)).await;
    let title = visit.language.pick("Mail", "Почта");
    let above = act::note(&visit, &request);
    let list = List { tab: Tab::Mail, title, above, filters: &filters, status: StatusCode::OK };
    list.draw(&visit, found, |mails| rows(&visit, title, mails))
}

async fn find(visit: &Visit, filters: &Filters, asked: Result<PageRequest, Error>) -> Result<(PageRequest, Page<OutboxEntry>), Error> {
    let asked = asked?;
    let state = filters.get("state").map(|text| MailState::parse(&text).ok_or_else(unknown_state)).transpose()?;
    let found = visit.flow.outbox_page(state, &asked).await?;
    Ok((asked, found))
}

fn unknown_state() -> Error {
    Error::field("state", "wrong_type", "must be pending, sent or failed")
}

fn rows(visit: &Visit, title: &str, mails: &[OutboxEntry]) -> Markup {
    let language = visit.language;
    let columns = match language.tag() {
        "ru" => ["Кому", "Письмо", "Состояние", "Попыток", "Последняя ошибка", "Следующая попытка", "Создано", "Действия"],
        _ => ["To", "Letter", "State", "Tries", "Last error", "Next try", "Posted", "Actions"],
    };
    let rows = html! {
        @for mail in mails {
            tr {
                td { (mail.recipient) }
                td class="short" { (mail.template) }
                td { (state(visit, mail.state)) }
                td { (mail.attempts) }
                td class=[mail.last_error.is_some().then_some("long")] { (mail.last_error.as_deref().unwrap_or("–")) }
                td { (time::draw_or_dash(language, mail.next_at)) }
                td { (time::draw(language, mail.created_at)) }
                td class="short" { @if mail.state != MailState::Sent { (acts(visit, mail)) } }
            }
        }
    };
    table(title, &columns, &rows)
}

fn state(visit: &Visit, state: MailState) -> Markup {
    let kind = match state {
        MailState::Pending => "badge warn",
        MailState::Sent => "badge good",
        MailState::Failed => "badge bad",
    };
    let named = FILTERS[0].options.iter().find(|(value, _, _)| *value == state.as_str());
    html! { @if let Some((_, english, russian)) = named { span class=(kind) { (visit.language.pick(english, russian)) } } }
}

fn acts(visit: &Visit, mail: &OutboxEntry) -> Markup {
    let language = visit.language;
    let path = format!("{}{}/{}", visit.base, Tab::Mail.path(), mail.id);
    html! {
        form method="post" action={ (path) "/retry" } class="inline" {
            (visit.form_token())
            button type="submit" class="link" aria-label={ (language.pick("Try again now:", "Отправить снова:")) " " (mail.recipient) } {
                (language.pick("Try again", "Отправить снова"))
            }
        }
        " "
        a href={ (path) "/discard" } aria-label={ (language.pick("Discard:", "Удалить:")) " " (mail.recipient) } {
            (language.pick("Discard", "Удалить"))
        }
    }
}

/// `GET /admin/outbox/{id}/retry`: there is nothing to ask.
async fn to_list(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    visit.administrator(&request)?;
    Ok(visit.see_other(Tab::Mail.path()))
}

/// `POST /admin/outbox/{id}/retry`.
async fn retry(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let id = MailId(number(&request, "id")?);
    visit.read_form(request, &Form::default()).await?;
    visit.flow.retry_mail(caller, id).await?;
    Ok(act::done(&visit, Tab::Mail.path(), "retried"))
}

/// `GET /admin/outbox/{id}/discard`.
async fn ask_discard(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    visit.administrator(&request)?;
    let id = number(&request, "id")?;
    let language = visit.language;
    let ask = Ask {
        tab: Tab::Mail,
        title: language.pick("Discard this mail?", "Удалить письмо?"),
        text: html! {
            p {
                (language.pick("It will never be sent: mail", "Оно не будет отправлено: письмо №")) " " (id) "."
            }
        },
        action: &format!("{}/{id}/discard", Tab::Mail.path()),
        button: language.pick("Discard", "Удалить"),
        back: Tab::Mail.path(),
    };
    Ok(ask.draw(&visit))
}

/// `POST /admin/outbox/{id}/discard`.
async fn discard(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let id = MailId(number(&request, "id")?);
    visit.read_form(request, &Form::default()).await?;
    visit.flow.delete_mail(caller, id).await?;
    Ok(act::done(&visit, Tab::Mail.path(), "deleted"))
}
