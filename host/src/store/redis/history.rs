//! Histories, read from the newest entry on: through the sorted set of one value, a page at a time.

use super::{
    RedisStore,
    record::{Fields, Record},
    script::{Args, Pairs, script},
};
use crate::{
    model::page::{COUNTED, From, Page, PageRequest},
    store::Result,
};

/// Entries that a call passes at most while it looks for those that several conditions fit. One step of Redis does so much in
/// some milliseconds, in which it does nothing else.
const PASSES: u64 = COUNTED;

/// Which entries are asked for.
pub(super) struct History {
    prefix: &'static str,
    kind: &'static str,
    index: String,
    walks_all: bool,
    conditions: Pairs,
}

impl History {
    /// All entries: `kind` begins their keys, `index` names the sorted set of all.
    pub(super) fn new(prefix: &'static str, kind: &'static str, index: &str) -> Self {
        Self { prefix, kind, index: index.to_owned(), walks_all: true, conditions: Pairs::new() }
    }

    /// Those alone that have this value, if one is given. The first has its sorted set walked.
    pub(super) fn only(mut self, field: &'static str, index: &str, value: Option<String>) -> Self {
        match value {
            Some(value) if self.walks_all => {
                self.index = format!("{index}{value}");
                self.walks_all = false;
            }
            Some(value) => self.conditions = self.conditions.put(field, value),
            None => {}
        }
        self
    }

    /// Reads a page.
    pub(super) async fn page<T>(self, store: &RedisStore, request: &PageRequest, read: impl Fn(&Record) -> Result<T>) -> Result<Page<T>> {
        let after = match request.from {
            From::After(id) => Some(id),
            From::Number(_) => None,
        };
        let args = Args::new()
            .one(self.kind)
            .one(self.index)
            .maybe(after)
            .one(request.offset().unwrap_or_default())
            .one(request.size)
            .one(COUNTED)
            .one(PASSES)
            .pairs(self.conditions);
        let (total, stopped, found): (u64, Option<i64>, Vec<(i64, Fields)>) =
            store.run(script!("history", "history_page"), self.prefix, args).await?;
        let items: Result<Vec<(i64, T)>> =
            found.into_iter().map(|(id, fields)| Ok((id, read(&Record::new(self.kind, id, fields))?))).collect();
        let mut page = Page::cut(items?, request.size, total, |(id, _)| *id);
        page.next = page.next.or(stopped);
        Ok(page.map(|(_, item)| item))
    }
}
