//! The task that keeps the live generation true to the directory and the switches.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{AbortHandle, Id, JoinError, JoinSet},
    time::{Instant, sleep_until, timeout},
};

use super::{
    DirectoryOptions, DirectoryParts,
    load::{Load, Outcome},
    survey::{Order, Survey, Surveyor, Wish},
};
use crate::provider::{
    generation::{Change, DisabledBy, Entry, Generation, Loader, Refused},
    watch::DirectoryWatch,
};

/// Watchers lose events: looked at anyway, so often.
const RESCAN: Duration = Duration::from_millis(500);
/// Events of one change come in pieces; also how soon a file that is being written is looked at again.
const DEBOUNCE: Duration = Duration::from_millis(50);
/// The store may be slow, the directory must not be.
const SWITCHES_WAIT: Duration = Duration::from_millis(250);
const SWITCHES_WAIT_ASKED: Duration = Duration::from_secs(2);

/// What a handle asks for; answered when done.
#[derive(Debug)]
pub(super) enum Request {
    Reload(oneshot::Sender<()>),
    Switches(oneshot::Sender<()>),
}

/// What is known of a provider type.
struct Slot<L> {
    /// What it is, or is becoming, made of; `None`: to be decided anew.
    order: Option<Order>,
    job: Option<AbortHandle>,
    loaded: Option<Arc<Entry<L>>>,
    /// File and reason.
    refused: Option<(String, String)>,
    disabled: bool,
}

impl<L> Default for Slot<L> {
    fn default() -> Self {
        Self { order: None, job: None, loaded: None, refused: None, disabled: false }
    }
}

impl<L> Slot<L> {
    /// Calls off what is being loaded.
    fn call_off(&mut self) {
        self.order = None;
        if let Some(job) = self.job.take() {
            job.abort();
        }
    }
}

/// The task's state.
pub(super) struct Keeper<T: Loader> {
    options: Arc<DirectoryOptions>,
    parts: DirectoryParts<T>,
    current: Arc<ArcSwap<Generation<T::Live>>>,
    number: watch::Sender<u64>,
    /// Away while it looks, on a thread that may block.
    surveyor: Option<Surveyor>,
    slots: BTreeMap<String, Slot<T::Live>>,
    misnamed: Vec<Refused>,
    /// Types that are switched off; `None`: not known yet.
    off: Option<BTreeSet<String>>,
    jobs: JoinSet<Outcome<T::Live>>,
    running: HashMap<Id, String>,
    next_look: Instant,
    /// A file is being written.
    restless: bool,
    /// The last trouble with the directory itself, told once.
    trouble: Option<String>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl<T: Loader> Keeper<T> {
    pub(super) fn new(
        options: DirectoryOptions,
        parts: DirectoryParts<T>,
        current: Arc<ArcSwap<Generation<T::Live>>>,
        number: watch::Sender<u64>,
    ) -> Self {
        Self {
            options: Arc::new(options),
            parts,
            current,
            number,
            surveyor: None,
            slots: BTreeMap::new(),
            misnamed: Vec::new(),
            off: None,
            jobs: JoinSet::new(),
            running: HashMap::new(),
            next_look: Instant::now(),
            restless: false,
            trouble: None,
            waiting: Vec::new(),
        }
    }

    /// Runs until the last handle is gone.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        let watch = DirectoryWatch::start(&self.options.path);
        loop {
            tokio::select! {
                request = inbox.recv() => match request {
                    None => return,
                    Some(request) => self.answer(request).await,
                },
                Some(done) = self.jobs.join_next_with_id() => self.finish(done),
                () = sleep_until(self.next_look) => {
                    self.read_switches(SWITCHES_WAIT).await;
                    self.look(false).await;
                }
                () = watch.changed() => self.next_look = self.next_look.min(Instant::now() + DEBOUNCE),
            }
            while let Some(done) = self.jobs.try_join_next_with_id() {
                self.finish(done);
            }
            self.publish();
            if self.jobs.is_empty() && !self.restless {
                self.waiting.drain(..).for_each(tell);
            }
        }
    }

    async fn answer(&mut self, request: Request) {
        self.read_switches(SWITCHES_WAIT_ASKED).await;
        match request {
            Request::Switches(done) => {
                self.publish();
                tell(done);
            }
            Request::Reload(done) => {
                for slot in self.slots.values_mut().filter(|slot| slot.refused.is_some() && slot.job.is_none()) {
                    slot.order = None;
                }
                self.look(true).await;
                self.waiting.push(done);
            }
        }
    }

    async fn read_switches(&mut self, wait: Duration) {
        if let Ok(Some(switches)) = timeout(wait, self.parts.switches.switches()).await {
            self.off = Some(switches.into_iter().filter(|switch| !switch.enabled).map(|switch| switch.provider).collect());
        }
    }

    async fn look(&mut self, thorough: bool) {
        let mut surveyor = self.surveyor.take().unwrap_or_else(|| Surveyor::new(Arc::clone(&self.options)));
        let now = self.parts.clock.now();
        let looking = tokio::task::spawn_blocking(move || {
            let survey = surveyor.look(now, thorough);
            (surveyor, survey)
        });
        let trouble = match looking.await {
            Ok((surveyor, Ok(survey))) => {
                self.surveyor = Some(surveyor);
                self.follow(survey);
                None
            }
            Ok((surveyor, Err(error))) => {
                self.surveyor = Some(surveyor);
                Some(error.to_string())
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(error) = trouble.as_ref().filter(|error| self.trouble.as_ref() != Some(*error)) {
            tracing::warn!(directory = %self.options.path.display(), %error, "plugins directory cannot be read; what is live stays");
        }
        self.trouble = trouble;
        self.next_look = Instant::now() + if self.restless { DEBOUNCE } else { RESCAN };
    }

    /// Turns wishes into loads and decisions.
    fn follow(&mut self, survey: Survey) {
        self.restless = survey.waits();
        self.misnamed = survey.misnamed;
        let vanished: Vec<String> = self.slots.keys().filter(|name| !survey.wishes.contains_key(*name)).cloned().collect();
        for name in vanished {
            if let Some(mut slot) = self.slots.remove(&name) {
                slot.call_off();
            }
        }
        for (name, wish) in survey.wishes {
            let slot = self.slots.entry(name.clone()).or_default();
            match wish {
                Wish::Wait => {}
                Wish::Refuse { file, reason, gone } => {
                    slot.call_off();
                    (slot.refused, slot.disabled) = (Some((file, reason)), false);
                    if gone {
                        slot.loaded = None;
                    }
                }
                Wish::Disable => {
                    slot.call_off();
                    *slot = Slot { disabled: true, ..Slot::default() };
                }
                Wish::Load(order) => self.load(name, order),
            }
        }
    }

    fn load(&mut self, name: String, order: Order) {
        let slot = self.slots.entry(name.clone()).or_default();
        if slot.order.as_ref() == Some(&order) {
            return;
        }
        slot.call_off();
        slot.order = Some(order.clone());
        let load = Load {
            type_name: name.clone(),
            order,
            before: slot.loaded.clone(),
            options: Arc::clone(&self.options),
            loader: Arc::clone(&self.parts.loader),
            clock: Arc::clone(&self.parts.clock),
        };
        let job = self.jobs.spawn(load.run());
        self.running.insert(job.id(), name);
        slot.job = Some(job);
    }

    fn finish(&mut self, done: Result<(Id, Outcome<T::Live>), JoinError>) {
        let (id, outcome) = match done {
            Ok(done) => done,
            Err(error) => (error.id(), Outcome::Refused(format!("loading it failed inside the gateway: {error}"))),
        };
        let Some(slot) = self.running.remove(&id).and_then(|name| self.slots.get_mut(&name)) else { return };
        // Called off, or replaced by a newer load.
        if slot.job.as_ref().map(AbortHandle::id) != Some(id) {
            return;
        }
        slot.job = None;
        let component = slot.order.as_ref().map(|order| order.component.clone()).unwrap_or_default();
        slot.disabled &= matches!(outcome, Outcome::Unsettled);
        match outcome {
            Outcome::Loaded(entry) => (slot.loaded, slot.refused) = (Some(entry), None),
            Outcome::Same => slot.refused = None,
            Outcome::Refused(reason) => slot.refused = Some((component, reason)),
            Outcome::Unsettled => {
                slot.order = None;
                self.restless = true;
                self.next_look = self.next_look.min(Instant::now() + DEBOUNCE);
            }
        }
    }

    fn publish(&mut self) {
        let before = self.current.load_full();
        let mut next = self.project();
        if next.says_the_same(&before) {
            return;
        }
        next.number = before.number + 1;
        let (number, changes) = (next.number, Change::between(&before, &next));
        self.current.store(Arc::new(next));
        self.number.send_replace(number);
        for change in changes {
            // Nobody needs to listen.
            let _ = self.parts.changes.send(change);
        }
    }

    fn project(&self) -> Generation<T::Live> {
        let mut next = Generation { refused: self.misnamed.clone(), ..Generation::default() };
        for (name, slot) in &self.slots {
            if slot.disabled {
                next.disabled.insert(name.clone(), DisabledBy::File);
                continue;
            }
            let off = self.off.as_ref().is_none_or(|off| off.contains(name));
            if off && (slot.loaded.is_some() || slot.refused.is_some()) {
                next.disabled.insert(name.clone(), DisabledBy::Switch);
            } else if let Some(entry) = &slot.loaded {
                next.live.insert(name.clone(), Arc::clone(entry));
            }
            if let Some((file, reason)) = &slot.refused {
                let refused = Refused { type_name: name.clone(), file: file.clone(), reason: reason.clone(), kept: slot.loaded.is_some() };
                next.refused.push(refused);
            }
        }
        next.refused.sort_by(|a, b| (&a.type_name, &a.file).cmp(&(&b.type_name, &b.file)));
        next
    }
}

/// Who no longer waits is no trouble.
fn tell(waiting: oneshot::Sender<()>) {
    let _ = waiting.send(());
}
