//! A provider that is loaded, and its calls: a fresh store and instance each, within every limit, thrown away after it.

mod confine;

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::{Component, InstancePre};

use self::confine::confined;
use super::{
    answer::{self, Question},
    bindings::{WayInPre, imported::types::Context},
    breaker::{Breaker, BreakerState},
    call::CallError,
    capability::Fetch,
    engine::Sandbox,
    grant::Grants,
    host::{self, Granted},
    logger::Logger,
    manifest,
    meter::{Meter, Total},
    port::Ports,
    requirement::{self, Files, Unfit},
    state::{CallState, Reach},
};
use crate::model::{
    form::{Entries, Form, Kind, Value},
    provider::{Manifest, Step},
};

/// How long a call waits for its turn.
const PATIENCE: Duration = Duration::from_secs(1);
/// Places that each provider has for itself: when the others wait for their upstreams and fill all shared ones, it goes
/// on. Eight providers find theirs in the quarter of the default slots that is not shared.
const OWN_PLACES: usize = 2;
/// How long `describe` does: nobody waits for an answer.
const LOAD_PATIENCE: Duration = Duration::from_secs(10);

/// What a provider is asked to do. Entries have passed their form.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Facts for a new account, under the manifest's `signup` form.
    Signup(Entries),
    /// Facts about a person, under its `signin` form.
    Signin(Entries),
    /// The answer to a prompt or redirect.
    Resume {
        /// What the provider gave with it.
        state: Vec<u8>,
        /// The form that it stated.
        form: Form,
        /// The answers.
        entries: Entries,
    },
}

/// What a guest learns of the request, and what the log calls it.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// A BCP 47 tag.
    pub locale: String,
    /// Without a slash at the end.
    pub public_url: String,
    /// The id that the next challenge will have.
    pub next_flow: String,
    /// For the log.
    pub request_id: String,
    /// What else the contract lets a guest know (`subject` and `account` of a factor).
    pub ext: Vec<(String, String)>,
}

/// One component under one operator's grants.
pub struct LoadedProvider {
    sandbox: Sandbox,
    reach: Arc<Reach>,
    manifest: Manifest,
    asks: Vec<String>,
    component: WayInPre<CallState>,
    permits: Arc<Semaphore>,
    own_places: Arc<Semaphore>,
    breaker: Breaker,
    cpu: Arc<Total>,
}

impl LoadedProvider {
    /// Checks what the component asks for, lets it describe itself, and links it against what is granted.
    ///
    /// # Errors
    /// Says for the operator what is wrong and which line mends it.
    pub async fn load(
        sandbox: &Sandbox,
        component: &Component,
        provider: &str,
        grants: Grants,
        ports: Ports,
        fetcher: Arc<dyn Fetch>,
    ) -> Result<Self, Unfit> {
        let files = Files::of(provider, &grants);
        let wanted = requirement::wanted(sandbox.engine(), component, &files)?;
        let reach = Reach { provider: provider.to_owned(), grants, ports, fetcher, manifest: None };
        let manifest = describe(sandbox, component, &files, &reach).await?;
        let missing = requirement::missing(provider, wanted, &manifest, &reach.grants);
        if !missing.is_empty() {
            return Err(Unfit::NotGranted { wasm: files.wasm, toml: files.toml, missing });
        }
        let component = link(sandbox, component, &files, wanted)?;
        let asks = requirement::asks(wanted, &manifest);
        let mut manifest = manifest;
        if !reach.grants.signup {
            manifest.signup = None;
        }
        Ok(Self {
            sandbox: sandbox.clone(),
            permits: Arc::new(Semaphore::new(usize::try_from(reach.grants.limits.concurrent).unwrap_or(Semaphore::MAX_PERMITS))),
            own_places: Arc::new(Semaphore::new(OWN_PLACES)),
            breaker: Breaker::new(reach.ports.clock.clone()),
            cpu: Arc::default(),
            reach: Arc::new(Reach { manifest: Some(manifest.clone()), ..reach }),
            manifest,
            asks,
            component,
        })
    }

    /// The identity card; without `signup` if the operator said `signup = false`.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All that it asks its operator for: `mail`, `host NAME`, `secret NAME` and so on.
    #[must_use]
    pub fn asks(&self) -> &[String] {
        &self.asks
    }

    /// The provider type.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.reach.provider
    }

    /// What the operator granted.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.reach.grants
    }

    /// For health.
    #[must_use]
    pub fn breaker(&self) -> BreakerState {
        self.breaker.state()
    }

    /// Calls that run now.
    #[must_use]
    pub fn running(&self) -> usize {
        let places = usize::try_from(self.reach.grants.limits.concurrent).unwrap_or(Semaphore::MAX_PERMITS);
        places.saturating_sub(self.permits.available_permits())
    }

    /// CPU time of its calls so far.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        self.cpu.spent()
    }

    /// Makes one call. A failure has been logged when it comes back, an ordinary refusal has not. Dropping the future
    /// ends the call.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call(&self, operation: Operation, context: CallContext) -> Result<Step, CallError> {
        let request_id = context.request_id.clone();
        let outcome = self.admitted(operation, context).await;
        if let Err(error) = &outcome {
            error.log(&self.reach.provider, &request_id);
        }
        outcome
    }

    async fn admitted(&self, operation: Operation, context: CallContext) -> Result<Step, CallError> {
        let admission = self.breaker.admit().map_err(|retry_after| CallError::Open { retry_after })?;
        let outcome = self.answered(operation, context).await;
        let verdict = match &outcome {
            Ok(_) => Some(super::breaker::Verdict::Good),
            Err(error) => error.verdict(),
        };
        if let Some(verdict) = verdict {
            admission.settle(verdict);
        }
        outcome
    }

    async fn answered(&self, operation: Operation, context: CallContext) -> Result<Step, CallError> {
        let (call, form, entries) = self.prepare(operation)?;
        let _turn = self.turn().await?;
        let limits = &self.reach.grants.limits;
        let logger = Logger::new(&self.reach.provider, &context.request_id, limits.log_lines, credentials(&form, &entries));
        let state = CallState::new(self.reach.clone(), limits, logger);
        let context = self.guest_context(context);
        let input = answer::input(&entries);
        let component = self.component.clone();
        let meter = Meter::billed_to(&self.cpu);
        let answer = confined(self.sandbox.engine(), state, limits, meter, move |store| {
            Box::pin(async move {
                let guest = component.instantiate_async(&mut *store).await?;
                let guest = guest.vestibule_provider_provider();
                match call {
                    GuestCall::Signup => guest.call_signup(store, &context, &input).await,
                    GuestCall::Signin => guest.call_signin(store, &context, &input).await,
                    GuestCall::Resume(state) => guest.call_resume(store, &context, &state, &input).await,
                }
            })
        })
        .await?;
        let question = Question { manifest: &self.manifest, vouch: self.reach.grants.vouch, form: &form, entries: &entries };
        answer::checked(answer, &question)
    }

    /// A turn among its own calls, a place, and a slot of the pool.
    async fn turn(&self) -> Result<[OwnedSemaphorePermit; 3], CallError> {
        let place = async {
            tokio::select! {
                biased;
                own = permit(&self.own_places) => own,
                shared = permit(&self.sandbox.shared) => shared,
            }
        };
        in_time(PATIENCE, async { Ok([permit(&self.permits).await?, place.await?, permit(&self.sandbox.slots).await?]) }).await
    }

    /// The guest's function, the form that was answered, and the answers.
    fn prepare(&self, operation: Operation) -> Result<(GuestCall, Form, Entries), CallError> {
        let offered = |form: &Option<Form>, what| form.clone().ok_or_else(|| CallError::NotGranted(format!("{what} is not offered")));
        Ok(match operation {
            Operation::Signup(entries) => (GuestCall::Signup, offered(&self.manifest.signup, "sign-up")?, entries),
            Operation::Signin(entries) => (GuestCall::Signin, offered(&self.manifest.signin, "sign-in")?, entries),
            Operation::Resume { state, form, entries } => (GuestCall::Resume(state), form, entries),
        })
    }

    fn guest_context(&self, context: CallContext) -> Context {
        Context {
            provider: self.reach.provider.clone(),
            locale: context.locale,
            public_url: context.public_url,
            next_flow: context.next_flow,
            ext: context.ext,
        }
    }
}

enum GuestCall {
    Signup,
    Signin,
    Resume(Vec<u8>),
}

/// Links against everything, since nothing can be called while describing, and asks.
async fn describe(sandbox: &Sandbox, component: &Component, files: &Files, reach: &Reach) -> Result<Manifest, Unfit> {
    let linked = link(sandbox, component, files, Granted::EVERYTHING)?;
    let failed = |error| Unfit::Describe { wasm: files.wasm.clone(), error };
    let _turn = in_time(LOAD_PATIENCE, permit(&sandbox.slots)).await.map_err(failed)?;
    let limits = &reach.grants.limits;
    let logger = Logger::new(&reach.provider, "describe", limits.log_lines, Vec::new());
    let state = CallState::new(Arc::new(reach.describing()), limits, logger);
    let stated = confined(sandbox.engine(), state, limits, Meter::default(), move |store| {
        Box::pin(async move {
            let guest = linked.instantiate_async(&mut *store).await?;
            guest.vestibule_provider_provider().call_describe(store).await
        })
    })
    .await
    .map_err(failed)?;
    manifest::checked(stated).map_err(|problem| Unfit::Manifest { wasm: files.wasm.clone(), problem })
}

fn link(sandbox: &Sandbox, component: &Component, files: &Files, granted: Granted) -> Result<WayInPre<CallState>, Unfit> {
    let linked = || -> wasmtime::Result<WayInPre<CallState>> {
        let instance: InstancePre<CallState> = host::linker(sandbox.engine(), granted)?.instantiate_pre(component)?;
        WayInPre::new(instance)
    };
    linked().map_err(|error| Unfit::Types { wasm: files.wasm.clone(), reason: super::text::for_log(&format!("{error:#}")) })
}

async fn permit(queue: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, CallError> {
    Arc::clone(queue).acquire_owned().await.map_err(|_| CallError::Busy)
}

async fn in_time<T>(patience: Duration, permits: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
    tokio::time::timeout(patience, permits).await.unwrap_or(Err(CallError::Busy))
}

/// The tokens that the caller gave: they never appear in the log, whatever the guest writes.
fn credentials(form: &Form, entries: &Entries) -> Vec<crate::model::Secret<String>> {
    let tokens = form.fields.iter().filter(|field| field.kind == Kind::Token);
    tokens
        .filter_map(|field| match entries.0.get(&field.name) {
            Some(Value::Text(text)) => Some(text.clone().into()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
