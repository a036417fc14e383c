//! Recovery codes: how many are left, and new ones.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        trouble::{Stop, above_form},
        visit::Visit,
    },
    demand_fresh,
    form::buttons,
    way,
};
use crate::{flow::Error, model::form::Form};

pub(super) const PATH: &str = "/account/recovery-codes";
/// So few are a reason to make new ones.
const FEW: u64 = 3;

/// How many there are, and the way to new ones.
pub(super) fn draw(visit: &Visit, left: u64) -> Markup {
    let language = visit.language;
    html! {
        p {
            (language.pick("Recovery codes left:", "Осталось резервных кодов:")) " " (left) " "
            @if left <= FEW { span class="badge warn" { (language.pick("make new ones", "создайте новые")) } }
        }
        p { a class="button second" href={ (visit.base) (PATH) } { (language.pick("Make new recovery codes", "Создать новые резервные коды")) } }
    }
}

pub(super) async fn ask(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    demand_fresh(&visit, caller, PATH)?;
    let left = visit.flow.recovery_codes_left(caller).await?;
    Ok(question(&visit, left, None))
}

pub(super) async fn renew(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    visit.read_form(request, &Form::default()).await?;
    demand_fresh(&visit, caller, PATH)?;
    match visit.flow.renew_recovery_codes(caller).await {
        Ok(codes) => Ok(reveal(&visit, &codes)),
        Err(error @ Error::NoFactor) => Ok(question(&visit, 0, Some(&above_form(visit.language, error)?))),
        Err(other) => Err(other.into()),
    }
}

fn question(visit: &Visit, left: u64, refused: Option<&str>) -> Response {
    let language = visit.language;
    let content = html! {
        @if let Some(refused) = refused { p class="wrong" role="alert" { (refused) } }
        p {
            (language.pick("A recovery code stands in for your second factor, once.", "Резервный код один раз заменяет второй фактор."))
            " " (language.pick("Left:", "Осталось:")) " " (left) "."
        }
        p { (language.pick("The codes that you have now stop working.", "Прежние коды перестанут действовать.")) }
        form method="post" action={ (visit.base) (PATH) } {
            (visit.form_token())
            (buttons(visit, language.pick("Make new codes", "Создать новые коды"), None, way::PATH))
        }
    };
    let status = if refused.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    visit.page(status, language.pick("New recovery codes?", "Новые резервные коды?"), &content)
}

/// Shows codes, this once: no address leads here.
pub(super) fn reveal(visit: &Visit, codes: &[String]) -> Response {
    let language = visit.language;
    let content = html! {
        p {
            (language.pick(
                "Each of these codes stands in for your second factor once. Print them or keep them in a safe place: they are not shown again.",
                "Каждый из этих кодов один раз заменяет второй фактор. Распечатайте их или сохраните в надёжном месте: больше они показаны не будут."
            ))
        }
        ul class="codes card" { @for code in codes { li { code { (code) } } } }
        p { a class="button" href={ (visit.base) (way::PATH) } { (language.pick("I have kept them", "Коды сохранены")) } }
    };
    visit.page(StatusCode::OK, language.pick("Your recovery codes", "Ваши резервные коды"), &content)
}
