//! Answers with what no provider may answer.

use vestibule_plugin::{Facts, Field, Hop, Input, Prompt, Refusal};

use crate::{Answer, Attacks, honest};

const MIB: usize = 1 << 20;
const MARKUP: &str = "<script>alert(1)</script>\u{0}\r\nSet-Cookie: x=1";

pub(crate) const ATTACKS: Attacks = &[
    ("giant_refusal", |_| Err(Refusal::other("giant", "x".repeat(10 * MIB)))),
    ("giant_attribute", |input| Ok(honest(input)?.attribute("note", "x".repeat(10 * MIB)).into())),
    ("long_attribute", |input| Ok(honest(input)?.attribute("note", "x".repeat(1025)).into())),
    ("many_attributes", many_attributes),
    ("undeclared_attribute", |input| Ok(honest(input)?.attribute("role", "admin").into())),
    ("repeated_attribute", |input| Ok(honest(input)?.attribute("note", "1").attribute("note", "2").into())),
    ("good_attribute", |input| Ok(honest(input)?.attribute("note", "kept").into())),
    ("control_attribute", |input| Ok(honest(input)?.attribute("note", MARKUP).into())),
    ("giant_private", |input| Ok(honest(input)?.private(vec![0; 10 * MIB]).into())),
    ("vouched", |input| Ok(Facts::vouched(input.text("email")?).email(input.text("email")?).into())),
    ("verified_email", |input| Ok(honest(input)?.verified_email(input.text("email")?).into())),
    ("subject_empty", |_| Ok(Facts::password("", "password").into())),
    ("subject_without_address", |input| Ok(Facts::password(input.text("email")?, "password").into())),
    ("subject_long", |_| Ok(Facts::password("x".repeat(256), "password").into())),
    ("subject_control", |_| Ok(Facts::password(MARKUP, "password").into())),
    ("subject_other", |_| Ok(Facts::password("victim@example.org", "password").email("victim@example.org").into())),
    ("email_invalid", |input| Ok(honest(input)?.email("not an address\r\nBcc: x@example.org").into())),
    ("proof_unknown_field", |input| Ok(Facts::password(input.text("email")?, "passwort").into())),
    ("proof_other_field", |input| Ok(Facts::password(input.text("email")?, "email").into())),
    ("refusal_unknown_field", |_| Err(Refusal::invalid("no_such_field", "Bad Code", MARKUP))),
    ("refusal_empty", |_| Err(Refusal::Invalid(Vec::new()))),
    ("refusal_markup", |_| Err(Refusal::other(MARKUP, MARKUP))),
    ("retry_forever", |_| Err(Refusal::retry_after(u32::MAX))),
    ("redirect_javascript", |_| Ok(Hop::new("javascript:alert(1)", [], []).into())),
    ("redirect_data", |_| Ok(Hop::new("data:text/html,<script>alert(1)</script>", [], []).into())),
    ("redirect_split", |_| Ok(Hop::new("https://example.org/\r\nSet-Cookie: x=1", [], []).into())),
    ("prompt", |_| Ok(Prompt::new("Once more, please.", [Field::token("code").max(10)], *b"state").into())),
    ("prompt_giant_state", |_| Ok(Prompt::new("Once more.", [Field::token("code")], vec![0; 20 * 1024]).into())),
    ("prompt_forever", |_| Ok(Prompt::new("Once more.", [Field::token("code")], []).seconds(u32::MAX).into())),
    ("prompt_reserved", |_| Ok(Prompt::new("Once more.", [Field::token("flow"), Field::token("type")], []).into())),
    ("prompt_many_fields", |_| Ok(Prompt::new("Once more.", many_fields(), []).into())),
    ("prompt_markup", |_| Ok(Prompt::new(MARKUP, [Field::text("code").label(MARKUP)], []).data(MARKUP, MARKUP).into())),
];

fn many_attributes(input: &Input) -> Answer {
    let mut facts = honest(input)?;
    facts.attributes = (0..1_000_000).map(|_| (String::new(), String::new())).collect();
    Ok(facts.into())
}

fn many_fields() -> Vec<Field> {
    (0..1000).map(|at| Field::text(["field_", &at.to_string()].concat())).collect()
}
