//! `vestibule plugin check`: a file is taken, or refused with a reason that says how to mend it.

use std::{fs, os::unix::fs::symlink, path::PathBuf};

use sha2::Digest as _;

use super::{fails, succeeds};
use crate::app::{Plan, guest, plugin};

/// A folder for files to check; it is not the plugins directory.
struct Bench {
    plan: Plan,
    folder: PathBuf,
}

impl Bench {
    fn new(plan: Plan) -> Self {
        let folder = plan.path().join("bench");
        fs::create_dir(&folder).unwrap();
        Self { plan, folder }
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.folder.join(name), content).unwrap();
        self
    }

    /// The reason why a file is refused.
    #[track_caller]
    fn refused(&self, name: &str) -> String {
        let said = fails(&mut self.plan.command(&["plugin", "check", self.folder.join(name).to_str().unwrap()]));
        assert!(!self.plan.path().join("data/vestibule.db").exists(), "a check opens no database");
        let reason = said.lines().find_map(|line| line.strip_prefix("vestibule: refused: "));
        reason.unwrap_or_else(|| panic!("no reason in {said}")).to_owned()
    }
}

fn bytes(path: &std::path::Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn a_good_file_shows_its_card() {
    let bench = Bench::new(Plan::new()).with("hello.wasm", bytes(&guest("hello")));
    let card = succeeds(&mut bench.plan.command(&["plugin", "check", bench.folder.join("hello.wasm").to_str().unwrap()]));
    for part in [
        "hello.wasm would be live as type \"hello\"",
        "Hello 1.0.0: Greets you and your city.",
        "email, password, city, age",
        "keeps      city, age",
    ] {
        assert!(card.contains(part), "{part} is not in {card}");
    }
    let digest: Vec<_> = sha2::Sha256::digest(bytes(&guest("hello"))).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(card.contains(&format!("sha256     {}", digest.concat())), "{card}");
}

#[test]
fn a_file_is_found_in_the_working_directory() {
    let plan = Plan::new();
    fs::copy(plugin("simple"), plan.path().join("simple.wasm")).unwrap();
    assert!(succeeds(&mut plan.command(&["plugin", "check", "simple.wasm"])).contains("type \"simple\""));
}

#[test]
fn what_is_no_component_is_refused_by_name() {
    let bench = Bench::new(Plan::new())
        .with("elf.wasm", b"\x7fELF\x02\x01\x01\0\0\0\0\0")
        .with("wat.wasm", "(component)")
        .with("empty.wasm", "")
        .with("noise.wasm", [0x9b; 64])
        .with("module.wasm", b"\0asm\x01\0\0\0")
        .with("future.wasm", b"\0asm\x0e\0\x01\0")
        .with("bare.wasm", b"\0asm\x0d\0\x01\0")
        .with("half.wasm", &bytes(&plugin("simple"))[..4000]);
    for (file, reason) in [
        ("elf.wasm", "is compiled machine code (ELF)"),
        ("wat.wasm", "is text; only binary components are loaded"),
        ("empty.wasm", "is not a WebAssembly component"),
        ("noise.wasm", "is not a WebAssembly component"),
        ("module.wasm", "is a core module; build with --target wasm32-wasip2"),
        ("future.wasm", "is a component of another format version"),
        ("bare.wasm", "does not export vestibule:provider/provider"),
        ("half.wasm", "not a valid component"),
    ] {
        let said = bench.refused(file);
        assert!(said.contains(file) && said.contains(reason), "{file}: {said}");
    }
}

#[test]
fn rule29_what_is_no_plain_file_is_refused() {
    let bench = Bench::new(Plan::new().set("plugin_max_mib", "1")).with("Big Name.wasm", "").with("big.wasm", vec![0; 1024 * 1024 + 1]);
    fs::create_dir(bench.folder.join("folder.wasm")).unwrap();
    symlink(plugin("simple"), bench.folder.join("away.wasm")).unwrap();
    symlink("nowhere", bench.folder.join("dangling.wasm")).unwrap();
    for (file, reason) in [
        ("Big Name.wasm", "is not called NAME.wasm"),
        ("simple.cwasm", "is not called NAME.wasm"),
        ("absent.wasm", "there is no such file"),
        ("dangling.wasm", "there is no such file"),
        ("folder.wasm", "not a regular file"),
        ("away.wasm", "is a link that leads out"),
        ("big.wasm", "at most 1048576 are allowed"),
    ] {
        let said = bench.refused(file);
        assert!(said.contains(file) && said.contains(reason), "{file}: {said}");
    }
}

#[test]
fn g1_what_is_not_granted_is_named_with_the_line_to_write() {
    let bench =
        Bench::new(Plan::new()).with("facebook.wasm", bytes(&plugin("facebook"))).with("wasi-files.wasm", bytes(&guest("wasi-files")));
    let said = bench.refused("facebook.wasm");
    for part in ["facebook.toml", "hosts = [\"graph.facebook.com\"", "vouch = true", "app_id", "app_secret"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let said = bench.refused("wasi-files.wasm");
    assert!(said.contains("wasi:filesystem") && said.contains("which no provider gets"), "{said}");
}

#[test]
fn rule32_a_pin_that_does_not_fit_is_refused() {
    let pin = "00".repeat(32);
    let bench = Bench::new(Plan::new()).with("simple.wasm", bytes(&plugin("simple"))).with("simple.toml", format!("sha256 = \"{pin}\""));
    let said = bench.refused("simple.wasm");
    assert!(said.contains(&format!("simple.toml pins {pin}")), "{said}");
}

#[test]
fn rule32_a_missing_pin_is_refused_where_pins_are_demanded() {
    let bench = Bench::new(Plan::new().set("require_plugin_pins", "true")).with("simple.wasm", bytes(&plugin("simple")));
    let said = bench.refused("simple.wasm");
    assert!(said.contains("sha256") && said.contains("simple.toml"), "{said}");
}

#[test]
fn mistakes_of_the_operator_are_named_with_their_line() {
    let good = bytes(&plugin("simple"));
    for (toml, part) in [
        ("enabled = true\nenabeld = true", "simple.toml line 2"),
        ("signup = \"yes\"", "simple.toml line 1"),
        ("\n\n[limits]\ncpu_ms = -1", "simple.toml line 4"),
        ("hosts = [\"http://example.org\"]", "simple.toml line 1"),
        ("[secrets]\nkey = { env = \"SURELY_NOT_SET\" }", "SURELY_NOT_SET"),
        ("= ", "simple.toml line 1"),
    ] {
        let said = Bench::new(Plan::new()).with("simple.wasm", &good).with("simple.toml", toml).refused("simple.wasm");
        assert!(said.contains(part), "{toml:?}: {said}");
    }
}

#[test]
fn g5_a_component_that_cannot_describe_itself_is_refused() {
    let bench = Bench::new(Plan::new())
        .with("describe-loop.wasm", bytes(&guest("describe-loop")))
        .with("describe-bomb.wasm", bytes(&guest("describe-bomb")));
    let said = bench.refused("describe-loop.wasm");
    assert!(said.contains("cannot describe itself: it went beyond its limit"), "{said}");
    let said = bench.refused("describe-bomb.wasm");
    assert!(said.contains("describe-bomb.wasm") && said.len() < 1000 && !said.contains('\u{1b}') && !said.contains("<script"), "{said}");
}
