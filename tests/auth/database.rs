//! The gateway's database, read behind its back.

use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use crate::app::App;

impl App {
    /// Opens the database beside the gateway.
    pub async fn database(&self) -> SqliteConnection {
        let url = format!("sqlite://{}", self.data().join("vestibule.db").display());
        SqliteConnection::connect(&url).await.expect("the database")
    }

    /// A number out of the database.
    pub async fn number(&self, statement: &str) -> i64 {
        let mut database = self.database().await;
        let row = sqlx::query(AssertSqlSafe(statement)).fetch_one(&mut database).await.expect(statement);
        row.get(0)
    }

    /// The first column of all rows, as text.
    pub async fn texts(&self, statement: &str) -> Vec<String> {
        let mut database = self.database().await;
        let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut database).await.expect(statement);
        rows.iter().map(|row| row.get(0)).collect()
    }
}
