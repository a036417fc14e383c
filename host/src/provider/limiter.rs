//! Memory and tables of one call. Unlike wasmtime's own `StoreLimits`, all memories count together; and a refusal leaves
//! a mark, because the guest shows nothing but an `unreachable` of its allocator afterwards.

use wasmtime::ResourceLimiter;

use super::engine::{CORE_INSTANCES, MAX_MEMORY, MEMORIES, TABLE_ELEMENTS, TABLES};

/// Counts what a store takes.
#[derive(Debug)]
pub(super) struct Limiter {
    memory_left: usize,
    table_elements_left: usize,
    refused_memory: bool,
    refused_table: bool,
}

impl Limiter {
    pub(super) fn new(memory_mib: u64) -> Self {
        let memory_left = usize::try_from(memory_mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
        Self { memory_left, table_elements_left: TABLE_ELEMENTS, refused_memory: false, refused_table: false }
    }

    /// Whether the guest wanted more memory than it may have.
    pub(super) fn refused_memory(&self) -> bool {
        self.refused_memory
    }

    /// Whether the guest wanted more table elements than it may have.
    pub(super) fn refused_table(&self) -> bool {
        self.refused_table
    }
}

/// Takes the growth from what is left; false, and a mark, if it is not there.
fn grow(left: &mut usize, refused: &mut bool, current: usize, desired: usize) -> bool {
    let rest = left.checked_sub(desired.saturating_sub(current));
    *left = rest.unwrap_or(*left);
    *refused |= rest.is_none();
    rest.is_some()
}

/// Whether the guest goes beyond a maximum of its own: nothing will grow, so it is not billed and not our refusal. A pool
/// states its own `cap` as the maximum of what has none.
fn beyond(maximum: Option<usize>, desired: usize, cap: usize) -> bool {
    maximum.is_some_and(|maximum| maximum < cap && desired > maximum)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if beyond(maximum, desired, MAX_MEMORY) {
            return Ok(false);
        }
        Ok(grow(&mut self.memory_left, &mut self.refused_memory, current, desired))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused_memory = true;
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if beyond(maximum, desired, TABLE_ELEMENTS) {
            return Ok(false);
        }
        Ok(grow(&mut self.table_elements_left, &mut self.refused_table, current, desired))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused_table = true;
        Ok(())
    }

    fn instances(&self) -> usize {
        usize::try_from(CORE_INSTANCES).unwrap_or(usize::MAX)
    }

    fn memories(&self) -> usize {
        usize::try_from(MEMORIES).unwrap_or(usize::MAX)
    }

    fn tables(&self) -> usize {
        usize::try_from(TABLES).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn memories_count_together() {
        let mut limiter = Limiter::new(4);
        assert!(limiter.memory_growing(0, 3 * MIB, None).unwrap(), "the first memory");
        assert!(limiter.memory_growing(0, MIB, None).unwrap(), "the second");
        assert!(!limiter.refused_memory());
        assert!(!limiter.memory_growing(MIB, MIB + 1, None).unwrap(), "together they are full");
        assert!(limiter.refused_memory());
    }

    #[test]
    fn growth_beyond_a_memorys_own_maximum_is_the_guests_affair() {
        let mut limiter = Limiter::new(4);
        assert!(!limiter.memory_growing(0, 2 * MIB, Some(MIB)).unwrap());
        assert!(!limiter.refused_memory());
        assert!(limiter.memory_growing(0, 4 * MIB, None).unwrap(), "nothing was billed");
    }

    #[test]
    fn tables_count_together_too() {
        let mut limiter = Limiter::new(4);
        assert!(limiter.table_growing(0, TABLE_ELEMENTS - 1, None).unwrap());
        assert!(limiter.table_growing(0, 1, None).unwrap());
        assert!(!limiter.table_growing(1, 2, None).unwrap());
        assert!(limiter.refused_table());
    }
}
