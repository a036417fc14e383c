//! How much of each kind of host work one call may ask for.

use super::{
    call::{Halt, Limit},
    grant::Limits,
};

/// A kind of host work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Fetch,
    Mail,
    Lookup,
    Hash,
}

/// What is left for this call.
#[derive(Debug)]
pub(super) struct Budget {
    fetches: u32,
    mails: u32,
    lookups: u32,
    hashes: u32,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { fetches: limits.fetches, mails: limits.mails, lookups: limits.lookups, hashes: limits.hashes }
    }

    /// Takes one; past the limit the call ends.
    pub(super) fn spend(&mut self, work: Work) -> Result<(), Halt> {
        let (left, limit) = match work {
            Work::Fetch => (&mut self.fetches, Limit::Fetches),
            Work::Mail => (&mut self.mails, Limit::Mails),
            Work::Lookup => (&mut self.lookups, Limit::Lookups),
            Work::Hash => (&mut self.hashes, Limit::Hashes),
        };
        *left = left.checked_sub(1).ok_or(Halt::Limit(limit))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_ends_by_itself() {
        let mut budget = Budget::new(&Limits { fetches: 2, mails: 0, lookups: 1, hashes: 1, ..Limits::default() });
        assert!(budget.spend(Work::Fetch).is_ok());
        assert!(budget.spend(Work::Fetch).is_ok());
        assert!(matches!(budget.spend(Work::Fetch), Err(Halt::Limit(Limit::Fetches))));
        assert!(matches!(budget.spend(Work::Mail), Err(Halt::Limit(Limit::Mails))));
        assert!(budget.spend(Work::Lookup).is_ok());
        assert!(matches!(budget.spend(Work::Lookup), Err(Halt::Limit(Limit::Lookups))));
        assert!(budget.spend(Work::Hash).is_ok());
        assert!(matches!(budget.spend(Work::Hash), Err(Halt::Limit(Limit::Hashes))));
    }
}
