//! What the caller gave, checked by the gateway against the form.

use crate::{Entry, Refusal, Value};

/// The values of a form; fields that the caller left out are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input(Vec<Entry>);

impl Input {
    /// The values as the gateway hands them over.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// All values, for a provider that has no fixed form.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The value of a field, whatever its kind.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.iter().find(|entry| entry.name == field).map(|entry| &entry.value)
    }

    /// The text of an optional field of kind text, email, token or url.
    #[must_use]
    pub fn optional_text(&self, field: &str) -> Option<&str> {
        match self.get(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number in an optional integer field.
    #[must_use]
    pub fn optional_integer(&self, field: &str) -> Option<i64> {
        match self.get(field) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// The answer in an optional boolean field.
    #[must_use]
    pub fn optional_boolean(&self, field: &str) -> Option<bool> {
        match self.get(field) {
            Some(Value::Boolean(answer)) => Some(*answer),
            _ => None,
        }
    }

    /// The text of a required field.
    ///
    /// # Errors
    /// `required` for the caller, if it is not there.
    pub fn text(&self, field: &str) -> Result<&str, Refusal> {
        self.optional_text(field).ok_or_else(|| missing(field))
    }

    /// The number in a required field.
    ///
    /// # Errors
    /// `required` for the caller, if it is not there.
    pub fn integer(&self, field: &str) -> Result<i64, Refusal> {
        self.optional_integer(field).ok_or_else(|| missing(field))
    }

    /// The answer in a required field.
    ///
    /// # Errors
    /// `required` for the caller, if it is not there.
    pub fn boolean(&self, field: &str) -> Result<bool, Refusal> {
        self.optional_boolean(field).ok_or_else(|| missing(field))
    }

    /// Whether the caller gave a password in this field; what it is stays in the gateway.
    #[must_use]
    pub fn has_password(&self, field: &str) -> bool {
        matches!(self.get(field), Some(Value::Withheld))
    }
}

fn missing(field: &str) -> Refusal {
    Refusal::invalid(field, "required", "is required")
}

/// For tests: `Input::from([("email", "ann@example.org")])`.
impl<const N: usize> From<[(&str, &str); N]> for Input {
    fn from(texts: [(&str, &str); N]) -> Self {
        Self(texts.map(|(name, text)| Entry { name: name.to_owned(), value: Value::Text(text.to_owned()) }).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> Input {
        let entry = |name: &str, value| Entry { name: name.to_owned(), value };
        Input::new(vec![
            entry("city", Value::Text("Graz".to_owned())),
            entry("age", Value::Integer(41)),
            entry("terms", Value::Boolean(false)),
            entry("password", Value::Withheld),
        ])
    }

    #[test]
    fn every_kind_has_its_getter() {
        let input = input();
        assert_eq!(input.text("city"), Ok("Graz"));
        assert_eq!(input.integer("age"), Ok(41));
        assert_eq!(input.boolean("terms"), Ok(false));
        assert!(input.has_password("password"));
        assert!(!input.has_password("city"));
    }

    #[test]
    fn a_field_that_is_missing_or_of_another_kind_is_the_callers_mistake() {
        let input = input();
        assert_eq!(input.text("street"), Err(Refusal::invalid("street", "required", "is required")));
        assert_eq!(input.integer("city"), Err(Refusal::invalid("city", "required", "is required")));
        assert_eq!(input.text("password"), Err(Refusal::invalid("password", "required", "is required")));
        assert_eq!(input.optional_text("street"), None);
    }
}
