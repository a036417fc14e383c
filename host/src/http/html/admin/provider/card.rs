//! One provider type, whole.

use maud::{Markup, html};
use poem::{Request, Response};

use super::{
    super::{
        super::{time, trouble::Stop, visit::Visit},
        Tab,
        act::note,
        frame,
        list::table,
        overview::{grouped, latency},
    },
    badges, named, or_dash, path, since,
};
use crate::{
    flow::{
        overview::Calls,
        provider::{Grant, LiveCard, ProviderState, Status},
    },
    model::form::Form,
};

/// `GET /admin/providers/{type}`.
pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let card = visit.flow.provider_card(caller, &named(&request)?)?;
    let state = &card.state;
    let content = html! {
        (note(&visit, &request))
        div class="cards" {
            (standing(&visit, state, card.live.as_ref()))
            (figures(&visit, &card.calls))
        }
        @if let Some(live) = &card.live {
            div class="cards" {
                (grants(&visit, &live.grants))
                (limits(&visit, live))
            }
            (fields(&visit, live))
        }
        (acts(&visit, state))
    };
    Ok(frame(&visit, Tab::Providers, &state.type_name, &content))
}

fn standing(visit: &Visit, state: &ProviderState, live: Option<&LiveCard>) -> Markup {
    let language = visit.language;
    html! {
        section class="card" {
            h2 { (language.pick("State", "Состояние")) }
            p { (badges(visit, state)) }
            @if let Some(reason) = &state.reason { p class="wrong" { (reason) } }
            dl {
                dt { (language.pick("Name", "Название")) } dd { (or_dash(&state.name)) }
                @if let Some(live) = live {
                    dt { (language.pick("In its words", "О себе")) } dd { (or_dash(&live.summary)) }
                }
                dt { (language.pick("Version", "Версия")) } dd { (or_dash(&state.version)) }
                dt { "SHA-256" } dd { code { (state.digest.as_deref().unwrap_or("–")) } }
                dt { (language.pick("File", "Файл")) } dd { code { (state.file) } }
                dt { (language.pick("Live since", "Работает с")) } dd { (time::draw_or_dash(language, state.since)) }
            }
        }
    }
}

fn figures(visit: &Visit, calls: &Calls) -> Markup {
    let language = visit.language;
    html! {
        section class="card" {
            h2 { (language.pick("Calls", "Вызовы")) }
            dl {
                dt { (language.pick("Calls", "Вызовы")) } dd { (grouped(calls.calls)) }
                dt { (language.pick("Errors", "Ошибки")) } dd { (grouped(calls.errors)) }
                @for (number, name) in ["p50", "p95", "p99"].into_iter().enumerate() {
                    dt { (name) } dd { @match calls.latency { Some(all) => (latency(language, all[number])), None => "–" } }
                }
            }
            p class="quiet" { (since(visit)) }
        }
    }
}

fn grants(visit: &Visit, grants: &[Grant]) -> Markup {
    let language = visit.language;
    let title = language.pick("What it asks for, and was given", "Что просит и что разрешено");
    let columns = match language.tag() {
        "ru" => ["Что", "Просит", "Разрешено"],
        _ => ["What", "Asked for", "Given"],
    };
    let word = |yes: bool| if yes { language.pick("yes", "да") } else { language.pick("no", "нет") };
    let rows = html! {
        @for grant in grants {
            tr {
                th scope="row" { code { (grant.what) } }
                td { (word(grant.asked)) }
                td { span class=(if grant.given { "badge good" } else { "badge quiet" }) { (word(grant.given)) } }
            }
        }
    };
    html! {
        section class="card" {
            h2 { (title) }
            @if grants.is_empty() { p class="quiet" { (language.pick("Nothing at all.", "Ничего.")) } } @else { (table(title, &columns, &rows)) }
        }
    }
}

fn limits(visit: &Visit, live: &LiveCard) -> Markup {
    let language = visit.language;
    html! {
        section class="card" {
            h2 { (language.pick("Limits of one call", "Ограничения одного вызова")) }
            dl { @for (name, most) in live.limits { dt { code { (name) } } dd { (grouped(most)) } } }
        }
    }
}

fn fields(visit: &Visit, live: &LiveCard) -> Markup {
    let language = visit.language;
    html! {
        section class="card" {
            h2 { (language.pick("What it asks people for", "Что спрашивает у людей")) }
            (form(visit, language.pick("To sign in", "При входе"), live.signin.as_ref()))
            (form(visit, language.pick("To sign up", "При регистрации"), live.signup.as_ref()))
            h3 { (language.pick("What it keeps about a user", "Что хранит о пользователе")) }
            p {
                @if live.attributes.is_empty() { (language.pick("Nothing.", "Ничего.")) }
                @for (number, attribute) in live.attributes.iter().enumerate() { @if number > 0 { ", " } code { (attribute) } }
            }
        }
    }
}

fn form(visit: &Visit, title: &str, form: Option<&Form>) -> Markup {
    let language = visit.language;
    let columns = match language.tag() {
        "ru" => ["Поле", "Подпись", "Обязательно"],
        _ => ["Field", "Label", "Required"],
    };
    html! {
        @match form {
            None => p class="quiet" { (title) ": " (language.pick("not offered", "не предлагается")) },
            Some(form) if form.fields.is_empty() => p class="quiet" { (title) ": " (language.pick("no fields", "без полей")) },
            Some(form) => {
                h3 { (title) }
                (table(title, &columns, &html! {
                    @for field in &form.fields {
                        tr {
                            th scope="row" { code { (field.name) } }
                            td { (field.label) }
                            td { (if field.required { language.pick("yes", "да") } else { language.pick("no", "нет") }) }
                        }
                    }
                }))
            },
        }
    }
}

/// What can be done. What cannot be undone asks first, on a page of its own.
fn acts(visit: &Visit, state: &ProviderState) -> Markup {
    let (language, base, path) = (visit.language, &visit.base, path(&state.type_name));
    html! {
        section class="card" {
            h2 { (language.pick("What you can do", "Что можно сделать")) }
            div class="row" {
                @if state.off_in_file {
                    p {
                        (language.pick("It is switched off in ", "Выключен в ")) code { (state.type_name) ".toml" }
                        (language.pick(": change it there.", ": измените это там."))
                    }
                } @else if state.status == Status::Disabled {
                    form method="post" action={ (base) (path) "/on" } {
                        (visit.form_token())
                        button type="submit" { (language.pick("Switch on", "Включить")) }
                    }
                } @else {
                    a class="button second" href={ (base) (path) "/off" } { (language.pick("Switch off …", "Выключить…")) }
                }
                @if let Some(digest) = &state.digest {
                    a class="button second" href={ (base) (path) "/sign-out/" (digest) } {
                        (language.pick("End the sessions of this version …", "Завершить сеансы этой версии…"))
                    }
                }
                a class="button second" href={ (base) (path) "/sign-out" } { (language.pick("End all its sessions …", "Завершить все его сеансы…")) }
            }
        }
    }
}
