//! The bodies of our own routes.

use super::input::{Body, OpenName};
use crate::{
    flow::policy::{INVITE, with_invite},
    model::{
        Email, Secret,
        form::{Entries, Field, Form, Kind},
        signup::SignupPolicy,
    },
};

/// `POST /auth/refresh`.
pub struct Refresh {
    /// The token of the last pair.
    pub refresh_token: String,
}

impl Body for Refresh {
    const NAME: &'static str = "Refresh";

    fn form() -> Form {
        Form { fields: vec![Field::new("refresh_token", Kind::Token, "The refresh token of the last pair", 8192)] }
    }

    fn from_entries(entries: Entries) -> Self {
        Self { refresh_token: entries.text("refresh_token").unwrap_or_default().to_owned() }
    }
}

/// `PUT /me/password`.
pub struct PasswordChange {
    /// Proves that it is the user.
    pub current: Secret<String>,
    /// To be checked against the policy.
    pub new: Secret<String>,
}

impl Body for PasswordChange {
    const NAME: &'static str = "PasswordChange";

    fn form() -> Form {
        let field = |name, label| Field::new(name, Kind::Password, label, 128);
        Form {
            fields: vec![field("current_password", "The current password"), field("new_password", "The new password, 8 to 128 characters")],
        }
    }

    fn from_entries(entries: Entries) -> Self {
        Self { current: password(&entries, "current_password"), new: password(&entries, "new_password") }
    }
}

fn password(entries: &Entries, name: &str) -> Secret<String> {
    entries.password(name).cloned().unwrap_or_else(|| Secret::new(String::new()))
}

/// `POST /auth/verify-email`: a token, or flow and code.
pub struct VerifyEmail {
    /// Of a link.
    pub token: Option<String>,
    /// Of whoever asked for the mail.
    pub flow: Option<String>,
    /// In the mail.
    pub code: Option<String>,
}

fn claim_fields() -> Vec<Field> {
    vec![
        Field::new("token", Kind::Token, "The token of the link in the mail", 100).optional(),
        Field::new("flow", Kind::Token, "Instead of the token: the flow of the request that sent the mail", 100).optional(),
        Field::new("code", Kind::Token, "With the flow: the code in the mail", 20).optional().example("123456"),
    ]
}

impl Body for VerifyEmail {
    const NAME: &'static str = "VerifyEmail";

    fn form() -> Form {
        Form { fields: claim_fields() }
    }

    fn from_entries(entries: Entries) -> Self {
        let text = |name| entries.text(name).map(ToOwned::to_owned);
        Self { token: text("token"), flow: text("flow"), code: text("code") }
    }
}

/// `POST /auth/recover`.
pub struct Recover {
    /// Whose password was forgotten.
    pub email: Option<Email>,
}

impl Body for Recover {
    const NAME: &'static str = "Recover";

    fn form() -> Form {
        Form { fields: vec![Field::new("email", Kind::Email, "The account's address", 254).example("ann@example.org")] }
    }

    fn from_entries(entries: Entries) -> Self {
        Self { email: email(&entries) }
    }
}

/// `POST /auth/reset`: a token, or flow and code; and the new password.
pub struct Reset {
    /// What proves that it is the user.
    pub claim: VerifyEmail,
    /// To be checked against the policy.
    pub new: Secret<String>,
}

impl Body for Reset {
    const NAME: &'static str = "Reset";

    fn form() -> Form {
        let new = Field::new("new_password", Kind::Password, "The new password, 8 to 128 characters", 128);
        Form { fields: claim_fields().into_iter().chain([new]).collect() }
    }

    fn from_entries(entries: Entries) -> Self {
        let new = entries.password("new_password").cloned().unwrap_or_else(|| Secret::new(String::new()));
        Self { claim: VerifyEmail::from_entries(entries), new }
    }
}

/// `PUT /me/email`.
pub struct AddressChange {
    /// The new address.
    pub email: Option<Email>,
}

impl Body for AddressChange {
    const NAME: &'static str = "AddressChange";

    fn form() -> Form {
        Form { fields: vec![Field::new("email", Kind::Email, "The new address", 254).example("ann@example.com")] }
    }

    fn from_entries(entries: Entries) -> Self {
        Self { email: email(&entries) }
    }
}

/// The form has checked it already.
fn email(entries: &Entries) -> Option<Email> {
    entries.text("email").and_then(|text| Email::parse(text).ok())
}

/// `PUT /providers/{type}`.
pub struct ProviderSwitch {
    /// On or off.
    pub enabled: bool,
}

impl Body for ProviderSwitch {
    const NAME: &'static str = "ProviderSwitch";

    fn form() -> Form {
        Form { fields: vec![Field::new("enabled", Kind::Boolean, "Whether people can sign in by it", 5)] }
    }

    fn from_entries(entries: Entries) -> Self {
        Self { enabled: entries.boolean("enabled").unwrap_or_default() }
    }
}

/// `POST /`.
pub struct Credentials {
    /// An e-mail address or a name.
    pub login: String,
    /// Proves it, or is to be checked against the policy.
    pub password: Secret<String>,
}

impl Body for Credentials {
    const NAME: &'static str = "Credentials";

    fn form() -> Form {
        Form {
            fields: vec![
                Field::new("login", Kind::Text, "An e-mail address or a name", 254).example("ann"),
                Field::new("password", Kind::Password, "The password", 128),
            ],
        }
    }

    fn from_entries(entries: Entries) -> Self {
        Self { login: entries.text("login").unwrap_or_default().to_owned(), password: password(&entries, "password") }
    }
}

/// `POST /user`.
pub struct Registration {
    /// What signs in later.
    pub credentials: Credentials,
    /// The token of an invitation.
    pub invite: Option<String>,
}

impl Body for Registration {
    const NAME: &'static str = "Registration";

    fn form() -> Form {
        with_invite(&Credentials::form(), SignupPolicy::Open)
    }

    fn from_entries(entries: Entries) -> Self {
        let invite = entries.text(INVITE).map(ToOwned::to_owned);
        Self { credentials: Credentials::from_entries(entries), invite }
    }
}

/// `POST /invites/accept`.
pub struct AcceptInvitation {
    /// Of the link.
    pub token: Secret<String>,
}

impl Body for AcceptInvitation {
    const NAME: &'static str = "AcceptInvitation";

    fn form() -> Form {
        Form { fields: vec![Field::new("token", Kind::Token, "The token of the link in the mail", 100)] }
    }

    fn from_entries(entries: Entries) -> Self {
        Self { token: Secret::new(entries.text("token").unwrap_or_default().to_owned()) }
    }
}

/// `PATCH /user`.
pub struct UserPassword {
    /// Whose.
    pub id: i64,
    /// To be checked against the policy.
    pub password: Secret<String>,
}

impl Body for UserPassword {
    const NAME: &'static str = "UserPassword";

    fn form() -> Form {
        Form {
            fields: vec![
                Field::new("id", Kind::Integer, "The user's id", 20),
                Field::new("password", Kind::Password, "The new password, 8 to 128 characters", 128),
            ],
        }
    }

    fn from_entries(entries: Entries) -> Self {
        Self { id: entries.integer("id").unwrap_or_default(), password: password(&entries, "password") }
    }
}

/// `POST /providers/{type}/logout-all`.
pub struct ProviderLogout {
    /// SHA-256 of a component; without one, all of them.
    pub digest: Option<String>,
}

impl Body for ProviderLogout {
    const NAME: &'static str = "ProviderLogout";

    fn form() -> Form {
        let label = "SHA-256 of the component whose sessions are meant; all if it is left out";
        Form { fields: vec![Field::new("digest", Kind::Text, label, 64).optional()] }
    }

    fn from_entries(entries: Entries) -> Self {
        Self { digest: entries.text("digest").map(ToOwned::to_owned) }
    }
}

/// `POST /auth/signup/`: the fields of the live providers.
pub struct SignUp;
/// `POST /auth/signin/`: the fields of the live providers.
pub struct SignIn;
/// `POST /auth/continue`: the fields that the challenge asked for.
pub struct Continue;
/// `POST /me/identities`: the fields of the live providers.
pub struct NewIdentity;
/// `PATCH /me`: `display_name`, `locale` and the profile fields that providers declared.
pub struct AccountChange;
/// `PATCH /users/{id}`: the same and what administrators alone change.
pub struct UserAmendment;

impl OpenName for SignUp {
    const NAME: &'static str = "SignUp";
}
impl OpenName for SignIn {
    const NAME: &'static str = "SignIn";
}
impl OpenName for Continue {
    const NAME: &'static str = "Continue";
}
impl OpenName for NewIdentity {
    const NAME: &'static str = "NewIdentity";
}
impl OpenName for AccountChange {
    const NAME: &'static str = "AccountChange";
}
impl OpenName for UserAmendment {
    const NAME: &'static str = "UserAmendment";
}

/// `POST /roles`.
pub struct NewRole;

impl OpenName for NewRole {
    const NAME: &'static str = "NewRole";
}

/// `POST /invites`.
pub struct NewInvitation;

impl OpenName for NewInvitation {
    const NAME: &'static str = "NewInvitation";
}
