//! Everything at a glance: what there is, how it does, and sign-ins and calls as pictures.

mod pictures;

pub(super) use pictures::latency;

use maud::{Markup, html};
use poem::{Request, Response, Route, get};

use super::{
    super::{
        time,
        trouble::{Stop, page},
        visit::Visit,
    },
    READ, Tab, frame, provider,
};
use crate::flow::{
    health::Check,
    overview::{Overview, SignInHours},
    provider::Status,
};

/// See [`super::PATHS`].
pub(super) const PATHS: &[(&str, &str)] = &[("/admin", READ)];

/// Adds this page to the routes.
pub(super) fn add(routes: Route) -> Route {
    routes.at("/admin", get(page(show)))
}

/// `GET /admin`.
async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let overview = visit.flow.overview(caller).await?;
    let language = visit.language;
    let content = html! {
        div class="cards tiles" {
            (users(&visit, &overview))
            (signins(&visit, &overview.signins))
            (mails(&visit, &overview))
            (providers(&visit, &overview))
        }
        (health(&visit, &overview.health))
        (pictures::signins(language, &overview.signins))
        section class="card" {
            h2 { (language.pick("Calls of providers", "Вызовы провайдеров")) }
            p class="quiet" {
                (language.pick("By this gateway alone, since ", "Только этот процесс шлюза, с "))
                (time::draw(language, overview.since))
                (language.pick(". All gateways together: /metrics.", ". Все процессы вместе: /metrics."))
            }
            (pictures::calls(language, &overview.providers))
            (provider::calls_table(&visit, &overview.providers))
        }
    };
    Ok(frame(&visit, Tab::Overview, language.pick("Overview", "Обзор"), &content))
}

/// One number, and what else there is to say.
fn tile(visit: &Visit, title: &str, figure: u64, more: &Markup, leads_to: Tab) -> Markup {
    html! {
        section class="card" {
            h2 { a href={ (visit.base) (leads_to.path()) } { (title) } }
            p class="figure" { (grouped(figure)) }
            p class="quiet" { (more) }
        }
    }
}

fn users(visit: &Visit, overview: &Overview) -> Markup {
    let language = visit.language;
    let more = html! { (language.pick("accounts in all", "учётных записей всего")) };
    tile(visit, language.pick("Users", "Пользователи"), overview.users, &more, Tab::Users)
}

fn signins(visit: &Visit, signins: &SignInHours) -> Markup {
    let language = visit.language;
    let (good, refused) = (signins.let_in(), signins.refused());
    let more = html! {
        (language.pick("in 48 hours; not let in: ", "за 48 часов; не пущено: ")) (grouped(refused))
    };
    tile(visit, language.pick("Sign-ins", "Входы"), good + refused, &more, Tab::SignIns)
}

fn mails(visit: &Visit, overview: &Overview) -> Markup {
    let (language, mails) = (visit.language, &overview.mails);
    let more = html! {
        (language.pick("waiting; ", "ждут отправки; "))
        @if mails.failed == 0 {
            (language.pick("none given up", "неотправленных нет"))
        } @else {
            span class="badge bad" { (language.pick("given up: ", "не отправлено: ")) (grouped(mails.failed)) }
        }
    };
    tile(visit, language.pick("Mail", "Почта"), mails.pending, &more, Tab::Mail)
}

fn providers(visit: &Visit, overview: &Overview) -> Markup {
    let language = visit.language;
    let count = |status| u64::try_from(overview.providers.iter().filter(|(state, _)| state.status == status).count()).unwrap_or_default();
    // One whose version before stays live is counted as live, and its file as refused.
    let refused = overview.providers.iter().filter(|(state, _)| state.file_refused).count();
    let more = html! {
        (language.pick("live; switched off: ", "работают; выключено: ")) (count(Status::Disabled)) "; "
        @if refused == 0 {
            (language.pick("refused: 0", "отклонено: 0"))
        } @else {
            span class="badge bad" { (language.pick("refused: ", "отклонено: ")) (refused) }
        }
    };
    tile(visit, language.pick("Providers", "Провайдеры"), count(Status::Live), &more, Tab::Providers)
}

fn health(visit: &Visit, checks: &[Check]) -> Markup {
    let language = visit.language;
    let troubles: Vec<_> = checks.iter().filter_map(|check| Some((check, check.trouble.as_deref()?))).collect();
    html! {
        section class="card" {
            h2 { (language.pick("Health", "Состояние")) }
            @if troubles.is_empty() {
                p {
                    span class="badge good" { (language.pick("All is well", "Всё в порядке")) } " "
                    span class="quiet" { (language.pick("checks: ", "проверок: ")) (checks.len()) }
                }
            } @else {
                ul class="plain" {
                    @for (check, trouble) in troubles {
                        li {
                            @if check.vital {
                                span class="badge bad" { (language.pick("down", "не работает")) }
                            } @else {
                                span class="badge warn" { (language.pick("degraded", "неполадка")) }
                            }
                            " " code { (check.name) } " " (trouble)
                        }
                    }
                }
            }
        }
    }
}

/// In groups of three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            // Narrow and unbroken: right in both languages (ISO 80000-1, 7.3.1).
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1\u{202f}000"), (1_234_567, "1\u{202f}234\u{202f}567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
