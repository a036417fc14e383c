//! The history of sign-ins. An entry names its user as long as the account is there.

use async_trait::async_trait;

use super::{
    ACCOUNTS, RedisStore,
    history::History,
    link::Patience,
    record::Record,
    script::{Args, Pairs, script},
};
use crate::{
    model::{
        Timestamp, UserId,
        page::{Page, PageRequest},
        signin::{SignIn, SignInFilter},
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
        self.run(script!("history", "signin_record"), ACCOUNTS, args).await
    }

    async fn signins(&self, filter: &SignInFilter, request: &PageRequest) -> Result<Page<SignIn>> {
        let history = History::new(ACCOUNTS, "signin", "signins")
            .only("user", "signins:user:", filter.user.map(|user| user.to_string()))
            .only("result", "signins:result:", filter.result.clone())
            .only("provider", "signins:provider:", filter.provider.clone());
        history.page(self, request, read).await
    }

    async fn purge_signins(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let args = Args::new().one(before).one(limit);
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
