//! The identity card of a provider, built step by step.

use crate::{Form, Manifest, Setting};

impl Manifest {
    /// A provider with this name for people and its own version, which so far asks for nothing and lets nobody in.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            summary: String::new(),
            version: version.into(),
            signup: None,
            signin: None,
            attributes: Vec::new(),
            vouches: false,
            hosts: Vec::new(),
            settings: Vec::new(),
            secrets: Vec::new(),
            mails: Vec::new(),
            ext: Vec::new(),
        }
    }

    /// One sentence for people, at most 200 characters.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// What it asks for at sign-up. Without this it signs nobody up.
    #[must_use]
    pub fn signup(mut self, form: impl Into<Form>) -> Self {
        self.signup = Some(form.into());
        self
    }

    /// What it asks for at sign-in. Without this it signs nobody in.
    #[must_use]
    pub fn signin(mut self, form: impl Into<Form>) -> Self {
        self.signin = Some(form.into());
        self
    }

    /// A name under which it keeps something about a user; others are refused in its facts.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>) -> Self {
        self.attributes.push(name.into());
        self
    }

    /// It checks people itself ([`Facts::vouched`](crate::Facts::vouched)); the operator must say `vouch = true`.
    #[must_use]
    pub fn vouches(mut self) -> Self {
        self.vouches = true;
        self
    }

    /// It is a second factor, asked for after a way in and never one of its own; the operator must say `factor = true`.
    ///
    /// `signup` is then its enrolment, under a subject that the gateway chose ([`Context::subject`](crate::Context::subject));
    /// `signin`, which takes no fields, asks its user for it by a [`Prompt`](crate::Prompt). Both end in
    /// [`Facts::vouched`](crate::Facts::vouched) for that subject.
    #[must_use]
    pub fn factor(mut self) -> Self {
        self.ext.push(("kind".to_owned(), "factor".to_owned()));
        self.vouches()
    }

    /// A host that it fetches from; the operator must grant it under `hosts`.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// A key of `[settings]` that it cannot work without.
    #[must_use]
    pub fn required_setting(self, name: impl Into<String>, help: impl Into<String>) -> Self {
        self.setting(name, true, help)
    }

    /// A key of `[settings]` that it reads if it is there.
    #[must_use]
    pub fn optional_setting(self, name: impl Into<String>, help: impl Into<String>) -> Self {
        self.setting(name, false, help)
    }

    fn setting(mut self, name: impl Into<String>, required: bool, help: impl Into<String>) -> Self {
        self.settings.push(Setting { name: name.into(), required, help: help.into() });
        self
    }

    /// The name of a secret that it has the host use.
    #[must_use]
    pub fn secret(mut self, name: impl Into<String>) -> Self {
        self.secrets.push(name.into());
        self
    }

    /// The name of a mail template that it sends; the operator must say `mail = true`.
    #[must_use]
    pub fn mail(mut self, template: impl Into<String>) -> Self {
        self.mails.push(template.into());
        self
    }
}
