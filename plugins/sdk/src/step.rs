//! What comes next: facts, a question, or another site.

use crate::{Facts, Form, Hop, Prompt, Proof, Step};

impl Facts {
    fn new(subject: impl Into<String>, proof: Proof) -> Self {
        Self { subject: subject.into(), proof, email: None, email_verified: false, attributes: Vec::new(), private: None, ext: Vec::new() }
    }

    /// The provider itself checked that the caller is `subject`. Needs [`Manifest::vouches`](crate::Manifest::vouches).
    pub fn vouched(subject: impl Into<String>) -> Self {
        Self::new(subject, Proof::Vouched)
    }

    /// The caller is `subject` if the password in this field of the form is right; the gateway checks or keeps it.
    pub fn password(subject: impl Into<String>, field: impl Into<String>) -> Self {
        Self::new(subject, Proof::Password(field.into()))
    }

    /// An address that the caller claims.
    #[must_use]
    pub fn email(mut self, address: impl Into<String>) -> Self {
        self.email = Some(address.into());
        self
    }

    /// An address that the provider knows to be the caller's. Only with [`Facts::vouched`].
    #[must_use]
    pub fn verified_email(mut self, address: impl Into<String>) -> Self {
        self.email = Some(address.into());
        self.email_verified = true;
        self
    }

    /// Something to keep about the user, under a name that the manifest declares; at most 1024 characters.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// The provider's own data about this identity, at most 64 KiB; [`identities::find`](crate::identities::find) gives it back.
    #[must_use]
    pub fn private(mut self, data: impl Into<Vec<u8>>) -> Self {
        self.private = Some(data.into());
        self
    }
}

impl Prompt {
    /// Asks the caller for `form`; `state` comes back to `resume` and is seen by nobody. Ten minutes unless
    /// [`Prompt::seconds`] says otherwise.
    pub fn new(message: impl Into<String>, form: impl Into<Form>, state: impl Into<Vec<u8>>) -> Self {
        Self { message: message.into(), form: form.into(), data: Vec::new(), state: state.into(), seconds: 600 }
    }

    /// Public data for the client.
    #[must_use]
    pub fn data(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.data.push((name.into(), value.into()));
        self
    }

    /// How long the caller has, 1 to 3600.
    #[must_use]
    pub fn seconds(mut self, seconds: u32) -> Self {
        self.seconds = seconds;
        self
    }
}

impl Hop {
    /// Sends the caller to `url`, from where it comes back with `form`. Ten minutes unless [`Hop::seconds`] says otherwise.
    pub fn new(url: impl Into<String>, form: impl Into<Form>, state: impl Into<Vec<u8>>) -> Self {
        Self { url: url.into(), form: form.into(), state: state.into(), seconds: 600 }
    }

    /// How long the caller has, 1 to 3600.
    #[must_use]
    pub fn seconds(mut self, seconds: u32) -> Self {
        self.seconds = seconds;
        self
    }
}

impl Step {
    /// Done: these are the facts.
    #[must_use]
    pub fn verified(facts: Facts) -> Self {
        Self::Verified(facts)
    }

    /// Ask for more.
    #[must_use]
    pub fn prompt(prompt: Prompt) -> Self {
        Self::Prompt(prompt)
    }

    /// Send the caller to another site.
    #[must_use]
    pub fn redirect(hop: Hop) -> Self {
        Self::Redirect(hop)
    }
}

impl From<Facts> for Step {
    fn from(facts: Facts) -> Self {
        Self::Verified(facts)
    }
}

impl From<Prompt> for Step {
    fn from(prompt: Prompt) -> Self {
        Self::Prompt(prompt)
    }
}

impl From<Hop> for Step {
    fn from(hop: Hop) -> Self {
        Self::Redirect(hop)
    }
}
