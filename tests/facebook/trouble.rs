//! Facebook is slow, broken, gone, or tired of us: its callers get a clean answer, and nobody else notices.

use std::time::Duration;

use serde_json::json;

use super::{
    APP_SECRET, Toml, both,
    graph::{Graph, trouble::Trouble},
    later,
};
use crate::{actor::PASSWORD, app::App, patience::eventually};

const ANN: &str = "10215241773831025";

/// Ann has an account and a good token.
async fn ann(graph: &Graph, app: &App) {
    graph.give("EAAann", ANN, "Ann");
    app.facebook_signup("ann@example.org", ANN, "EAAann").await.expect(200);
}

#[tokio::test]
async fn a4_signin_facebook_out_of_reach() {
    let (graph, app) = both().await;
    ann(&graph, &app).await;
    let stored = app.rows().await;
    for path in ["/debug_token", "/me"] {
        for trouble in [
            Trouble::status(500),
            Trouble::status(502),
            Trouble::status(404),
            Trouble::Reset,
            Trouble::Half,
            Trouble::Giant { announced: None },
            Trouble::Giant { announced: Some(u64::MAX / 2) },
            Trouble::redirect(&graph.url("/elsewhere")),
            Trouble::body(""),
            Trouble::body("{\"data\":"),
            Trouble::body("[]"),
            Trouble::body("null"),
            Trouble::body(&"[".repeat(200_000)),
            Trouble::body("\u{feff}{}"),
            Trouble::Answer(204, Vec::new(), String::new()),
            Trouble::error(400, &json!({ "message": "An unknown error occurred", "type": "OAuthException", "code": 1 })),
            Trouble::error(503, &json!({ "message": "Service temporarily unavailable", "type": "OAuthException", "code": 2 })),
        ] {
            graph.trouble(path, trouble.clone());
            let answer = app.facebook_signin("EAAann").await;
            assert_eq!(answer.json["code"], "upstream_unavailable", "{path} {trouble:.80?}: {}", answer.text);
            later(answer, "upstream_unavailable");
            graph.heal();
        }
    }
    assert_eq!((app.rows().await, graph.count("/elsewhere")), (stored, 0));
    assert!(!app.log().contains("broke down"), "{}", app.log());
    app.facebook_signin("EAAann").await.expect(200);
}

#[tokio::test]
async fn a4_signin_facebook_after_it_was_down() {
    let (mut graph, app) = both().await;
    ann(&graph, &app).await;
    graph.stop().await;
    for _ in 0..12 {
        later(app.facebook_signin("EAAann").await, "upstream_unavailable");
    }
    app.get("/health/ready").await.expect(200);
    graph.start_again().await;
    app.facebook_signin("EAAann").await.expect(200);
}

#[tokio::test]
async fn a4_signin_facebook_too_often() {
    let (graph, app) = both().await;
    ann(&graph, &app).await;
    let plain = Trouble::error(400, &json!({ "message": "(#613) Calls to this api have exceeded the rate limit.", "code": 613 }));
    for (trouble, seconds) in [(Trouble::limited(19), "1140"), (plain, "60"), (Trouble::status(429), "60")] {
        for path in ["/debug_token", "/me"] {
            graph.trouble(path, trouble.clone());
            let answer = app.facebook_signin("EAAann").await.problem(429, "rate_limited");
            assert_eq!(answer.headers["retry-after"], seconds, "{path}");
            graph.heal();
        }
    }
    app.facebook_signin("EAAann").await.expect(200);
}

#[tokio::test]
async fn rule17_a_slow_answer_is_given_up() {
    let (graph, app) = both().await;
    ann(&graph, &app).await;
    for trouble in [Trouble::Hang, Trouble::Drip] {
        graph.trouble("/me", trouble);
        later(app.facebook_signin("EAAann").await, "upstream_unavailable");
    }
    graph.heal();
    app.facebook_signin("EAAann").await.expect(200);
}

#[tokio::test]
async fn rule31_a_call_ends_with_its_time() {
    let graph = Graph::start().await;
    let app = Toml::of(&graph).limit("wall_ms", 500).plan().start();
    graph.give("EAAann", ANN, "Ann");
    graph.trouble("/me", Trouble::Hang);
    later(app.facebook_signin("EAAann").await, "provider_timeout");
    graph.heal();
    app.facebook_signin("EAAann").await.problem(400, "no_account");
}

#[tokio::test]
async fn g5_a_hanging_facebook_slows_nobody_else() {
    let (graph, app) = both().await;
    app.user("ann@example.org").await;
    graph.trouble("/debug_token", Trouble::Hang);
    // As many as may run at once, and then some.
    let waiting: Vec<_> = (0..40)
        .map(|n| {
            let body = json!({ "type": "facebook", "facebook_token": format!("EAA{n}") });
            tokio::spawn(app.http.post(app.url("/auth/signin/")).json(&body).send())
        })
        .collect();
    let begun = eventually_count(&graph, 32).await;
    app.signin("ann@example.org").await;
    let running = waiting.iter().filter(|call| !call.is_finished()).count();
    assert!(running >= begun.min(32), "the sign-in by password came through while {running} others hung");
    for call in waiting {
        let answer = crate::actor::read(call.await.unwrap().unwrap()).await;
        assert!(["upstream_unavailable", "provider_busy"].contains(&answer.str("/code").as_str()), "{}", answer.text);
        assert_eq!(answer.status, 503);
        assert!(answer.headers.contains_key("retry-after"));
    }
    graph.heal();
    graph.give("EAAann", ANN, "Ann");
    app.facebook_signin("EAAann").await.problem(400, "no_account");
}

async fn eventually_count(graph: &Graph, most: usize) -> usize {
    eventually("calls that hang", || Some(graph.count("/debug_token")).filter(|count| *count >= most)).await
}

#[tokio::test]
async fn g5_callers_who_hang_up_leave_nothing_behind() {
    let graph = Graph::start().await;
    let app = Toml::of(&graph).limit("concurrent", 4).plan().start();
    graph.give("EAAann", ANN, "Ann");
    graph.trouble("/debug_token", Trouble::Hang);
    for n in 0..4 {
        let body = json!({ "type": "facebook", "facebook_token": format!("EAA{n}") });
        let call = tokio::spawn(app.http.post(app.url("/auth/signin/")).json(&body).send());
        eventually("the call at Facebook", || (graph.count("/debug_token") > n).then_some(())).await;
        call.abort();
    }
    graph.heal();
    // Their calls end at the latest when they would have given up waiting; until then all places may be taken.
    let mut answer = app.facebook_signin("EAAann").await;
    for _ in 0..10 {
        if answer.status != 503 {
            break;
        }
        later(answer, "provider_busy");
        answer = app.facebook_signin("EAAann").await;
    }
    answer.problem(400, "no_account");
}

#[tokio::test]
async fn a2_a_wrong_secret_is_the_operators_trouble() {
    let graph = Graph::start().await;
    let wrong = "0123456789abcdef0123456789abcdef";
    let app = Toml::of(&graph).plan().env("FACEBOOK_APP_SECRET", wrong).start();
    graph.give("EAAann", ANN, "Ann");
    later(app.facebook_signup("ann@example.org", ANN, "EAAann").await, "upstream_unavailable");
    let log = app.log();
    assert!(log.contains("check app_id and app_secret") && log.contains("code 190"), "{log}");
    assert!(!log.contains(wrong) && !log.contains("EAAann"), "{log}");
}

#[tokio::test]
async fn rule27_what_facebook_repeats_is_told_to_nobody() {
    let (graph, app) = both().await;
    let mut told = String::new();
    for code in [1, 2, 4, 10, 100, 101, 190, 368, 9999] {
        for path in ["/debug_token", "/me"] {
            let words = format!("Bad call with {APP_SECRET} and EAAann");
            let error = json!({ "message": words, "type": words, "code": code, "fbtrace_id": words });
            graph.give("EAAann", ANN, &words);
            graph.trouble(path, Trouble::error(400, &error));
            told.push_str(&app.facebook_signin("EAAann").await.text);
            graph.heal();
        }
    }
    told.push_str(&app.log());
    assert!(!told.contains(APP_SECRET) && !told.contains(PASSWORD), "{told}");
    assert!(!told.contains(" EAAann"), "{told}");
}

#[tokio::test]
async fn a4_signin_facebook_late_is_not_never() {
    let (graph, app) = both().await;
    ann(&graph, &app).await;
    graph.trouble("/debug_token", Trouble::Late(Duration::from_millis(700)));
    app.facebook_signin("EAAann").await.expect(200);
}
