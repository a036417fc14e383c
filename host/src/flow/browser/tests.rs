use super::*;

const OWN: &str = "https://gate.example/auth";

fn lead(given: &str) -> Option<String> {
    return_address(given, OWN, &["https://app.example".to_owned(), "http://localhost:3000".to_owned()])
}

#[test]
fn rule21_paths_of_ours() {
    for (given, address) in [
        ("/auth/admin/users?page_num=2", "/auth/admin/users?page_num=2"),
        ("/", "/"),
        ("", "/auth"),
        ("https://gate.example/x?y=z#part", "/x?y=z"),
        ("https://GATE.example:443/x", "/x"),
        ("https:evil", "/evil"),
        ("/a/../b", "/b"),
        ("/?next=//evil.example", "/?next=//evil.example"),
        ("/a b\u{2028}", "/a%20b%E2%80%A8"),
    ] {
        assert_eq!(lead(given).as_deref(), Some(address), "{given}");
    }
}

#[test]
fn rule21_other_origins_as_a_whole() {
    assert_eq!(lead("https://app.example/in?a=b#c").as_deref(), Some("https://app.example/in?a=b#c"));
    assert_eq!(lead("http://localhost:3000").as_deref(), Some("http://localhost:3000/"));
    assert_eq!(lead("\\\\app.example\\x").as_deref(), Some("https://app.example/x"), "as a browser reads it");
    for bad in [
        "https://app.example.evil.example/",
        "https://app.example:8443/",
        "http://app.example/",
        "https://sub.app.example/",
        "https://app.example@evil.example/",
        "https://ann@app.example/",
        "https://:x@app.example/",
        "http://localhost:3001/",
        "http://localhost/",
    ] {
        assert_eq!(lead(bad), None, "{bad}");
    }
}

#[test]
fn rule21_nowhere_else() {
    for bad in [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "/.//evil.example",
        "/a/..//evil.example",
        "/.\\/evil.example",
        "/%2e//evil.example",
        "https://gate.example//evil.example",
        "https://gate.example.evil.example/",
        "https://gate.example@evil.example/",
        "https://ann:x@gate.example/",
        "https://gate.example:8443/",
        "http://gate.example/",
        "http:evil",
        " https://evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "ftp://gate.example/",
        "mailto:ann@example.org",
        "blob:https://gate.example/x",
        "/a\r\nSet-Cookie: x=1",
        "/\t/evil.example",
        "java\nscript:alert(1)",
        "\u{0}/x",
        "/x\u{7f}",
        "https://",
        "https://[::1",
    ] {
        assert_eq!(lead(bad), None, "{bad:?}");
    }
}
