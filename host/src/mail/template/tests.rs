use std::fs;

use super::*;
use crate::model::Email;

fn url() -> Url {
    Url::parse("https://auth.example.org/").expect("URL")
}

fn letter(locale: &str, device: &str) -> Letter {
    Letter {
        to: Email::parse("ann@example.org").expect("address"),
        locale: locale.to_owned(),
        template: "session-reuse",
        variables: vec![("began", "2026-01-02T03:04:05Z".to_owned()), ("device", device.to_owned())],
    }
}

/// The mistakes of an operator's directory with these files.
fn mistakes(files: &[(&str, &str)]) -> String {
    let directory = tempfile::tempdir().expect("directory");
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().expect("folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    Templates::new(Some(directory.path()), &url()).err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn every_letter_is_written_in_every_language() {
    let templates = Templates::new(None, &url()).expect("built in");
    for letter in LETTERS {
        assert_eq!(templates.flaws(letter), Vec::<String>::new());
        assert_eq!(letter.files.len(), 2 * LANGUAGES.len());
    }
}

#[test]
fn the_nearest_language_is_taken() {
    for (locale, language) in [("ru-RU", "ru"), ("RU", "ru"), ("en-GB", "en"), ("de", "en"), ("", "en"), ("rue", "en")] {
        assert_eq!(nearest(locale), language, "{locale}");
    }
    let templates = Templates::new(None, &url()).expect("built in");
    assert!(templates.write(&letter("ru-RU", "x")).expect("mail").subject.contains("сеанс"));
}

#[test]
fn values_are_escaped_in_html_and_add_no_line() {
    let templates = Templates::new(None, &url()).expect("built in");
    let mail = templates.write(&letter("en", "<b>x</b>\r\nBcc: eve@example.org")).expect("mail");
    let html = mail.html.expect("html");
    assert!(html.contains("&lt;b&gt;x") && !html.contains("<b>x") && html.starts_with("<!doctype html>"), "{html}");
    assert!(html.contains("https:&#x2f;&#x2f;auth.example.org") || html.contains("https://auth.example.org"), "{html}");
    assert!(mail.text.contains("on <b>x</b>  Bcc: eve@example.org") && mail.text.contains("auth.example.org"), "{}", mail.text);
    assert_eq!(mail.subject, "One of your sessions was ended");
}

#[test]
fn a_missing_variable_is_a_mistake_that_names_no_value() {
    let templates = Templates::new(None, &url()).expect("built in");
    let mut short = letter("en", "x");
    short.variables.remove(0);
    let error = templates.write(&short).err().expect("refused").to_string();
    assert!(error.contains("en/session-reuse.txt line 3"), "{error}");
    let unknown = Letter { template: "nothing", ..letter("en", "x") };
    assert!(templates.write(&unknown).err().expect("refused").to_string().contains("nothing"));
}

#[test]
fn an_operator_replaces_single_files() {
    let directory = tempfile::tempdir().expect("directory");
    fs::create_dir(directory.path().join("en")).expect("made");
    fs::write(directory.path().join("en/session-reuse.txt"), "\u{feff}Subject: Hey {{ device }}\r\n\r\nOurs, {{ gateway }}\r\n")
        .expect("written");
    let templates = Templates::new(Some(directory.path()), &url()).expect("good");
    let mail = templates.write(&letter("en", "phone\nX: y")).expect("mail");
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("Hey phone X: y", "Ours, auth.example.org"));
    assert!(mail.html.is_some_and(|html| html.contains("used twice")));
    assert!(templates.write(&letter("ru", "x")).expect("mail").subject.contains("сеанс"));
}

#[test]
fn mistakes_name_file_line_and_mend() {
    let head = "Subject: x\n\n";
    for (path, text, said) in [
        ("en/session-reuse.txt", "Hello\n", "en/session-reuse.txt line 1: must be `Subject: ...`"),
        ("en/session-reuse.txt", "Subject: x\nHello\n", "en/session-reuse.txt line 2: must be empty"),
        (
            "ru/session-reuse.txt",
            &format!("{head}\n{{{{ devise }}}}\n"),
            "line 4: there is no variable devise; there are began, device, gateway",
        ),
        ("ru/session-reuse.html", "{% if false %}\n{{ x.y }}{% endif %}", "ru/session-reuse.html line 2: there is no variable x"),
        ("en/session-reuse.html", "a\n{{ device | nosuch }}", "en/session-reuse.html line 2"),
        ("en/session-reuse.html", "a\nb {% if %}", "en/session-reuse.html line 2: syntax error"),
        ("layout.html", "{{ contents }}", "layout.html line 1: there is no variable contents"),
        ("en/sesion-reuse.txt", head, "en/sesion-reuse.txt: no template has this name; there are layout.html"),
        ("de/session-reuse.txt", head, "de/session-reuse.txt: no template has this name"),
    ] {
        let told = mistakes(&[(path, text)]);
        assert!(told.starts_with("mail_templates_dir: ") && told.contains(said), "{said} is not in: {told}");
    }
    assert!(mistakes(&[("en/session-reuse.txt", "x"), ("layout.html", "{% x %}")]).contains("layout.html line 1"));
    assert!(Templates::new(Some(Path::new("/nowhere")), &url()).is_err());
}
