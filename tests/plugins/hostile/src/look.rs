//! Looks around for what is not its own, and reports what it saw.

use vestibule_plugin::{Input, Value, identities, kv};

use crate::{Answer, Attacks, report};

pub(crate) const ATTACKS: Attacks = &[
    ("read_password", read_password),
    ("environment", environment),
    ("foreign_data", foreign_data),
    ("own_data", own_data),
    ("kept_data", kept_data),
];

/// A password must arrive as a placeholder.
fn read_password(input: &Input) -> Answer {
    Err(match input.get("password") {
        Some(Value::Withheld) => report(&["the password is withheld"]),
        Some(Value::Text(password)) => report(&["the password is ", password]),
        Some(Value::Integer(_) | Value::Boolean(_)) => report(&["the password is no text"]),
        None => report(&["there is no password"]),
    })
}

fn environment(_input: &Input) -> Answer {
    let variables: Vec<_> = std::env::vars().map(|(name, _)| name).collect();
    let arguments: Vec<_> = std::env::args().collect();
    let mut typed = String::new();
    let read = std::io::stdin().read_line(&mut typed).unwrap_or(0);
    Err(report(&[
        "variables: ",
        &variables.join(" "),
        "; arguments: ",
        &arguments.join(" "),
        "; bytes of standard input: ",
        &read.to_string(),
    ]))
}

/// Names that would reach other namespaces if they were put together carelessly.
fn foreign_data(input: &Input) -> Answer {
    let email = input.text("email")?;
    let names = ["", "../", "simple:", "simple/", "../simple/", "simple\u{0}", "email-code:", "%", "*", "' OR 1=1 --"];
    let mut seen = Vec::new();
    for prefix in names {
        let name = [prefix, email].concat();
        if identities::find(&name).is_some() {
            seen.push(["identity ", &name].concat());
        }
        // A key with control characters ends the call: `kv_control` tries that.
        if name.contains(char::is_control) {
            continue;
        }
        if kv::get(&name).is_some() || kv::take(&name).is_some() {
            seen.push(["key ", &name].concat());
        }
    }
    Err(report(&["saw: ", &seen.join(", ")]))
}

/// What it put there itself it finds again, once.
fn own_data(_input: &Input) -> Answer {
    let before = kv::get("own").is_some();
    kv::put("own", b"mine", 60);
    let (first, second) = (kv::take("own").is_some(), kv::take("own").is_some());
    Err(report(&["before ", &before.to_string(), ", first ", &first.to_string(), ", second ", &second.to_string()]))
}

/// Leaves something behind for whoever comes next.
fn kept_data(_input: &Input) -> Answer {
    let before = kv::get("kept").is_some();
    kv::put("kept", b"x", 60);
    Err(report(&["before ", &before.to_string(), ", count ", &kv::increment("kept_count", 1, 60).to_string()]))
}
