//! One's own sign-ins, refused ones too.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{language::Language, pager, time, trouble::Stop, visit::Visit},
    agent, way, way_back,
};
use crate::model::signin::SignIn;

pub(super) const PATH: &str = "/account/history";

pub(super) async fn show(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let asked = pager::request(&request)?;
    let page = visit.flow.own_signins(caller, &asked).await?;
    let language = visit.language;
    let title = language.pick("Sign-ins", "История входов");
    let content = html! {
        (way_back(&visit))
        div class="scroll" tabindex="0" role="group" aria-label=(title) {
            table {
                caption { (language.pick("The newest first", "Сначала новые")) }
                thead {
                    tr {
                        th scope="col" { (language.pick("When", "Когда")) }
                        th scope="col" { (language.pick("Result", "Результат")) }
                        th scope="col" { (language.pick("How", "Как")) }
                        th scope="col" { (language.pick("From where", "Откуда")) }
                        th scope="col" { (language.pick("Device", "Устройство")) }
                    }
                }
                tbody {
                    @for signin in &page.items {
                        tr {
                            td { (time::draw(language, signin.at)) }
                            td { (result(language, &signin.result)) }
                            td { (way::name(&visit, &signin.provider)) }
                            td class="short" { (signin.address) }
                            td class="short" { (agent::name(language, &signin.user_agent)) }
                        }
                    }
                }
            }
        }
        (pager::draw(&visit, PATH, &[], &asked, &page))
    };
    Ok(visit.wide_page(StatusCode::OK, title, &content))
}

/// The same, short.
pub(super) fn draw(visit: &Visit, signins: &[SignIn]) -> Markup {
    let language = visit.language;
    html! {
        ul class="plain" {
            @for signin in signins {
                li {
                    (result(language, &signin.result)) " " (agent::name(language, &signin.user_agent))
                    div class="quiet" { (time::draw(language, signin.at)) " · " (signin.address) " · " (way::name(visit, &signin.provider)) }
                }
            }
        }
    }
}

/// In words; what a provider refused for reasons of its own has its code behind it.
fn result(language: Language, result: &str) -> Markup {
    let refused = |why: &'static str| html! { span class="badge bad" { (language.pick("Refused", "Отказ")) } " " (why) };
    match result {
        "ok" => html! { span class="badge good" { (language.pick("Signed in", "Вход")) } },
        "factor_required" => html! { span class="badge quiet" { (language.pick("Second factor asked for", "Запрошен второй фактор")) } },
        "invalid_credentials" => refused(language.pick("wrong password or proof", "неверные данные для входа")),
        "invalid_factor" => refused(language.pick("wrong second factor", "неверный второй фактор")),
        "wrong_code" => refused(language.pick("wrong code from the mail", "неверный код из письма")),
        "account_disabled" => refused(language.pick("the account is disabled", "учётная запись отключена")),
        "upstream_unavailable" => refused(language.pick("the service was out of reach", "сервис был недоступен")),
        other => html! { (refused("")) code { (other) } },
    }
}
