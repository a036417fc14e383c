//! A call of `simple` in its sandbox, with everything that surrounds it but the hash, against a bare instance of the same
//! component: what the house adds to what WebAssembly costs.

use std::{collections::BTreeMap, fs, sync::Arc, time::Instant};

use anyhow::{Context as _, Result, anyhow};
use async_trait::async_trait;
use vestibule::{
    clock::SystemClock,
    model::{
        Email, Secret,
        form::{Entries, Value},
    },
    provider::{
        capability::{Fetch, FetchError, FetchRequest, FetchResponse},
        engine::{EngineOptions, runtime_engine},
        grant::Grants,
        port::{IdentityPort, KnownIdentity, KvPort, MailPort, PortError, Ports, ProviderMail},
        sandbox::{CallContext, LoadedProvider, Operation},
    },
    random::SystemRandom,
};
use wasmtime::{
    Engine, Store,
    component::{Component, InstancePre, Linker},
};

use crate::{
    figure::Figure,
    gateway::{PASSWORD, plugin},
    sample::{micros, quantile, ratios},
};

const ROUNDS: usize = 15;
/// In each round, of both.
const CALLS: usize = 500;

pub(crate) fn run() -> Result<Vec<Figure>> {
    super::runtime()?.block_on(measure())
}

async fn measure() -> Result<Vec<Figure>> {
    let path = plugin("simple");
    let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
    let sandbox = runtime_engine(EngineOptions::default())?;
    let component = Component::from_binary(sandbox.engine(), &bytes).map_err(told)?;
    let reach = Arc::new(Nothing);
    let ports = Ports {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        identities: reach.clone(),
        kv: reach.clone(),
        mail: reach.clone(),
    };
    let provider = LoadedProvider::load(&sandbox, &component, "simple", Grants::default(), ports, reach).await?;
    let bare = bare(sandbox.engine(), &component)?;
    let [mut medians, mut tails, mut bares] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let mut times = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let (operation, context) = signin();
            let begun = Instant::now();
            provider.call(operation, context).await?;
            times.push(micros(begun.elapsed()));
        }
        medians.push(quantile(&times, 0.5));
        tails.push(quantile(&times, 0.99));
        times.clear();
        for _ in 0..CALLS {
            let begun = Instant::now();
            instantiate(sandbox.engine(), &bare).await?;
            times.push(micros(begun.elapsed()));
        }
        bares.push(quantile(&times, 0.5));
    }
    Ok(vec![
        Figure::new("provider call, p50", "us", medians.clone()).at_most(40.0),
        Figure::new("provider call, p99", "us", tails),
        Figure::new("bare instance of the component, p50", "us", bares.clone()),
        Figure::new("provider call / bare instance, p50", "", ratios(&medians, &bares)),
    ])
}

fn signin() -> (Operation, CallContext) {
    let email = Email::parse("ann@example.org").map(|email| email.to_string()).unwrap_or_default();
    let entries = BTreeMap::from([
        ("email".to_owned(), Value::Text(email)),
        ("password".to_owned(), Value::Password(Secret::new(PASSWORD.to_owned()))),
    ]);
    let context = CallContext {
        locale: "en".to_owned(),
        public_url: "http://127.0.0.1:5000".to_owned(),
        next_flow: "a".repeat(43),
        request_id: "a".repeat(22),
        ext: Vec::new(),
    };
    (Operation::Signin(Entries(entries)), context)
}

/// The component with nothing behind its imports: an instance calls none of them.
fn bare(engine: &Engine, component: &Component) -> Result<InstancePre<()>> {
    let mut linker = Linker::new(engine);
    linker.define_unknown_imports_as_traps(component).map_err(told)?;
    linker.instantiate_pre(component).map_err(told)
}

async fn instantiate(engine: &Engine, bare: &InstancePre<()>) -> Result<()> {
    let mut store = Store::new(engine, ());
    store.set_epoch_deadline(1_000_000);
    bare.instantiate_async(&mut store).await.map(drop).map_err(told)
}

/// Wasmtime's errors are of a type of their own.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn told(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}

/// What `simple` never asks for.
struct Nothing;

fn unasked<T>() -> Result<T, PortError> {
    Err(PortError("simple does not need it".to_owned()))
}

#[async_trait]
impl IdentityPort for Nothing {
    async fn find(&self, _: &str, _: &[String], _: &str) -> Result<Option<KnownIdentity>, PortError> {
        unasked()
    }
}

#[async_trait]
impl KvPort for Nothing {
    async fn put(&self, _: &str, _: &str, _: Vec<u8>, _: u32) -> Result<(), PortError> {
        unasked()
    }

    async fn get(&self, _: &str, _: &str) -> Result<Option<Vec<u8>>, PortError> {
        unasked()
    }

    async fn take(&self, _: &str, _: &str) -> Result<Option<Vec<u8>>, PortError> {
        unasked()
    }

    async fn increment(&self, _: &str, _: &str, _: u32, _: u32) -> Result<u64, PortError> {
        unasked()
    }
}

#[async_trait]
impl MailPort for Nothing {
    async fn send(&self, _: ProviderMail) -> Result<(), PortError> {
        unasked()
    }
}

#[async_trait]
impl Fetch for Nothing {
    async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> {
        Err(FetchError::Forbidden("simple does not need it".to_owned()))
    }
}
