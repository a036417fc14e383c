use std::{os::unix::fs::symlink, sync::Mutex, time::Instant};

use tempfile::TempDir;
use tokio::sync::Notify;

use super::*;
use crate::{
    clock::SystemClock,
    provider::generation::{Candidate, ChangeKind, DisabledBy, LoadRefused},
};

/// What follows the component's header is an instruction to this loader; otherwise it is what is live.
#[derive(Default)]
struct FakeLoader {
    gate: Notify,
    loads: Mutex<Vec<String>>,
}

#[async_trait]
impl Loader for FakeLoader {
    type Live = String;

    async fn load(&self, candidate: &Candidate) -> Result<String, LoadRefused> {
        self.loads.lock().unwrap().push(candidate.type_name.clone());
        match &candidate.bytes[8..] {
            b"slow" => self.gate.notified().await,
            b"broken" => return Err(LoadRefused(format!("{} is broken", candidate.component))),
            b"panic" => panic!("as asked"),
            _ => {}
        }
        Ok(String::from_utf8(candidate.bytes[8..].to_vec()).unwrap())
    }
}

#[derive(Default)]
struct FakeSwitches(Mutex<Option<Vec<Switch>>>);

impl FakeSwitches {
    fn set(&self, provider: &str, enabled: bool) {
        *self.0.lock().unwrap() = Some(vec![Switch { provider: provider.to_owned(), enabled }]);
    }
}

#[async_trait]
impl SwitchSource for FakeSwitches {
    async fn switches(&self) -> Option<Vec<Switch>> {
        self.0.lock().unwrap().clone()
    }
}

struct House {
    place: TempDir,
    aside: TempDir,
    loader: Arc<FakeLoader>,
    switches: Arc<FakeSwitches>,
    directory: Directory<String>,
    changes: mpsc::UnboundedReceiver<Change>,
}

type Live = Generation<String>;

impl House {
    fn new() -> Self {
        Self::with(false, Some(Vec::new()))
    }

    fn with(require_pins: bool, switches: Option<Vec<Switch>>) -> Self {
        let (place, aside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let loader = Arc::<FakeLoader>::default();
        let switches = Arc::new(FakeSwitches(Mutex::new(switches)));
        let (sender, changes) = mpsc::unbounded_channel();
        let options = DirectoryOptions {
            path: place.path().join("plugins-enabled"),
            require_pins,
            allow_loopback: true,
            largest_component: 1024,
            variable: Arc::new(|_| None),
        };
        let parts = DirectoryParts {
            loader: Arc::clone(&loader),
            switches: Arc::clone(&switches) as Arc<dyn SwitchSource>,
            clock: Arc::new(SystemClock),
            changes: sender,
        };
        let directory = Directory::start(options, parts).unwrap();
        Self { place, aside, loader, switches, directory, changes }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join("plugins-enabled").join(name)
    }

    /// Written aside and renamed, as an operator should.
    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let aside = self.aside.path().join(name);
        std::fs::write(&aside, content).unwrap();
        std::fs::rename(aside, self.path(name)).unwrap();
    }

    fn put_component(&self, name: &str, content: &str) {
        self.put(name, component(content));
    }

    fn kinds(&mut self) -> Vec<(ChangeKind, String)> {
        std::iter::from_fn(|| self.changes.try_recv().ok()).map(|change| (change.kind, change.type_name)).collect()
    }

    /// Without asking for it: by the watcher alone.
    async fn until(&self, told: impl Fn(&Live) -> bool) -> Arc<Live> {
        let begin = Instant::now();
        loop {
            let now = self.directory.current();
            if told(&now) {
                return now;
            }
            assert!(begin.elapsed() < Duration::from_mins(1), "still {now:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn component(content: &str) -> Vec<u8> {
    [b"\0asm\x0d\x00\x01\x00", content.as_bytes()].concat()
}

fn digest(content: &str) -> String {
    use sha2::{Digest, Sha256};
    crate::provider::file::hex(&Sha256::digest(component(content)))
}

fn lives(generation: &Live, name: &str) -> Option<String> {
    generation.live.get(name).map(|entry| entry.live.clone())
}

fn reason(generation: &Live, name: &str) -> (String, bool) {
    let refused = generation.refused.iter().find(|refused| refused.type_name == name);
    refused.map(|refused| (refused.reason.clone(), refused.kept)).unwrap()
}

#[tokio::test]
async fn g1_added_replaced_and_removed_while_it_watches() {
    let mut house = House::new();
    house.directory.reload().await;
    house.put_component("simple.wasm", "one");
    let first = house.until(|now| lives(now, "simple").as_deref() == Some("one")).await;
    assert_eq!(first.live["simple"].digest, digest("one"));
    assert!(!first.live["simple"].grants.vouch);
    house.put_component("simple.wasm", "two");
    let second = house.until(|now| lives(now, "simple").as_deref() == Some("two")).await;
    assert!(second.number > first.number && lives(&first, "simple").as_deref() == Some("one"));
    std::fs::remove_file(house.path("simple.wasm")).unwrap();
    house.until(|now| now.live.is_empty() && now.refused.is_empty()).await;
    let of = |kind| (kind, "simple".to_owned());
    assert_eq!(house.kinds(), [of(ChangeKind::Loaded), of(ChangeKind::Replaced), of(ChangeKind::Removed)]);
}

#[tokio::test]
async fn a_broken_replacement_keeps_the_old_and_harms_nobody_else() {
    let mut house = House::new();
    house.put_component("simple.wasm", "one");
    house.put_component("other.wasm", "one");
    house.directory.reload().await;
    for (content, expected) in [
        (component("broken"), "simple.wasm is broken"),
        (b"\0asm\x01\0\0\0".to_vec(), "simple.wasm is a core module; build with --target wasm32-wasip2"),
        (component("panic"), "failed inside the gateway"),
        (vec![b'x'; 2000], "simple.wasm has 2000 bytes; at most 1024 are allowed"),
    ] {
        house.put("simple.wasm", content);
        let now = house.directory.reload().await;
        let (reason, kept) = reason(&now, "simple");
        assert!(reason.contains(expected) && kept, "{reason}");
        assert_eq!((lives(&now, "simple"), lives(&now, "other")), (Some("one".to_owned()), Some("one".to_owned())));
    }
    house.kinds();
    house.put_component("simple.wasm", "one");
    let now = house.directory.reload().await;
    assert!(now.refused.is_empty() && house.kinds().is_empty(), "the same as before is no change");
}

#[tokio::test]
async fn the_operators_file_grants_disables_and_names_the_component() {
    let mut house = House::new();
    house.put_component("oidc.wasm", "oidc");
    house.put("google.toml", "component = \"oidc.wasm\"\nvouch = true");
    house.put("apple.toml", "component = \"oidc.wasm\"\nenabled = false");
    house.put("lost.toml", "");
    let now = house.directory.reload().await;
    assert_eq!(now.live.keys().collect::<Vec<_>>(), ["google", "oidc"]);
    assert!(now.live["google"].grants.vouch && !now.live["oidc"].grants.vouch);
    assert_eq!(now.disabled.get("apple"), Some(&DisabledBy::File));
    assert!(reason(&now, "lost").0.starts_with("lost.wasm, which is to serve lost, is not there"));
    house.kinds();

    house.put("google.toml", "component = \"oidc.wasm\"\nvouch = tru");
    let now = house.directory.reload().await;
    let (why, kept) = reason(&now, "google");
    assert!(why.starts_with("google.toml line 2: not TOML") && kept && now.live["google"].grants.vouch, "{why}");
    house.put("google.toml", "component = \"oidc.wasm\"\nvouch = false");
    house.put("apple.toml", "component = \"oidc.wasm\"");
    let now = house.directory.reload().await;
    assert!(!now.live["google"].grants.vouch && now.live.contains_key("apple"));
    let of = |kind, name: &str| (kind, name.to_owned());
    let mut kinds = house.kinds();
    // The watcher may wake between the two writes: which of the two files comes first is not promised.
    kinds[1..].sort_by(|(_, one), (_, other)| one.cmp(other));
    assert_eq!(kinds, [of(ChangeKind::Refused, "google"), of(ChangeKind::Enabled, "apple"), of(ChangeKind::Replaced, "google")]);
}

#[tokio::test]
async fn a_half_written_file_is_waited_for() {
    let house = House::new();
    house.put_component("simple.wasm", "one");
    house.directory.reload().await;
    let whole = component("two");
    for end in [4, 9, whole.len()] {
        std::fs::write(house.path("simple.wasm"), &whole[..end]).unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
        let now = house.directory.current();
        assert_eq!((lives(&now, "simple").as_deref(), now.refused.len()), (Some("one"), 0), "after {end} bytes");
    }
    let now = house.directory.reload().await;
    assert_eq!(lives(&now, "simple").as_deref(), Some("two"));
}

#[tokio::test]
async fn a_switch_disables_and_enables_without_loading_again() {
    let house = House::new();
    house.put_component("simple.wasm", "one");
    house.directory.reload().await;
    house.switches.set("simple", false);
    let now = house.directory.apply_switches().await;
    assert_eq!((now.live.len(), now.disabled.get("simple")), (0, Some(&DisabledBy::Switch)));
    house.switches.set("simple", true);
    // Another gateway's switch is noticed without being told.
    house.until(|now| now.live.contains_key("simple")).await;
    *house.switches.0.lock().unwrap() = None;
    let now = house.directory.apply_switches().await;
    assert!(now.live.contains_key("simple"), "the last known switches stay in force");
    assert_eq!(house.loader.loads.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn nothing_is_live_before_the_switches_are_known() {
    let house = House::with(false, None);
    house.put_component("simple.wasm", "one");
    let now = house.directory.reload().await;
    assert_eq!((now.live.len(), now.disabled.get("simple")), (0, Some(&DisabledBy::Switch)));
    house.switches.set("other", false);
    assert!(house.directory.apply_switches().await.live.contains_key("simple"));
}

#[tokio::test]
async fn pins_are_the_commit_point_of_an_upgrade() {
    let house = House::with(true, Some(Vec::new()));
    house.put_component("facebook.wasm", "one");
    let now = house.directory.reload().await;
    assert!(reason(&now, "facebook").0.contains(&format!("add sha256 = \"{}\"", digest("one"))));
    house.put("facebook.toml", format!("sha256 = \"{}\"", digest("one")));
    house.directory.reload().await;
    house.put_component("facebook.wasm", "two");
    let now = house.directory.reload().await;
    let expected = format!("sha256 is {}, facebook.toml pins {}: previous version kept", digest("two"), digest("one"));
    assert_eq!(reason(&now, "facebook"), (expected, true));
    assert_eq!(lives(&now, "facebook").as_deref(), Some("one"));
    house.put("facebook.toml", format!("sha256 = \"{}\"", digest("two")));
    assert_eq!(lives(&*house.directory.reload().await, "facebook").as_deref(), Some("two"));
}

#[tokio::test]
async fn strange_files_are_refused_or_ignored() {
    let house = House::new();
    house.directory.reload().await;
    std::fs::write(house.aside.path().join("x.wasm"), component("x")).unwrap();
    symlink(house.aside.path().join("x.wasm"), house.path("out.wasm")).unwrap();
    symlink("nowhere", house.path("dangling.wasm")).unwrap();
    std::fs::create_dir(house.path("dir.wasm")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, house.path("fifo.wasm"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    for name in ["Upper.wasm", "under_score.toml", "a.cwasm", ".hidden.wasm", "README.md", "b.wasm.tmp"] {
        house.put_component(name, "x");
    }
    let now = house.directory.reload().await;
    assert!(now.live.is_empty());
    let refused: Vec<_> = now.refused.iter().map(|refused| (refused.type_name.as_str(), refused.reason.as_str())).collect();
    for (name, part) in [
        ("out", "leads out of the plugins directory"),
        ("dangling", "is not there"),
        ("dir", "is a directory"),
        ("fifo", "is a FIFO"),
        ("Upper", "not named like a provider"),
        ("under_score", "not named like a provider"),
    ] {
        assert!(refused.iter().any(|(found, reason)| *found == name && reason.contains(part)), "{name}: {refused:?}");
    }
    assert_eq!(refused.len(), 6, "{refused:?}");
}

#[tokio::test]
async fn a_slow_load_holds_nobody_back() {
    let house = House::new();
    house.put_component("snail.wasm", "slow");
    house.until(|_| !house.loader.loads.lock().unwrap().is_empty()).await;
    house.put_component("simple.wasm", "one");
    house.until(|now| now.live.contains_key("simple")).await;
    house.switches.set("simple", false);
    assert!(house.directory.apply_switches().await.live.is_empty());
    // The slow one still loads.
    house.loader.gate.notify_one();
    assert!(house.directory.reload().await.live.contains_key("snail"));
}

#[tokio::test]
async fn a_load_is_called_off_when_its_file_changes() {
    let house = House::new();
    house.put_component("simple.wasm", "slow");
    house.until(|_| !house.loader.loads.lock().unwrap().is_empty()).await;
    house.put_component("simple.wasm", "two");
    let now = house.directory.reload().await;
    assert_eq!((lives(&now, "simple").as_deref(), now.refused.len()), (Some("two"), 0));
}

#[tokio::test]
async fn a_secret_file_that_changes_changes_the_grants() {
    let house = House::new();
    house.put_component("simple.wasm", "one");
    house.put("simple.toml", "[secrets]\nkey = { file = \"key.txt\" }");
    let now = house.directory.reload().await;
    assert!(reason(&now, "simple").0.contains("key.txt"));
    house.put("key.txt", "first\n");
    let now = house.until(|now| now.live.contains_key("simple")).await;
    assert_eq!(now.live["simple"].grants.secrets["key"].value.expose(), "first");
    house.put("key.txt", "second\n");
    house.until(|now| now.live["simple"].grants.secrets["key"].value.expose() == "second").await;
}

#[tokio::test]
async fn concurrent_reloads_load_once_and_all_see_the_result() {
    let house = House::new();
    house.put_component("simple.wasm", "one");
    let asked = (0..20).map(|_| house.directory.reload());
    for now in futures_util::future::join_all(asked).await {
        assert!(now.live.contains_key("simple"));
    }
    assert_eq!(house.loader.loads.lock().unwrap().len(), 1);
    let numbers = house.directory.subscribe();
    assert_eq!(*numbers.borrow(), house.directory.current().number);
}

#[tokio::test]
async fn a_refused_file_is_tried_again_when_asked_and_a_lost_directory_is_made_again() {
    let house = House::new();
    house.put_component("simple.wasm", "broken");
    house.directory.reload().await;
    house.directory.reload().await;
    assert_eq!(house.loader.loads.lock().unwrap().len(), 2);
    std::fs::remove_dir_all(house.place.path().join("plugins-enabled")).unwrap();
    let now = house.directory.reload().await;
    assert!(now.refused.is_empty());
    house.put_component("simple.wasm", "one");
    house.until(|now| now.live.contains_key("simple")).await;
}
