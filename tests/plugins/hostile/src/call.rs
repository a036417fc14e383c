//! Calls the host too often, or with too much.

use vestibule_plugin::{
    Input,
    crypto::{self, Algorithm},
    host, identities, kv,
};

use crate::{Answer, Attacks, behave, report};

/// Much more than any budget, but an end, so that a gateway without a budget fails its test instead of hanging.
const OFTEN: u32 = 1_000_000;
const MIB: usize = 1 << 20;

pub(crate) const ATTACKS: Attacks = &[
    ("log_flood", log_flood),
    ("log_giant", log_giant),
    ("log_forged", log_forged),
    ("hash_loop", hash_loop),
    ("hash_giant", hash_giant),
    ("verify_giant", verify_giant),
    ("random_giant", random_giant),
    ("secret_unknown", secret_unknown),
    ("kv_loop", kv_loop),
    ("kv_giant", kv_giant),
    ("kv_key", kv_key),
    ("kv_control", kv_control),
    ("kv_forever", kv_forever),
    ("find_loop", find_loop),
    ("find_giant", find_giant),
];

fn log_flood(input: &Input) -> Answer {
    for _ in 0..OFTEN {
        host::info("hostile fills the log");
    }
    behave(input)
}

fn log_giant(input: &Input) -> Answer {
    host::info(&"x".repeat(10 * MIB));
    behave(input)
}

/// A line that would look like two, and clear a terminal.
fn log_forged(input: &Input) -> Answer {
    host::info("hostile\n2026-01-01T00:00:00Z ERROR forged=true\u{1b}[2J\u{0}");
    behave(input)
}

fn hash_loop(_input: &Input) -> Answer {
    for _ in 0..OFTEN {
        std::hint::black_box(crypto::sha256(b"again"));
    }
    Err(report(&["hashed without end"]))
}

fn hash_giant(_input: &Input) -> Answer {
    let digest = crypto::sha256(&vec![0; 50 * MIB]);
    Err(report(&["hashed 50 MiB to ", &digest.len().to_string(), " bytes"]))
}

fn verify_giant(_input: &Input) -> Answer {
    let jwk = [r#"{"kty":"RSA","e":"AQAB","n":""#, &"x".repeat(200_000), r#""}"#].concat();
    match crypto::verify(Algorithm::Rs256, &jwk, b"message", &[1; 256]) {
        Ok(good) => Err(report(&["the key was taken, the signature is good: ", &good.to_string()])),
        Err(error) => Err(report(&["the key was refused: ", &error.0])),
    }
}

fn random_giant(_input: &Input) -> Answer {
    Err(report(&["got ", &crypto::random(u32::MAX).len().to_string(), " random bytes"]))
}

fn secret_unknown(_input: &Input) -> Answer {
    match crypto::hmac_sha256("app_secret", b"message") {
        Ok(_) => Err(report(&["signed with a secret"])),
        Err(error) => Err(report(&["no secret: ", &error.0])),
    }
}

fn kv_loop(_input: &Input) -> Answer {
    for turn in 0..OFTEN {
        kv::put(&["flood:", &turn.to_string()].concat(), b"x", 60);
    }
    Err(report(&["put without end"]))
}

fn kv_giant(_input: &Input) -> Answer {
    kv::put("giant", &vec![0; 512 * 1024], 60);
    Err(report(&["kept ", &kv::get("giant").map_or(0, |value| value.len()).to_string(), " bytes"]))
}

fn kv_key(_input: &Input) -> Answer {
    kv::put(&"k".repeat(100_000), b"x", 60);
    Err(report(&["a key of 100,000 bytes was taken"]))
}

fn kv_control(_input: &Input) -> Answer {
    kv::put("a\0b", b"x", 60);
    Err(report(&["a key with a NUL was taken"]))
}

fn kv_forever(_input: &Input) -> Answer {
    kv::put("forever", b"x", u32::MAX);
    let count = kv::increment("forever_count", u32::MAX, u32::MAX);
    Err(report(&["a life of 136 years was taken, the count is ", &count.to_string()]))
}

fn find_loop(_input: &Input) -> Answer {
    for turn in 0..OFTEN {
        std::hint::black_box(identities::find(&turn.to_string()));
    }
    Err(report(&["looked without end"]))
}

fn find_giant(_input: &Input) -> Answer {
    Err(report(&["found: ", &identities::find(&"x".repeat(10 * MIB)).is_some().to_string()]))
}
