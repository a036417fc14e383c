//! Writes a line, such that reading it gives the same user.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value as Json, json};

use super::PortableUser;
use crate::model::user::NewIdentity;

/// The columns of a table beside the fixed ones, whose number depends on the users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Names in profiles.
    pub profile: Vec<String>,
    /// Provider types, each with the most identities that one user has.
    pub identities: Vec<(String, usize)>,
}

impl PortableUser {
    /// The user without what may be secret: the hash, and identities with a provider's private data. Second factors go with
    /// them, since one without its private data would lock its user out. Returns how many identities were left out.
    pub fn without_secrets(&mut self) -> usize {
        self.password_hash = None;
        let before = self.identities.len();
        self.identities.retain(|identity| identity.private.is_none() && !identity.is_factor);
        before - self.identities.len()
    }

    /// One JSON object.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let identities: Vec<Json> = self.identities.iter().map(identity).collect();
        let mut line = Map::new();
        let mut set = |name: &str, value: Json| drop(line.insert(name.to_owned(), value));
        if let Some(email) = &self.email {
            set("email", email.as_str().into());
        }
        for (name, value) in [("display_name", &self.display_name), ("locale", &self.locale)] {
            if let Some(value) = value {
                set(name, value.as_str().into());
            }
        }
        for (name, value) in [("email_verified", self.email_verified), ("disabled", self.disabled)] {
            set(name, value.into());
        }
        if let Some(hash) = &self.password_hash {
            set("password_hash", hash.expose().as_str().into());
        }
        set("roles", json!(self.roles));
        set("created_at", self.created_at.rfc3339().into());
        set("profile", json!(self.profile));
        set("identities", identities.into());
        Json::Object(line)
    }

    /// The cells below [`Columns::header`].
    #[must_use]
    pub fn to_row(&self, columns: &Columns, with_hash: bool) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut row = vec![
            self.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
            self.email_verified.to_string(),
            text(&self.display_name),
            text(&self.locale),
            self.roles.join(";"),
            self.disabled.to_string(),
            self.created_at.rfc3339(),
        ];
        if with_hash {
            row.push(self.password_hash.as_ref().map(|hash| hash.expose().clone()).unwrap_or_default());
        }
        row.extend(columns.profile.iter().map(|name| self.profile.get(name).cloned().unwrap_or_default()));
        let mut subjects: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for way in self.in_table() {
            subjects.entry(&way.provider).or_default().push(&way.subject);
        }
        for (provider, count) in &columns.identities {
            let mut of_type = subjects.remove(provider.as_str()).unwrap_or_default().into_iter();
            row.extend((0..*count).map(|_| of_type.next().unwrap_or_default().to_owned()));
        }
        row
    }

    /// A table has no place for private data: those identities are in JSON lines alone.
    fn in_table(&self) -> impl Iterator<Item = &NewIdentity> {
        self.identities.iter().filter(|way| way.private.is_none() && !way.is_factor)
    }

    /// Identities that a table leaves out.
    #[must_use]
    pub fn missing_in_table(&self) -> usize {
        self.identities.len() - self.in_table().count()
    }
}

impl Columns {
    /// The first row.
    #[must_use]
    pub fn header(&self, with_hash: bool) -> Vec<String> {
        let fixed = ["email", "email_verified", "display_name", "locale", "roles", "disabled", "created_at"];
        let mut header: Vec<String> = fixed.into_iter().chain(with_hash.then_some("password_hash")).map(ToOwned::to_owned).collect();
        header.extend(self.profile.iter().map(|name| format!("profile.{name}")));
        header.extend(self.identities.iter().flat_map(|(provider, count)| (0..*count).map(move |_| format!("identity.{provider}"))));
        header
    }
}

fn identity(identity: &NewIdentity) -> Json {
    let mut value = json!({ "type": identity.provider, "subject": identity.subject });
    if let Some(private) = &identity.private {
        value["private"] = STANDARD.encode(private).into();
    }
    if identity.is_factor {
        value["factor"] = true.into();
    }
    value
}
