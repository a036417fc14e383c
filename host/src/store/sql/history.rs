//! Tables that only grow, read from the newest row on: a page at a time, through an index.

use super::{Query, Record, Row, SqlStore, query};
use crate::{
    model::page::{COUNTED, From, Page, PageRequest},
    store::Result,
};

/// A table with `id` and `at`, and which of its rows are asked for.
pub(super) struct History {
    table: &'static str,
    columns: &'static str,
    conditions: Vec<(&'static str, Bind)>,
}

/// A value to compare with.
#[derive(Clone)]
pub(super) enum Bind {
    Number(i64),
    Text(String),
}

impl History {
    /// All rows of a table; `columns` beside `id`.
    pub(super) const fn new(table: &'static str, columns: &'static str) -> Self {
        Self { table, columns, conditions: Vec::new() }
    }

    /// Those alone that have this value, if one is given. The first condition chooses the index: it belongs to the column of
    /// which a value has the fewest rows.
    pub(super) fn only(mut self, column: &'static str, value: Option<Bind>) -> Self {
        self.conditions.extend(value.map(|value| (column, value)));
        self
    }

    /// Reads a page.
    pub(super) async fn page<T>(&self, store: &SqlStore, request: &PageRequest, read: impl Fn(&Row) -> Result<T>) -> Result<Page<T>> {
        let counted = self.count().fetch_one(store).await?;
        let total = Record::new(self.table, &[], &counted).count("total")?;
        let after = match request.from {
            From::Number(_) => None,
            From::After(id) => match self.place(store, id).await? {
                None => return Ok(Page { items: Vec::new(), total, next: None }),
                place => place,
            },
        };
        let rows = self.select(after, request).fetch_all(store).await?;
        let items: Result<Vec<(i64, T)>> = rows.iter().map(|row| Ok((row.get("id")?, read(row)?))).collect();
        Ok(Page::cut(items?, request.size, total, |(id, _)| *id).map(|(_, item)| item))
    }

    /// Where a row stands in the order.
    async fn place(&self, store: &SqlStore, id: i64) -> Result<Option<(i64, i64)>> {
        let select = query("SELECT at FROM ").push(self.table).push(" WHERE id = ").push_bind(id);
        let row = select.fetch_optional(store).await?;
        row.map(|row| Ok((row.get("at")?, id))).transpose()
    }

    fn count(&self) -> Query {
        let count = query("SELECT COUNT(*) AS total FROM (SELECT id FROM ").push(self.table).push(" WHERE TRUE");
        self.narrow(count).push(" LIMIT ").push_bind(i64::try_from(COUNTED).unwrap_or(i64::MAX)).push(") AS counted")
    }

    fn select(&self, after: Option<(i64, i64)>, request: &PageRequest) -> Query {
        let mut select = self.narrow(query("SELECT id, ").push(self.columns).push(" FROM ").push(self.table).push(" WHERE TRUE"));
        if let Some((at, id)) = after {
            select = select.push(" AND (at, id) < ").push_list([at, id]);
        }
        let offset = i64::try_from(request.offset().unwrap_or_default()).unwrap_or(i64::MAX);
        select.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(i64::from(request.size) + 1).push(" OFFSET ").push_bind(offset)
    }

    /// The second and later conditions are written so that no index fits them: the database, which knows nothing of how often a
    /// value occurs, could otherwise take theirs. Numbers therefore come first.
    fn narrow(&self, mut statement: Query) -> Query {
        for (place, (column, value)) in self.conditions.iter().enumerate() {
            statement = statement.push(" AND ").push(column).push(if place == 0 { " = " } else { " || '' = " });
            statement = match value.clone() {
                Bind::Number(number) => statement.push_bind(number),
                Bind::Text(text) => statement.push_bind(text),
            };
        }
        statement
    }
}

#[cfg(test)]
impl History {
    /// Demands that counting and every kind of page go through the index alone, and sort nothing.
    pub(super) async fn assert_uses(&self, index: &str) {
        use crate::store::upkeep::Upkeep as _;
        let directory = tempfile::tempdir().expect("a directory");
        let store = SqlStore::open(&format!("sqlite://{}/v.db", directory.path().display())).await.expect("a store");
        store.migrate().await.expect("a schema");
        let request = PageRequest { from: From::Number(3), size: 50 };
        // Counting may take any index, if nothing but a number is counted.
        let any = if self.conditions.is_empty() { "" } else { index };
        for (statement, index) in [(self.count(), any), (self.select(None, &request), index), (self.select(Some((1, 1)), &request), index)]
        {
            let explain = Query { text: format!("EXPLAIN QUERY PLAN {}", statement.text).into(), binds: statement.binds };
            let rows = explain.fetch_all(&store).await.expect("a plan");
            let plan: Vec<String> = rows.iter().map(|row| row.get("detail").expect("a step")).collect();
            assert!(plan.iter().any(|step| step.contains(&format!("INDEX {index}"))), "{plan:?} instead of {index}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?} sorts");
        }
    }
}
