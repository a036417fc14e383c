//! A shop of its own for every test: the real binary on a free port, beside a stand-in for the gateway.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    customer::{Answer, Customer, read},
    database::Database,
    gateway::Gateway,
};

/// Two shops. The first has ten of book 1 at 10.00, five of book 2 at 2.50 and none of book 3; the second has book 3 alone.
const STOCK: &str = "
    INSERT INTO books (id, isbn, title, author) VALUES
        (1, '9799999900010', 'The Blue Lantern', 'Ilsa Quist'), (2, '9799999900027', 'A Ferry for November', 'Tobin Varga'),
        (3, '9799999900034', 'Sunday without a Key', 'Maren Brandt'), (4, '9799999900041', 'The Hollow Kite', 'Aino Teller');
    INSERT INTO shops (id, name, city, currency) VALUES (1, 'Corner', 'Quillhaven', 'EUR'), (2, 'Harbour', 'Brackwater', 'GBP');
    INSERT INTO stock (shop_id, book_id, price_cents, quantity) VALUES (1, 1, 1000, 10), (1, 2, 250, 5), (1, 3, 700, 0), (2, 3, 600, 8);
    UPDATE sequences SET value = 100 WHERE name IN ('books', 'shops');
";

/// A running shop.
pub(crate) struct Place {
    pub(crate) base: String,
    pub(crate) database: Database,
    pub(crate) gateway: Gateway,
    pub(crate) http: reqwest::Client,
    settings: BTreeMap<&'static str, String>,
    directory: TempDir,
    child: Child,
}

impl Place {
    /// With two shops in it.
    pub(crate) async fn furnished(database: Database) -> Self {
        let place = Self::empty(database).await;
        place.database.run(STOCK).await.unwrap();
        place
    }

    /// With an empty database.
    pub(crate) async fn empty(database: Database) -> Self {
        Self::with(database, &[]).await
    }

    /// With other settings.
    pub(crate) async fn with(database: Database, other: &[(&'static str, &str)]) -> Self {
        let gateway = Gateway::start().await;
        let directory = tempfile::tempdir().unwrap();
        let own = [
            ("SHOP_LISTEN", "127.0.0.1:0".to_owned()),
            ("SHOP_DATABASE_URL", database.url()),
            ("SHOP_GATEWAY", gateway.base.clone()),
            ("SHOP_LOG", "info".to_owned()),
        ];
        let settings = own.into_iter().chain(other.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect();
        let (child, base) = spawn(&settings, &directory);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { base, database, gateway, http, settings, directory, child }
    }

    /// The same shop again, after a sudden end.
    pub(crate) fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        (self.child, self.base) = spawn(&self.settings, &self.directory);
    }

    /// Another command on the same settings; gives what it wrote.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let output = command(&self.settings, arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Somebody whom the gateway has signed in.
    pub(crate) fn customer(&self, user: i64) -> Customer<'_> {
        Customer { place: self, user }
    }

    /// Gets without any word of the gateway.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.http.get(format!("{}{path}", self.base)).send().await.unwrap()).await
    }

    /// Gets with this text as the gateway's word.
    pub(crate) async fn get_with(&self, path: &str, token: &str) -> Answer {
        read(self.http.get(format!("{}{path}", self.base)).header("X-Auth-Identity", token).send().await.unwrap()).await
    }

    /// Everything that was logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Ends the shop as an operator would; whether it ended well.
    pub(crate) fn stop(&mut self) -> bool {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // The process is ours and may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the shop's log ---\n{}", self.log());
        }
    }
}

fn command(settings: &BTreeMap<&'static str, String>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
    command.args(arguments).env_clear().envs(settings).stdin(Stdio::null());
    command
}

/// Starts the binary and waits until it listens.
fn spawn(settings: &BTreeMap<&'static str, String>, directory: &TempDir) -> (Child, String) {
    let log = fs::OpenOptions::new().create(true).append(true).open(directory.path().join("log")).unwrap();
    let mut child = command(settings, &["serve"]).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let log = || fs::read_to_string(directory.path().join("log")).unwrap_or_default();
    let base = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("it did not start: {}", log())).to_owned();
    (child, base)
}

/// Tries until it is so, for twenty seconds.
pub(crate) async fn eventually(what: &str, mut probe: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !probe().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what} did not come");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
