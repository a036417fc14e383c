//! Second factors: their secrets are sealed under the secret key of the gateway that they come from.

use reqwest::Method;
use serde_json::{Value, json};

use super::{import, outcome};
use crate::{
    actor::PASSWORD,
    app::{App, Plan, plugin},
    linking::app_code::Authenticator,
};

const ANN: &str = "ann@example.org";

fn plan() -> Plan {
    Plan::new().simple().plugin("totp", &plugin("totp"), Some("vouch = true\nfactor = true\n"))
}

/// Ann, with an authenticator app; also her recovery codes.
async fn enrolled(app: &App) -> (Authenticator, Value) {
    let ann = app.user(ANN).await;
    let begun = ann.send(Method::POST, "/me/identities", Some(&json!({ "type": "totp" }))).await.expect(200);
    let mut authenticator = Authenticator::new(&begun.str("/challenge/data/secret"));
    let answer = json!({ "flow": begun.str("/challenge/flow"), "code": authenticator.code().await });
    let done = ann.send(Method::POST, "/me/identities/continue", Some(&answer)).await.expect(200);
    (authenticator, done.json["recovery_codes"].clone())
}

/// Signs Ann in by password up to the second factor: its type, and the flow.
async fn asked(app: &App) -> (String, String) {
    let answer = app.post("/auth/signin/", &json!({ "type": "simple", "email": ANN, "password": PASSWORD })).await.expect(200);
    (answer.str("/challenge/type"), answer.str("/challenge/flow"))
}

#[tokio::test]
async fn import_takes_second_factors_of_the_same_secret_key_alone() {
    let from = plan().start();
    let (mut authenticator, _) = enrolled(&from).await;
    let (code, line, err) = outcome(&mut from.command(&["users", "export", "--with-hashes"]));
    assert_eq!(code, Some(0), "{err}");

    let same = plan().start();
    let (code, out, err) = import(&same, "users.jsonl", &line);
    assert_eq!((code, out.as_str()), (Some(0), "imported 1, skipped 0 (already there), bad 0\n"), "{err}");
    let (kind, flow) = asked(&same).await;
    assert_eq!(kind, "totp");
    same.post("/auth/continue", &json!({ "flow": flow, "code": authenticator.code().await })).await.expect(200).str("/access_token");

    let other = plan().set("secret_key", &"60".repeat(32)).start();
    let (code, out, err) = import(&other, "users.jsonl", &line);
    assert_eq!((code, out.as_str()), (Some(1), "imported 0, skipped 0 (already there), bad 1\n"), "{err}");
    for part in
        ["line 1: identities: the secret of the second factor totp", "another secret key; give this gateway the secret_key of the one"]
    {
        assert!(err.contains(part), "{part} not in {err}");
    }
    let mut without: Value = serde_json::from_str(&line).unwrap();
    without["identities"].as_array_mut().unwrap().retain(|way| way["type"] != "totp");
    let (code, _, err) = import(&other, "without.jsonl", without.to_string());
    assert_eq!(code, Some(0), "{err}");
    other.signin(ANN).await.get("/me").await.expect(200);
}

/// Such as came in before imports looked at it.
#[tokio::test]
async fn g4_instead_of_a_factor_whose_secret_does_not_open_a_recovery_code_is_asked_for() {
    let app = plan().on_file().start();
    let (_, codes) = enrolled(&app).await;
    app.run("UPDATE identities SET private_data = x'0102' WHERE is_factor").await;
    let (kind, flow) = asked(&app).await;
    assert_eq!(kind, "recovery-code");
    app.post("/auth/continue", &json!({ "flow": flow, "recovery_code": codes[0] })).await.expect(200).str("/access_token");
    assert!(app.log().contains("a second factor cannot be asked for"));
}
