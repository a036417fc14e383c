use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn read(line: &Json) -> Result<PortableUser, Vec<String>> {
    let members = line.as_object().expect("an object").clone();
    let body = members.into_iter().map(|(name, value)| (name, Raw::Json(value))).collect();
    PortableUser::read(body, NOW).map_err(|errors| errors.into_iter().map(|error| format!("{}: {}", error.field, error.message)).collect())
}

fn ways(line: &Json) -> Vec<String> {
    read(line).expect("good").identities.iter().map(|way| format!("{} {}", way.provider, way.subject)).collect()
}

#[test]
fn address_and_login_name_are_ways_in() {
    assert_eq!(ways(&json!({ "email": " Ann@Example.org" })), ["simple ann@example.org"]);
    assert_eq!(ways(&json!({ "login": " Ann_7" })), ["login ann_7"]);
    assert_eq!(ways(&json!({ "login": "ann", "email": "a@b.cd" })), ["login ann", "simple a@b.cd"]);
    let facebook = json!([{ "type": "facebook", "subject": "1" }]);
    assert_eq!(ways(&json!({ "identities": facebook })), ["facebook 1"]);
    assert_eq!(ways(&json!({ "email": "a@b.cd", "identities": facebook })), ["facebook 1"], "no password, so no way in by one");
    assert_eq!(ways(&json!({ "email": "a@b.cd", "identities": facebook, "password_hash": "x" })), ["facebook 1", "simple a@b.cd"]);
    let login = json!([{ "type": "login", "subject": "ann" }]);
    assert_eq!(
        ways(&json!({ "email": "a@b.cd", "identities": login, "password_hash": "x" })),
        ["login ann"],
        "it says where the password belongs"
    );
    let twice = json!([{ "type": "simple", "subject": "A@b.cd" }, { "type": "simple", "subject": "a@B.cd" }]);
    assert_eq!(ways(&json!({ "identities": twice })), ["simple a@b.cd"]);
}

#[test]
fn what_is_written_reads_the_same() {
    let line = json!({
        "email": "a@b.cd", "email_verified": true, "display_name": "Ann", "locale": "pt-BR", "roles": ["b", "a"], "disabled": true,
        "created_at": "2020-01-02T03:04:05.678901Z", "password_hash": "$2b$x", "profile": { "city": "Łódź; \"old\"" },
        "identities": [{ "type": "simple", "subject": "a@b.cd" }, { "type": "totp", "subject": "1", "private": "AP8=", "factor": true }],
    });
    let user = read(&line).expect("good");
    assert_eq!(user.roles, ["a", "b"]);
    assert_eq!(user.identities[1].private, Some(vec![0, 255]));
    assert_eq!(read(&user.to_json()), Ok(user.clone()));
    let mut public = user.clone();
    assert_eq!(public.without_secrets(), 1);
    let text = public.to_json().to_string();
    assert!(!text.contains("$2b$") && !text.contains("AP8") && !text.contains("totp"), "{text}");
    assert_eq!(read(&public.to_json()), Ok(public));
}

#[test]
fn every_mistake_is_named() {
    let errors = read(&json!({
        "email": "ann", "email_verified": "yes", "created_at": "yesterday", "locale": "e!", "login": "a n", "roles": "admin", "shoe\u{0}size": 38,
        "profile": { "City": "x", "a": 1, "b": "x\u{0}" }, "identities": [{ "type": "Face", "subject": "1" }, 7, { "type": "x", "subject": "1", "id": 2 }],
    }));
    let errors = errors.expect_err("bad");
    for part in [
        "email: is not an e-mail address",
        "email_verified: must be true or false",
        "created_at: must be a time such as",
        "login: must be 3 to 60 letters",
        "locale: must be a language tag",
        "roles: must be an array",
        "shoesize: is not a field here; known are email, login,",
        "profile.City: is no name",
        "profile.a: must be a text",
        "profile.b: must not hold control",
        "identities[0]: has no `type`",
        "identities[1]: must be an object",
        "identities[2]: takes the texts",
    ] {
        assert!(errors.iter().any(|error| error.starts_with(part)), "{part} not in {errors:#?}");
    }
    assert_eq!(errors.len(), 13, "{errors:#?}");
    assert_eq!(read(&json!({ "display_name": "Ann" })).expect_err("nobody").len(), 1);
    assert_eq!(
        read(&json!({ "email": "a@b.cd", "created_at": "2999-01-01T00:00:00Z" })),
        Err(vec!["created_at: lies in the future".to_owned()])
    );
}
