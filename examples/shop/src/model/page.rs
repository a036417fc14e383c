//! Pages of lists.

/// Most items on a page.
pub const MAX_SIZE: u32 = 200;
/// Items on a page if nothing else is asked for.
pub const DEFAULT_SIZE: u32 = 50;

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Counted from 1.
    pub number: u32,
    /// Items on a page, 1 to [`MAX_SIZE`].
    pub size: u32,
}

impl PageRequest {
    /// Items before the page.
    #[must_use]
    pub fn offset(self) -> i64 {
        i64::from(self.number.saturating_sub(1)) * i64::from(self.size)
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// Items of the whole list.
    pub total: i64,
}
