//! What an administrator does to a provider type; what everybody would notice is asked first.

use maud::html;
use poem::{Request, Response};

use super::{
    super::{
        super::{trouble::Stop, visit::Visit},
        Tab,
        act::{Ask, done},
        text,
    },
    named, path,
};
use crate::{
    flow::{Error, authenticate::Caller},
    model::form::Form,
};

/// `POST /admin/providers`: reads the directory.
pub(super) async fn reload(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    visit.read_form(request, &Form::default()).await?;
    visit.flow.reload_providers(caller).await?;
    Ok(done(&visit, Tab::Providers.path(), "reloaded"))
}

/// `GET .../on`, back from the sign-in page: nothing is asked before it.
pub(super) async fn to_card(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    visit.administrator(&request)?;
    Ok(visit.see_other(&known(&visit, &request)?.0))
}

/// `POST .../on`.
pub(super) async fn switch_on(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let (path, type_name) = known(&visit, &request)?;
    visit.read_form(request, &Form::default()).await?;
    match visit.flow.switch_provider(caller, &type_name, true).await {
        Ok(_) => Ok(done(&visit, &path, "switched-on")),
        // The file was changed while the page was open; the page says so now.
        Err(Error::DisabledInFile(_)) => Ok(visit.see_other(&path)),
        Err(other) => Err(other.into()),
    }
}

/// `GET .../off`.
pub(super) async fn ask_off(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    visit.administrator(&request)?;
    let (back, type_name) = known(&visit, &request)?;
    let language = visit.language;
    let ask = Ask {
        tab: Tab::Providers,
        title: language.pick("Switch this provider off?", "Выключить провайдер?"),
        text: html! {
            p { code { (type_name) } }
            p {
                (language.pick(
                    "Nobody can sign in or sign up by it, on any gateway, until it is switched on again. Who has no other way in stays out; sessions go on.",
                    "Войти или зарегистрироваться через него будет нельзя ни на одном шлюзе, пока его не включат. Кто не имеет другого способа входа, войти не сможет; начатые сеансы продолжатся.",
                ))
            }
        },
        action: &format!("{back}/off"),
        button: language.pick("Switch off", "Выключить"),
        back: &back,
    };
    Ok(ask.draw(&visit))
}

/// `POST .../off`.
pub(super) async fn switch_off(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let (path, type_name) = known(&visit, &request)?;
    visit.read_form(request, &Form::default()).await?;
    visit.flow.switch_provider(caller, &type_name, false).await?;
    Ok(done(&visit, &path, "switched-off"))
}

/// `GET .../sign-out` and `.../sign-out/{digest}`.
pub(super) async fn ask_sign_out(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let ((back, type_name), digest) = (known(&visit, &request)?, digest(&request)?);
    let language = visit.language;
    let (action, what) = match &digest {
        None => (
            format!("{back}/sign-out"),
            language.pick(
                "All sessions end in which it took part, on all gateways. The users can sign in again.",
                "Завершатся все сеансы, в которых он участвовал, на всех шлюзах. Пользователи смогут войти снова.",
            ),
        ),
        Some(digest) => (
            format!("{back}/sign-out/{digest}"),
            language.pick(
                "All sessions end that this version of it began, on all gateways. The users can sign in again.",
                "Завершатся все сеансы, начатые через эту его версию, на всех шлюзах. Пользователи смогут войти снова.",
            ),
        ),
    };
    let own = is_own(caller, &type_name, digest.as_deref());
    let ask = Ask {
        tab: Tab::Providers,
        title: language.pick("End these sessions?", "Завершить эти сеансы?"),
        text: html! {
            p { code { (type_name) } @if let Some(digest) = &digest { " " code { (digest) } } }
            p { (what) }
            @if own { p { strong { (language.pick("Yours is among them.", "Ваш сеанс — среди них.")) } } }
        },
        action: &action,
        button: language.pick("End them", "Завершить"),
        back: &back,
    };
    Ok(ask.draw(&visit))
}

/// `POST .../sign-out` and `.../sign-out/{digest}`.
pub(super) async fn sign_out(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.administrator(&request)?;
    let ((path, type_name), digest) = (known(&visit, &request)?, digest(&request)?);
    visit.read_form(request, &Form::default()).await?;
    visit.flow.logout_provider(caller, &type_name, digest.as_deref()).await?;
    Ok(done(&visit, &path, "sessions-ended"))
}

/// The page of a provider type that there is, and its name.
fn known(visit: &Visit, request: &Request) -> Result<(String, String), Error> {
    let type_name = named(request)?;
    let known = visit.flow.provider_states().iter().any(|state| state.type_name == type_name);
    if known { Ok((path(&type_name), type_name)) } else { Err(Error::NotFound("provider")) }
}

/// What cannot be a digest names nothing.
fn digest(request: &Request) -> Result<Option<String>, Error> {
    let digest = Some(text(request, "digest")).filter(|digest| !digest.is_empty());
    let is_digest = |digest: &String| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digest.as_ref().is_none_or(is_digest) { Ok(digest) } else { Err(Error::NotFound("version")) }
}

/// Whether the caller's own session may be among them.
fn is_own(caller: &Caller, type_name: &str, digest: Option<&str>) -> bool {
    let session = &caller.session;
    digest.map_or_else(|| session.amr.iter().any(|kind| kind == type_name), |digest| session.provider_digest == digest)
}
