//! The Dockerfile, the files it copies, and nginx's configuration.

use std::{collections::BTreeSet, fs};

use super::{nginx, repository, text};

/// The value of a directive of nginx, without the semicolon.
#[track_caller]
pub fn directive<'a>(configuration: &'a str, name: &str) -> &'a str {
    let mut lines = configuration.lines().filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix(' '));
    lines.next().unwrap_or_else(|| panic!("no {name}")).split(';').next().unwrap().trim()
}

/// `40s` or `1m`, in seconds.
#[track_caller]
pub fn duration_of(text: &str) -> u64 {
    text.strip_suffix('m').map_or_else(|| seconds(text), |minutes| minutes.parse::<u64>().expect(text) * 60)
}

/// `40s`.
#[track_caller]
pub fn seconds(text: &str) -> u64 {
    text.strip_suffix('s').and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text} is no number of seconds"))
}

/// The lines of each stage, with continued lines joined, under the stage's name.
fn stages() -> Vec<(String, Vec<String>)> {
    let joined = text("Dockerfile").replace("\\\n", " ");
    let mut stages: Vec<(String, Vec<String>)> = Vec::new();
    for line in joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(from) = line.strip_prefix("FROM ") {
            stages.push((from.split_once(" AS ").expect("every stage has a name").1.to_owned(), Vec::new()));
        }
        stages.last_mut().expect("FROM comes first").1.push(line.to_owned());
    }
    stages
}

#[test]
fn e10_what_the_image_copies_is_there() {
    let stages = stages();
    let ignored = text(".dockerignore");
    for (name, lines) in &stages {
        for copy in lines.iter().filter_map(|line| line.strip_prefix("COPY ")) {
            let words: Vec<&str> = copy.split_whitespace().filter(|word| !word.starts_with("--chown")).collect();
            match words[0].strip_prefix("--from=") {
                Some(stage) => {
                    let (_, made) = stages.iter().find(|(name, _)| name == stage).unwrap_or_else(|| panic!("{name}: no stage {stage}"));
                    assert!(
                        made.iter().any(|line| line.starts_with("RUN ") && line.contains(words[1])),
                        "{name}: {} is not made",
                        words[1]
                    );
                }
                None => assert!(words[0] == "." || ignored.contains(&format!("!{}\n", words[0])), "{name}: {} does not reach it", words[0]),
            }
        }
    }
    for line in ignored.lines().filter_map(|line| line.strip_prefix('!')) {
        assert!(repository(line).exists(), "{line} of .dockerignore");
    }
    for secret in [".env", "data", "plugins-enabled", "target", ".git"] {
        assert!(!ignored.lines().any(|line| line == format!("!{secret}")), "{secret} would be sent to the builder");
    }
}

/// Cargo does not begin without the manifest of every member, and what they include must be there.
#[test]
fn e10_the_whole_workspace_reaches_the_image() {
    let ignored = text(".dockerignore");
    let manifest = text("Cargo.toml");
    let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    for member in members.split(',').map(|member| member.trim().trim_matches('"')).filter(|member| !member.is_empty()) {
        let top = member.split('/').next().unwrap();
        let reaches = |path: &str| ignored.contains(&format!("!{path}\n"));
        assert!(reaches(top) || reaches(member), "{member} does not reach the builder");
    }
    let toolchain = text("rust-toolchain.toml");
    let channel = toolchain.split("channel = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(text("Dockerfile").contains(&format!("FROM rust:{channel}-")), "the image builds with {channel} as everybody does");
}

/// The image takes each folder of `plugins/` but the library: these are the ones that ship.
#[test]
fn e10_the_image_has_the_plugins_that_ship() {
    let built: BTreeSet<String> = fs::read_dir(repository("plugins"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "sdk")
        .collect();
    let xtask = text("xtask/src/build.rs");
    let list = xtask.split("const SHIPPED:").nth(1).unwrap().split("];").next().unwrap();
    let shipped: BTreeSet<String> = list.split("plain(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    assert_eq!(built, shipped);
}

#[test]
fn images_run_as_nobody_in_particular_and_say_how_they_are() {
    for (name, lines) in stages().into_iter().filter(|(name, _)| ["gateway", "shop"].contains(&name.as_str())) {
        let line =
            |start: &str| lines.iter().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{name} has no {start}")).clone();
        assert_eq!(line("USER "), "USER 65532:65532");
        assert_eq!(line("STOPSIGNAL "), "STOPSIGNAL SIGTERM");
        assert_eq!(line("VOLUME "), "VOLUME /data");
        let program = line("ENTRYPOINT ").split('"').nth(1).unwrap().to_owned();
        assert!(line("HEALTHCHECK ").contains(&format!("CMD [\"{program}\", \"health\"]")));
        assert!(lines.iter().any(|line| line.starts_with("COPY ") && line.ends_with(&format!(" {program}"))), "{program}");
        let port = line("EXPOSE ").replace("EXPOSE ", ":");
        assert!(line("ENV ").contains(&port), "{name} listens elsewhere");
    }
    assert_eq!(stages().last().unwrap().0, "gateway", "the default is the gateway");
}

#[test]
#[cfg_attr(not(nginx), ignore = "needs nginx")]
fn nginx_takes_the_file() {
    let said = nginx::test(&nginx::laid_out(["127.0.0.1:1", "127.0.0.1:2"], 8080));
    assert!(said.contains("test is successful") && !said.contains("[warn]") && !said.contains("[emerg]"), "{said}");
}
