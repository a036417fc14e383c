//! A gateway of its own for every test: the real binary on a free port, with a throw-away directory.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write as _},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use tempfile::TempDir;

use crate::{
    database::{TestStore, on_postgres, test_store},
    patience::eventually,
    postgresql::Database,
    redis_server::RedisServer,
};

/// A file or directory that `cargo xtask test` makes and names by an environment variable.
pub fn made(variable: &str, default: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = std::env::vars().find(|(name, _)| name == variable).map_or_else(|| root.join(default), |(_, value)| PathBuf::from(value));
    path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}; run the suite with `cargo xtask test`", path.display()))
}

/// The gateway's binary.
pub fn binary() -> PathBuf {
    made("VESTIBULE_BIN", "target/debug/vestibule")
}

/// A shipped plugin.
pub fn plugin(name: &str) -> PathBuf {
    made("VESTIBULE_PLUGINS", "target/plugins").join(format!("{name}.wasm"))
}

/// A guest made for the tests.
pub fn guest(name: &str) -> PathBuf {
    made("VESTIBULE_TEST_PLUGINS", "target/test-plugins").join(format!("{name}.wasm"))
}

/// How a gateway is to be started.
pub struct Plan {
    dir: TempDir,
    database: Option<Arc<Database>>,
    redis: Option<Arc<RedisServer>>,
    settings: BTreeMap<String, String>,
}

impl Plan {
    /// An empty plugins directory, mails as files, and the default settings; compiled plugins are shared by all tests.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(dir.path().join("plugins")).expect("the plugins directory");
        let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-cache");
        // The gateway refuses one that others can look into.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&cache).expect("the shared cache");
        let cache = cache.canonicalize().expect("the shared cache");
        let path = |name: &str| dir.path().join(name).display().to_string();
        let settings = [
            ("LISTEN", "127.0.0.1:0".to_owned()),
            ("DATA_DIR", path("data")),
            ("PLUGINS_DIR", path("plugins")),
            ("MAIL_URL", format!("file:{}", path("mail"))),
            ("CACHE_DIR", cache.display().to_string()),
            ("SECRET_KEY", "5f".repeat(32)),
            // Tests share the machine with compilers.
            ("PASSWORD_QUEUE_DEADLINE", "60s".to_owned()),
            // Mails that no test asked for would stand in the way of those that one did.
            ("EMAIL_VERIFICATION", "off".to_owned()),
        ];
        let settings = settings.into_iter().map(|(key, value)| (format!("VESTIBULE_{key}"), value)).collect();
        let plan = Self { settings, dir, database: None, redis: None };
        match test_store() {
            TestStore::Sqlite => plan,
            TestStore::Postgres => plan.on(Database::like_template()),
            TestStore::Redis => plan.on_new_redis("database_url"),
            TestStore::SqliteAndRedis => plan.on_new_redis("sessions_url"),
            TestStore::PostgresAndRedis => plan.on(Database::like_template()).on_new_redis("sessions_url"),
        }
    }

    /// With a file as its database, also where the other tests run on PostgreSQL: for what concerns the file.
    pub fn on_file(mut self) -> Self {
        (self.database, self.redis) = (None, None);
        self.unset("database_url").unset("sessions_url")
    }

    /// With a database that nothing was done to yet.
    pub fn without_schema(self) -> Self {
        if on_postgres() { self.on(Database::empty()) } else { self }
    }

    /// With a database of its own on PostgreSQL.
    pub fn on(mut self, database: Database) -> Self {
        self = self.set("database_url", &database.url()).patient();
        self.database = Some(Arc::new(database));
        self
    }

    /// Tests share servers with each other, and the machine with compilers.
    fn patient(self) -> Self {
        self.set("database_wait", "10s")
    }

    /// With a Redis of its own as what the setting names.
    pub fn on_new_redis(self, setting: &str) -> Self {
        self.on_redis(setting, &Arc::new(RedisServer::start())).patient()
    }

    /// With a Redis as what the setting names.
    pub fn on_redis(mut self, setting: &str, server: &Arc<RedisServer>) -> Self {
        self = self.set(setting, &server.url());
        self.redis = Some(Arc::clone(server));
        self
    }

    /// What the gateway is told, or makes of nothing.
    pub fn database_url(&self) -> String {
        database_url(&self.settings, self.dir.path())
    }

    /// Where sessions are, if apart from accounts.
    pub fn sessions_url(&self) -> Option<String> {
        self.settings.get("VESTIBULE_SESSIONS_URL").cloned()
    }

    /// Sets a configuration key.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.insert(format!("VESTIBULE_{}", key.to_uppercase()), value.to_owned());
        self
    }

    /// Sets an environment variable as it is.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Unsets a configuration key that the plan sets.
    pub fn unset(mut self, key: &str) -> Self {
        self.settings.remove(&format!("VESTIBULE_{}", key.to_uppercase()));
        self
    }

    /// Puts a plugin into the directory, with the operator's file if there is one.
    pub fn plugin(self, name: &str, component: &Path, toml: Option<&str>) -> Self {
        install(&self.dir.path().join("plugins"), name, component, toml);
        self
    }

    /// The shipped `simple`.
    pub fn simple(self) -> Self {
        self.plugin("simple", &plugin("simple"), None)
    }

    /// The shipped `login`.
    pub fn login(self) -> Self {
        self.plugin("login", &plugin("login"), None)
    }

    /// A directory for the test's own files; goes with the gateway.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The binary with the plan's settings and nothing else of this process's `VESTIBULE_*`.
    pub fn command(&self, arguments: &[&str]) -> Command {
        command(&self.settings, self.dir.path(), arguments)
    }

    /// Starts the gateway and waits until it listens.
    pub fn start(self) -> App {
        let (child, base) = spawn(&self.settings, self.dir.path());
        App { child, base, settings: self.settings, dir: Arc::new(self.dir), database: self.database, redis: self.redis, http: client() }
    }
}

/// The tests speak plain http with this machine alone; `reqwest` asks for a TLS provider all the same, since the gateway
/// builds it without one.
fn client() -> reqwest::Client {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

fn database_url(settings: &BTreeMap<String, String>, dir: &Path) -> String {
    let file = || format!("sqlite://{}", dir.join("data/vestibule.db").display());
    settings.get("VESTIBULE_DATABASE_URL").cloned().unwrap_or_else(file)
}

fn command(settings: &BTreeMap<String, String>, dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(dir);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VESTIBULE_") || name == "APP_SETTINGS" {
            command.env_remove(name);
        }
    }
    command.envs(settings);
    command
}

fn spawn(settings: &BTreeMap<String, String>, dir: &Path) -> (Child, String) {
    let log = fs::OpenOptions::new().create(true).append(true).open(dir.join("log")).expect("the log");
    let mut child = command(settings, dir, &["serve"]).stdout(Stdio::piped()).stderr(log).spawn().expect("the gateway starts");
    let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
    let base = loop {
        match lines.next() {
            Some(Ok(line)) => {
                if let Some(address) = line.strip_prefix("listening on ") {
                    break address.to_owned();
                }
            }
            _ => panic!("the gateway did not start:\n{}", fs::read_to_string(dir.join("log")).unwrap_or_default()),
        }
    };
    // The pipe must be read on, or the gateway's console mails would block.
    let mut out = fs::OpenOptions::new().create(true).append(true).open(dir.join("out")).expect("the output");
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| writeln!(out, "{line}").expect("copied")));
    (child, base)
}

/// Writes aside and renames, as an operator does.
pub fn install(plugins: &Path, name: &str, component: &Path, toml: Option<&str>) {
    if let Some(toml) = toml {
        write(&plugins.join(format!("{name}.toml")), toml.as_bytes());
    }
    let bytes =
        fs::read(component).unwrap_or_else(|error| panic!("{}: {error}; run the suite with `cargo xtask test`", component.display()));
    write(&plugins.join(format!("{name}.wasm")), &bytes);
}

/// Writes aside and renames.
pub fn write(path: &Path, bytes: &[u8]) {
    let aside = path.with_extension("part");
    fs::write(&aside, bytes).expect("written aside");
    fs::rename(&aside, path).expect("renamed");
}

/// A running gateway. It ends with the value.
pub struct App {
    child: Child,
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub base: String,
    settings: BTreeMap<String, String>,
    dir: Arc<TempDir>,
    database: Option<Arc<Database>>,
    redis: Option<Arc<RedisServer>>,
    /// A client without any credentials.
    pub http: reqwest::Client,
}

impl App {
    /// A gateway with the shipped `simple`.
    pub fn simple() -> Self {
        Plan::new().simple().start()
    }

    /// Another gateway on the same store, plugins and mails.
    pub fn beside(&self) -> Self {
        let (child, base) = spawn(&self.settings, self.dir.path());
        let (database, redis) = (self.database.clone(), self.redis.clone());
        Self { child, base, settings: self.settings.clone(), dir: Arc::clone(&self.dir), database, redis, http: client() }
    }

    /// The whole address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The public address, as mails and pages name it, without a slash at the end.
    pub fn public_url(&self) -> String {
        self.settings.get("VESTIBULE_PUBLIC_URL").map_or("http://127.0.0.1:5000", String::as_str).trim_end_matches('/').to_owned()
    }

    /// The plugins directory.
    pub fn plugins(&self) -> PathBuf {
        self.dir.path().join("plugins")
    }

    /// Where the gateway keeps its data.
    pub fn database_url(&self) -> String {
        database_url(&self.settings, self.dir.path())
    }

    /// Where sessions are, if apart from accounts.
    pub fn sessions_url(&self) -> Option<String> {
        self.settings.get("VESTIBULE_SESSIONS_URL").cloned()
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Sets a configuration key for the next start.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.insert(format!("VESTIBULE_{}", key.to_uppercase()), value.to_owned());
    }

    /// Runs another command on the same configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        command(&self.settings, self.dir.path(), arguments)
    }

    /// Everything that was logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Everything that went to standard output after the line with the address.
    pub fn out(&self) -> String {
        fs::read_to_string(self.dir.path().join("out")).unwrap_or_default()
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("the gateway still runs");
    }

    /// Waits for the end of the process, which something else brought about.
    pub async fn ended(&mut self) -> std::process::ExitStatus {
        eventually("the end of the process", || self.child.try_wait().expect("a child")).await
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The mails that left so far, oldest first.
    pub fn mails(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.dir.path().join("mail")) else { return Vec::new() };
        let mut paths: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "eml")).collect();
        paths.sort();
        paths.iter().map(|path| fs::read_to_string(path).expect("a mail")).collect()
    }

    /// Waits for the `n`th mail.
    pub async fn mail(&self, n: usize) -> String {
        eventually("a mail", || self.mails().into_iter().nth(n - 1)).await
    }

    /// Ends the process at once and starts it again on the same directory.
    pub fn restart(&mut self) {
        self.child.kill().expect("ended");
        self.child.wait().expect("ended");
        (self.child, self.base) = spawn(&self.settings, self.dir.path());
    }
}

/// Another gateway on the data and with the settings of an [`App`]. It ends with the value.
pub struct Neighbour {
    child: Child,
    /// Where it listens.
    pub base: String,
}

impl App {
    /// Starts a second gateway beside this one.
    pub fn neighbour(&self) -> Neighbour {
        let (child, base) = spawn(&self.settings, self.dir.path());
        Neighbour { child, base }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        // As below.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // The process is ours and may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the gateway's log ---\n{}", self.log());
        }
    }
}
