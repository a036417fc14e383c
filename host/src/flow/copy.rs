//! Everything from one store into another: an operator begins on a file and moves to a server, or back. No gateway may run
//! meanwhile. Afterwards both stores are read again, and must hold the same.

use std::fmt;

use crate::{
    clock::Clock,
    model::Timestamp,
    store::{
        Store, StoreError,
        records::{
            Kind, Numbers, Record, Tally,
            kind::{KINDS, ROLES},
        },
    },
};

/// A store for everything, or one for accounts and another for what ends by itself.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Accounts, and the gateway itself.
    pub accounts: &'a dyn Store,
    /// Sessions, and what else ends by itself.
    pub ephemeral: &'a dyn Store,
    /// Whether that is the same store.
    pub is_one: bool,
}

/// Who wants to know how it goes on.
pub trait Watch: Send {
    /// So many records of all kinds will be copied, or compared.
    fn begins(&mut self, doing: Doing, records: u64);
    /// So many more of a kind are done.
    fn advanced(&mut self, kind: &'static Kind, records: u64);
    /// A kind is done.
    fn ended(&mut self, kind: &'static Kind, tally: Tally);
}

/// The halves of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Records are copied.
    Copying,
    /// Both stores are read again.
    Comparing,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// What is there would be mixed with what comes.
    #[error("--to: the store is not empty: {}. Nothing was changed; give one that no gateway has been started on", list(.0))]
    NotEmpty(Vec<(&'static str, u64)>),
    /// An earlier copy ended early.
    #[error("--to: the store holds a copy that has not ended. If no other copy runs, --start-over empties the store and begins again")]
    HalfCopied,
    /// An older program's, with a schema of which parts are missing; or a store that has lost what names its version.
    #[error("--to: the store was made by an older version or has lost a part, so that it is not new; give an empty one")]
    OlderTarget,
    /// Not all is there that this program would read.
    #[error("--from: the store lacks {}: run `vestibule migrate` of this version on it first", .0.join(", "))]
    OlderSource(Vec<String>),
    /// A copy that is not whole.
    #[error("--from: the store holds a copy that has not ended")]
    HalfSource,
    /// What was read afterwards is not the same.
    #[error(
        "the {kind} differ: --from has {} with the digest {:032x}, --to has {} with {:032x}. If a gateway was running on --from, stop it; \
         then begin again with --start-over",
        .from.count, .from.digest, .to.count, .to.digest
    )]
    Differs {
        /// Of what.
        kind: &'static str,
        /// In the source.
        from: Tally,
        /// In the target.
        to: Tally,
    },
    /// Reading.
    #[error("--from: {0}")]
    From(String),
    /// Writing.
    #[error("--to: {0}")]
    To(String),
}

fn list(found: &[(&'static str, u64)]) -> impl fmt::Display {
    found.iter().map(|(what, count)| format!("{what}: {count}")).collect::<Vec<_>>().join(", ")
}

fn from(error: impl fmt::Display) -> CopyError {
    CopyError::From(error.to_string())
}

fn to(error: impl fmt::Display) -> CopyError {
    CopyError::To(error.to_string())
}

/// A copy.
pub struct Copy<'a> {
    /// Where from.
    pub from: Side<'a>,
    /// Where to.
    pub to: Side<'a>,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Empties a store on which an earlier copy has not ended; never another one.
    pub start_over: bool,
}

impl<'a> Side<'a> {
    /// Each store once.
    fn each(self) -> impl Iterator<Item = &'a dyn Store> {
        [self.accounts].into_iter().chain((!self.is_one).then_some(self.ephemeral))
    }

    fn of(self, kind: &Kind) -> &'a dyn Store {
        if kind.is_ephemeral { self.ephemeral } else { self.accounts }
    }

    async fn tally(self, kind: &'static Kind, now: Timestamp) -> Result<Tally, StoreError> {
        let (mut pages, mut tally) = (self.of(kind).pages(kind), Tally::default());
        while let Some(page) = pages.next().await? {
            for record in page.iter().filter(|record| !record.is_over(kind, now)) {
                tally.add(record);
            }
        }
        Ok(tally)
    }
}

impl Copy<'_> {
    /// Copies, and compares.
    ///
    /// # Errors
    /// See [`CopyError`]. Where something was written until then, the target stays marked, and no gateway starts on it.
    pub async fn run(&self, watch: &mut dyn Watch) -> Result<(), CopyError> {
        self.look_at_source().await?;
        self.prepare_target().await?;
        let mut total = 0;
        for kind in KINDS {
            total += self.from.of(kind).count(kind).await.map_err(from)?;
        }
        watch.begins(Doing::Copying, total);
        for kind in KINDS {
            let tally = self.copy(kind, watch).await?;
            watch.ended(kind, tally);
        }
        for store in self.to.each() {
            store.complete(&self.numbers().await?).await.map_err(to)?;
        }
        watch.begins(Doing::Comparing, total);
        for kind in KINDS {
            let tally = self.compare(kind).await?;
            watch.advanced(kind, tally.count);
            watch.ended(kind, tally);
        }
        for store in self.to.each() {
            store.end_copy().await.map_err(to)?;
        }
        Ok(())
    }

    async fn look_at_source(&self) -> Result<(), CopyError> {
        for store in self.from.each() {
            let pending = store.pending_migrations().await.map_err(from)?;
            if !pending.is_empty() {
                return Err(CopyError::OlderSource(pending));
            }
            if store.is_half_copied().await.map_err(from)? {
                return Err(CopyError::HalfSource);
            }
        }
        Ok(())
    }

    /// Nothing is changed in any before all were found empty.
    async fn prepare_target(&self) -> Result<(), CopyError> {
        let mut begun = Vec::new();
        for store in self.to.each() {
            let is_new = store.is_new().await.map_err(to)?;
            if !is_new && !store.pending_migrations().await.map_err(to)?.is_empty() {
                return Err(CopyError::OlderTarget);
            }
            let is_begun = !is_new && store.is_half_copied().await.map_err(to)?;
            if is_begun && !self.start_over {
                return Err(CopyError::HalfCopied);
            }
            if !is_new && !is_begun {
                look_for_records(store).await?;
            }
            begun.push((store, is_begun));
        }
        for (store, is_begun) in begun {
            if is_begun {
                store.clear().await.map_err(to)?;
            }
            store.migrate().await.map_err(to)?;
            if !is_begun {
                store.begin_copy(self.clock.now()).await.map_err(to)?;
            }
        }
        Ok(())
    }

    async fn copy(&self, kind: &'static Kind, watch: &mut dyn Watch) -> Result<Tally, CopyError> {
        let (mut pages, mut tally) = (self.from.of(kind).pages(kind), Tally::default());
        while let Some(page) = pages.next().await.map_err(from)? {
            let now = self.clock.now();
            let read = page.len() as u64;
            let live: Vec<Record> = page.into_iter().filter(|record| !record.is_over(kind, now)).collect();
            for record in &live {
                tally.add(record);
            }
            if !live.is_empty() {
                self.to.of(kind).take_in(kind, live, now).await.map_err(to)?;
            }
            watch.advanced(kind, read);
        }
        Ok(tally)
    }

    /// The last ids of either source store.
    async fn numbers(&self) -> Result<Numbers, CopyError> {
        let mut numbers = Numbers::new();
        for store in self.from.each() {
            for (name, last) in store.numbers().await.map_err(from)? {
                let highest = numbers.entry(name).or_insert(last);
                *highest = last.max(*highest);
            }
        }
        Ok(numbers)
    }

    /// As they are now in both: what changed in the source since it was copied is found, too.
    async fn compare(&self, kind: &'static Kind) -> Result<Tally, CopyError> {
        let now = self.clock.now();
        let mine = self.from.tally(kind, now).await.map_err(from)?;
        let other = self.to.tally(kind, now).await.map_err(to)?;
        if mine == other { Ok(other) } else { Err(CopyError::Differs { kind: kind.name, from: mine, to: other }) }
    }
}

/// A store that was migrated has the built-in role, and is empty all the same.
async fn look_for_records(store: &dyn Store) -> Result<(), CopyError> {
    let mut found = Vec::new();
    for kind in KINDS {
        let own = u64::from(std::ptr::eq(kind, &raw const ROLES));
        let count = store.count(kind).await.map_err(to)?.saturating_sub(own);
        if count > 0 {
            found.push((kind.name, count));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(CopyError::NotEmpty(found)) }
}
