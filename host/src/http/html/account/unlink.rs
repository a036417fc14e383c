//! Removal of a way in or a second factor.

use maud::html;
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        trouble::{Stop, above_form},
        visit::Visit,
    },
    demand_fresh,
    form::buttons,
    number, way,
};
use crate::{
    flow::{Error, authenticate::Caller},
    model::{IdentityId, form::Form, identity::Identity},
};

pub(super) async fn ask(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let identity = own(&visit, caller, &request).await?;
    demand_fresh(&visit, caller, &path(identity.id))?;
    Ok(draw(&visit, &identity, None))
}

pub(super) async fn remove(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let identity = own(&visit, caller, &request).await?;
    visit.read_form(request, &Form::default()).await?;
    demand_fresh(&visit, caller, &path(identity.id))?;
    match visit.flow.detach(caller, identity.id, &visit.client).await {
        Ok(()) => Ok(visit.see_other("/account/identities?done=removed")),
        Err(error @ Error::LastIdentity) => Ok(draw(&visit, &identity, Some(&above_form(visit.language, error)?))),
        Err(other) => Err(other.into()),
    }
}

/// Whoever it belongs to, others have none of this id.
async fn own(visit: &Visit, caller: &Caller, request: &Request) -> Result<Identity, Error> {
    let id = number(request, "identity")?;
    let identities = visit.flow.identities(caller).await?;
    identities.into_iter().find(|identity| identity.id.0 == id).ok_or(Error::NotFound("identity"))
}

fn path(id: IdentityId) -> String {
    format!("{}/{id}", way::PATH)
}

fn draw(visit: &Visit, identity: &Identity, refused: Option<&str>) -> Response {
    let language = visit.language;
    let content = html! {
        @if let Some(refused) = refused { p class="wrong" role="alert" { (refused) } }
        p { (way::draw(visit, identity)) }
        p {
            @if identity.is_factor {
                (language.pick(
                    "With the last second factor the recovery codes go, too: from then on the first step alone signs you in.",
                    "Вместе с последним вторым фактором исчезнут и резервные коды: для входа будет достаточно первого шага."
                ))
            } @else {
                (language.pick(
                    "You will not be able to sign in by it any more. If a password belongs to it alone, the password goes with it.",
                    "Войти этим способом больше не получится. Если пароль относится только к нему, исчезнет и пароль."
                ))
            }
        }
        form method="post" action={ (visit.base) (path(identity.id)) } {
            (visit.form_token())
            (buttons(visit, language.pick("Remove", "Удалить"), Some("danger"), way::PATH))
        }
    };
    let status = if refused.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    visit.page(status, language.pick("Remove this way to sign in?", "Удалить этот способ?"), &content)
}
