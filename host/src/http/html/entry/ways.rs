//! A card for each live way in, drawn from the form that the flow offers at this moment.

use maud::{Markup, html};
use poem::http::StatusCode;

use super::{
    super::{
        fields::{self, Typed, Use},
        shipped,
        trouble::{Beside, Stop},
        visit::Visit,
    },
    RETURN_TO,
};
use crate::{
    flow::{
        Error,
        policy::{INVITE, signup_form},
        provider::LiveProvider,
    },
    model::form::{Field, Form, Kind, RawBody},
};

/// What the cards are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    SignIn,
    SignUp,
}

/// What was tried, and what came of it.
pub(super) struct Tried {
    provider: String,
    typed: Typed,
    pub(super) trouble: Option<Beside>,
}

impl Tried {
    /// After an error; the error back, as the whole page, if it belongs to no form.
    pub(super) fn new(visit: &Visit, door: Door, provider: String, body: &RawBody, error: Error) -> Result<Self, Stop> {
        let form = of(visit, door).into_iter().find(|(live, _)| live.type_name == provider).map(|(_, form)| form).unwrap_or_default();
        let (errors, trouble) = match error {
            Error::Fields(errors) => (errors, None),
            other => (Vec::new(), Some(Beside::form(visit.language, other)?)),
        };
        Ok(Self { provider, typed: Typed::again(&form, body, errors), trouble })
    }

    /// The invitation is no secret from who has just shown it, and would be lost otherwise.
    pub(super) fn invited(self, token: &str) -> Self {
        Self { typed: self.typed.with(INVITE, token), ..self }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.trouble.as_ref().map_or(StatusCode::BAD_REQUEST, Beside::status)
    }
}

/// Everything the cards need.
pub(super) struct Cards<'a> {
    pub(super) door: Door,
    pub(super) return_to: &'a str,
    /// The token of an invitation.
    pub(super) invite: &'a str,
    pub(super) tried: Option<&'a Tried>,
}

/// The ways that are open, what people can fill in first: `simple`, then passwords, then the others; what only programs have
/// (a token of another site) comes last.
pub(super) fn of(visit: &Visit, door: Door) -> Vec<(LiveProvider, Form)> {
    let live = visit.flow.live_providers().into_iter();
    let mut ways: Vec<(LiveProvider, Form)> = live.filter_map(|live| Some((live.clone(), form(visit, &live, door)?))).collect();
    ways.sort_by_key(|(live, form)| (rank(&live.type_name, form), live.type_name.clone()));
    ways
}

/// Second factors are no way in.
fn form(visit: &Visit, provider: &LiveProvider, door: Door) -> Option<Form> {
    let manifest = provider.live.manifest();
    match door {
        Door::SignIn => manifest.signin.clone().filter(|_| !manifest.factor),
        Door::SignUp => signup_form(provider, visit.flow.terms.signup),
    }
}

const FOR_PROGRAMS: u8 = 3;
/// Characters of a link with an invitation.
const LINK: u32 = 2000;

fn rank(type_name: &str, form: &Form) -> u8 {
    let has = |kind| form.fields.iter().any(|field| field.kind == kind && field.name != INVITE);
    match type_name {
        "simple" => 0,
        _ if has(Kind::Token) => FOR_PROGRAMS,
        _ if has(Kind::Password) => 1,
        _ => 2,
    }
}

impl Cards<'_> {
    /// One is open: the one that was tried, or the first.
    pub(super) fn draw(&self, visit: &Visit) -> Markup {
        let ways = of(visit, self.door);
        let open = ways.iter().position(|(live, _)| self.tried.is_some_and(|tried| tried.provider == live.type_name)).unwrap_or(0);
        html! {
            @for (index, (provider, form)) in ways.iter().enumerate() {
                @let tried = self.tried.filter(|tried| tried.provider == provider.type_name);
                @let id = format!("way-{}", provider.type_name);
                @let name = shipped::say(visit.language, &provider.live.manifest().name);
                @if index == open && (tried.is_some() || rank(&provider.type_name, form) < FOR_PROGRAMS) {
                    section class="card" aria-labelledby=(id) {
                        h2 id=(id) { (name) }
                        (self.form(visit, provider, form, tried))
                    }
                } @else {
                    details class="card" {
                        summary id=(id) { (name) }
                        (self.form(visit, provider, form, tried))
                    }
                }
            }
            @if let Some(tried) = self.tried.filter(|tried| ways.iter().all(|(live, _)| live.type_name != tried.provider)) {
                // It went away while the person typed.
                @if let Some(trouble) = &tried.trouble { p class="wrong" role="alert" { (trouble.text) } }
            }
        }
    }

    fn form(&self, visit: &Visit, provider: &LiveProvider, form: &Form, tried: Option<&Tried>) -> Markup {
        let (type_name, nothing) = (&provider.type_name, Typed::default());
        let typed = tried.map_or(&nothing, |tried| &tried.typed);
        let form = self.shown(form);
        let (action, usage, button) = match self.door {
            Door::SignIn => ("/sign-in", Use::Current, visit.language.pick("Sign in", "Войти")),
            Door::SignUp => ("/sign-up", Use::New, visit.language.pick("Sign up", "Зарегистрироваться")),
        };
        let given = Typed::filled([(INVITE, self.invite.to_owned())]);
        html! {
            @if let Some(summary) = shipped::known(visit.language, &provider.live.manifest().summary) { p class="quiet" { (summary) } }
            @if let Some(trouble) = tried.and_then(|tried| tried.trouble.as_ref()) { p class="wrong" role="alert" { (trouble.text) } }
            @for error in typed.elsewhere(&form) { p class="wrong" role="alert" { (fields::reason(visit.language, error)) } }
            form method="post" action={ (visit.base) (action) } {
                (visit.form_token())
                input type="hidden" name="type" value=(type_name);
                @if !self.return_to.is_empty() { input type="hidden" name=(RETURN_TO) value=(self.return_to); }
                (fields::draw(visit.language, type_name, &form, if tried.is_some() { typed } else { &given }, usage))
                button type="submit" { (button) }
            }
        }
    }

    /// Who has no invitation and needs none is not asked for it.
    fn shown(&self, form: &Form) -> Form {
        let asked = |field: &&Field| field.name != INVITE || field.required || !self.invite.is_empty();
        // The whole link of the letter may be pasted.
        let roomy = |field: Field| if field.name == INVITE { Field { max_length: LINK, ..field } } else { field };
        Form { fields: form.fields.iter().filter(asked).cloned().map(roomy).collect() }
    }
}
