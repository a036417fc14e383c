//! The pages behind the links.

use reqwest::Method;
use serde_json::json;

use super::letter::{NEW, change, letter, post_form, post_form_with, proofs, recover, send, signin, verified};
use crate::{
    actor::{Answer, PASSWORD, read},
    app::{App, Plan},
};

const ANN: &str = "ann@example.org";

async fn visit(app: &App, path: &str, language: &str) -> Answer {
    read(app.http.get(app.url(path)).header("accept-language", language).send().await.unwrap()).await
}

fn is_page(answer: &Answer) {
    let header = |name: &str| answer.headers.get(name).unwrap_or_else(|| panic!("no {name}: {}", answer.text)).to_str().unwrap();
    assert_eq!(header("content-type"), "text/html; charset=utf-8", "{}", answer.text);
    assert_eq!((header("referrer-policy"), header("cache-control")), ("no-referrer", "no-store"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    for inline in ["<script", "<style", " style=", " onclick=", " onload=", " onsubmit="] {
        assert!(!answer.text.contains(inline), "{inline}: {}", answer.text);
    }
    assert!(answer.text.starts_with("<!DOCTYPE html>") && answer.text.contains("/assets/style.css"), "{}", answer.text);
}

#[tokio::test]
async fn rule20_scanners_that_follow_links_change_nothing() {
    let app = App::simple();
    let ann = app.user(ANN).await;
    send(&ann).await;
    recover(&app, ANN).await;
    let links = [letter(&app, ANN, "Confirm your address", 1).await.path(), letter(&app, ANN, "Set a new password", 1).await.path()];
    let before = proofs(&app).await;
    assert_eq!(before.len(), 2);
    for link in &links {
        for method in [Method::GET, Method::HEAD, Method::GET] {
            let answer = read(app.http.request(method, app.url(link)).send().await.unwrap()).await;
            assert_eq!(answer.status, 200);
        }
        is_page(&app.get(link).await);
    }
    assert_eq!(proofs(&app).await, before);
    assert_eq!(ann.get("/me").await.expect(200).json["email_verified"], false);
    let token = links[0].split_once('=').unwrap().1;
    let page = app.get(&links[0]).await;
    assert!(page.text.contains(ANN) && page.text.contains(&format!("value=\"{token}\"")), "{}", page.text);
    let done = post_form(&app, "/verify-email", &[("token", token), ("action", "confirm")]).await.expect(200);
    is_page(&done);
    assert!(done.text.contains("ann@example.org is confirmed"), "{}", done.text);
    assert_eq!(ann.get("/me").await.expect(200).json["email_verified"], true);
    for again in [post_form(&app, "/verify-email", &[("token", token)]).await, app.get(&links[0]).await] {
        is_page(&again);
        assert!(again.status == 400 && again.text.contains("does not work any more"), "{}", again.text);
    }
}

#[tokio::test]
async fn f_a_password_is_reset_in_the_page() {
    let app = App::simple();
    app.user(ANN).await;
    recover(&app, ANN).await;
    let mail = letter(&app, ANN, "Set a new password", 1).await;
    let page = app.get(&mail.path()).await.expect(200);
    for part in ["action=\"/reset\"", "type=\"password\"", "autocomplete=\"new-password\"", ANN] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let token = mail.token();
    let post = async |password: &str| post_form(&app, "/reset", &[("token", &token), ("username", ANN), ("new_password", password)]).await;
    for (password, reason) in [("password1", "easy to guess"), (&*"x".repeat(129), "128")] {
        let again = post(password).await.expect(400);
        is_page(&again);
        assert!(again.text.contains(reason) && again.text.contains("role=\"alert\"") && again.text.contains(&token), "{}", again.text);
    }
    signin(&app, ANN, PASSWORD).await.expect(200);
    let done = post(NEW).await.expect(200);
    is_page(&done);
    assert!(done.text.contains("Your password is set") && done.headers.get("set-cookie").is_none(), "{}", done.text);
    signin(&app, ANN, NEW).await.expect(200);
    post(NEW).await.expect(400);
}

#[tokio::test]
async fn f_pages_speak_english_and_russian() {
    let app = App::simple();
    app.user(ANN).await;
    recover(&app, ANN).await;
    let mail = letter(&app, ANN, "Set a new password", 1).await;
    for (language, tag, word) in
        [("ru-RU,ru;q=0.9,en;q=0.8", "ru", "Новый пароль"), ("en-GB", "en", "New password"), ("de", "en", "New password")]
    {
        let page = visit(&app, &mail.path(), language).await.expect(200);
        assert!(page.text.contains(&format!("<html lang=\"{tag}\"")) && page.text.contains(word), "{language}: {}", page.text);
    }
    let token = mail.token();
    let fields = [("token", token.as_str()), ("new_password", "password1")];
    let weak = post_form_with(&app, "/reset", &fields, &[("accept-language", "ru")]).await.expect(400);
    assert!(weak.text.contains("легко угадать"), "{}", weak.text);
    assert!(visit(&app, "/verify-email?token=x", "ru").await.expect(400).text.contains("Эта ссылка больше не действует"));
}

#[tokio::test]
async fn rule19_forms_from_other_sites_are_refused() {
    let app = App::simple();
    app.user(ANN).await;
    recover(&app, ANN).await;
    let token = letter(&app, ANN, "Set a new password", 1).await.token();
    let fields = [("token", token.as_str()), ("new_password", NEW)];
    for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")] {
        for path in ["/reset", "/verify-email"] {
            is_page(&post_form_with(&app, path, &fields, &[(name, value)]).await.expect(403));
        }
    }
    is_page(&read(app.http.post(app.url("/reset")).form(&fields).send().await.unwrap()).await.expect(403));
    signin(&app, ANN, PASSWORD).await.expect(200);
    post_form_with(&app, "/reset", &fields, &[("origin", &app.base)]).await.expect(200);
}

#[tokio::test]
async fn f_this_was_not_me_keeps_the_address_and_ends_all_sessions() {
    let app = App::simple();
    let thief = verified(&app, ANN).await;
    change(&thief, "thief@example.com").await.expect(202);
    let (mail, other) =
        (letter(&app, ANN, "Your address is to change", 1).await, letter(&app, "thief@example.com", "Confirm your new", 1).await);
    let page = app.get(&mail.path()).await.expect(200);
    assert!(page.text.contains("thief@example.com") && page.text.contains("This was not me"), "{}", page.text);
    assert!(!app.get(&other.path()).await.expect(200).text.contains("This was not me"));
    let token = other.token();
    post_form(&app, "/verify-email", &[("token", &token), ("action", "disown")]).await.expect(400);
    thief.get("/me").await.expect(200);
    let done = post_form(&app, "/verify-email", &[("token", &mail.token()), ("action", "disown")]).await.expect(200);
    assert!(done.text.contains("Your address stays"), "{}", done.text);
    thief.get("/me").await.problem(401, "session_ended");
    post_form(&app, "/verify-email", &[("token", &token)]).await.expect(400);
    app.signin(ANN).await;
    assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE action = 'user.disown_email'").await, 1);
}

#[tokio::test]
async fn f_a_sign_up_is_finished_in_the_page() {
    let app = Plan::new().simple().set("email_verification", "required").start();
    app.post("/auth/signup/", &super::letter::simple(ANN, PASSWORD)).await.expect(200);
    let mail = letter(&app, ANN, "Finish signing up", 1).await;
    let page = app.get(&mail.path()).await.expect(200);
    assert!(page.text.contains("Finish signing up"), "{}", page.text);
    post_form(&app, "/verify-email", &[("token", &mail.token())]).await.expect(200);
    app.signin(ANN).await;
}

#[tokio::test]
async fn f_trouble_is_a_page_too() {
    let app = App::simple();
    for (path, token) in [("/verify-email", ""), ("/reset", "?token="), ("/verify-email/", "?token=a%00b"), ("/reset", "?token=%ff&x=y")] {
        is_page(&app.get(&format!("{path}{token}")).await.expect(400));
    }
    for path in ["/verify-email", "/reset"] {
        let answer = read(app.http.delete(app.url(path)).send().await.unwrap()).await.expect(405);
        is_page(&answer);
        assert_eq!(answer.headers["allow"], "GET, HEAD, POST");
        let json = read(app.http.post(app.url(path)).body("x").send().await.unwrap()).await.expect(415);
        is_page(&json);
        is_page(&post_form(&app, path, &[("token", "x"), ("new_password", NEW), ("shoe", "44")]).await.expect(400));
        is_page(&post_form(&app, path, &[("new_password", NEW)]).await.expect(400));
    }
    let style = app.get("/assets/style.css").await.expect(200);
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    assert!(style.text.contains("main {") && style.headers["cache-control"].to_str().unwrap().contains("max-age"));
}

#[tokio::test]
async fn f_a_disabled_account_is_told_so_in_the_page() {
    let app = App::simple();
    app.user(ANN).await;
    recover(&app, ANN).await;
    let token = letter(&app, ANN, "Set a new password", 1).await.token();
    super::letter::sql(&app, "UPDATE users SET disabled = TRUE").await;
    let answer = post_form(&app, "/reset", &[("token", &token), ("new_password", NEW)]).await.expect(400);
    assert!(answer.text.contains("disabled"), "{}", answer.text);
    assert_eq!(app.post("/auth/recover", &json!({ "email": ANN })).await.status, 202);
}
