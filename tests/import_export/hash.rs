//! Every hash that is taken, end to end: imported, right at a sign-in, and Argon2id from then on.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{QUICK, import, imports, sign_in, stored};
use crate::{
    app::{App, Plan},
    patience::within,
};

/// Cheap hashes of its own, so that the foreign ones take the time.
fn gateway() -> App {
    Plan::new().simple().set("password_memory_kib", "256").set("password_queue", "1000").set("password_queue_deadline", "300s").start()
}

async fn holds(by: &str) {
    let made = include_str!("hashes.jsonl").lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let made: Vec<Value> = made.filter(|line| line["made_by"].as_str().unwrap().starts_with(by)).collect();
    assert!(made.len() >= 4, "{by}: {}", made.len());
    let app = gateway();
    let email = |at: usize| format!("user{at}@example.org");
    let lines: Vec<Value> =
        made.iter().enumerate().map(|(at, line)| json!({ "email": email(at), "password_hash": line["hash"] })).collect();
    imports(&app, &lines);
    let all = async || {
        let signed = made.iter().enumerate().map(|(at, line)| {
            let app = &app;
            async move { sign_in(app, &email(at), line["password"].as_str().unwrap()).await }
        });
        join_all(signed).await
    };
    // Once for each kind, since each costs as much as a right one.
    for (at, _) in made.iter().enumerate().filter(|(_, line)| line["password"] == "tiny7") {
        assert_eq!(sign_in(&app, &email(at), "xtiny7").await, 400);
    }
    for (at, line) in made.iter().enumerate() {
        assert_eq!(stored(&app, &email(at)).await, line["hash"].as_str().unwrap(), "a wrong password changes nothing");
    }
    for round in ["with the old hash", "with the new one"] {
        for (line, status) in made.iter().zip(all().await) {
            assert_eq!(status, 200, "{round}: {line}");
        }
        for (at, line) in made.iter().enumerate() {
            let hash = stored(&app, &email(at)).await;
            assert!(hash.starts_with("$argon2id$v=19$m=256,t=2,p=1$"), "{round}: {hash} of {line}");
        }
    }
}

#[tokio::test]
async fn import_hashes_of_django() {
    holds("Django").await;
}

#[tokio::test]
async fn import_hashes_of_werkzeug() {
    holds("Werkzeug").await;
}

#[tokio::test]
async fn import_hashes_of_bcrypt() {
    holds("bcrypt").await;
}

#[tokio::test]
async fn import_hashes_of_passlib() {
    holds("passlib").await;
}

#[tokio::test]
async fn import_hashes_of_argon2_cffi() {
    holds("argon2-cffi").await;
}

#[tokio::test]
async fn rule1_a_hash_is_upgraded_by_the_right_password_only() {
    let app = gateway();
    imports(&app, &[json!({ "email": "ann@example.org", "password_hash": QUICK })]);
    assert_eq!(stored(&app, "ann@example.org").await, QUICK, "an import hashes nothing");
    for wrong in ["", "tiny8", "tiny7 ", "TINY7"] {
        assert_eq!(sign_in(&app, "ann@example.org", wrong).await, 400);
        assert_eq!(stored(&app, "ann@example.org").await, QUICK);
    }
    assert_eq!(sign_in(&app, "ann@example.org", "tiny7").await, 200);
    assert!(stored(&app, "ann@example.org").await.starts_with("$argon2id$"));
    assert_eq!(sign_in(&app, "ann@example.org", "tiny7").await, 200, "shorter than a new password may be, and still the password");
}

#[tokio::test]
async fn rule1_a_password_that_makes_no_new_hash_goes_on_with_the_old_one() {
    let app = gateway();
    // Eight characters that become 144 in the form in which new passwords are hashed (Werkzeug 3.1.9).
    let hash = "pbkdf2:sha256:1000$mPZ4sY1nC8aQ$c89cb025b28beff2aab503940d406001d3f02f5ce3ee78915d0293c78c5bc7fb";
    imports(&app, &[json!({ "email": "ann@example.org", "password_hash": hash })]);
    for _ in 0..2 {
        assert_eq!(sign_in(&app, "ann@example.org", &"\u{fdfa}".repeat(8)).await, 200);
        assert_eq!(stored(&app, "ann@example.org").await, hash);
    }
}

/// A slow hash is on the only thread when the upgrade comes, which then waits longer than anybody may.
#[tokio::test]
async fn rule2_an_upgrade_that_finds_no_room_does_not_stop_the_sign_in() {
    let plan = || Plan::new().simple().set("password_threads", "1").set("password_memory_kib", "64");
    let line = |n: usize| json!({ "email": format!("ann{n}@example.org"), "password_hash": MILLION });
    // How long a million rounds take here says how long nobody may wait: longer than they do, and not as long as three.
    let app = plan().start();
    imports(&app, &[line(0)]);
    let begun = Instant::now();
    assert_eq!(sign_in(&app, "ann0@example.org", "tiny7").await, 200);
    let deadline = begun.elapsed() * 7 / 4;
    let app = plan().set("password_queue_deadline", &format!("{}ms", deadline.as_millis())).start();
    // Matches nothing but by a miracle.
    let slow = format!("$pbkdf2-sha512$i=2900000$c2FsdHNhbHRzYWx0${}qw", "q6ur".repeat(21));
    let mut lines = vec![json!({ "email": "slow@example.org", "password_hash": slow })];
    lines.extend((0..8).map(line));
    imports(&app, &lines);
    let mut kept = 0;
    for n in 0..8 {
        let email = format!("ann{n}@example.org");
        let after = async {
            tokio::time::sleep(deadline / 10).await;
            sign_in(&app, "slow@example.org", "x").await
        };
        let (status, _) = tokio::join!(sign_in(&app, &email, "tiny7"), after);
        assert_eq!(status, 200, "the password was right");
        kept += usize::from(stored(&app, &email).await == MILLION);
        if kept > 0 {
            break;
        }
    }
    assert!(kept > 0, "no upgrade came in the way of the slow hash");
    assert!(app.log().contains("the old hash stays for now"));
}

/// Of `tiny7`, with a million rounds.
const MILLION: &str = "pbkdf2:sha512:1000000$mPZ4sY1nC8aQ$3f54eb8e46c8b5867087caca3b6e3b5b0d63ed75188747d9de5cb2630e6f70f3c14db54d722ea87037ba75334739defee6f1c51a0a642580eaa5e870690e0801";

#[tokio::test]
async fn rule5_costs_are_limited_at_import_and_at_sign_in() {
    let app = gateway();
    let bcrypt = "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
    let ruinous = [
        "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8".to_owned(),
        format!("$2b$31${bcrypt}"),
        format!("pbkdf2:sha256:2000000000$salt${}", "ab".repeat(32)),
        format!("scrypt:1073741824:8:1$salt${}", "ab".repeat(64)),
    ];
    let lines: String = ruinous
        .iter()
        .map(|hash| format!("{}\n", json!({ "email": "ann@example.org", "password_hash": hash })))
        .collect::<Vec<_>>()
        .concat();
    let (code, out, err) = import(&app, "users.jsonl", lines);
    assert_eq!((code, out.as_str()), (Some(1), "imported 0, skipped 0 (already there), bad 4\n"), "{err}");
    for line in 1..=4 {
        assert!(err.contains(&format!("line {line}: password_hash: the stored hash costs too much: at most")), "{err}");
    }
    imports(&app, &[json!({ "email": "ann@example.org", "password_hash": QUICK })]);
    for hash in ruinous {
        app.run(&format!("UPDATE credentials SET password_hash = '{hash}'")).await;
        within(Duration::from_secs(5), &hash, async || {
            let begun = Instant::now();
            assert_eq!(sign_in(&app, "ann@example.org", "tiny7").await, 400, "{hash}");
            begun.elapsed()
        })
        .await;
    }
    assert!(app.log().contains("the stored hash cannot be used") && !app.log().contains("4194304"));
}

#[tokio::test]
async fn rule5_what_protects_nobody_is_refused() {
    let app = gateway();
    let lines =
        ["5f4dcc3b5aa765d61d8327deb882cf99", "$1$8fGhT2kL$hbnXUnE3DpQGSZPbBSnBU.", "$6$salt$IxDD3jeSOb5eB1CX5LBsqZ", "!unusable", "?"];
    let content: String =
        lines.iter().map(|hash| format!("{}\n", json!({ "email": "ann@example.org", "password_hash": hash }))).collect::<Vec<_>>().concat();
    let (code, out, err) = import(&app, "users.jsonl", content);
    assert_eq!((code, out.as_str()), (Some(1), "imported 0, skipped 0 (already there), bad 5\n"), "{err}");
    for part in [
        "line 1: password_hash: the stored hash is an MD5 digest without a salt; leave it out",
        "line 2: password_hash: the stored hash is made with MD5",
        "line 3: password_hash: the stored hash is made by crypt(3)",
        "line 4: password_hash: the stored hash is a mark that the account has no password",
        "line 5: password_hash: the stored hash is of an unknown format; known are Django's",
    ] {
        assert!(err.contains(part), "{part} not in {err}");
    }
    assert!(!err.contains("5f4dcc3b"), "hashes are not repeated");
}
