//! The gateway's own letters: what each is called, and what its templates may name.

/// One letter, with its templates in every language as they are built in.
pub(super) struct LetterFiles {
    /// `Letter::template`.
    pub(super) name: &'static str,
    /// What its templates may name, besides [`ALWAYS`].
    pub(super) variables: &'static [&'static str],
    /// By the file's path in `templates/`.
    pub(super) files: &'static [(&'static str, &'static str)],
}

/// Languages that letters are written in; the first is for everybody else.
pub(super) const LANGUAGES: [&str; 2] = ["en", "ru"];
/// What every template may name.
pub(super) const ALWAYS: [&str; 2] = ["gateway", "public_url"];
/// What surrounds the HTML of every letter, and what it may name besides [`ALWAYS`].
pub(super) const LAYOUT: (&str, &str) = ("layout.html", include_str!("templates/layout.html"));
pub(super) const LAYOUT_VARIABLES: [&str; 3] = ["content", "language", "subject"];

macro_rules! file {
    ($language:literal, $name:literal, $kind:literal) => {
        (concat!($language, "/", $name, ".", $kind), include_str!(concat!("templates/", $language, "/", $name, ".", $kind)))
    };
}

macro_rules! letters {
    ($( $name:literal: $($variable:literal),*; )+) => {
        /// All letters. A new one is a line here and its four files in `templates/`.
        pub(super) const LETTERS: &[LetterFiles] = &[$( LetterFiles {
            name: $name,
            variables: &[$($variable),*],
            files: &[file!("en", $name, "txt"), file!("en", $name, "html"), file!("ru", $name, "txt"), file!("ru", $name, "html")],
        } ),+];
    };
}

letters! {
    "email-change-new": "link", "code", "until";
    "email-change-old": "link", "code", "until", "email";
    "email-changed": "email", "at";
    "email-taken": ;
    "guard-code": "address", "code", "minutes";
    "password-changed": "at", "address", "device";
    "recover": "link", "code", "until";
    "identity-added": "address", "provider", "time";
    "identity-removed": "address", "provider", "time";
    "invitation": "inviter", "link", "until";
    "invitation-accepted": "login", "password";
    "link-code": "code", "minutes", "provider";
    "session-reuse": "began", "device";
    "signup-known": "link", "until";
    "verify": "link", "code", "until";
    "verify-signup": "link", "code", "until";
}
