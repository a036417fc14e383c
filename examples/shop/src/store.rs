//! What the shop keeps: one SQL text for SQLite and PostgreSQL. A public method is one atomic operation.

mod cart;
mod error;
mod order;
mod schema;
mod seed;
mod shop;
mod sql;
mod user;

pub use cart::Kept;
pub use error::StoreError;
pub use order::{NewOrder, Placed};
pub use seed::{Contents, NewBook, NewOffer, NewShop, PastOrder, Seed};
pub use user::Customer;

use sql::Database;

/// What the store's operations give.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
}

impl Store {
    /// Connects to `sqlite://PATH`, whose file is made if it is missing, or to `postgres://USER:PASSWORD@HOST/DATABASE`. The
    /// schema is not touched: see [`Self::migrate`].
    ///
    /// # Errors
    /// If the URL is not understood or the database is out of reach. No error repeats the URL, which may hold a password.
    pub async fn open(url: &str) -> Result<Self> {
        Ok(Self { database: Database::open(url).await? })
    }

    /// Brings the schema up to date; several processes may do it at once.
    ///
    /// # Errors
    /// If a migration fails, or was applied with another text.
    pub async fn migrate(&self) -> Result<()> {
        schema::migrate(&self.database).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// If it does not, or has no schema.
    pub async fn ping(&self) -> Result<()> {
        self.database.rows(sql::sql("SELECT name FROM sequences")).await.map(drop)
    }

    /// Waits for what is under way and closes all connections.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
