//! Forms: what a provider asks a caller for.

use crate::{Field, Form, Kind};

impl Field {
    fn new(name: impl Into<String>, kind: Kind, max_length: u32) -> Self {
        let name = name.into();
        Self { label: name.clone(), name, kind, required: true, help: String::new(), example: None, max_length }
    }

    /// One line of text, at most 1024 characters unless [`Field::max`] says otherwise. Required, as every new field is.
    pub fn text(name: impl Into<String>) -> Self {
        Self::new(name, Kind::Text, 1024)
    }

    /// An e-mail address; the provider gets it in canonical form.
    pub fn email(name: impl Into<String>) -> Self {
        Self::new(name, Kind::Email, 254)
    }

    /// A password: the provider never sees it and proves by naming this field ([`Facts::password`](crate::Facts::password)).
    pub fn password(name: impl Into<String>) -> Self {
        Self::new(name, Kind::Password, 128)
    }

    /// An opaque credential, redacted in logs.
    pub fn token(name: impl Into<String>) -> Self {
        Self::new(name, Kind::Token, 4096)
    }

    /// An absolute http(s) URL.
    pub fn url(name: impl Into<String>) -> Self {
        Self::new(name, Kind::Url, 2048)
    }

    /// A signed 64-bit integer.
    pub fn integer(name: impl Into<String>) -> Self {
        Self::new(name, Kind::Integer, 20)
    }

    /// True or false.
    pub fn boolean(name: impl Into<String>) -> Self {
        Self::new(name, Kind::Boolean, 5)
    }

    /// A short label for people; the name unless given.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// A sentence of help for people.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// An example for the OpenAPI document; the gateway refuses one on a password.
    #[must_use]
    pub fn example(mut self, example: impl Into<String>) -> Self {
        self.example = Some(example.into());
        self
    }

    /// Whether the caller must give it.
    #[must_use]
    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// The longest value, in characters, 1 to 16384.
    #[must_use]
    pub fn max(mut self, characters: u32) -> Self {
        self.max_length = characters;
        self
    }
}

impl Form {
    /// A form of these fields, in the order in which people see them.
    pub fn new(fields: impl Into<Vec<Field>>) -> Self {
        Self { fields: fields.into() }
    }
}

impl<const N: usize> From<[Field; N]> for Form {
    fn from(fields: [Field; N]) -> Self {
        Self::new(fields)
    }
}

impl From<Vec<Field>> for Form {
    fn from(fields: Vec<Field>) -> Self {
        Self { fields }
    }
}
