//! Signing keys change while the gateway runs, and nobody is signed out.

use super::jwt;
use crate::{
    actor::User,
    app::{App, Plan},
    patience::until,
};

/// The gateway looks for keys of other processes every five seconds.
async fn wait_for_key(app: &App, more_than: usize) -> Vec<String> {
    until("the new key", async || Some(app.kids().await).filter(|kids| kids.len() > more_than)).await
}

fn rotate(app: &App, arguments: &[&str]) -> String {
    let made = app.command(&[&["keys", "rotate"], arguments].concat()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap()
}

async fn signed_by_another(app: &App, user: &mut User<'_>, old: &str) {
    until("the new key's signature", async || {
        if jwt::kid(&user.access) != old {
            return Some(());
        }
        user.renew().await.expect(200);
        // Whatever signs at this moment must be published at this moment.
        app.verify(&user.access).await.expect("a published key");
        None
    })
    .await;
}

#[tokio::test]
async fn rule12_a_new_key_is_published_before_it_signs_and_old_tokens_stay_valid() {
    let app = Plan::new().simple().set("retry_window", "1h").start();
    let (ann, mut bob) = (app.user("ann@example.org").await, app.user("bob@example.org").await);
    let old = app.kids().await;
    assert_eq!((old.len(), jwt::kid(&ann.access)), (1, old[0].clone()));
    let said = rotate(&app, &["--after", "8s"]);
    let kids = wait_for_key(&app, 1).await;
    let new = kids.iter().find(|kid| **kid != old[0]).unwrap();
    assert!(said.contains(new.as_str()), "{said}");
    signed_by_another(&app, &mut bob, &old[0]).await;
    assert_eq!(jwt::kid(&bob.access), *new);
    assert_eq!(app.kids().await.len(), 2, "the old key stays for its tokens");
    ann.get("/me").await.expect(200);
    app.verify(&ann.access).await.expect("an old token");
    let mut ann = ann;
    ann.renew().await.expect(200);
    assert_eq!(jwt::kid(&ann.access), *new);
    let audit = app.texts("SELECT actor || ' ' || target FROM audit WHERE action = 'key.rotate'").await;
    assert_eq!(audit, [format!("operator key:{new}")]);
}

#[tokio::test]
async fn rule12_the_lead_holds_the_new_key_back() {
    let app = Plan::new().simple().start();
    let mut ann = app.user("ann@example.org").await;
    let old = jwt::kid(&ann.access);
    rotate(&app, &[]);
    wait_for_key(&app, 1).await;
    ann.renew().await.expect(200);
    assert_eq!(jwt::kid(&ann.access), old, "ten minutes have not passed");
}

#[tokio::test]
async fn rule12_a_rotation_can_take_effect_at_once_and_outlives_a_restart() {
    let mut app = Plan::new().simple().start();
    let mut ann = app.user("ann@example.org").await;
    let (old, first) = (jwt::kid(&ann.access), ann.access.clone());
    rotate(&app, &["--after", "0s"]);
    signed_by_another(&app, &mut ann, &old).await;
    let (new, second) = (jwt::kid(&ann.access), ann.access.clone());
    app.restart();
    for token in [first, second] {
        let me = app.http.get(app.url("/me")).bearer_auth(token).send().await.unwrap();
        assert_eq!(me.status(), 200);
    }
    assert_eq!(jwt::kid(&app.signin("ann@example.org").await.access), new);
    let listed = app.command(&["keys", "list"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains(&old) && listed.contains(&new) && listed.lines().count() == 2, "{listed}");
}

#[tokio::test]
async fn rule12_an_old_key_goes_when_its_tokens_have_expired() {
    let app = Plan::new().simple().set("session_ttl", "2s").set("session_idle", "2s").start();
    let old = app.kids().await;
    rotate(&app, &["--after", "0s"]);
    until("the end of the old key", async || (!app.kids().await.contains(&old[0])).then_some(())).await;
    assert_eq!(app.kids().await.len(), 1);
    let ann = app.user("ann@example.org").await;
    app.verify(&ann.access).await.expect("a good token");
}

#[tokio::test]
async fn rule12_private_keys_are_sealed_at_rest() {
    let app = Plan::new().simple().start();
    let sealed: Vec<u8> = app.database().await.column("SELECT sealed_private FROM signing_keys").await.remove(0);
    // What a PKCS #8 Ed25519 key begins with.
    let plain = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70";
    assert!(sealed.len() > 48 && !sealed.windows(plain.len()).any(|window| window == plain));
}

#[test]
fn rule12_a_malformed_duration_is_named() {
    let app = Plan::new().simple().start();
    let made = app.command(&["keys", "rotate", "--after", "soon"]).output().unwrap();
    assert!(!made.status.success());
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(said.contains("--after is \"soon\""), "{said}");
}
