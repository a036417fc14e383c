//! Lua scripts that run on the server, each of them one atomic step, and their arguments.

use std::sync::OnceLock;

use redis::{Cmd, FromRedisValue, ServerErrorKind, Value};
use sha1::{Digest as _, Sha1};

use super::{
    RedisStore,
    error::unexpected,
    link::{Failure, Patience},
};
use crate::{
    model::{IdentityId, MailId, SessionId, Timestamp, UserId},
    store::Result,
};

/// A script. Redis keeps it under its SHA-1, and forgets it at a restart; then it is sent again.
pub(super) struct Script {
    text: &'static str,
    sha: OnceLock<String>,
}

impl Script {
    pub(super) const fn new(text: &'static str) -> Self {
        Self { text, sha: OnceLock::new() }
    }

    fn sha(&self) -> &str {
        self.sha.get_or_init(|| format!("{:x}", Sha1::digest(self.text)))
    }
}

/// A script from files in `lua/`, put together in their order; `args` always comes first.
macro_rules! script {
    ($($file:literal),+) => {{
        static SCRIPT: $crate::store::redis::script::Script = $crate::store::redis::script::Script::new(concat!(
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/redis/lua/args.lua")),
            $(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/redis/lua/", $file, ".lua")),)+
        ));
        &SCRIPT
    }};
}
pub(super) use script;

/// Arguments, in the order in which the script reads them.
#[derive(Default)]
pub(super) struct Args(Vec<Vec<u8>>);

impl Args {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// One value: `arg()` in the script.
    pub(super) fn one(mut self, value: impl Bytes) -> Self {
        self.0.push(value.bytes());
        self
    }

    /// Any number of values: `list()` in the script.
    pub(super) fn list<T: Bytes>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        let place = self.0.len();
        self.0.push(Vec::new());
        self.0.extend(values.into_iter().map(Bytes::bytes));
        self.0[place] = (self.0.len() - place - 1).bytes();
        self
    }

    /// A value or none: `maybe()` in the script.
    pub(super) fn maybe<T: Bytes>(self, value: Option<T>) -> Self {
        self.list(value)
    }

    /// Names and values of a hash: `list()` in the script.
    pub(super) fn pairs(self, pairs: Pairs) -> Self {
        self.list(pairs.0)
    }
}

/// Names and values of a hash; what is not there has no name.
#[derive(Default)]
pub(super) struct Pairs(Vec<Vec<u8>>);

impl Pairs {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn put(mut self, name: impl Bytes, value: impl Bytes) -> Self {
        self.0.extend([name.bytes(), value.bytes()]);
        self
    }

    pub(super) fn put_if<T: Bytes>(self, name: impl Bytes, value: Option<T>) -> Self {
        match value {
            Some(value) => self.put(name, value),
            None => self,
        }
    }
}

/// What can be an argument.
pub(super) trait Bytes {
    fn bytes(self) -> Vec<u8>;
}

macro_rules! bytes {
    ($($type:ty: $value:ident => $bytes:expr;)*) => {
        $(impl Bytes for $type {
            fn bytes(self) -> Vec<u8> {
                let $value = self;
                $bytes
            }
        })*
    };
}

bytes! {
    &str: text => text.as_bytes().to_vec();
    String: text => text.into_bytes();
    &String: text => text.as_bytes().to_vec();
    &[u8]: bytes => bytes.to_vec();
    Vec<u8>: bytes => bytes;
    &Vec<u8>: bytes => bytes.clone();
    i64: number => number.to_string().into_bytes();
    u32: number => number.to_string().into_bytes();
    u64: number => number.to_string().into_bytes();
    usize: number => number.to_string().into_bytes();
    bool: flag => vec![if flag { b'1' } else { b'0' }];
    Timestamp: at => at.0.bytes();
    UserId: id => id.0.bytes();
    IdentityId: id => id.0.bytes();
    SessionId: id => id.0.bytes();
    MailId: id => id.0.bytes();
}

impl RedisStore {
    /// Runs a script on the keys that begin with `prefix`.
    pub(super) async fn run<T: FromRedisValue>(&self, script: &Script, prefix: &str, args: Args) -> Result<T> {
        self.run_patiently(script, prefix, args, Patience::Short).await
    }

    pub(super) async fn run_patiently<T: FromRedisValue>(
        &self,
        script: &Script,
        prefix: &str,
        args: Args,
        patience: Patience,
    ) -> Result<T> {
        let command = |name: &str, script: &str| {
            let mut command = redis::cmd(name);
            command.arg(script).arg(1).arg(prefix).arg(&args.0);
            command
        };
        let value = match self.link.call(&command("EVALSHA", script.sha()), patience).await {
            Err(Failure::Answer(error)) if error.kind() == ServerErrorKind::NoScript.into() => {
                self.link.call(&command("EVAL", script.text), patience).await?
            }
            other => other?,
        };
        decode(value)
    }

    /// Sends one command without a key to every node of a cluster that takes writes; a single Redis is one.
    pub(super) async fn on_each_node<T: FromRedisValue>(&self, command: &Cmd) -> Result<Vec<T>> {
        match self.link.call(command, Patience::Short).await? {
            Value::Map(nodes) => nodes.into_iter().map(|(_, value)| decode(value)).collect(),
            value => Ok(vec![decode(value)?]),
        }
    }

    /// Sends one command.
    pub(super) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        decode(self.link.call(command, Patience::Short).await?)
    }

    /// Sends one command that may take long.
    pub(super) async fn command_patiently<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        decode(self.link.call(command, Patience::Long).await?)
    }
}

fn decode<T: FromRedisValue>(value: Value) -> Result<T> {
    redis::from_redis_value(value).map_err(unexpected)
}
