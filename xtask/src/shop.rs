//! `run --with-shop`: the example service beside the gateway, with test data, gone when the gateway is.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    Error, Workspace,
    program::{self, cargo},
};

const ASKED_FOR: &str = "--with-shop";
/// The route that leads to it.
const CONFIGURATION: &str = "examples/shop/vestibule.toml";
/// Most that it takes to listen.
const PATIENCE: Duration = Duration::from_secs(10);
const GO_ON: &str = "Is its port free? `cargo run -p shop -- serve` starts it alone.";

/// Starts it if the arguments ask for it, and leaves in them what the gateway is to be told.
pub(crate) fn start(workspace: &mut Workspace) -> Result<(), Error> {
    if !taken(&mut workspace.arguments) {
        return Ok(());
    }
    program::run(cargo(workspace).args(["build", "--workspace", "--bin", "shop"]), "The compiler's message above says what is wrong.")?;
    let program = workspace.target.join("debug/shop");
    let shop = |argument: &str| {
        let mut command = Command::new(&program);
        command.arg(argument).current_dir(&workspace.root).stdout(Stdio::null());
        command
    };
    program::run(&mut shop("seed"), "Its database is data/shop.db; remove it to begin anew.")?;
    // xtask becomes the gateway; the kernel ends the shop when that ends, however it does.
    let mut serve = Command::new("setpriv");
    serve.args(["--pdeathsig", "TERM"]).arg(&program).arg("serve").current_dir(&workspace.root).stdout(Stdio::null());
    serve.spawn().map_err(|source| program::unstarted(&serve, source, "setpriv comes with util-linux."))?;
    let begun = Instant::now();
    while !shop("health").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        if begun.elapsed() > PATIENCE {
            return program::run(&mut shop("health"), GO_ON);
        }
        sleep(Duration::from_millis(50));
    }
    let file = workspace.root.join("vestibule.toml");
    if names_configuration(&workspace.arguments) || file.is_file() {
        eprintln!("  the shop is at http://127.0.0.1:5001; the gateway leads there if your configuration has the route of {CONFIGURATION}");
    } else {
        workspace.arguments.extend(["--config".into(), PathBuf::from(CONFIGURATION).into_os_string()]);
        eprintln!("  the shop will be at http://127.0.0.1:5000/shop/docs");
    }
    Ok(())
}

/// Whether it was there; it is not any more.
fn taken(arguments: &mut Vec<OsString>) -> bool {
    let before = arguments.len();
    arguments.retain(|argument| argument != ASKED_FOR);
    arguments.len() < before
}

fn names_configuration(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .filter_map(|argument| OsStr::to_str(argument))
        .any(|argument| ["-c", "--config"].contains(&argument) || argument.starts_with("--config="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_gateway_does_not_see_it() {
        let mut arguments = words("--with-shop --config mine.toml");
        assert!(taken(&mut arguments) && arguments == words("--config mine.toml"));
        assert!(!taken(&mut arguments));
    }

    #[test]
    fn somebodys_own_configuration_is_left_alone() {
        for line in ["--config mine.toml", "--config=mine.toml", "-c mine.toml"] {
            assert!(names_configuration(&words(line)), "{line}");
        }
        assert!(!names_configuration(&words("serve --help")));
    }

    #[test]
    fn its_route_is_written() {
        let text = std::fs::read_to_string(Workspace::new(Vec::new()).root.join(CONFIGURATION)).unwrap();
        assert!(text.contains("[[routes]]") && text.contains("upstream = \"http://127.0.0.1:5001\""), "{text}");
    }
}
