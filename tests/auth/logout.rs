//! Getting out: here, everywhere, or on one device.

use reqwest::Method;
use serde_json::json;

use crate::{
    actor::{PASSWORD, User, read},
    app::App,
};

async fn is_out(user: &mut User<'_>) {
    user.get("/me").await.problem(401, "session_ended");
    user.get("/auth/check").await.problem(401, "session_ended");
    user.post("/auth/logout").await.problem(401, "session_ended");
    user.renew().await.problem(401, "token_invalid");
}

/// Asks first, so that the gateway has session and user at hand when the session ends.
async fn is_in(user: &User<'_>) {
    user.get("/me").await.expect(200);
    user.get("/auth/check").await.expect(200);
}

#[tokio::test]
async fn e7_logout_ends_this_session_at_once_and_no_other() {
    let app = App::simple();
    let (mut here, elsewhere) = (app.user("ann@example.org").await, app.signin("ann@example.org").await);
    is_in(&here).await;
    let answer = here.post("/auth/logout").await.expect(204);
    assert_eq!(answer.text, "");
    is_out(&mut here).await;
    is_in(&elsewhere).await;
}

#[tokio::test]
async fn e7_logout_all_ends_every_session_of_this_user_at_once() {
    let app = App::simple();
    let (mut here, mut elsewhere) = (app.user("ann@example.org").await, app.signin("ann@example.org").await);
    let bob = app.user("bob@example.org").await;
    for user in [&here, &elsewhere, &bob] {
        is_in(user).await;
    }
    here.post("/auth/logout-all/").await.expect(204);
    is_out(&mut here).await;
    is_out(&mut elsewhere).await;
    is_in(&bob).await;
    is_in(&app.signin("ann@example.org").await).await;
}

#[tokio::test]
async fn e7_logout_needs_a_token() {
    let app = App::simple();
    for path in ["/auth/logout", "/auth/logout-all"] {
        let answer = app.post(path, &json!({})).await.problem(401, "token_missing");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn f_sessions_are_listed_newest_first_with_where_they_came_from() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": PASSWORD });
    let request = app.http.post(app.url("/auth/signin")).header("user-agent", "Phone/1.0 \u{e9}").json(&body);
    let phone = User::new(&app, &read(request.send().await.unwrap()).await.expect(200));
    let bob = app.user("bob@example.org").await;
    app.signin("ann@example.org").await.post("/auth/logout").await.expect(204);

    let list = ann.get("/me/sessions").await.expect(200);
    let sessions = list.json.as_array().unwrap();
    let current: Vec<_> = sessions.iter().map(|session| session["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, true], "newest first, and those that ended are gone: {}", list.text);
    assert!(sessions[0]["user_agent"].as_str().is_some_and(str::is_ascii), "{}", list.text);
    for session in sessions {
        assert_eq!((&session["address"], &session["amr"]), (&json!("127.0.0.1"), &json!(["simple"])));
        for time in ["created_at", "refreshed_at", "expires_at"] {
            assert!(session[time].as_str().unwrap().ends_with('Z'), "{session}");
        }
    }
    for secret in [&phone.refresh, &phone.access] {
        assert!(!list.text.contains(secret.as_str()));
    }
    assert_eq!(bob.get("/me/sessions").await.expect(200).json.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn f_one_of_ones_own_sessions_can_be_ended_and_nobody_elses() {
    let app = App::simple();
    let (here, mut phone) = (app.user("ann@example.org").await, app.signin("ann@example.org").await);
    let mut bob = app.user("bob@example.org").await;
    is_in(&phone).await;
    let list = here.get("/me/sessions").await.expect(200);
    let path = format!("/me/sessions/{}", list.json[0]["id"]);
    bob.send(Method::DELETE, &path, None).await.problem(404, "session_not_found");
    is_in(&phone).await;
    here.send(Method::DELETE, &path, None).await.expect(204);
    is_out(&mut phone).await;
    is_in(&here).await;
    here.send(Method::DELETE, &path, None).await.problem(404, "session_not_found");
    here.send(Method::DELETE, "/me/sessions/999999", None).await.problem(404, "session_not_found");
    let own = format!("/me/sessions/{}/", bob.get("/me/sessions").await.expect(200).json[0]["id"]);
    bob.send(Method::DELETE, &own, None).await.expect(204);
    is_out(&mut bob).await;
}
