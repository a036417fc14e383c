//! What operators set, and what they get wrong.

use std::fs;

use serde_json::json;

use crate::app::{App, Plan};

/// What a start that must fail says.
fn refused(plan: &Plan) -> String {
    let output = plan.command(&["serve"]).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn b8_a_wrong_mail_url_is_told_without_its_password() {
    for (url, said) in [
        ("smtp://ann:hunter2@", "mail_url"),
        ("smtp://ann:hun/ter2@mx.example.org", "percent-encoded"),
        ("smtp://ann:hunter2@mx.example.org?tls=maybe", "required, offered or off"),
        ("smpt://ann:hunter2@mx.example.org", "expected console:, file:DIR, smtp://"),
        ("pigeon:", "mail_url is \"pigeon\""),
    ] {
        let told = refused(&Plan::new().set("mail_url", url));
        assert!(told.contains("mail_url") && told.contains(said), "{url}: {told}");
        assert!(!told.contains("ter2"), "{url}: {told}");
    }
    let told = refused(&Plan::new().set("mail_url", "smtps://mx.example.org").set("mail_tls_ca", "/nowhere.pem"));
    assert!(told.contains("mail_tls_ca: /nowhere.pem"), "{told}");
}

async fn letter(app: &App) -> String {
    let mut ann = app.user("ann@example.org").await;
    let spent = json!({ "refresh_token": ann.refresh });
    ann.renew().await.expect(200);
    app.post("/auth/refresh", &spent).await.problem(401, "token_reused");
    app.mail(1).await
}

#[tokio::test]
async fn f_an_operator_writes_letters_of_their_own() {
    let plan = Plan::new().simple().set("retry_window", "0s");
    let directory = plan.path().join("letters");
    fs::create_dir_all(directory.join("en")).unwrap();
    fs::write(directory.join("en/session-reuse.txt"), "Subject: Hello from {{ gateway }}\n\nOur words at {{ public_url }}\n").unwrap();
    fs::write(directory.join("layout.html"), "<html><body>Our frame. {{ content }}</body></html>").unwrap();
    let app = plan.set("mail_templates_dir", &directory.display().to_string()).start();
    let mail = letter(&app).await;
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    assert_eq!(parsed.subject(), Some("Hello from 127.0.0.1"));
    assert!(parsed.body_text(0).unwrap().contains("Our words at http://127.0.0.1:5000"));
    let html = parsed.body_html(0).unwrap();
    assert!(html.contains("Our frame.") && html.contains("<p>A sign-in token"), "{html}");
}

#[test]
fn f_mistakes_in_letters_stop_the_start_and_are_all_told() {
    let plan = Plan::new();
    let directory = plan.path().join("letters");
    fs::create_dir_all(directory.join("ru")).unwrap();
    fs::write(directory.join("ru/session-reuse.txt"), "Subject: x\n\n{{ divice }}\n").unwrap();
    fs::write(directory.join("ru/session-reus.html"), "x").unwrap();
    let told = refused(&plan.set("mail_templates_dir", &directory.display().to_string()));
    for part in [
        "letters/ru/session-reus.html: no template has this name",
        "letters/ru/session-reuse.txt line 3: there is no variable divice; there are began, device",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
}
