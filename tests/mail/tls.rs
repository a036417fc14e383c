//! Protected connections, and who we are to the server.

use std::{fs, sync::Arc};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::{
    ask, plan_to,
    server::{Faults, MailServer, Offer},
    until, until_tried,
};
use crate::{app::Plan, certificate::signed};

/// A private authority and the certificate of a server that is called `name`.
fn certificate(name: &str) -> (String, TlsAcceptor) {
    let signed = signed(name);
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signed.key.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.certificate.der().clone()], key)
        .unwrap();
    (signed.authority, TlsAcceptor::from(Arc::new(config)))
}

fn trusting(plan: Plan, pem: &str) -> Plan {
    let path = plan.path().join("ca.pem");
    fs::write(&path, pem).unwrap();
    plan.set("mail_tls_ca", &path.display().to_string())
}

async fn server(acceptor: TlsAcceptor, implicit: bool, auth: Option<&'static str>) -> MailServer {
    MailServer::with(0, Offer { tls: Some(acceptor), implicit, auth }, Faults::default()).await
}

#[tokio::test]
async fn b8_smtp_with_starttls_and_a_password() {
    let (pem, acceptor) = certificate("localhost");
    let server = server(acceptor, false, Some("PLAIN")).await;
    let url = format!("smtp://ann%40example.org:p%25%2F%3A%40@localhost:{}?tls=required", server.port);
    let app = trusting(plan_to(&url), &pem).start();
    ask(&app, "ann@example.org").await.expect(200);
    let mail = server.mails(1).await.remove(0);
    assert!(mail.tls);
    assert_eq!(mail.user.as_deref(), Some("ann@example.org:p%/:@"));
    assert!(!app.log().contains("p%/:@") && !app.log().contains("p%25"));
}

#[tokio::test]
async fn b8_smtps_with_login_to_an_address() {
    let (pem, acceptor) = certificate("127.0.0.1");
    let server = server(acceptor, true, Some("LOGIN")).await;
    let app = trusting(plan_to(&format!("smtps://ann:secret@127.0.0.1:{}", server.port)), &pem).start();
    ask(&app, "ann@example.org").await.expect(200);
    let mail = server.mails(1).await.remove(0);
    assert!(mail.tls);
    assert_eq!(mail.user.as_deref(), Some("ann:secret"));
}

/// STARTTLS is taken where it is offered.
#[tokio::test]
async fn b8_offered_protection_is_taken() {
    let (pem, acceptor) = certificate("127.0.0.1");
    let server = server(acceptor, false, None).await;
    let app = trusting(plan_to(&format!("smtp://127.0.0.1:{}", server.port)), &pem).start();
    ask(&app, "ann@example.org").await.expect(200);
    assert!(server.mails(1).await[0].tls);
}

/// What stands in the way, by its message.
async fn held_up(plan: Plan, server: &MailServer, why: &str) {
    let app = plan.start();
    ask(&app, "ann@example.org").await.expect(200);
    until_tried(&app).await;
    let error = app.texts("SELECT state || ': ' || last_error FROM outbox").await.remove(0);
    assert!(error.starts_with("pending: ") && error.contains(why), "{error}");
    assert!(!error.contains("wrong") && !app.log().contains(":wrong"), "no password: {error}");
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn b8_a_certificate_of_nobody_holds_the_mail() {
    let (pem, _) = certificate("localhost");
    let (_, acceptor) = certificate("localhost");
    let server = server(acceptor, false, None).await;
    held_up(trusting(plan_to(&format!("smtp://localhost:{}", server.port)), &pem), &server, "certificate").await;
}

#[tokio::test]
async fn b8_a_certificate_of_another_holds_the_mail() {
    let (pem, acceptor) = certificate("mx.example.org");
    let server = server(acceptor, true, None).await;
    held_up(trusting(plan_to(&format!("smtps://localhost:{}", server.port)), &pem), &server, "certificate").await;
}

#[tokio::test]
async fn b8_demanded_protection_that_is_not_offered_holds_the_mail() {
    let server = MailServer::start().await;
    held_up(plan_to(&format!("smtp://localhost:{}?tls=required", server.port)), &server, "offers no STARTTLS").await;
}

/// The operator can mend that, and then the mail leaves.
#[tokio::test]
async fn b8_a_wrong_password_holds_the_mail() {
    let server = MailServer::with(0, Offer { auth: Some("PLAIN"), ..Offer::default() }, Faults::default()).await;
    held_up(
        plan_to(&format!("smtp://ann:wrong@localhost:{}?tls=off", server.port)),
        &server,
        "the sign-in with user and password of mail_url",
    )
    .await;
}

#[tokio::test]
async fn b8_a_mended_password_lets_the_mail_go() {
    let server = MailServer::with(0, Offer { auth: Some("PLAIN"), ..Offer::default() }, Faults::default()).await;
    let mut app = plan_to(&format!("smtp://ann:wrong@localhost:{}?tls=off", server.port)).start();
    ask(&app, "ann@example.org").await.expect(200);
    until_tried(&app).await;
    app.set("mail_url", &format!("smtp://ann:right@localhost:{}?tls=off", server.port));
    app.restart();
    server.mails(1).await;
    until(&app, "sent", 1).await;
}
