//! Ways to sign in and second factors: what there is, and one more.

use maud::{Markup, html};
use poem::{Request, Response, http::StatusCode};

use super::{
    super::{
        fields::{Typed, Use},
        shipped, time,
        trouble::Stop,
        visit::Visit,
    },
    card, challenge, demand_fresh,
    form::{Filled, buttons},
    note, recovery_code, way_back,
};
use crate::{
    flow::{Error, authenticate::Caller, identity::form_to_attach, provider::LiveProvider},
    model::{
        form::{Form, Kind},
        identity::Identity,
    },
};

pub(super) const PATH: &str = "/account/identities";

pub(super) async fn list(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let language = visit.language;
    let identities = visit.flow.identities(caller).await?;
    let left = visit.flow.recovery_codes_left(caller).await?;
    let content = html! {
        (way_back(&visit))
        (note(&visit, &request))
        (card("ways", language.pick("Ways in", "Способы входа"), &part(&visit, &identities, false)))
        (card("factors", language.pick("Second factor", "Второй фактор"), &html! {
            (part(&visit, &identities, true))
            @if has_factor(&identities) { (recovery_code::draw(&visit, left)) }
        }))
    };
    Ok(visit.page(StatusCode::OK, language.pick("Ways to sign in", "Как вы входите"), &content))
}

fn part(visit: &Visit, identities: &[Identity], factors: bool) -> Markup {
    let language = visit.language;
    let offered = offered(visit, identities);
    let offered: Vec<_> = offered.iter().filter(|(provider, _)| provider.live.manifest().factor == factors).collect();
    html! {
        @if factors && !has_factor(identities) {
            p { (language.pick(
                "None yet. With one, a stolen password is not enough to sign in.",
                "Пока нет. Со вторым фактором украденного пароля для входа недостаточно."
            )) }
        }
        ul class="plain" {
            @for identity in identities.iter().filter(|identity| identity.is_factor == factors) {
                li {
                    (draw(visit, identity)) " "
                    a href={ (visit.base) (PATH) "/" (identity.id) }
                        aria-label={ (language.pick("Remove", "Удалить")) ": " (name(visit, &identity.provider)) } {
                        (language.pick("Remove", "Удалить"))
                    }
                }
            }
        }
        @for (provider, _) in offered {
            p {
                a class="button second" href={ (visit.base) "/account/add/" (provider.type_name) } {
                    (language.pick("Add", "Добавить")) ": " (shipped::say(language, &provider.live.manifest().name))
                }
            }
        }
    }
}

/// One of them; the subject of a factor is the gateway's own and tells people nothing.
pub(super) fn draw(visit: &Visit, identity: &Identity) -> Markup {
    html! {
        (name(visit, &identity.provider))
        div class="quiet" {
            @if !identity.is_factor { (identity.subject) " · " }
            (visit.language.pick("since", "с")) " " (time::draw(visit.language, identity.created_at))
        }
    }
}

/// What people call a provider; its type if it is not live any more.
pub(super) fn name(visit: &Visit, type_name: &str) -> String {
    let live = visit.flow.live_providers().into_iter().find(|provider| provider.type_name == type_name);
    live.map_or_else(|| type_name.to_owned(), |provider| shipped::say(visit.language, &provider.live.manifest().name).to_owned())
}

pub(super) fn has_factor(identities: &[Identity]) -> bool {
    identities.iter().any(|identity| identity.is_factor)
}

/// What is live, can be added, and is not there yet.
pub(super) fn offered(visit: &Visit, identities: &[Identity]) -> Vec<(LiveProvider, Form)> {
    let live = visit.flow.live_providers().into_iter();
    let new = live.filter(|provider| identities.iter().all(|identity| identity.provider != provider.type_name));
    new.filter_map(|provider| form_to_attach(&provider).cloned().map(|form| (provider, form))).collect()
}

/// What a provider of the path's type asks for, for who is signed in.
struct Asked {
    provider: LiveProvider,
    form: Form,
    usage: Use,
}

impl Asked {
    async fn of(visit: &Visit, caller: &Caller, type_name: &str) -> Result<Self, Stop> {
        demand_fresh(visit, caller, &path(type_name))?;
        let provider = visit.flow.live(type_name).map_err(|_| Error::NotFound("provider"))?;
        let form = form_to_attach(&provider).cloned().ok_or(Error::NotFound("provider"))?;
        // An account has one password: whoever has one gives it.
        let usage = if visit.flow.has_password(caller).await? { Use::Current } else { Use::New };
        Ok(Self { provider, form, usage })
    }

    fn draw(&self, visit: &Visit, filled: &Filled) -> Response {
        let language = visit.language;
        let manifest = self.provider.live.manifest();
        let title = format!("{}: {}", language.pick("Add", "Добавить"), shipped::say(language, &manifest.name));
        let more = buttons(visit, language.pick("Go on", "Продолжить"), None, PATH);
        let content = html! {
            p { (shipped::say(language, &manifest.summary)) }
            (filled.draw(visit, &path(&self.provider.type_name), &self.form, self.usage, &more))
        };
        filled.page(visit, &title, &content)
    }

    /// An account has one address.
    fn prefilled(&self, caller: &Caller) -> Typed {
        let email = caller.user.email.as_ref().map(ToString::to_string);
        let fields = self.form.fields.iter().filter(|field| field.kind == Kind::Email);
        Typed::filled(fields.filter_map(|field| Some((field.name.as_str(), email.clone()?))))
    }
}

fn path(type_name: &str) -> String {
    format!("/account/add/{type_name}")
}

fn type_of(request: &Request) -> String {
    request.raw_path_param("type").unwrap_or_default().to_owned()
}

pub(super) async fn ask(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let asked = Asked::of(&visit, caller, &type_of(&request)).await?;
    Ok(asked.draw(&visit, &Filled::with(asked.prefilled(caller))))
}

pub(super) async fn add(request: Request) -> Result<Response, Stop> {
    let visit = Visit::new(&request).await?;
    let caller = visit.signed_in(&request)?;
    let type_name = type_of(&request);
    let body = visit.read(request).await?;
    let asked = Asked::of(&visit, caller, &type_name).await?;
    match visit.flow.attach(caller, &type_name, body.clone(), &visit.client).await {
        Ok(attached) => challenge::go_on(&visit, caller, attached).await,
        Err(error) => {
            let error = for_accounts(&visit, error)?;
            Ok(asked.draw(&visit, &Filled::after(visit.language, &asked.form, &body, error)?))
        }
    }
}

/// It is there; with the first second factor there are codes to keep.
pub(super) fn added(visit: &Visit, recovery_codes: Option<Vec<String>>) -> Response {
    match recovery_codes {
        Some(codes) => recovery_code::reveal(visit, &codes),
        None => visit.see_other("/account/identities?done=added"),
    }
}

/// "Sign in instead" is no help to who is signed in.
pub(super) fn for_accounts(visit: &Visit, error: Error) -> Result<Error, Error> {
    let message = match error {
        Error::IdentityTaken => {
            visit.language.pick("This belongs to another account already.", "Это уже привязано к другой учётной записи.")
        }
        Error::EmailTaken => {
            visit.language.pick("This address belongs to another account.", "Этот адрес принадлежит другой учётной записи.")
        }
        Error::ReauthenticationRequired => return Err(error),
        other => return Ok(other),
    };
    Ok(Error::ProviderRefused { code: String::new(), message: message.to_owned() })
}
