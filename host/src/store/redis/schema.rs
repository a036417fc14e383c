//! The layout of the data, by number.

use redis::cmd;

use super::{
    ACCOUNTS, RedisStore,
    script::{Args, script},
};
use crate::{model::user::ADMIN, store::OpenError};

/// Number and name of the layouts, in order.
const LAYOUTS: [(i64, &str); 1] = [(1, "foundation")];
pub(super) const KEY: &str = "vestibule:layout";

pub(super) async fn migrate(store: &RedisStore) -> Result<(), OpenError> {
    if pending(store).await?.is_empty() {
        return Ok(());
    }
    // Both again and again do no harm, so that several gateways may do it at once.
    let args = Args::new().one(ADMIN).one("Administrators of this gateway").one(true);
    store.run::<bool>(script!("role_create"), ACCOUNTS, args).await?;
    store.command::<()>(cmd("SET").arg(KEY).arg(known())).await?;
    Ok(())
}

pub(super) async fn pending(store: &RedisStore) -> Result<Vec<String>, OpenError> {
    let found: Option<i64> = store.command(cmd("GET").arg(KEY)).await?;
    let found = found.unwrap_or(0);
    if found > known() {
        return Err(OpenError::Newer { found, known: known() });
    }
    Ok(LAYOUTS.into_iter().filter(|(layout, _)| *layout > found).map(|(_, name)| name.to_owned()).collect())
}

pub(super) async fn is_new(store: &RedisStore) -> Result<bool, OpenError> {
    let found: Option<i64> = store.command(cmd("GET").arg(KEY)).await?;
    // The layout lies on one node of a cluster, and may be lost with it.
    Ok(found.is_none() && store.keys("vestibule:*").await?.is_empty())
}

fn known() -> i64 {
    LAYOUTS.iter().map(|(layout, _)| *layout).max().unwrap_or(0)
}
