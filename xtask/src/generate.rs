//! Files that are written by programs and checked in: by the gateway the OpenAPI document with every shipped provider live and
//! the manual of the configuration; by `postman`, out of the documents of gateway and shop, the Postman collection.

use std::{env, fs, path::Path, process::Command};

use crate::{
    Error, Step, Workspace, build,
    place::{self, Placed},
    program,
};

pub(crate) const FILES: Step = Step { title: "generating files", work: files };
pub(crate) const CHECK: Step = Step { title: "checking that generated files are up to date", work: check };

/// A file, and who prints it.
struct Generated {
    path: &'static str,
    printer: Printer,
}

enum Printer {
    /// A command of the gateway.
    Gateway(&'static str),
    Postman,
}

const GENERATED: &[Generated] = &[
    Generated { path: "openapi/vestibule.json", printer: Printer::Gateway("openapi") },
    Generated { path: "docs/configuration.md", printer: Printer::Gateway("configuration-manual") },
    Generated { path: "openapi/vestibule.postman_collection.json", printer: Printer::Postman },
];

fn files(workspace: &mut Workspace) -> Result<(), Error> {
    match workspace.arguments.as_slice() {
        [] => write(workspace),
        [only] if only == "--check" => check(workspace),
        _ => Err(Error::Usage("`cargo xtask gen` takes nothing but --check".to_owned())),
    }
}

fn write(workspace: &Workspace) -> Result<(), Error> {
    stage(workspace)?;
    for generated in GENERATED {
        let fresh = fresh(workspace, generated)?;
        let placed = place::file(&workspace.root.join(generated.path), &fresh)?;
        eprintln!("  {}: {}", generated.path, if placed == Placed::Kept { "up to date" } else { "written" });
    }
    Ok(())
}

fn check(workspace: &mut Workspace) -> Result<(), Error> {
    stage(workspace)?;
    let mut stale = Vec::new();
    for generated in GENERATED {
        let kept = fs::read(workspace.root.join(generated.path)).unwrap_or_default();
        let difference = difference(&kept, &fresh(workspace, generated)?);
        stale.extend(difference.map(|difference| format!("{}: {difference}", generated.path)));
    }
    if stale.is_empty() { Ok(()) } else { Err(Error::Stale(stale)) }
}

/// A directory with every shipped plugin enabled: `openapi/grants/NAME.toml` where it is there, else what operators get.
fn stage(workspace: &Workspace) -> Result<(), Error> {
    let directory = workspace.target.join("plugins-for-docs");
    for guest in build::SHIPPED {
        let settings = format!("{}.toml", guest.output);
        let ours = workspace.root.join("openapi/grants").join(&settings);
        let operators = workspace.root.join("plugins").join(guest.output).join(&settings);
        place::copy(if ours.exists() { &ours } else { &operators }, &directory.join(&settings))?;
        let component = format!("{}.wasm", guest.output);
        place::copy(&workspace.plugins().join(&component), &directory.join(&component))?;
    }
    Ok(())
}

fn fresh(workspace: &Workspace, generated: &Generated) -> Result<Vec<u8>, Error> {
    let folder = workspace.target.join("docs");
    fs::create_dir_all(&folder).map_err(place::failed("make", &folder))?;
    match generated.printer {
        Printer::Gateway(command) => gateway(workspace, &folder, command),
        Printer::Postman => postman(workspace, &folder),
    }
}

/// From the documents as they are now, not as they are checked in.
fn postman(workspace: &Workspace, folder: &Path) -> Result<Vec<u8>, Error> {
    let (ours, shops) = (folder.join("gateway.json"), folder.join("shop.json"));
    place::file(&ours, &gateway(workspace, folder, "openapi")?)?;
    let document = program::read(Command::new(workspace.program("shop")).arg("openapi"), "The shop's message above says why.")?;
    place::file(&shops, &document)?;
    let mut postman = Command::new(workspace.program("postman"));
    postman.arg(workspace.root.join("openapi/postman/requests.json"));
    postman.arg(format!("gateway={}", ours.display())).arg(format!("shop={}", shops.display()));
    program::read(&mut postman, "Correct openapi/postman/requests.json, which says which requests there are.")
}

/// What the gateway prints, in a folder of its own and without the caller's settings: the same on every machine.
fn gateway(workspace: &Workspace, folder: &Path, command: &str) -> Result<Vec<u8>, Error> {
    let mut gateway = Command::new(workspace.gateway("debug"));
    gateway.arg(command).current_dir(folder);
    for (name, _) in env::vars_os() {
        if name == "APP_SETTINGS" || name.to_str().is_some_and(|name| name.starts_with("VESTIBULE_")) {
            gateway.env_remove(name);
        }
    }
    gateway.env("VESTIBULE_PLUGINS_DIR", workspace.target.join("plugins-for-docs"));
    gateway.env("VESTIBULE_DATA_DIR", folder.join("data"));
    // What openapi/grants/ names where a provider wants a secret.
    gateway.env("EXAMPLE_SECRET", "not a secret");
    let mut text = program::read(&mut gateway, "The gateway's message above says why it cannot print it.")?;
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    Ok(text)
}

/// Where two texts part, for people; `None` if they do not.
fn difference(kept: &[u8], fresh: &[u8]) -> Option<String> {
    if kept == fresh {
        return None;
    }
    if kept.is_empty() {
        return Some("is missing".to_owned());
    }
    let (kept, fresh) = (String::from_utf8_lossy(kept), String::from_utf8_lossy(fresh));
    let (mut ours, mut theirs) = (kept.lines(), fresh.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (ours.next(), theirs.next()) {
            (None, None) => return Some("differs in its line endings".to_owned()),
            (ours, theirs) if ours != theirs => {
                let show = |line: Option<&str>| line.map_or_else(|| "nothing".to_owned(), |line| format!("`{}`", clipped(line)));
                return Some(format!("line {number} is {} and should be {}", show(ours), show(theirs)));
            }
            _ => {}
        }
    }
}

fn clipped(line: &str) -> String {
    line.trim().chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_shown() {
        assert_eq!(difference(b"a\nb\n", b"a\nb\n"), None);
        assert_eq!(difference(b"", b"a\n").unwrap(), "is missing");
        assert_eq!(difference(b"a\nb\n", b"a\n  c\n").unwrap(), "line 2 is `b` and should be `c`");
        assert_eq!(difference(b"a\n", b"a\nb\n").unwrap(), "line 2 is nothing and should be `b`");
        assert_eq!(difference(b"a\r\n", b"a\n").unwrap(), "differs in its line endings");
    }
}
