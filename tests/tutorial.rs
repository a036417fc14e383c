//! `docs/tutorial.md`, run as it stands: its commands in its order, in one shell, and its answers compared with ours.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use rustix::process::geteuid;
use tempfile::TempDir;

/// Between the outputs of two blocks.
const MARK: &str = "=== end of a block ===";

/// Commands, and what the page says that they print.
struct Block {
    commands: String,
    answer: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// The fenced blocks of the page: `sh` for commands, `json` for what the one before it prints.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind {
            "sh" => blocks.push(Block { commands: text.join("\n"), answer: None }),
            "json" => blocks.last_mut().expect("commands before an answer").answer = Some(text.join("\n")),
            other => panic!("a block of {other:?} is neither commands nor their answer"),
        }
    }
    blocks
}

/// White space counts for nothing, and `…` stands for anything.
fn says(output: &str, answer: &str) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let (output, answer) = (bare(output), bare(answer));
    let Some((first, rest)) = answer.split_once('…') else { return output == answer };
    let (middle, last) = rest.rsplit_once('…').map_or((None, rest), |(middle, last)| (Some(middle), last));
    let between = output.strip_prefix(first).and_then(|output| output.strip_suffix(last));
    let Some(mut between) = between else { return false };
    middle.into_iter().flat_map(|middle| middle.split('…')).all(|piece| match between.split_once(piece) {
        Some((_, behind)) => {
            between = behind;
            true
        }
        None => false,
    })
}

#[test]
fn an_answer_is_compared_with_what_may_differ_left_out() {
    assert!(says("{\"id\": 1,\n \"token\": \"abc\"}", "{\"id\":1,\"token\":\"…\"}"));
    assert!(says("{\"id\":1,\"profile\":{},\"roles\":[]}", "{\"id\":1,…}"));
    assert!(says("{\"id\":1}", "{…}") && says("{\"a\":1,\"b\":2}", "{…\"b\":2…}"));
    assert!(!says("{\"id\":2}", "{\"id\":1}") && !says("{\"id\":1}]", "{\"id\":1}") && !says("", "{…}"));
}

/// Starts what the first block starts, in the background, and does the rest once it is there.
fn script(blocks: &[Block]) -> String {
    let (start, rest) = blocks.split_first().expect("the page has commands");
    assert_eq!(start.commands, "cargo xtask run --with-shop");
    let mut script = format!("{} > \"$PLACE/log\" 2>&1 &\n", start.commands);
    script += "tries=0\nuntil curl --silent --fail --output /dev/null http://127.0.0.1:5000/health/ready; do\n\
               tries=$((tries + 1)); [ $tries -lt 1200 ] || exit 9\nsleep 0.1\ndone\n";
    // The shop has been there before the gateway, and asks for its keys once a second until it gets them.
    script += "sleep 1.5\n";
    let rest: Vec<String> = rest.iter().map(|block| format!("{}\necho; echo '{MARK}'\n", block.commands)).collect();
    script + &rest.concat()
}

/// In a network of its own, so that the addresses of the page are free whatever else runs here; where the system does not allow that,
/// in this one.
fn shell() -> Command {
    let mut options = vec!["--net", "--pid", "--fork", "--kill-child"];
    if !geteuid().is_root() {
        options.push("--map-root-user");
    }
    let alone = |command: &str| {
        let mut shell = Command::new("unshare");
        shell.args(&options).args(["sh", "-c", command]);
        shell
    };
    if alone("ip link set lo up").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return alone("ip link set lo up; . \"$PLACE/script\"; exit 0");
    }
    let mut shell = Command::new("setsid");
    shell.args(["--wait", "sh", "-c", "trap 'kill 0' EXIT; . \"$PLACE/script\"; exit 0"]);
    shell
}

fn run(blocks: &[Block]) -> (Output, String) {
    let place = TempDir::new().expect("a directory");
    fs::write(place.path().join("script"), script(blocks)).expect("the script");
    let path = |name: &str| place.path().join(name);
    let mut shell = shell();
    // What this process was told must not reach the gateway; and what the gateway keeps must not reach the developer's.
    for (name, _) in std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        ["VESTIBULE_", "SHOP_", "CARGO_PKG_", "CARGO_MANIFEST_", "NEXTEST"].iter().any(|prefix| name.starts_with(prefix))
    }) {
        shell.env_remove(name);
    }
    shell.env("PLACE", place.path()).env("VESTIBULE_DATA_DIR", path("data")).env("VESTIBULE_PLUGINS_DIR", path("plugins"));
    shell.env("SHOP_DATABASE_URL", format!("sqlite://{}", path("shop.db").display()));
    let output = shell.current_dir(root()).stdin(Stdio::null()).output().expect("a shell");
    let log = fs::read_to_string(path("log")).unwrap_or_default();
    (output, log)
}

#[test]
fn c7_the_tutorial_is_true() {
    let blocks = blocks(&fs::read_to_string(root().join("docs/tutorial.md")).expect("the page"));
    let (output, log) = run(&blocks);
    let (printed, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let outputs: Vec<&str> = printed.split(MARK).collect();
    assert_eq!(outputs.len(), blocks.len(), "it stopped:\n{printed}\n{complaints}\n{log}");
    assert!(blocks.iter().filter(|block| block.answer.is_some()).count() > 10, "the page says almost nothing");
    for (block, output) in blocks[1..].iter().zip(outputs) {
        if let Some(answer) = &block.answer {
            assert!(says(output, answer), "{}\nprints\n{output}\nand the page says\n{answer}\n{log}", block.commands);
        }
    }
    assert_eq!(complaints.trim(), "", "{log}");
}
