//! Building the gateway and the components, shipped ones and those that only tests use.

use std::path::{Path, PathBuf};

use crate::{
    Error, Step, Workspace, machine,
    place::{self, Placed},
    program::{self, cargo},
};

pub(crate) const GATEWAY: Step = Step { title: "building the gateway", work: gateway };
pub(crate) const RELEASE: Step = Step { title: "building the gateway for release", work: release };
pub(crate) const WRITERS: Step = Step { title: "building what writes the Postman collection", work: writers };
pub(crate) const PLUGINS: Step = Step { title: "building the shipped plugins", work: plugins };
pub(crate) const TEST_GUESTS: Step = Step { title: "building the plugins of the tests", work: test_guests };

/// A crate that becomes a component.
pub(crate) struct Guest {
    package: &'static str,
    /// Beside its default features.
    features: &'static [&'static str],
    default_features: bool,
    /// The file's name without `.wasm`; for a shipped one also its provider type and its folder in `plugins/`.
    pub(crate) output: &'static str,
}

impl Guest {
    const fn plain(name: &'static str) -> Self {
        Self { package: name, features: &[], default_features: true, output: name }
    }
}

/// The providers that come with the gateway.
pub(crate) const SHIPPED: &[Guest] =
    &[Guest::plain("simple"), Guest::plain("login"), Guest::plain("facebook"), Guest::plain("email-code"), Guest::plain("totp")];

/// Components of `tests/plugins/`. One crate may give several, by its features.
const TESTS: &[Guest] = &[
    Guest::plain("hello"),
    Guest { package: "hello", features: &["v2"], default_features: true, output: "hello-v2" },
    Guest::plain("hostile"),
    Guest { package: "hostile", features: &[], default_features: false, output: "hostile-plain" },
    Guest::plain("describe-loop"),
    Guest::plain("describe-bomb"),
    Guest::plain("wasi-files"),
    Guest::plain("false-factor"),
    Guest::plain("elsewhere"),
];

const GO_ON: &str = "The compiler's message above says what is wrong.";

/// With the shop, which the tests put behind it. With the features that the whole workspace asks for, although only these are built: the tests then need no second
/// build of its dependencies.
fn gateway(workspace: &mut Workspace) -> Result<(), Error> {
    program::run(cargo(workspace).args(["build", "--workspace", "--bin", "vestibule", "--bin", "shop"]), GO_ON)?;
    workspace.tell("VESTIBULE_BIN", workspace.gateway("debug"));
    workspace.tell("VESTIBULE_SHOP", workspace.gateway("debug").with_file_name("shop"));
    Ok(())
}

/// The shop prints its document. With the features of the whole workspace, as above.
fn writers(workspace: &mut Workspace) -> Result<(), Error> {
    program::run(cargo(workspace).args(["build", "--workspace", "--bin", "shop", "--bin", "postman"]), GO_ON)
}

fn release(workspace: &mut Workspace) -> Result<(), Error> {
    program::run(cargo(workspace).args(["build", "--release", "--package", "vestibule", "--bin", "vestibule"]), GO_ON)?;
    workspace.tell("VESTIBULE_BIN", workspace.gateway("release"));
    Ok(())
}

fn plugins(workspace: &mut Workspace) -> Result<(), Error> {
    let folder = workspace.plugins();
    components(workspace, SHIPPED, &folder)?;
    workspace.tell("VESTIBULE_PLUGINS", folder);
    Ok(())
}

fn test_guests(workspace: &mut Workspace) -> Result<(), Error> {
    let folder = workspace.test_plugins();
    components(workspace, TESTS, &folder)?;
    workspace.tell("VESTIBULE_TEST_PLUGINS", folder);
    Ok(())
}

/// Builds the guests and copies each to `folder/OUTPUT.wasm`: those of equal features in one go, and copied before the next
/// go, because all variants of a crate come out under one name.
fn components(workspace: &Workspace, guests: &[Guest], folder: &Path) -> Result<(), Error> {
    for batch in batches(guests) {
        let mut build = cargo(workspace);
        build.args(["build", "--profile", "plugin", "--target", machine::WASM]);
        for guest in &batch {
            build.args(["--package", guest.package]);
            if !guest.default_features {
                build.arg("--no-default-features");
            }
            for feature in guest.features {
                build.args(["--features", &format!("{}/{feature}", guest.package)]);
            }
        }
        program::run(&mut build, GO_ON)?;
        for guest in batch {
            let path = folder.join(format!("{}.wasm", guest.output));
            if place::copy(&artifact(&workspace.target, guest), &path)? != Placed::Kept {
                eprintln!("  {}", path.strip_prefix(&workspace.root).unwrap_or(&path).display());
            }
        }
    }
    Ok(())
}

/// Guests that one call of Cargo can build together: all without features, and each with features alone.
fn batches(guests: &[Guest]) -> Vec<Vec<&Guest>> {
    let (plain, special): (Vec<_>, Vec<_>) = guests.iter().partition(|guest| guest.features.is_empty() && guest.default_features);
    let plain = if plain.is_empty() { Vec::new() } else { vec![plain] };
    plain.into_iter().chain(special.into_iter().map(|guest| vec![guest])).collect()
}

/// Where Cargo leaves the component.
fn artifact(target: &Path, guest: &Guest) -> PathBuf {
    target.join(machine::WASM).join("plugin").join(format!("{}.wasm", guest.package.replace('-', "_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_one_crate_are_never_built_together() {
        let names: Vec<Vec<_>> = batches(TESTS).into_iter().map(|batch| batch.into_iter().map(|guest| guest.output).collect()).collect();
        assert_eq!(
            names,
            [
                vec!["hello", "hostile", "describe-loop", "describe-bomb", "wasi-files", "false-factor", "elsewhere"],
                vec!["hello-v2"],
                vec!["hostile-plain"]
            ]
        );
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn every_guest_of_the_tests_is_built() {
        let folders = Workspace::new(Vec::new()).root.join("tests/plugins").read_dir().unwrap();
        let folders = folders.map(|entry| entry.unwrap().path()).filter(|path| path.join("Cargo.toml").is_file());
        let mut written: Vec<_> = folders.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        let mut built: Vec<_> = TESTS.iter().map(|guest| guest.package).collect();
        written.sort_unstable();
        built.sort_unstable();
        built.dedup();
        assert_eq!(written, built);
    }

    #[test]
    fn outputs_are_named_once() {
        let mut names: Vec<_> = SHIPPED.iter().chain(TESTS).map(|guest| guest.output).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }

    #[test]
    fn cargo_writes_underscores() {
        assert_eq!(artifact(Path::new("t"), &Guest::plain("email-code")), Path::new("t/wasm32-wasip2/plugin/email_code.wasm"));
    }

    #[test]
    fn every_shipped_plugin_brings_its_operator_file() {
        let root = Workspace::new(Vec::new()).root;
        for guest in SHIPPED {
            let path = root.join("plugins").join(guest.output).join(format!("{}.toml", guest.output));
            assert!(path.is_file(), "{} is missing", path.display());
        }
    }
}
