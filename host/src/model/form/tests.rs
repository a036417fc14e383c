use serde_json::json;

use super::*;

fn field(name: &str, kind: Kind, required: bool) -> Field {
    Field { name: name.into(), kind, required, label: name.into(), help: String::new(), example: None, max_length: 20 }
}

fn form() -> Form {
    Form {
        fields: vec![
            field("email", Kind::Email, true),
            field("password", Kind::Password, true),
            field("age", Kind::Integer, false),
            field("news", Kind::Boolean, false),
            field("site", Kind::Url, false),
            field("city", Kind::Text, false),
        ],
    }
}

fn body(json: Json) -> RawBody {
    match json {
        Json::Object(map) => map.into_iter().map(|(name, value)| (name, Raw::Json(value))).collect(),
        _ => RawBody::new(),
    }
}

fn codes(json: Json) -> Vec<(String, String)> {
    form().read(body(json)).err().unwrap_or_default().into_iter().map(|error| (error.field, error.code)).collect()
}

#[test]
fn reads_every_kind() {
    let input =
        json!({"email": " Ann@Example.org", "password": " p ", "age": -3, "news": true, "site": "https://a.example", "city": " Oslo "});
    let entries = form().read(body(input)).expect("valid");
    assert_eq!(entries.text("email"), Some("ann@example.org"));
    assert_eq!(entries.password("password").map(|p| p.expose().as_str()), Some(" p "));
    assert_eq!(entries.0.get("age"), Some(&Value::Integer(-3)));
    assert_eq!(entries.boolean("news"), Some(true));
    assert_eq!(entries.text("site"), Some("https://a.example/"));
    assert_eq!(entries.text("city"), Some("Oslo"));
}

#[test]
fn form_bodies_are_all_text() {
    let raw = [("email", "ann@example.org"), ("password", "x"), ("age", "7"), ("news", "on")];
    let entries = form().read(raw.into_iter().map(|(k, v)| (k.into(), Raw::Text(v.into()))).collect()).expect("valid");
    assert_eq!(entries.0.get("age"), Some(&Value::Integer(7)));
    assert_eq!(entries.boolean("news"), Some(true));
}

#[test]
fn names_all_mistakes_at_once() {
    let found = codes(json!({"email": "nobody", "age": 1.5, "news": "yes", "site": "ftp://x", "city": "a\u{0}b", "extra": 1}));
    let expected = [
        ("email", "invalid_email"),
        ("password", "required"),
        ("age", "wrong_type"),
        ("news", "wrong_type"),
        ("site", "invalid_url"),
        ("city", "control_characters"),
        ("extra", "unknown_field"),
    ];
    let expected: Vec<(String, String)> = expected.iter().map(|(f, c)| ((*f).to_owned(), (*c).to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn limits_and_emptiness() {
    assert_eq!(codes(json!({"email": "", "password": ""})), [("email".to_owned(), "empty".to_owned())]);
    assert_eq!(
        codes(json!({"email": "a".repeat(21), "password": "x".repeat(21)})).iter().map(|(_, c)| c.as_str()).collect::<Vec<_>>(),
        ["too_long", "too_long"]
    );
    assert_eq!(
        codes(json!({"email": null, "password": []})).iter().map(|(_, c)| c.as_str()).collect::<Vec<_>>(),
        ["required", "wrong_type"]
    );
}

#[test]
fn names_are_an_array_or_separated_by_commas() {
    let form = Form { fields: vec![field("roles", Kind::Names, false)] };
    let read = |raw| form.read(RawBody::from([("roles".to_owned(), raw)]));
    let names = |raw| read(raw).map(|entries| entries.names("roles").to_vec());
    for raw in [Raw::Json(json!([" a ", "b", ""])), Raw::Text("a, b,".to_owned())] {
        assert_eq!(names(raw), Ok(vec!["a".to_owned(), "b".to_owned()]));
    }
    assert_eq!(names(Raw::Json(Json::Null)), Ok(Vec::new()));
    for (raw, code) in [
        (Raw::Json(json!("a")), "wrong_type"),
        (Raw::Json(json!(["a", 1])), "wrong_type"),
        (Raw::Json(json!(["x".repeat(21)])), "too_long"),
        (Raw::Text("x".repeat(21)), "too_long"),
        (Raw::Json(json!(["a\u{0}b"])), "control_characters"),
        (Raw::Json(json!(vec!["a"; 51])), "too_many"),
    ] {
        assert_eq!(read(raw).err().unwrap_or_default().first().map(|error| error.code.as_str()), Some(code));
    }
}
