//! The language of letters: the user's own, or else the request's.

use mail_parser::Message;
use serde_json::{Value, json};

use crate::{
    actor::{User, read},
    app::{App, Plan},
};

fn parse(mail: &str) -> Message<'_> {
    mail_parser::MessageParser::default().parse(mail.as_bytes()).expect("a message")
}

/// Has a spent refresh token come back, in a request that asks for this language; the letter about it.
async fn letter(app: &App, languages: &str, device: &str) -> String {
    let mut ann = app.signin("ann@example.org").await;
    let (spent, before) = (json!({ "refresh_token": ann.refresh }), app.mails().len());
    ann.renew().await.expect(200);
    let request = app.http.post(app.url("/auth/refresh")).header("accept-language", languages).header("user-agent", device);
    read(request.json(&spent).send().await.unwrap()).await.problem(401, "token_reused");
    app.mail(before + 1).await
}

async fn patch(user: &User<'_>, body: Value) -> crate::actor::Answer {
    user.send(reqwest::Method::PATCH, "/me", Some(&body)).await
}

#[tokio::test]
async fn f_letters_speak_the_language_of_the_user() {
    let app = Plan::new().simple().set("retry_window", "0s").start();
    let ann = app.user("ann@example.org").await;
    let english = letter(&app, "de-DE,ru;q=0.1,en;q=0.9", "x").await;
    let parsed = parse(&english);
    assert_eq!(parsed.subject(), Some("One of your sessions was ended"));
    assert!(parsed.body_text(0).is_some_and(|text| text.contains("used twice") && text.contains("at 127.0.0.1")), "{english}");

    let russian = letter(&app, "ru-RU,ru;q=0.9,en;q=0.8", "x").await;
    let parsed = parse(&russian);
    assert_eq!(parsed.subject(), Some("Один из ваших сеансов завершён"));
    assert!(parsed.body_text(0).is_some_and(|text| text.contains("использован дважды")), "{russian}");
    assert!(
        parsed.body_html(0).is_some_and(|html| html.contains("<html lang=\"ru\">") && html.contains("использован дважды")),
        "{russian}"
    );

    for (languages, begins) in
        [("en;q=0.1, ru;q=0.9", "Один"), ("ru;q=0, en", "One of"), ("de, ru;q=0.5", "Один"), ("de", "One of"), ("*", "One of")]
    {
        let letter = letter(&app, languages, "x").await;
        assert!(parse(&letter).subject().is_some_and(|subject| subject.starts_with(begins)), "{languages}: {letter}");
        let page = app.http.get(app.url("/")).header("accept-language", languages).send().await.unwrap().text().await.unwrap();
        let language = if begins == "Один" { "<html lang=\"ru\"" } else { "<html lang=\"en\"" };
        assert!(page.contains(language), "{languages}: {page}");
    }

    let me = patch(&ann, json!({ "locale": "en-GB" })).await.expect(200);
    assert_eq!(me.json["locale"], json!("en-GB"));
    assert!(parse(&letter(&app, "ru", "x").await).subject().is_some_and(|subject| subject.starts_with("One of")));
    patch(&ann, json!({ "locale": "ru" })).await.expect(200);
    assert!(parse(&letter(&app, "en", "x").await).subject().is_some_and(|subject| subject.starts_with("Один")));
    assert_eq!(patch(&ann, json!({ "locale": null })).await.expect(200).json["locale"], Value::Null);
    assert!(parse(&letter(&app, "en", "x").await).subject().is_some_and(|subject| subject.starts_with("One of")));
}

#[tokio::test]
async fn f_a_locale_is_a_language_tag() {
    let app = App::simple();
    let ann = app.user("ann@example.org").await;
    for bad in ["r", "en_GB", "en-", "<script>", "русский", "en-GB-"] {
        let answer = patch(&ann, json!({ "locale": bad, "display_name": "Ann" })).await.problem(400, "invalid_fields");
        assert_eq!(answer.fields(), ["locale:invalid_locale"], "{bad}");
    }
    let answer = patch(&ann, json!({ "locale": "en_GB", "shoe": 44 })).await.problem(400, "invalid_fields");
    assert_eq!(answer.fields(), ["shoe:unknown_field", "locale:invalid_locale"], "every mistake at once");
    assert_eq!(patch(&ann, json!({ "locale": "x".repeat(36) })).await.expect(400).fields(), ["locale:too_long"]);
    let me = ann.get("/me").await.expect(200);
    assert_eq!((&me.json["locale"], &me.json["display_name"]), (&Value::Null, &Value::Null));
}

/// Software names itself as it likes.
#[tokio::test]
async fn rule_a_device_writes_nothing_into_the_letter() {
    let app = Plan::new().simple().set("retry_window", "0s").start();
    app.user("ann@example.org").await;
    let body = json!({ "type": "simple", "email": "ann@example.org", "password": crate::actor::PASSWORD });
    let hostile = "<a href=\"https://evil.example\">x</a>\tBcc: eve@example.org";
    let request = app.http.post(app.url("/auth/signin/")).header("user-agent", hostile).json(&body);
    let mut mallory = User::new(&app, &read(request.send().await.unwrap()).await.expect(200));
    let spent = json!({ "refresh_token": mallory.refresh });
    mallory.renew().await.expect(200);
    app.post("/auth/refresh", &spent).await.problem(401, "token_reused");
    let mail = app.mail(1).await;
    let parsed = parse(&mail);
    assert!(parsed.bcc().is_none(), "{mail}");
    assert_eq!((parsed.text_body_count(), parsed.html_body_count()), (1, 1));
    let html = parsed.body_html(0).unwrap();
    assert!(html.contains("&lt;a href=&quot;") && !html.contains("<a href=\"https://evil"), "{html}");
    assert!(parsed.body_text(0).unwrap().contains("<a href="), "text is text");
}
