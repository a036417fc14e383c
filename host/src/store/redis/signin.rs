//! The history of sign-ins. An entry names its user as long as the account is there.

use std::collections::HashMap;

use async_trait::async_trait;

use super::{
    ACCOUNTS, RedisStore,
    error::unexpected,
    history::History,
    link::Patience,
    record::Record,
    script::{Args, Pairs, script},
};
use crate::{
    model::{
        Timestamp, UserId,
        page::{Page, PageRequest},
        signin::{Hour, HourCount, SignIn, SignInFilter},
    },
    store::{Result, signin::SignIns},
};

#[async_trait]
impl SignIns for RedisStore {
    async fn record_signin(&self, signin: &SignIn) -> Result<()> {
        let fields = Pairs::new()
            .put("at", signin.at)
            .put("provider", &signin.provider)
            .put("result", &signin.result)
            .put("address", &signin.address)
            .put("user_agent", &signin.user_agent);
        let args = Args::new().maybe(signin.user).one(signin.at).one(&signin.provider).one(&signin.result).pairs(fields);
        let args = args.one(Hour::of(signin.at).0).one(signin.counted_as());
        self.run(script!("history", "signin_record"), ACCOUNTS, args).await
    }

    async fn signins(&self, filter: &SignInFilter, request: &PageRequest) -> Result<Page<SignIn>> {
        let history = History::new(ACCOUNTS, "signin", "signins")
            .only("user", "signins:user:", filter.user.map(|user| user.to_string()))
            .only("result", "signins:result:", filter.result.clone())
            .only("provider", "signins:provider:", filter.provider.clone());
        history.page(self, request, read).await
    }

    async fn signins_by_hour(&self, from: Hour, to: Hour) -> Result<Vec<HourCount>> {
        let args = Args::new().one(from.0).one(to.0);
        let hours: Vec<(i64, HashMap<String, u64>)> = self.run(script!("signin_hours"), ACCOUNTS, args).await?;
        let mut counts = Vec::new();
        for (hour, fields) in hours {
            for (name, count) in fields {
                let (provider, result) = name.split_once(':').ok_or_else(|| unexpected(&name))?;
                counts.push(HourCount { hour: Hour(hour), provider: provider.to_owned(), result: result.to_owned(), count });
            }
        }
        counts.sort_unstable();
        Ok(counts)
    }

    async fn purge_signins(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let args = Args::new().one(before).one(limit).one(Hour::of(before).0);
        self.run_patiently(script!("signin_purge"), ACCOUNTS, args, Patience::Long).await
    }
}

fn read(record: &Record) -> Result<SignIn> {
    let owned = record.fields().get("user").is_some_and(|user| !user.is_empty());
    Ok(SignIn {
        user: if owned { record.maybe_number("user")?.map(UserId) } else { None },
        at: record.time("at")?,
        provider: record.text("provider")?,
        result: record.text("result")?,
        address: record.text("address")?,
        user_agent: record.text("user_agent")?,
    })
}
