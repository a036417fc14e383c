//! Pages of long lists: by number for people, by cursor for programs that read them all.

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// From where.
    pub from: From,
    /// Items on a page, 1 to [`MAX_SIZE`].
    pub size: u32,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Counted from 1.
    Number(u32),
    /// After the item with this id, in the list's order (cursor).
    After(i64),
}

/// Most items on a page.
pub const MAX_SIZE: u32 = 200;
/// Items on a page if nothing else is asked for.
pub const DEFAULT_SIZE: u32 = 50;
/// Histories are counted so far, and paged by number so far; beyond it the cursor goes on.
pub const COUNTED: u64 = 10_000;

impl PageRequest {
    /// Items before the page, if it is asked for by number.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        match self.from {
            From::Number(number) => Some(u64::from(number.saturating_sub(1)) * u64::from(self.size)),
            From::After(_) => None,
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// Items of the whole list; for histories at most [`COUNTED`].
    pub total: u64,
    /// The id after which the next page begins; none on the last page.
    pub next: Option<i64>,
}

impl<T> Page<T> {
    /// From items of which one more than a page was read, to see whether there is a next.
    #[must_use]
    pub fn cut(mut items: Vec<T>, size: u32, total: u64, id: impl Fn(&T) -> i64) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| more).map(id);
        Self { items, total, next }
    }

    /// The same page of something else.
    #[must_use]
    pub fn map<U>(self, other: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(other).collect(), total: self.total, next: self.next }
    }
}
