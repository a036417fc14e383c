//! The stores that a test of many processes or of faults is run on, whatever the others are.

use crate::{app::Plan, postgresql::Database};

/// Which store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    Sqlite,
    Postgres,
    Redis,
    /// Accounts in PostgreSQL, the rest in Redis.
    PostgresAndRedis,
}

impl StoreKind {
    /// A gateway with a fresh store of this kind.
    pub fn plan(self) -> Plan {
        let plan = Plan::new().on_file();
        match self {
            Self::Sqlite => plan,
            Self::Postgres => plan.on(Database::like_template()),
            Self::Redis => plan.on_new_redis("database_url"),
            Self::PostgresAndRedis => plan.on(Database::like_template()).on_new_redis("sessions_url"),
        }
    }

    /// Whether accounts are in tables that a test can look into.
    pub fn has_tables(self) -> bool {
        self != Self::Redis
    }

    /// The same without any tables.
    pub fn empty(self) -> Plan {
        let plan = Plan::new().on_file();
        match self {
            Self::Sqlite => plan,
            Self::Postgres => plan.on(Database::empty()),
            // There are no others.
            Self::Redis | Self::PostgresAndRedis => self.plan(),
        }
    }

    /// With `simple`, and hashes as cheap as they can be: what is tried is not hashing.
    pub fn cheap(self) -> Plan {
        self.plan().simple().set("password_memory_kib", "8").set("password_iterations", "1")
    }
}

/// Makes of each function a test for each store, in a module that is named after the store; with `tables:` for those alone whose
/// tables it looks into.
macro_rules! on_each_store {
    ($($test:ident),+ $(,)?) => {
        on_each_store! { @on sqlite, Sqlite, all(), $($test)+ }
        on_each_store! { @on postgres, Postgres, postgresql, $($test)+ }
        on_each_store! { @on redis, Redis, redis, $($test)+ }
        on_each_store! { @on postgres_and_redis, PostgresAndRedis, all(postgresql, redis), $($test)+ }
    };
    (tables: $($test:ident),+ $(,)?) => {
        on_each_store! { @on sqlite, Sqlite, all(), $($test)+ }
        on_each_store! { @on postgres, Postgres, postgresql, $($test)+ }
    };
    (@on $module:ident, $kind:ident, $there:meta, $($test:ident)+) => {
        mod $module { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[cfg_attr(not($there), ignore = "its server is not there: `cargo xtask test` brings it")]
            async fn $test() {
                super::$test(crate::store_kind::StoreKind::$kind).await;
            }
        )+ }
    };
}
pub(crate) use on_each_store;
