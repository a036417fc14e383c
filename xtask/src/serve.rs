//! `run`: the shipped plugins into the directory of the gateway, then the gateway in place of xtask.

use std::{
    env,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Error, Step, Workspace, build,
    place::{self, Placed},
    program, shop,
};

pub(crate) const ENABLE: Step = Step { title: "putting the shipped plugins into the plugins directory", work: enable };
pub(crate) const SERVE: Step = Step { title: "starting the gateway", work: serve };

fn enable(workspace: &mut Workspace) -> Result<(), Error> {
    let directory = directory(workspace);
    for guest in build::SHIPPED {
        let source = workspace.root.join("plugins").join(guest.output);
        shelve(guest.output, &source, &workspace.plugins(), &directory)?;
    }
    Ok(())
}

/// `VESTIBULE_PLUGINS_DIR`, as the gateway reads it, or `plugins-enabled`.
fn directory(workspace: &Workspace) -> PathBuf {
    workspace.root.join(env::var_os("VESTIBULE_PLUGINS_DIR").unwrap_or_else(|| "plugins-enabled".into()))
}

/// Puts one plugin there. What the operator wrote in `NAME.toml` stays; where there is none, ours comes first, so that a
/// gateway that is watching never sees the component without it.
fn shelve(name: &str, source: &Path, built: &Path, directory: &Path) -> Result<(), Error> {
    let settings = format!("{name}.toml");
    if !directory.join(&settings).exists() {
        place::copy(&source.join(&settings), &directory.join(&settings))?;
    }
    let component = format!("{name}.wasm");
    match place::copy(&built.join(&component), &directory.join(&component))? {
        Placed::Kept => {}
        Placed::Added => eprintln!("  {name}: added"),
        Placed::Replaced => eprintln!("  {name}: replaced by the one just built"),
    }
    Ok(())
}

/// Only returns if that fails: signals, exit code and terminal are the gateway's from here on.
fn serve(workspace: &mut Workspace) -> Result<(), Error> {
    shop::start(workspace)?;
    let mut gateway = Command::new(workspace.gateway("debug"));
    gateway.arg("serve").args(&workspace.arguments).current_dir(&workspace.root);
    let source = gateway.exec();
    Err(program::unstarted(&gateway, source, "It was built a moment ago; try `cargo xtask run` again."))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_operators_word_is_kept_and_the_component_renewed() {
        let folder = env::temp_dir().join(format!("vestibule-xtask-serve-{}", std::process::id()));
        let [source, built, directory] = ["source", "built", "enabled"].map(|name| folder.join(name));
        place::file(&source.join("simple.toml"), b"signup = true\n").unwrap();
        place::file(&built.join("simple.wasm"), b"version 1").unwrap();

        shelve("simple", &source, &built, &directory).unwrap();
        assert_eq!(fs::read(directory.join("simple.toml")).unwrap(), b"signup = true\n");

        fs::write(directory.join("simple.toml"), "signup = false\n").unwrap();
        fs::write(built.join("simple.wasm"), "version 2").unwrap();
        shelve("simple", &source, &built, &directory).unwrap();
        assert_eq!(fs::read(directory.join("simple.toml")).unwrap(), b"signup = false\n");
        assert_eq!(fs::read(directory.join("simple.wasm")).unwrap(), b"version 2");
        fs::remove_dir_all(folder).unwrap();
    }
}
