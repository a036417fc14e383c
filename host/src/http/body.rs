//! The bodies of our own routes.

use super::input::{Body, OpenName};
use crate::model::{
    Secret,
    form::{Entries, Field, Form, Kind},
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
        let password = |name| entries.password(name).cloned().unwrap_or_else(|| Secret::new(String::new()));
        Self { current: password("current_password"), new: password("new_password") }
    }
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
