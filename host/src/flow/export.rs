//! All users, one after another, for another system or another gateway.

use std::io;

use super::import::ImportError;
use crate::{
    clock::Clock,
    model::{
        UserId,
        audit::{Actor, AuditEntry},
        import::PortableUser,
    },
    store::Accounts,
};

/// Users read at once.
const PAGE: u32 = 500;

/// An export.
pub struct Export<'a> {
    /// Where from.
    pub accounts: &'a dyn Accounts,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Also what may be secret: hashes, and the private data of providers with the second factors.
    pub with_hashes: bool,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Users.
    pub users: u64,
    /// Identities that were left out, since they are worth nothing without what may be secret.
    pub left_out: usize,
}

impl Export<'_> {
    /// Hands every user over, in the order of their ids. Users who come meanwhile are handed over too. It is written into the
    /// audit log before the first one leaves.
    ///
    /// # Errors
    /// The store's, or the writer's.
    pub async fn run(&self, mut write: impl FnMut(PortableUser) -> io::Result<()>) -> Result<Exported, ImportError> {
        let detail = if self.with_hashes { "all users, with password hashes" } else { "all users, without password hashes" };
        let action = "user.export".to_owned();
        let target = "users".to_owned();
        let entry = AuditEntry { at: self.clock.now(), actor: Actor::Operator, action, target, detail: detail.to_owned() };
        self.accounts.record_audit(&entry).await?;
        let (mut exported, mut after) = (Exported::default(), UserId(0));
        loop {
            let page = self.accounts.export_users(after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(exported) };
            after = *last;
            for (_, mut user) in page {
                if !self.with_hashes {
                    exported.left_out += user.without_secrets();
                }
                write(user)?;
                exported.users += 1;
            }
        }
    }
}
