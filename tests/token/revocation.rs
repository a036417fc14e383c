//! `POST /auth/revoke` (RFC 7009): what is given back opens nothing any more.

use serde_json::json;

use super::{SECRET, answer, in_both_ways, plan};
use crate::{actor::User, app::App, auth::jwt};

async fn is_out(user: &mut User<'_>) {
    user.get("/me").await.problem(401, "session_ended");
    user.renew().await.expect(401);
}

#[tokio::test]
async fn f_revoking_either_token_ends_the_session() {
    let app = plan().start();
    let bob = app.user("bob@example.org").await;
    app.user("ann@example.org").await;
    for (which, hint) in [(0, None), (0, Some("refresh_token")), (1, None), (1, Some("access_token")), (1, Some("nonsense"))] {
        let mut ann = app.signin("ann@example.org").await;
        let token = if which == 0 { ann.access.clone() } else { ann.refresh.clone() };
        let form: Vec<_> = [Some(("token", token.as_str())), hint.map(|hint| ("token_type_hint", hint))].into_iter().flatten().collect();
        for _ in 0..2 {
            let told = app.give_back(&form).await.expect(200);
            assert_eq!((told.text.as_str(), &told.headers["cache-control"]), ("", &"no-store".parse().unwrap()));
        }
        is_out(&mut ann).await;
        app.is_inactive(&token).await;
    }
    bob.get("/me").await.expect(200);
    let counted = app.get("/metrics").await.expect(200).text;
    assert!(counted.contains("reason=\"logout\"} 5"), "each session ended once: {counted}");
}

#[tokio::test]
async fn f_revoking_a_spent_refresh_token_ends_the_session_too() {
    let app = plan().start();
    let mut ann = app.user("ann@example.org").await;
    let spent = ann.refresh.clone();
    ann.renew().await.expect(200);
    ann.renew().await.expect(200);
    app.give_back(&[("token", &spent)]).await.expect(200);
    is_out(&mut ann).await;
}

#[tokio::test]
async fn rule6_revocation_wins_over_refresh() {
    let app = plan().start();
    app.user("ann@example.org").await;
    for _ in 0..8 {
        let mut ann = app.signin("ann@example.org").await;
        let (token, body) = (ann.refresh.clone(), json!({ "refresh_token": ann.refresh }));
        let form = [("token", token.as_str())];
        let (refreshed, revoked) = tokio::join!(app.post("/auth/refresh", &body), app.give_back(&form));
        revoked.expect(200);
        if refreshed.status == 200 {
            ann = User::new(
                &app,
                &app.post("/auth/signin", &json!({ "type": "simple", "email": "ann@example.org", "password": crate::actor::PASSWORD }))
                    .await,
            );
            let (access, refresh) = (refreshed.str("/access_token"), refreshed.str("/refresh_token"));
            app.is_inactive(&access).await;
            app.post("/auth/refresh", &json!({ "refresh_token": refresh })).await.expect(401);
            ann.get("/me").await.expect(200);
        } else {
            is_out(&mut ann).await;
        }
    }
}

#[tokio::test]
async fn f_what_is_no_token_is_revoked_already() {
    let app = App::simple();
    let mut ann = app.user("ann@example.org").await;
    let claims = jwt::claims(&ann.refresh);
    let (signed, _) = ann.refresh.rsplit_once('.').unwrap();
    let forged = jwt::foreign(&jwt::kid(&ann.refresh), "rt+jwt", &claims);
    for token in ["x", "a.b.c", &format!("{signed}.AAAA"), &forged, &jwt::foreign("other", "JWT", &claims)] {
        app.give_back(&[("token", token)]).await.expect(200);
    }
    ann.renew().await.expect(200);
    let other = jwt::foreign(&jwt::kid(&ann.access), "id+jwt", &claims);
    in_both_ways(app.give_back(&[("token", &other)]).await, 400, "unsupported_token_type", "unsupported_token_type");
    ann.get("/me").await.expect(200);
}

#[tokio::test]
async fn f_who_names_itself_at_revocation_names_itself_rightly() {
    let app = plan().start();
    let ann = app.user("ann@example.org").await;
    let form = [("token", ann.access.as_str())];
    let wrong = app.token_request("/auth/revoke", &form).basic_auth("shop", Some("f".repeat(32)));
    in_both_ways(answer(wrong).await, 401, "invalid_client", "invalid_client");
    ann.get("/me").await.expect(200);
    in_both_ways(app.give_back(&[]).await, 400, "invalid_fields", "invalid_request");
    let public = [("token", ann.access.as_str()), ("client_id", "an-app")];
    app.give_back(&public).await.expect(200);
    ann.get("/me").await.problem(401, "session_ended");
    answer(app.token_request("/auth/revoke", &form).basic_auth("shop", Some(SECRET))).await.expect(200);
}
