//! Signing up and in with the access token of Facebook's SDK.

use serde_json::json;

use super::{
    APP_ID, APP_SECRET, both,
    graph::{Graph, Standing, Token, trouble::Trouble},
    later, refused,
};
use crate::actor::{self, User};

const ANN: &str = "10215241773831025";

fn ended(subcode: u64, message: &'static str) -> Standing {
    Standing::Ended { subcode, message }
}

#[tokio::test]
async fn a2_signup_facebook() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann Bee");
    let answer = app.facebook_signup(" Ann@Example.org ", ANN, "EAAann").await.expect(200);
    assert_eq!(answer.json["user"]["email"], "ann@example.org");
    assert_eq!((answer.str("/token_type"), answer.json["expires_in"].as_i64()), ("Bearer".to_owned(), Some(900)));
    let me = User::new(&app, &answer).get("/me").await.expect(200);
    assert_eq!(me.json["profile"], json!({ "facebook_id": ANN, "name": "Ann Bee" }));
}

#[tokio::test]
async fn a2_signup_facebook_by_a_form() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann Bee");
    let form = [("type", "facebook"), ("email", "ann@example.org"), ("facebook_id", ANN), ("facebook_token", "EAAann")];
    let sent = app.http.post(app.url("/auth/signup")).form(&form).send().await.unwrap();
    actor::read(sent).await.expect(200);
    let form = [("type", "facebook"), ("facebook_token", "EAAann")];
    let sent = app.http.post(app.url("/auth/signin")).form(&form).send().await.unwrap();
    actor::read(sent).await.expect(200);
}

#[tokio::test]
async fn a2_signup_facebook_refuses_what_facebook_does_not_stand_for() {
    let (graph, app) = both().await;
    let good =
        Token { app: APP_ID.to_owned(), user: ANN.to_owned(), name: "Ann".to_owned(), email: String::new(), standing: Standing::Good };
    graph.put("EAAann", good.clone());
    graph.put("EAAelsewhere", Token { app: "999".to_owned(), ..good.clone() });
    for (token, standing) in [
        ("EAAexpired", Standing::Expired),
        ("EAAremoved", ended(458, "The user has not authorized application 1052843297160041.")),
        ("EAAcheckpoint", ended(459, "You cannot access the app till you log in to www.facebook.com.")),
        ("EAApassword", ended(460, "The session has been invalidated because the user changed the password.")),
        ("EAAinvalid", ended(467, "The session is invalid because the user logged out.")),
    ] {
        graph.put(token, Token { standing, ..good.clone() });
    }
    let before = app.rows().await;
    for (id, token, expected) in [
        ("10215241773831026", "EAAann", "facebook_id:wrong_user"),
        (ANN, "EAAelsewhere", "facebook_token:wrong_app"),
        (ANN, "EAAnobodys", "facebook_token:token_invalid"),
        (ANN, "not a token at all", "facebook_token:token_invalid"),
        (ANN, "EAA&access_token=x|y", "facebook_token:token_invalid"),
        (ANN, "EAAexpired", "facebook_token:token_expired"),
        (ANN, "EAAremoved", "facebook_token:token_invalid"),
        (ANN, "EAAcheckpoint", "facebook_token:token_invalid"),
        (ANN, "EAApassword", "facebook_token:token_invalid"),
        (ANN, "EAAinvalid", "facebook_token:token_invalid"),
    ] {
        refused(app.facebook_signup("ann@example.org", id, token).await, &[expected]);
    }
    assert_eq!(app.rows().await, before, "nothing may be stored");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
}

#[tokio::test]
async fn a2_signup_facebook_names_every_wrong_field_at_once_and_asks_nobody() {
    let (graph, app) = both().await;
    let before = app.rows().await;
    let signup = async |fields: serde_json::Value| app.post("/auth/signup/", &fields).await;
    refused(signup(json!({ "type": "facebook" })).await, &["email:required", "facebook_id:required", "facebook_token:required"]);
    let long = "x".repeat(5000);
    let answer = signup(json!({
        "type": "facebook", "email": "ann at example", "facebook_id": 7, "facebook_token": long, "user_id": 1, "roles": ["admin"],
    }));
    let mut fields = answer.await.problem(400, "invalid_fields").fields();
    fields.sort();
    assert_eq!(
        fields,
        ["email:invalid_email", "facebook_id:wrong_type", "facebook_token:too_long", "roles:unknown_field", "user_id:unknown_field"]
    );
    assert!(graph.requests().is_empty());
    assert_eq!(app.rows().await, before);
}

#[tokio::test]
async fn a2_signup_facebook_once_for_each_person() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
    let stored = app.rows().await;
    app.facebook_signup("other@example.org", ANN, "EAAann").await.problem(400, "identity_taken");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.problem(400, "email_taken");
    assert_eq!(app.rows().await, stored);
}

#[tokio::test]
async fn a2_signup_facebook_twenty_at_once_makes_one_account() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann");
    let tries = (0..20).map(|n| {
        let app = &app;
        async move { app.facebook_signup(&format!("ann{n}@example.org"), ANN, "EAAann").await.status.as_u16() }
    });
    let mut answers = futures_util::future::join_all(tries).await;
    answers.sort_unstable();
    assert_eq!((answers[0], &answers[1..]), (200, &[400; 19][..]));
}

#[tokio::test]
async fn a4_signin_facebook() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann");
    let id = User::new(&app, &app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200)).id;
    graph.give("EAAann2", ANN, "Ann");
    let ann = User::new(&app, &app.facebook_signin("EAAann2").await.expect(200));
    assert_eq!(ann.id, id);
    assert_eq!(ann.get("/me").await.expect(200).json["email"], "ann@example.org");
}

#[tokio::test]
async fn a4_signin_facebook_else_400() {
    let (graph, app) = both().await;
    graph.give("EAAbob", "20000000000000001", "Bob");
    graph.give("EAAann", ANN, "Ann");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
    let stored = app.rows().await;
    app.facebook_signin("EAAbob").await.problem(400, "no_account");
    refused(app.facebook_signin("EAAnobodys").await, &["facebook_token:token_invalid"]);
    graph.turn("EAAann", Standing::Expired);
    refused(app.facebook_signin("EAAann").await, &["facebook_token:token_expired"]);
    refused(app.post("/auth/signin/", &json!({ "type": "facebook" })).await, &["facebook_token:required"]);
    let body = json!({ "type": "facebook", "facebook_token": "EAAann", "facebook_id": ANN });
    refused(app.post("/auth/signin/", &body).await, &["facebook_id:unknown_field"]);
    assert_eq!(app.rows().await, stored);
}

#[tokio::test]
async fn rule14_asks_with_the_apps_token_and_proves_the_secret() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
    let [debug, me] = &graph.requests()[..] else { panic!("two requests, not {:?}", graph.requests()) };
    assert_eq!((debug.path.as_str(), me.path.as_str()), ("/debug_token", "/me"));
    assert_eq!(debug.query("input_token").as_deref(), Some("EAAann"));
    assert_eq!(debug.query("access_token"), Some(format!("{APP_ID}|{APP_SECRET}")));
    assert_eq!(me.query("access_token").as_deref(), Some("EAAann"));
    assert!(me.query("appsecret_proof").is_some() && !me.holds(APP_SECRET), "{me:?}");
}

#[tokio::test]
async fn rule14_believes_a_token_only_if_all_of_it_fits() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
    let stored = app.rows().await;
    for (data, expected) in [
        (json!({ "app_id": "999", "type": "USER", "is_valid": true, "user_id": ANN }), "wrong_app"),
        (json!({ "app_id": APP_ID, "type": "USER", "is_valid": false, "user_id": ANN }), "token_invalid"),
        (json!({ "app_id": APP_ID, "type": "USER", "user_id": ANN }), "token_invalid"),
        (json!({ "app_id": APP_ID, "type": "USER", "is_valid": "true", "user_id": ANN }), "token_invalid"),
        (json!({ "app_id": APP_ID, "type": "PAGE", "is_valid": true, "user_id": ANN }), "token_invalid"),
        (json!({ "app_id": APP_ID, "type": "USER", "is_valid": true, "user_id": "1" }), "token_invalid"),
        (json!({ "app_id": APP_ID, "type": "USER", "is_valid": true }), "token_invalid"),
        (json!({ "app_id": APP_ID, "type": "USER", "is_valid": true, "user_id": ANN, "expires_at": 1 }), "token_expired"),
    ] {
        graph.trouble("/debug_token", Trouble::body(&json!({ "data": data }).to_string()));
        refused(app.facebook_signin("EAAann").await, &[&format!("facebook_token:{expected}")]);
    }
    graph.trouble("/debug_token", Trouble::body(&json!({ "data": { "is_valid": true, "user_id": ANN } }).to_string()));
    later(app.facebook_signin("EAAann").await, "upstream_unavailable");
    assert_eq!(app.rows().await, stored);
    graph.heal();
    app.facebook_signin("EAAann").await.expect(200);
}

#[tokio::test]
async fn rule14_a_token_is_asked_about_at_every_sign_in() {
    let (graph, app) = both().await;
    graph.give("EAAann", ANN, "Ann");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
    app.facebook_signin("EAAann").await.expect(200);
    graph.turn("EAAann", ended(460, "The session has been invalidated because the user changed the password."));
    refused(app.facebook_signin("EAAann").await, &["facebook_token:token_invalid"]);
    assert_eq!((graph.count("/debug_token"), graph.count("/me")), (3, 2));
}

#[tokio::test]
async fn rule14_an_id_token_is_taken_too_and_the_address_is_nobodys_proof() {
    let (graph, app) = both().await;
    let key = super::graph::key::Key::named("k1");
    graph.publish(&[&key]);
    graph.give("EAAann", ANN, "Ann");
    let token = key.token(&Graph::claims(ANN));
    let answer = app.facebook_signup("ann@example.org", ANN, &token).await.expect(200);
    assert_eq!(answer.json["user"]["email_verified"], false);
    let by_id_token = User::new(&app, &app.facebook_signin(&token).await.expect(200)).id;
    assert_eq!(User::new(&app, &app.facebook_signin("EAAann").await.expect(200)).id, by_id_token);
}
