//! Users by the thousand, in and out.

use async_trait::async_trait;

use super::Result;
use crate::model::{
    Timestamp, UserId,
    import::{Columns, PortableUser, Progress},
};

/// Import, batch by batch.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Makes all of those users of whom neither the address nor an identity is taken, and notes how far the file has come,
    /// or does nothing at all. Says of each whether it was made. Their roles must exist.
    async fn import_users(&self, users: &[PortableUser], progress: &Progress, at: Timestamp) -> Result<Vec<bool>>;
    /// Lines that an import of the file has done and that was interrupted; 0 without one.
    async fn lines_imported(&self, file: &str) -> Result<u64>;
}

/// Export, page by page.
#[async_trait]
pub trait Exports: Send + Sync {
    /// At most `limit` users with larger ids than `after`, in order, hashes and private data included.
    async fn export_users(&self, after: UserId, limit: u32) -> Result<Vec<(UserId, PortableUser)>>;
    /// What a table of all users needs. Looks at every identity and profile entry.
    async fn export_columns(&self) -> Result<Columns>;
}
