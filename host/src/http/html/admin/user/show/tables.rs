//! What belongs to a user: sessions, ways in, and the latest of the histories.

use maud::{Markup, html};

use super::super::{
    super::{
        super::{time, visit::Visit},
        audit,
        list::table,
        signin,
    },
    path,
};
use crate::model::{UserId, audit::AuditEntry, identity::Identity, session::Session, signin::SignIn};

/// Live sessions, and the way to end them.
pub(super) fn sessions(visit: &Visit, id: UserId, sessions: &[Session]) -> Markup {
    let language = visit.language;
    let title = language.pick("Sessions", "Сеансы");
    let columns = match language.tag() {
        "ru" => ["Начат", "Вход через", "Адрес", "Программа", "Действует до"],
        _ => ["Begun", "By", "Address", "Software", "Ends"],
    };
    let rows = html! {
        @for session in sessions {
            tr {
                td { (time::draw(language, session.created_at)) }
                td { (session.amr.join(", ")) }
                td class="short" { (session.address) }
                td class="long" { (session.user_agent) }
                td { (time::draw(language, session.idle_expires_at.min(session.expires_at))) }
            }
        }
    };
    html! {
        section class="card" aria-labelledby="sessions" {
            h2 #sessions { (title) }
            @if sessions.is_empty() {
                p class="quiet" { (language.pick("Nowhere signed in.", "Нет открытых сеансов.")) }
            } @else {
                (table(title, &columns, &rows))
                a class="button second" href={ (visit.base) (path(id)) "/sign-out" } {
                    (language.pick("Sign out everywhere…", "Завершить все сеансы…"))
                }
            }
        }
    }
}

/// Ways in and second factors.
pub(super) fn ways(visit: &Visit, id: UserId, ways: &[Identity]) -> Markup {
    let language = visit.language;
    let title = language.pick("Ways in", "Способы входа");
    let columns = match language.tag() {
        "ru" => ["Провайдер", "Кто", "Добавлен", "Действие"],
        _ => ["Provider", "Who", "Added", "Action"],
    };
    let rows = html! {
        @for way in ways {
            tr {
                td {
                    (way.provider) " "
                    @if way.is_factor { span class="badge quiet" { (language.pick("second factor", "второй фактор")) } }
                }
                td { (way.subject) }
                td { (time::draw(language, way.created_at)) }
                td class="short" {
                    a href={ (visit.base) (path(id)) "/identities/" (way.id) }
                        aria-label={ (language.pick("Remove", "Удалить")) " " (way.provider) " " (way.subject) } {
                        (language.pick("Remove", "Удалить"))
                    }
                }
            }
        }
    };
    html! {
        section class="card" aria-labelledby="ways" {
            h2 #ways { (title) }
            @if ways.is_empty() {
                p class="quiet" { (language.pick("None.", "Нет.")) }
            } @else {
                (table(title, &columns, &rows))
            }
        }
    }
}

/// The latest sign-ins.
pub(super) fn signins(visit: &Visit, id: UserId, entries: &[SignIn]) -> Markup {
    let language = visit.language;
    let title = language.pick("Latest sign-ins", "Последние входы");
    html! {
        section class="card" aria-labelledby="signins" {
            h2 #signins { (title) }
            @if entries.is_empty() {
                p class="quiet" { (language.pick("None.", "Нет.")) }
            } @else {
                (signin::rows(visit, title, entries))
            }
            a href={ (visit.base) "/admin/signins?user=" (id) } { (language.pick("All sign-ins of this user", "Все входы пользователя")) }
        }
    }
}

/// The latest changes of the user.
pub(super) fn audit(visit: &Visit, id: UserId, entries: &[AuditEntry]) -> Markup {
    let language = visit.language;
    let title = language.pick("Latest changes", "Последние изменения");
    html! {
        section class="card" aria-labelledby="audit" {
            h2 #audit { (title) }
            @if entries.is_empty() {
                p class="quiet" { (language.pick("None.", "Нет.")) }
            } @else {
                (audit::rows(visit, title, entries))
            }
            p {
                a href={ (visit.base) "/admin/audit?target=user:" (id) } { (language.pick("All changes of this user", "Все изменения пользователя")) }
                " · "
                a href={ (visit.base) "/admin/audit?actor=" (id) } { (language.pick("What this user changed", "Что изменил пользователь")) }
            }
        }
    }
}
