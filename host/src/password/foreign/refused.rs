//! Hashes that are known and not taken: a thief of the file has the passwords of most in minutes.

/// What it is, if it is known.
pub(in super::super) fn reason(text: &str) -> Option<&'static str> {
    let is_hex = |length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    if text.is_empty() {
        Some("empty")
    } else if begins(&["!", "*"]) {
        Some("a mark that the account has no password")
    } else if is_hex(32) || begins(&["unsalted_md5$", "md5$$"]) {
        Some("an MD5 digest without a salt")
    } else if is_hex(40) || begins(&["unsalted_sha1$", "sha1$$", "{SHA}"]) {
        Some("a SHA-1 digest without a salt")
    } else if is_hex(64) || is_hex(128) {
        Some("a SHA-2 digest without a salt")
    } else if begins(&["md5$", "$1$", "$apr1$", "$P$", "$H$", "hmac-md5", "{SMD5}", "pbkdf2_md5$"]) {
        Some("made with MD5, which a thief of the file tries by the billion")
    } else if begins(&["sha1$", "sha224$", "sha256$", "sha384$", "sha512$", "{SSHA", "{SHA", "hex_sha"]) {
        Some("a single round of a fast digest, which a thief of the file tries by the billion")
    } else if begins(&["crypt$", "{CRYPT}", "$5$", "$6$", "$y$", "$7$", "$gy$", "_"]) || is_des_crypt(text) {
        Some("made by crypt(3)")
    } else if begins(&["plain$", "{PLAIN}", "{CLEARTEXT}"]) {
        Some("the password itself")
    } else {
        None
    }
}

fn is_des_crypt(text: &str) -> bool {
    text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'/')
}
