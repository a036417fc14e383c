//! What answers look like.

use std::collections::BTreeMap;

use poem_openapi::{Object, Union, types::Any};

use super::schema;
use crate::{
    flow::{
        challenge::{Answer, Challenge},
        session::SignedIn,
    },
    model::{self, session::Session, user},
};

/// An account.
#[derive(Object)]
#[oai(rename = "User")]
pub struct UserView {
    /// Its id, for ever.
    id: i64,
    /// What the user signs in by: the address, or a name.
    login: Option<String>,
    /// Canonical address.
    email: Option<String>,
    /// Whether the address is known to belong to the person.
    email_verified: bool,
    /// Chosen by the user.
    display_name: Option<String>,
    /// The language that the user chose (BCP 47).
    locale: Option<String>,
    /// What providers keep about the user, by name.
    profile: BTreeMap<String, String>,
    /// Sorted names.
    roles: Vec<String>,
    /// The invitation that made the account, if one did.
    invitation_id: Option<i64>,
    /// RFC 3339, UTC.
    #[oai(validator(max_length = 40))]
    created_at: String,
}

impl From<&user::User> for UserView {
    fn from(user: &user::User) -> Self {
        Self {
            id: user.id.0,
            login: user.email.as_ref().map(ToString::to_string).or_else(|| user.login.clone()),
            email: user.email.as_ref().map(ToString::to_string),
            email_verified: user.email_verified,
            display_name: user.display_name.clone(),
            locale: user.locale.clone(),
            profile: user.profile.clone(),
            roles: user.roles.clone(),
            invitation_id: user.invitation.map(|invitation| invitation.0),
            created_at: user.created_at.rfc3339(),
        }
    }
}

/// An account, as administrators see it.
#[derive(Object)]
#[oai(rename = "AdminUser")]
pub struct AdminUserView {
    /// What users see of themselves.
    #[oai(flatten)]
    user: UserView,
    /// Whether the account is switched off.
    disabled: bool,
}

impl From<&user::User> for AdminUserView {
    fn from(user: &user::User) -> Self {
        Self { user: UserView::from(user), disabled: user.disabled }
    }
}

/// Somebody is signed in.
#[derive(Object)]
#[oai(rename = "SignedIn")]
pub struct SignedInView {
    /// Who.
    pub user: UserView,
    /// A JWT (RFC 9068), for `Authorization: Bearer`.
    pub access_token: String,
    /// For `POST /auth/refresh`; works once.
    pub refresh_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds that the access token lives.
    pub expires_in: i64,
}

impl From<SignedIn> for SignedInView {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            user: UserView::from(&signed_in.user),
            access_token: signed_in.pair.access_token.expose().clone(),
            refresh_token: signed_in.pair.refresh_token.expose().clone(),
            token_type: "Bearer".to_owned(),
            expires_in: signed_in.pair.expires_in,
        }
    }
}

/// A new pair of tokens (RFC 6749, 5.1).
#[derive(Object)]
#[oai(rename = "Tokens")]
pub struct TokensView {
    /// A JWT (RFC 9068), for `Authorization: Bearer`.
    access_token: String,
    /// For the next `POST /auth/refresh`; works once.
    refresh_token: String,
    /// Always `Bearer`.
    token_type: String,
    /// Seconds that the access token lives.
    expires_in: i64,
}

impl From<SignedIn> for TokensView {
    fn from(signed_in: SignedIn) -> Self {
        let SignedInView { access_token, refresh_token, token_type, expires_in, .. } = signed_in.into();
        Self { access_token, refresh_token, token_type, expires_in }
    }
}

/// A field that a challenge asks for.
#[derive(Object)]
#[oai(rename = "Field")]
struct FieldView {
    /// Its name in the answer.
    name: String,
    /// text, email, password, token, url, integer or boolean.
    kind: String,
    /// Whether it must be there.
    required: bool,
    /// For people.
    label: String,
    /// For people; may be empty.
    help: String,
    /// In characters.
    max_length: u32,
}

/// What to answer next.
#[derive(Object)]
#[oai(rename = "Challenge")]
struct ChallengeView {
    /// Give it back in `POST /auth/continue`; keep it to yourself.
    flow: String,
    /// The provider type.
    #[oai(rename = "type")]
    kind: String,
    /// For people.
    message: String,
    /// What to answer.
    fields: Vec<FieldView>,
    /// Public data of the provider.
    data: BTreeMap<String, String>,
    /// Where to send the person first, if anywhere.
    #[oai(skip_serializing_if_is_none)]
    redirect: Option<String>,
    /// Seconds to answer.
    expires_in: u32,
}

/// The provider needs another step.
#[derive(Object)]
#[oai(rename = "Challenged")]
pub struct ChallengedView {
    /// What to answer next.
    challenge: ChallengeView,
}

impl From<Challenge> for ChallengedView {
    fn from(challenge: Challenge) -> Self {
        let fields = challenge.form.fields.into_iter().map(|field| FieldView {
            kind: schema::kind(field.kind).to_owned(),
            name: field.name,
            required: field.required,
            label: field.label,
            help: field.help,
            max_length: field.max_length,
        });
        let challenge = ChallengeView {
            flow: challenge.flow,
            kind: challenge.provider,
            message: challenge.message,
            fields: fields.collect(),
            data: challenge.data.into_iter().collect(),
            redirect: challenge.redirect,
            expires_in: challenge.seconds,
        };
        Self { challenge }
    }
}

/// Signed in, or asked for more.
#[derive(Union)]
#[oai(rename = "Answer")]
pub enum AnswerView {
    /// Done.
    SignedIn(SignedInView),
    /// More is needed.
    Challenged(ChallengedView),
}

impl From<Answer> for AnswerView {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::SignedIn(signed_in) => Self::SignedIn((*signed_in).into()),
            Answer::Challenge(challenge) => Self::Challenged((*challenge).into()),
        }
    }
}

/// A device that is signed in.
#[derive(Object)]
#[oai(rename = "Session")]
pub struct SessionView {
    /// Its id.
    id: i64,
    /// Whether it is the one that asks.
    current: bool,
    /// The provider types used.
    amr: Vec<String>,
    /// Where the sign-in came from.
    address: String,
    /// Software of the sign-in.
    user_agent: String,
    /// Sign-in (RFC 3339, UTC).
    created_at: String,
    /// Last refresh.
    refreshed_at: String,
    /// Absolute end.
    expires_at: String,
}

impl SessionView {
    /// `current` is the session that asks.
    #[must_use]
    pub fn new(session: Session, current: model::SessionId) -> Self {
        Self {
            id: session.id.0,
            current: session.id == current,
            amr: session.amr,
            address: session.address,
            user_agent: session.user_agent,
            created_at: session.created_at.rfc3339(),
            refreshed_at: session.rotated_at.rfc3339(),
            expires_at: session.expires_at.rfc3339(),
        }
    }
}

/// A way to sign in.
#[derive(Object)]
#[oai(rename = "Provider")]
pub struct ProviderView {
    /// What goes into `type`.
    #[oai(rename = "type")]
    pub kind: String,
    /// For people.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// The provider's own version.
    pub version: String,
    /// JSON Schema of the body of a sign-up; null: it takes none.
    pub signup: Option<Any<serde_json::Value>>,
    /// JSON Schema of the body of a sign-in; null: it takes none.
    pub signin: Option<Any<serde_json::Value>>,
    /// A second factor: added under `/me/identities`, and asked for after a way in.
    pub factor: bool,
}
