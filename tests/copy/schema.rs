//! What the copy knows of the schema is all that there is.

use std::collections::{BTreeMap, BTreeSet};

use vestibule::store::{
    records::kind::{KINDS, NOT_COPIED},
    sql::SqlStore,
    upkeep::Upkeep as _,
};

use crate::database::Database;

#[tokio::test]
async fn a6_every_table_and_column_is_copied_or_said_not_to_be() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/v.db", directory.path().display());
    let store = SqlStore::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let mut database = Database::open(&url).await;
    let mut there = BTreeMap::<String, BTreeSet<String>>::new();
    for table in database.column::<String>("SELECT name FROM sqlite_master WHERE type = 'table'").await {
        let columns = database.column(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
        there.insert(table, columns.into_iter().collect());
    }
    for table in NOT_COPIED {
        assert!(there.remove(table).is_some(), "{table} is gone");
    }
    let mut known = BTreeMap::<String, BTreeSet<String>>::new();
    for kind in KINDS {
        let parts = kind.parts.iter().map(|part| (part, Some(kind.owner)));
        for (table, owner) in [(&kind.table, None)].into_iter().chain(parts) {
            let columns = table.columns.iter().map(|column| column.name).chain(owner).chain(table.stamp);
            known.insert(table.name.to_owned(), columns.map(ToOwned::to_owned).collect());
            assert!(table.key.iter().all(|key| table.place(key).is_some()), "the key of {}", table.name);
        }
    }
    assert_eq!(there, known, "tell store/records/kind.rs of what is new, and store/redis/records/ where Redis keeps it");
}
