//! Against what the real systems made: `tests/import_export/hashes.jsonl` names them.

use std::sync::Arc;

use super::super::hash::{HashError, Hasher, Memory, Params, Verdict, examine};
use crate::random::SystemRandom;

const MADE: &str = include_str!("../../../../tests/import_export/hashes.jsonl");

fn verify(hash: &str, password: &str) -> Result<Verdict, HashError> {
    let cheap = Params { memory_kib: 64, iterations: 1, parallelism: 1 };
    Hasher::new(cheap, Arc::new(SystemRandom)).expect("good parameters").verify(Some(hash), password, &mut Memory::default())
}

fn text<'a>(line: &'a serde_json::Value, member: &str) -> &'a str {
    line[member].as_str().expect(member)
}

#[test]
fn what_other_systems_made_matches_its_password_alone() {
    let lines: Vec<serde_json::Value> = MADE.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.len() > 80, "{}", lines.len());
    for line in &lines {
        let (by, hash, password) = (text(line, "made_by"), text(line, "hash"), text(line, "password"));
        assert_eq!(examine(hash), Ok(()), "{by}: {hash}");
        assert_eq!(verify(hash, password), Ok(Verdict::Match { needs_rehash: true }), "{by}: {hash}");
        // Once for each kind, since each costs as much as a right one. At the front, since bcrypt sees 72 bytes alone.
        if password == "tiny7" {
            assert_eq!(verify(hash, &format!("x{password}")), Ok(Verdict::NoMatch), "{by}: {hash}");
        }
    }
}

#[test]
fn bcrypt_sees_72_bytes_as_it_did_there() {
    let lines = MADE.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let is_bcrypt = |hash: &str| ["$2a$", "$2b$", "$2y$"].iter().any(|version| hash.contains(version));
    let long = lines.filter(|line| text(line, "password").len() > 72 && is_bcrypt(text(line, "hash")));
    let long: Vec<_> = long.collect();
    assert_eq!(long.len(), 5);
    for line in long {
        let (hash, changed) = (text(&line, "hash"), format!("{}?", text(&line, "password")));
        let seen_whole = hash.starts_with("bcrypt_sha256$");
        let expected = if seen_whole { Verdict::NoMatch } else { Verdict::Match { needs_rehash: true } };
        assert_eq!(verify(hash, &changed), Ok(expected), "{hash}");
    }
}

#[test]
fn rule5_ceilings_hold_for_every_algorithm() {
    let (hex, base64) = ("ab".repeat(32), "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s");
    let bcrypt = "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
    for (cost, is_affordable) in [(14, true), (15, false), (31, false)] {
        for prefix in ["", "bcrypt$", "bcrypt_sha256$"] {
            assert_eq!(examine(&format!("{prefix}$2b${cost}${bcrypt}")).is_ok(), is_affordable, "{prefix}{cost}");
        }
    }
    for (count, is_affordable) in [("3000000", true), ("3000001", false), ("4294967295", false), ("99999999999999999999", false)] {
        for hash in [
            format!("pbkdf2_sha256${count}$salt${base64}"),
            format!("pbkdf2:sha256:{count}$salt${hex}"),
            format!("$pbkdf2-sha256${count}$c2FsdA${base64}"),
            format!("$pbkdf2-sha256$i={count},l=32$c2FsdA${base64}"),
        ] {
            assert_eq!(examine(&hash), if is_affordable { Ok(()) } else { Err(HashError::TooCostly) }, "{hash}");
        }
    }
    // Two blocks of SHA-1 are twice the work.
    assert_eq!(examine(&format!("pbkdf2:sha1:2000000$salt${hex}")), Err(HashError::TooCostly));
    for (n, r, p, is_affordable) in [
        (17, 8, 2, true),
        (17, 8, 3, false),
        (18, 8, 1, false),
        (17, 16, 1, false),
        (1, 1 << 20, 1, false),
        (20, 1, 3, false),
        (63, 8, 1, false),
    ] {
        let phc = format!("$scrypt$ln={n},r={r},p={p}$c2FsdA${base64}");
        assert_eq!(examine(&phc), if is_affordable { Ok(()) } else { Err(HashError::TooCostly) }, "{phc}");
        if n < 32 {
            let (django, werkzeug) =
                (format!("scrypt${}$salt${r}${p}${base64}", 1_u32 << n), format!("scrypt:{}:{r}:{p}$salt${hex}", 1_u32 << n));
            assert_eq!([examine(&django).is_ok(), examine(&werkzeug).is_ok()], [is_affordable; 2], "{django}");
        }
    }
    // At a sign-in as well: such a row may have come by another way.
    assert_eq!(verify(&format!("$2b$15${bcrypt}"), "x"), Err(HashError::TooCostly));
}

#[test]
fn rule5_what_protects_nobody_is_refused_with_its_reason() {
    for (hash, reason) in [
        ("", "empty"),
        ("!Vx", "no password"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "MD5 digest without a salt"),
        ("md5$$5f4dcc3b5aa765d61d8327deb882cf99", "MD5 digest without a salt"),
        ("md5$seasalt$f5531bef9f3687d0ccf0f617f0e25573", "MD5"),
        ("$1$8fGhT2kL$hbnXUnE3DpQGSZPbBSnBU.", "MD5"),
        ("5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", "SHA-1 digest without a salt"),
        ("sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8", "single round"),
        ("sha256$seasalt$5e88", "single round"),
        ("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", "SHA-2 digest without a salt"),
        ("$6$rounds=5000$salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.", "crypt(3)"),
        ("rl0uE0x6yDuxE", "crypt(3)"),
        ("plain$$secret", "the password itself"),
        ("$2x$06$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "faulty version of bcrypt"),
        ("pbkdf2_md5$20000$salt$x", "another digest"),
        ("pbkdf2_sha256$20000$$q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=", "not salted"),
    ] {
        let refused = examine(hash).expect_err(hash).to_string();
        assert!(refused.contains(reason) && refused.contains("sets a new password"), "{hash}: {refused}");
    }
}

#[test]
fn damaged_hashes_are_of_no_known_format() {
    for hash in [
        "pbkdf2_sha256$20000$salt$",
        "pbkdf2_sha256$20000$salt$YQ==",
        "pbkdf2_sha256$0$salt$q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
        "pbkdf2_sha256$+5$salt$q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
        "pbkdf2:sha256:1000$salt$abc",
        "pbkdf2:sha256:1000$salt$é",
        "scrypt$3$salt$8$1$q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
        "scrypt:32768:8$salt$ab",
        "$scrypt$ln=1$c2FsdA$x",
        "$2b$03$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2é",
        "argon2$",
        "argon2$argon2id$v=19$m=1",
        &"$".repeat(500),
        &format!("pbkdf2_sha256$20000${}$q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=", "s".repeat(600)),
    ] {
        assert_eq!(examine(hash), Err(HashError::UnknownFormat), "{hash}");
    }
}
