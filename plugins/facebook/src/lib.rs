//! `facebook`: the app hands over what Facebook's SDK gave it, and this provider asks Facebook whether it is good, was made for the
//! operator's own app, and for whom. Takes access tokens (Graph API) and the ID tokens of Limited Login.
//!
//! The app's secret stays in the gateway: requests name it, and the gateway puts it in.

mod fault;
mod graph;
mod json;
mod limited;
mod outside;

use outside::{Gateway, Outside};
use vestibule_plugin::{Context, Facts, Field, Input, Manifest, Provider, Refusal, Step};

struct Facebook;

/// The names of the fields, of the settings and of the secret.
const ID: &str = "facebook_id";
const TOKEN: &str = "facebook_token";
const NONCE: &str = "nonce";
const APP_ID: &str = "app_id";
const APP_SECRET: &str = "app_secret";
const GRAPH_URL: &str = "graph_url";
const JWKS_URL: &str = "jwks_url";

const DEFAULT_GRAPH_URL: &str = "https://graph.facebook.com";
/// <https://developers.facebook.com/documentation/facebook-login/ios/limited-login/token>
const DEFAULT_JWKS_URL: &str = "https://limited.facebook.com/.well-known/oauth/openid/jwks/";

/// What the host keeps at most of an attribute, in characters.
const LONGEST_NAME: usize = 1024;

impl Provider for Facebook {
    fn describe() -> Manifest {
        let token = || {
            Field::token(TOKEN)
                .label("Facebook token")
                .help("The access token that Facebook's SDK gave your app, or the ID token of Limited Login.")
                .max(4096)
        };
        let nonce = || {
            Field::token(NONCE)
                .label("Nonce")
                .help("With an ID token of Limited Login: the nonce that your app asked Facebook to put into it.")
                .max(512)
                .required(false)
        };
        let email = Field::email("email").label("E-mail").example("ann@example.org");
        let id = Field::text(ID).label("Facebook user id").help("The person's id for your app.").example("10215241773831025").max(64);
        Manifest::new("Facebook", env!("CARGO_PKG_VERSION"))
            .summary("Sign up and in with a Facebook account.")
            .signup([email, id, token(), nonce()])
            .signin([token(), nonce()])
            .attribute(ID)
            .attribute("name")
            .vouches()
            .host("graph.facebook.com")
            .host("limited.facebook.com")
            .required_setting(APP_ID, "The id of your app, from its dashboard at developers.facebook.com.")
            .optional_setting(GRAPH_URL, "Where the Graph API is; https://graph.facebook.com unless set. May end in a version (/v25.0).")
            .optional_setting(JWKS_URL, "Where the keys of Limited Login are; Facebook's own address unless set.")
            .secret(APP_SECRET)
    }

    fn signup(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        signup(&Gateway, input)
    }

    fn signin(_ctx: &Context, input: &Input) -> Result<Step, Refusal> {
        signin(&Gateway, input)
    }
}

/// The operator's settings.
struct Settings {
    app_id: String,
    graph_url: String,
    jwks_url: String,
}

impl Settings {
    fn read(outside: &impl Outside) -> Result<Self, Refusal> {
        let app_id = outside.setting(APP_ID).ok_or_else(|| Refusal::upstream("app_id is missing: add it under [settings]"))?;
        let url = |name, default: &str| outside.setting(name).unwrap_or_else(|| default.to_owned());
        let graph_url = url(GRAPH_URL, DEFAULT_GRAPH_URL).trim_end_matches('/').to_owned();
        Ok(Self { app_id, graph_url, jwks_url: url(JWKS_URL, DEFAULT_JWKS_URL) })
    }
}

/// Who Facebook says that it is.
#[derive(Debug, PartialEq, Eq)]
struct Person {
    id: String,
    name: Option<String>,
}

fn signup(outside: &impl Outside, input: &Input) -> Result<Step, Refusal> {
    let person = identify(outside, input)?;
    if input.text(ID)? != person.id {
        return Err(Refusal::invalid(ID, "wrong_user", "is not the Facebook user whom the token belongs to"));
    }
    let mut facts = Facts::vouched(person.id.as_str()).email(input.text("email")?).attribute(ID, person.id);
    if let Some(name) = person.name {
        facts = facts.attribute("name", name.chars().take(LONGEST_NAME).collect::<String>());
    }
    Ok(facts.into())
}

/// States no attributes, so that what somebody changed in their profile since stays as it is.
fn signin(outside: &impl Outside, input: &Input) -> Result<Step, Refusal> {
    Ok(Facts::vouched(identify(outside, input)?.id).into())
}

fn identify(outside: &impl Outside, input: &Input) -> Result<Person, Refusal> {
    let settings = Settings::read(outside)?;
    let (token, nonce) = (input.text(TOKEN)?, input.optional_text(NONCE));
    if let Some(token) = limited::IdToken::parse(token) {
        return limited::identify(outside, &settings, &token, nonce);
    }
    if nonce.is_some() {
        return Err(Refusal::invalid(NONCE, "unexpected", "goes with an ID token of Limited Login only: an access token holds none"));
    }
    graph::identify(outside, &settings, token)
}

vestibule_plugin::export!(Facebook);

#[cfg(test)]
mod tests;
