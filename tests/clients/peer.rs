//! A program of another language that is asked line by line, and what every verifier has to stand up to.

use std::{path::Path, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::{
    app::{App, Plan},
    auth::jwt,
    patience::until,
    port,
};

/// A running program. It ends with the value.
pub struct Peer {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts it; it says `ready` first.
    pub async fn start(program: &Path, script: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut peer = Self { _child: child, input, output: BufReader::new(output).lines() };
        assert_eq!(peer.answer().await, "ready");
        peer
    }

    async fn answer(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_mins(1), self.output.next_line()).await.expect("an answer in time");
        let line = line.unwrap().expect("it did not end; its words are above");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Sends one line of JSON, and gives what comes back.
    pub async fn ask(&mut self, question: &Value) -> Value {
        self.input.write_all(format!("{question}\n").as_bytes()).await.unwrap();
        self.answer().await
    }

    async fn verifies(&mut self, token: &str) -> Value {
        let answer = self.ask(&json!({ "do": "verify", "token": token })).await;
        assert!(answer["result"].is_object(), "{answer}");
        answer["result"].clone()
    }

    async fn refuses(&mut self, token: &str, error: &str) {
        let answer = self.ask(&json!({ "do": "verify", "token": token })).await;
        assert_eq!(answer["error"], error, "{answer}");
    }
}

/// A plan whose public address is the one where it listens, so that discovery leads back to it.
pub fn public(plan: Plan) -> Plan {
    let port = port::free();
    plan.set("listen", &format!("127.0.0.1:{port}")).set("public_url", &format!("http://127.0.0.1:{port}"))
}

/// How a library calls what is wrong.
pub struct Names {
    pub signature: &'static str,
    pub key: &'static str,
    pub algorithm: &'static str,
    pub kind: &'static str,
    pub audience: &'static str,
    pub expired: &'static str,
}

/// Good tokens are taken, and whatever is wrong with one is found.
pub async fn verifier_holds(app: &App, peer: &mut Peer, stranger: &mut Peer, names: &Names) {
    let ann = app.user("ann@example.org").await;
    let claims = peer.verifies(&ann.access).await;
    assert_eq!((&claims["user_id"], &claims["sub"], &claims["roles"]), (&json!(ann.id), &json!(ann.id.to_string()), &json!([])));
    stranger.refuses(&ann.access, names.audience).await;

    let parts: Vec<&str> = ann.access.split('.').collect();
    let mut risen = jwt::claims(&ann.access);
    risen["roles"] = json!(["admin"]);
    peer.refuses(&format!("{}.{}.{}", parts[0], jwt::encode(&risen), parts[2]), names.signature).await;
    let mut header = jwt::header(&ann.access);
    header["alg"] = json!("none");
    peer.refuses(&format!("{}.{}.", jwt::encode(&header), parts[1]), names.algorithm).await;
    peer.refuses(&jwt::foreign("unknown", "at+jwt", &risen), names.key).await;
    peer.refuses(&ann.refresh, names.kind).await;

    let left = u64::try_from(risen["exp"].as_i64().unwrap()).unwrap().saturating_sub(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs());
    assert!(left <= 10, "the test is to wait for its end");
    tokio::time::sleep(Duration::from_secs(left + 1)).await;
    peer.refuses(&ann.access, names.expired).await;
}

/// A verifier that runs on takes tokens by the old key and by the new one.
pub async fn survives_rotation(app: &App, peer: &mut Peer) {
    let ann = app.user("ann@example.org").await;
    peer.verifies(&ann.access).await;
    let made = app.command(&["keys", "rotate", "--after", "0s"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let old = jwt::kid(&ann.access);
    let again = async || Some(app.signin("ann@example.org").await).filter(|again| jwt::kid(&again.access) != old);
    let new = until("the new key's signature", again).await;
    // Libraries do not ask for keys more often than once a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(peer.verifies(&new.access).await["user_id"], json!(ann.id));
    assert_eq!(peer.verifies(&ann.access).await["user_id"], json!(ann.id), "by the old key");
}
