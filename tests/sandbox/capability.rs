//! What a provider finds when it looks around: its own things, and nothing else.

use serde_json::json;

use super::{
    attack::{attack, besiege, ends, found},
    besieged, signin,
};
use crate::actor::PASSWORD;

#[tokio::test]
async fn g2_a_provider_finds_no_environment_and_no_password() {
    let plan = besieged().env("HOSTILE_SEES", "this").env("AWS_SECRET_ACCESS_KEY", "k1");
    let cases = [
        found("environment", "variables: ; arguments: ; bytes of standard input: 0"),
        found("read_password", "the password is withheld"),
        found("own_data", "before false, first true, second false"),
        ends("undeclared_attribute", 503, "provider_failed", "not one that the manifest declares"),
    ];
    let app = besiege(plan, "", &cases).await;
    assert!(!app.log().contains(PASSWORD), "the log holds a password");
}

#[tokio::test]
async fn g2_a_provider_finds_nothing_of_others() {
    let mut plan = besieged();
    for (kind, name) in [("looks", "foreign_data"), ("keeps", "own_data"), ("honest", "none")] {
        plan = attack(plan, kind, name, "lookups = 200");
    }
    let app = plan.start();
    // Identities of others with the same subject.
    app.user("ann@example.org").await;
    for (kind, email) in [("honest", "bob@example.org"), ("looks", "carl@example.org")] {
        app.post("/auth/signup/", &json!({ "type": kind, "email": email, "password": PASSWORD })).await.expect(200);
    }
    for email in ["ann@example.org", "bob@example.org"] {
        let report = signin(&app, "looks", email).await.problem(400, "report");
        assert_eq!(report.str("/detail"), "saw: ", "of {email}");
    }
    let report = signin(&app, "looks", "carl@example.org").await.problem(400, "report");
    assert_eq!(report.str("/detail"), "saw: identity carl@example.org", "its own it does find");
}

#[tokio::test]
async fn g2_the_same_subject_and_key_of_two_types_do_not_mix() {
    let plan = attack(attack(besieged(), "left", "kept_data", ""), "right", "kept_data", "");
    let app = attack(attack(plan, "one", "none", ""), "two", "none", "").start();
    // A key that one of them left behind is not there for the other.
    for (kind, expected) in [("left", "before false, count 1"), ("right", "before false, count 1"), ("left", "before true, count 2")] {
        let report = signin(&app, kind, "ann@example.org").await.problem(400, "report");
        assert_eq!(report.str("/detail"), expected, "{kind}");
    }
    let body = |kind: &str, email: &str, password: &str| json!({ "type": kind, "email": email, "password": password });
    let ann = app.post("/auth/signup/", &body("one", "ann@example.org", PASSWORD)).await.expect(200);
    // The subject of `one` signs nobody in by `two`, and its address is taken there.
    signin(&app, "two", "ann@example.org").await.problem(400, "invalid_credentials");
    signin(&app, "simple", "ann@example.org").await.problem(400, "invalid_credentials");
    app.post("/auth/signup/", &body("two", "ann@example.org", "another horse battery 9")).await.problem(400, "email_taken");
    let again = signin(&app, "one", "ann@example.org").await.expect(200);
    assert_eq!(ann.json["user"]["id"], again.json["user"]["id"]);
}

#[tokio::test]
async fn rule18_settings_and_secrets_of_one_type_are_not_anothers() {
    let mut plan = besieged().env("LEFT_KEY", "left-secret-value").env("RIGHT_KEY", "right-secret-value");
    for (kind, secret) in [("left", "app_secret = { env = \"LEFT_KEY\" }"), ("right", "other = { env = \"RIGHT_KEY\" }")] {
        let toml = super::attack::toml("secret_unknown", "", &format!("[secrets]\n{secret}"));
        crate::app::write(&plan.path().join(format!("plugins/{kind}.toml")), toml.as_bytes());
    }
    plan = attack(plan, "plain", "secret_unknown", "");
    let app = plan.start();
    assert_eq!(signin(&app, "left", "a@example.org").await.problem(400, "report").str("/detail"), "signed with a secret");
    for kind in ["right", "plain"] {
        let report = signin(&app, kind, "a@example.org").await.problem(400, "report").str("/detail");
        assert!(report.starts_with("no secret"), "{kind}: {report}");
    }
    let admin = app.admin().await.get("/providers").await.expect(200);
    for text in [admin.text, app.get("/auth/providers").await.text, app.get("/health/ready").await.text, app.log()] {
        assert!(!text.contains("-secret-value"), "a secret is shown");
    }
}
