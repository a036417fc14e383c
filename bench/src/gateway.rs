//! The real gateway, in a directory of its own, with the settings of production as far as loopback allows.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::wire::{Connection, Request};

/// What a server prints in front of its address once it is there.
pub(crate) const LISTENING: &str = "listening on http://";
/// Good enough for the policy.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A server in a process of its own, ended with the value.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Waits until it says where it listens.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().display().to_string();
        let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| program.clone())?;
        let mut lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        let Some(address) = lines.by_ref().map_while(Result::ok).find_map(|line| line.strip_prefix(LISTENING).map(ToOwned::to_owned))
        else {
            child.wait()?;
            bail!("{program} did not start; its messages are above or in its log");
        };
        // Mails go to the same pipe, which must not fill up.
        thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address: address.parse()? })
    }

    /// One that says nothing of where it listens: asks for a connection until there is one.
    pub(crate) fn start_at(command: &mut Command, address: SocketAddr) -> Result<Self> {
        let program = command.get_program().display().to_string();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().with_context(|| program.clone())?;
        let server = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(20), "{program} does not listen at {address}; its messages are above");
            thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where `cargo xtask bench` says that something is, or where it puts it.
fn made(variable: &str, default: &str) -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(default);
    env::var_os(variable).map_or_else(default, PathBuf::from)
}

/// A shipped plugin.
pub(crate) fn plugin(name: &str) -> PathBuf {
    made("VESTIBULE_PLUGINS", "plugins").join(format!("{name}.wasm"))
}

/// A plugin of the tests.
pub(crate) fn guest(name: &str) -> PathBuf {
    made("VESTIBULE_TEST_PLUGINS", "test-plugins").join(format!("{name}.wasm"))
}

/// The directory of a gateway: it can be started there again and again, also several times at once where the store allows it.
pub(crate) struct Site {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
}

impl Site {
    pub(crate) fn new() -> Result<Self> {
        let site = Self { folder: tempfile::tempdir()?, settings: Vec::new() };
        fs::create_dir(site.plugins())?;
        Ok(site)
    }

    /// One with the three plugins that ship.
    pub(crate) fn shipped() -> Result<Self> {
        let site = Self::new()?;
        site.enable("simple", &plugin("simple"), "")?;
        site.enable("email-code", &plugin("email-code"), "vouch = true\nmail = true\n")?;
        let facebook = "vouch = true\nhosts = [\"graph.facebook.com\", \"limited.facebook.com\"]\n[settings]\napp_id = \"1\"\n\
                        [secrets]\napp_secret = { env = \"FACEBOOK_APP_SECRET\", hosts = [\"graph.facebook.com\"] }\n";
        site.enable("facebook", &plugin("facebook"), facebook)?;
        Ok(site)
    }

    pub(crate) fn plugins(&self) -> PathBuf {
        self.folder.path().join("plugins")
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.path().join("data/cache")
    }

    /// Puts a plugin there, and the operator's file, if it is not empty.
    pub(crate) fn enable(&self, name: &str, component: &Path, settings: &str) -> Result<()> {
        if !settings.is_empty() {
            fs::write(self.plugins().join(format!("{name}.toml")), settings)?;
        }
        fs::copy(component, self.plugins().join(format!("{name}.wasm"))).with_context(|| component.display().to_string())?;
        Ok(())
    }

    /// With settings, as variables of the environment.
    pub(crate) fn with(mut self, settings: Vec<(&'static str, String)>) -> Self {
        self.settings = settings;
        self
    }

    /// Writes `vestibule.toml`.
    pub(crate) fn configure(&self, text: &str) -> Result<()> {
        Ok(fs::write(self.folder.path().join("vestibule.toml"), text)?)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("data/vestibule.db")
    }

    /// Makes an administrator with [`PASSWORD`], and the database if there is none.
    pub(crate) fn set_admin(&self, email: &str) -> Result<()> {
        let output = self.command()?.args(["set-admin", email, PASSWORD]).stdout(Stdio::null()).status()?;
        ensure!(output.success(), "set-admin: {}", fs::read_to_string(self.folder.path().join("log")).unwrap_or_default());
        Ok(())
    }

    /// Starts the gateway and waits until it listens. It logs as production does, to a file.
    pub(crate) fn start(&self) -> Result<Server> {
        let mut command = self.command()?;
        Server::start(command.arg("serve")).with_context(|| fs::read_to_string(self.folder.path().join("log")).unwrap_or_default())
    }

    /// The program in this place.
    fn command(&self) -> Result<Command> {
        let log = fs::File::create(self.folder.path().join("log"))?;
        let program = made("VESTIBULE_BIN", "release/vestibule");
        let mut command = Command::new(&program);
        command.current_dir(self.folder.path()).stderr(log);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VESTIBULE_") || name == "APP_SETTINGS") {
            command.env_remove(name);
        }
        command.env("VESTIBULE_LISTEN", "127.0.0.1:0").env("VESTIBULE_PLUGINS_DIR", self.plugins()).env("VESTIBULE_LOG_FORMAT", "json");
        command.env("FACEBOOK_APP_SECRET", "0123456789abcdef");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }
}

/// The body of a sign-up or sign-in by `simple` of somebody with a number.
pub(crate) fn credentials(number: usize) -> Value {
    json!({ "type": "simple", "email": format!("user{number}@example.org"), "password": PASSWORD })
}

/// Signs somebody up; returns the access token.
pub(crate) async fn sign_up(address: SocketAddr, number: usize) -> Result<String> {
    Ok(sign_up_pair(address, number).await?.0)
}

/// Signs somebody up; returns the access token and the refresh token.
pub(crate) async fn sign_up_pair(address: SocketAddr, number: usize) -> Result<(String, String)> {
    let mut connection = Connection::open(address).await?;
    connection.send(&Request::post("/auth/signup", &credentials(number))).await?;
    let answer: Value = serde_json::from_slice(connection.body())?;
    let token = |name: &str| answer[name].as_str().map(ToOwned::to_owned).context("a sign-up without a token");
    Ok((token("access_token")?, token("refresh_token")?))
}

/// Asks over and over until the body of the answer passes; gives up after half a minute.
pub(crate) async fn until(address: SocketAddr, path: &str, passes: impl Fn(&Value) -> bool) -> Result<()> {
    let request = Request::get(path, None);
    let mut connection = Connection::open(address).await?;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        connection.send(&request).await?;
        if passes(&serde_json::from_slice(connection.body())?) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    bail!("{path} did not become what it should: {}", String::from_utf8_lossy(connection.body()))
}
