//! Forms that a guest states, checked: what passes here reaches pages and the OpenAPI document.

use std::collections::BTreeSet;

use super::{bindings::imported::types as wit, text};
use crate::model::form::{Field, Form, Kind};

const MAX_FIELDS: usize = 32;
const MAX_LENGTH: u32 = 16_384;
/// Members of our own in every body.
const RESERVED: [&str; 2] = ["type", "flow"];

/// Checks a form; the error says which field, and never shows more of it than its name.
pub(super) fn checked(form: wit::Form) -> Result<Form, String> {
    if form.fields.len() > MAX_FIELDS {
        return Err(format!("has {} fields; at most {MAX_FIELDS}", form.fields.len()));
    }
    let mut names = BTreeSet::new();
    let mut fields = Vec::with_capacity(form.fields.len());
    for (at, field) in form.fields.into_iter().enumerate() {
        text::name(&field.name).map_err(|flaw| format!("field {}: its name {flaw}", at + 1))?;
        if RESERVED.contains(&field.name.as_str()) || !names.insert(field.name.clone()) {
            return Err(format!("field {}: its name is reserved or there twice", field.name));
        }
        let name = field.name.clone();
        fields.push(checked_field(field).map_err(|problem| format!("field {name}: {problem}"))?);
    }
    Ok(Form { fields })
}

fn checked_field(field: wit::Field) -> Result<Field, String> {
    let kind = kind_of(field.kind);
    text::title(&field.label, 100).map_err(|flaw| format!("label {flaw}"))?;
    text::line(&field.help, 500).map_err(|flaw| format!("help {flaw}"))?;
    if !(1..=MAX_LENGTH).contains(&field.max_length) {
        return Err(format!("max-length is {}; 1 to {MAX_LENGTH}", field.max_length));
    }
    if let Some(example) = &field.example {
        if kind == Kind::Password {
            return Err("a password has no example".to_owned());
        }
        text::line(example, 500).map_err(|flaw| format!("example {flaw}"))?;
    }
    let wit::Field { name, required, label, help, example, max_length, .. } = field;
    Ok(Field { name, kind, required, label, help, example, max_length })
}

fn kind_of(kind: wit::Kind) -> Kind {
    match kind {
        wit::Kind::Text => Kind::Text,
        wit::Kind::Email => Kind::Email,
        wit::Kind::Password => Kind::Password,
        wit::Kind::Token => Kind::Token,
        wit::Kind::Url => Kind::Url,
        wit::Kind::Integer => Kind::Integer,
        wit::Kind::Boolean => Kind::Boolean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static str, fn(&mut wit::Field));

    fn field(change: impl FnOnce(&mut wit::Field)) -> wit::Field {
        let mut field = wit::Field {
            name: "email".to_owned(),
            kind: wit::Kind::Email,
            required: true,
            label: "E-mail".to_owned(),
            help: String::new(),
            example: Some("ann@example.org".to_owned()),
            max_length: 254,
        };
        change(&mut field);
        field
    }

    fn problem(fields: Vec<wit::Field>) -> String {
        checked(wit::Form { fields }).unwrap_err()
    }

    #[test]
    fn a_good_form_passes_as_it_is() {
        let form = checked(wit::Form { fields: vec![field(|_| {})] }).unwrap();
        assert_eq!(form.fields[0].name, "email");
        assert_eq!(form.fields[0].kind, Kind::Email);
        assert_eq!(form.fields[0].example.as_deref(), Some("ann@example.org"));
    }

    #[test]
    fn each_rule_is_named_with_its_field() {
        let cases: [Case; 9] = [
            ("field 1: its name is not a name", |field| field.name = "E-mail".to_owned()),
            ("field type: its name is reserved", |field| field.name = "type".to_owned()),
            ("field flow: its name is reserved", |field| field.name = "flow".to_owned()),
            ("label is empty", |field| field.label = " ".to_owned()),
            ("label is longer than 100", |field| field.label = "x".repeat(101)),
            ("help holds characters that turn", |field| field.help = "a\u{202e}b".to_owned()),
            ("max-length is 0", |field| field.max_length = 0),
            ("max-length is 16385", |field| field.max_length = 16_385),
            ("a password has no example", |field| field.kind = wit::Kind::Password),
        ];
        for (expected, change) in cases {
            let problem = problem(vec![field(change)]);
            assert!(problem.contains(expected), "{problem} is not {expected}");
        }
        assert!(problem(vec![field(|_| {}), field(|_| {})]).contains("twice"));
        assert!(problem((0..33).map(|n| field(|field| field.name = format!("f{n}"))).collect()).contains("33 fields"));
    }
}
