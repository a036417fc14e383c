//! Sign-up in the pages (rows A1, A3, A5, B7).

use serde_json::json;

use super::by_password;
use crate::{
    actor::PASSWORD,
    app::{App, Plan, guest, plugin},
    recovery::letter::letter,
};

const ANN: &str = "ann@example.org";

#[tokio::test]
async fn a1_somebody_signs_up_in_the_page() {
    let app = App::simple();
    let mut browser = app.browser();
    let start = browser.open("/").await;
    assert!(start.has_link("/sign-up"), "{}", start.text);
    let page = browser.open("/sign-up").await.expect(200);
    assert!(page.text.contains("autocomplete=\"new-password\"") && page.text.contains("minlength=\"8\""), "{}", page.text);
    page.form("/sign-up", &by_password("", ""));
    let own = browser.submit(&page, "/sign-up", &by_password(" Ann@Example.org ", PASSWORD)).await.expect(200).shows(&[ANN, "Sign out"]);
    assert_eq!(own.address, "/");
    app.signin(ANN).await;
    for path in ["/sign-up", "/recover", "/recover/code", "/continue"] {
        assert_eq!(browser.open(path).await.expect(200).shows(&["Sign out"]).address, "/", "{path}");
    }
}

#[tokio::test]
async fn b7_mistakes_of_a_sign_up_stand_beside_the_fields() {
    let app = Plan::new().simple().plugin("hello", &guest("hello"), None).start();
    app.user(ANN).await;
    let mut browser = app.browser();
    let page = browser.open("/sign-up").await;
    let weak = browser.submit(&page, "/sign-up", &by_password("bob@example.org", "password1")).await.expect(400);
    let weak = weak.shows(&["easy to guess", "bob@example.org"]).hides(&["password1"]);
    let taken = browser.submit(&weak, "/sign-up", &by_password(ANN, PASSWORD)).await.expect(400);
    let taken = taken.shows(&["An account with this e-mail address exists", ANN]);
    let hello = [("type", "hello"), ("email", "eve@example.org"), ("password", PASSWORD), ("city", ""), ("age", "old")];
    let wrong = browser.submit(&taken, "/sign-up", &hello).await.expect(400);
    assert_eq!(wrong.text.matches("aria-invalid=\"true\"").count(), 2, "city and age: {}", wrong.text);
    assert!(wrong.text.contains("<section class=\"card\" aria-labelledby=\"way-hello\""), "open, because it was tried: {}", wrong.text);
    let right = [("type", "hello"), ("email", "eve@example.org"), ("password", PASSWORD), ("city", "Graz"), ("age", "41")];
    browser.submit(&wrong, "/sign-up", &right).await.expect(200).shows(&["eve@example.org", "Sign out"]);
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 2);
}

#[tokio::test]
async fn b7_a_sign_up_waits_for_its_address() {
    let app = Plan::new().simple().set("email_verification", "required").start();
    let mut browser = app.browser();
    let asked = browser.fill("/sign-up", "/sign-up", &by_password(ANN, PASSWORD)).await.expect(200).shows(&[ANN, "One more step"]);
    assert_eq!(asked.address, "/continue");
    browser.open("/continue").await.expect(200).shows(&["We have sent a mail with a code to"]);
    let code = letter(&app, ANN, "Finish signing up", 1).await.code();
    let wrong = browser.submit(&asked, "/continue", &[("code", &crate::recovery::letter::wrong(&code))]).await.expect(400);
    let wrong = wrong.shows(&["This is not the code in the mail.", "We have sent a mail"]);
    browser.submit(&wrong, "/continue", &[("code", &code)]).await.expect(200).shows(&[ANN, "Sign out"]);
    app.signin(ANN).await;
}

#[tokio::test]
async fn rule23_a_taken_address_gets_the_same_page() {
    let app = Plan::new().simple().set("email_verification", "required").start();
    let mut first = app.browser();
    let fresh = first.fill("/sign-up", "/sign-up", &by_password(ANN, PASSWORD)).await.expect(200);
    let code = letter(&app, ANN, "Finish signing up", 1).await.code();
    first.submit(&fresh, "/continue", &[("code", &code)]).await.expect(200);
    let mut second = app.browser();
    let known = second.fill("/sign-up", "/sign-up", &by_password(ANN, "nine blue lanterns at sea")).await.expect(200);
    let same = |text: &str, form: &crate::pages::markup::Form| {
        let token = form.value("form_token").unwrap();
        text.replace(token, "T").replace(form.value("flow").unwrap(), "F")
    };
    let (a, b) = (same(&fresh.text, &fresh.form("/continue", &[])), same(&known.text, &known.form("/continue", &[])));
    assert_eq!(a, b);
}

/// The link in Ann's invitation.
async fn invited(app: &App) -> String {
    let admin = app.admin().await;
    admin.send(reqwest::Method::POST, "/invites", Some(&json!({ "email": ANN }))).await.expect(201);
    let mail =
        crate::patience::eventually("the invitation", || app.mails().into_iter().find(|mail| mail.contains(&format!("To: {ANN}")))).await;
    let message = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    let text = message.body_text(0).unwrap().into_owned();
    text.split_whitespace().find(|word| word.contains("?token=")).unwrap().to_owned()
}

#[tokio::test]
async fn b2_invitations_alone_where_sign_ups_are_for_the_invited() {
    let app = Plan::new().simple().set("signup", "invite").start();
    let link = invited(&app).await;
    let token = link.split_once("?token=").unwrap().1;
    let mut browser = app.browser();
    let bare = browser.fill("/sign-up", "/sign-up", &by_password(ANN, PASSWORD)).await.expect(400);
    assert_eq!(bare.form("/sign-up", &[]).value("invite"), Some(""));
    let page = browser.open(&format!("/sign-up?invite={token}")).await.expect(200);
    assert_eq!(page.form("/sign-up", &[]).value("invite"), Some(token));
    let weak = browser.submit(&page, "/sign-up", &by_password(ANN, "password1")).await.expect(400);
    assert_eq!(weak.form("/sign-up", &[]).value("invite"), Some(token), "not lost by a mistake");
    browser.submit(&weak, "/sign-up", &by_password(ANN, PASSWORD)).await.expect(200).shows(&[ANN, "Sign out"]);
}

#[tokio::test]
async fn b1_nobody_is_sent_to_a_closed_door() {
    let app = Plan::new().simple().set("signup", "closed").start();
    let mut browser = app.browser();
    assert!(!browser.open("/").await.expect(200).has_link("/sign-up"));
    let page = browser.open("/sign-up").await.expect(200).shows(&["Nobody can sign up here at the moment."]);
    assert!(!page.has_form("/sign-up"), "{}", page.text);
    let open = App::simple();
    let page = open.browser().open("/sign-up").await;
    assert!(page.form("/sign-up", &[]).value("invite").is_none(), "where everybody may, nobody is asked for an invitation");
}

/// Signs Ann up by `simple`.
fn with(invite: &str) -> [(&'static str, &str); 4] {
    [("type", "simple"), ("email", ANN), ("password", PASSWORD), ("invite", invite)]
}

#[tokio::test]
async fn b2_a_wrong_invitation_is_told_beside_its_field_and_a_whole_link_is_taken() {
    let app = Plan::new().simple().set("signup", "invite").start();
    let link = invited(&app).await;
    let mut browser = app.browser();
    let mut page = browser.open("/sign-up").await.expect(200);
    for wrong in ["bogus", &"A".repeat(43), "https://gate.example/invite", "https://gate.example/invite?token=bogus"] {
        page = browser.submit(&page, "/sign-up", &with(wrong)).await.expect(400);
        page = page.shows(&["This is no invitation of ours", ANN]).hides(&[PASSWORD]);
        assert!(page.text.contains("id=\"simple-invite-error\""), "{}", page.text);
        let kept = wrong.rsplit_once("?token=").map_or(wrong, |(_, token)| token);
        assert_eq!(page.form("/sign-up", &[]).value("invite"), Some(kept));
    }
    let mut russian = app.browser().language("ru");
    russian.fill("/sign-up", "/sign-up", &with("bogus")).await.expect(400).shows(&["Такого приглашения нет.", ANN]);
    assert_eq!(app.number("SELECT COUNT(*) FROM users").await, 1, "the administrator alone");
    browser.submit(&page, "/sign-up", &with(&format!(" {link}\n"))).await.expect(200).shows(&[ANN, "Sign out"]);
}

#[tokio::test]
async fn b1_what_shipped_providers_say_is_russian_too() {
    let plan = Plan::new().simple().login().plugin("email-code", &plugin("email-code"), Some("vouch = true\nmail = true\n"));
    let app = plan.start();
    let mut browser = app.browser().language("ru");
    let page = browser.open("/sign-up").await.expect(200);
    let page = page.shows(&["Логин и пароль", "От 8 до 128 символов", "От 3 до 60 латинских букв", "На этот адрес придёт код."]);
    let page = page.hides(&["8 to 128", "3 to 60", "A code will", "Sign up and in"]);
    let login = [("type", "login"), ("login", "a!"), ("password", PASSWORD)];
    let wrong = browser.submit(&page, "/sign-up", &login).await.expect(400).hides(&["must be", "3 to 60"]);
    assert_eq!(wrong.text.matches("От 3 до 60 латинских букв").count(), 2, "beside the field, and what is wrong: {}", wrong.text);
    let asked = browser.submit(&wrong, "/sign-up", &[("type", "email-code"), ("email", ANN)]).await.expect(200);
    asked.shows(&["Код отправлен на ваш адрес электронной почты.", "Шесть цифр из письма."]).hides(&["A code is on its way", "six digits"]);
}
