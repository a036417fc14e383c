//! Import of users: a batch is one step.

use async_trait::async_trait;
use redis::cmd;

use super::{
    ACCOUNTS, RedisStore,
    error::unexpected,
    identity::put_identity,
    link::Patience,
    script::{Args, Pairs, script},
    user::{OWN, missing_role, profile_field},
};
use crate::{
    model::{
        Email, Secret, Timestamp,
        import::{PortableUser, Progress},
    },
    store::{Result, import::Imports},
};

#[async_trait]
impl Imports for RedisStore {
    async fn import_users(&self, users: &[PortableUser], progress: &Progress, at: Timestamp) -> Result<Vec<bool>> {
        let args = Args::new().one(&progress.file).maybe((!progress.is_done).then_some(progress.lines)).one(at).one(users.len());
        let args = users.iter().fold(args, put_user);
        let said: Vec<String> = self.run_patiently(script!("accounts", "import_users"), ACCOUNTS, args, Patience::Long).await?;
        match said.split_first() {
            Some((word, made)) if word == "made" => Ok(made.iter().map(|made| made == "1").collect()),
            Some((word, [role])) if word == "role" => Err(missing_role(role)),
            _ => Err(unexpected(format!("{said:?}"))),
        }
    }

    async fn lines_imported(&self, file: &str) -> Result<u64> {
        let lines: Option<u64> = self.command(cmd("HGET").arg(format!("{ACCOUNTS}imports")).arg(file)).await?;
        Ok(lines.unwrap_or(0))
    }
}

fn put_user(args: Args, user: &PortableUser) -> Args {
    let mut fields = Pairs::new()
        .put("email_verified", user.email_verified)
        .put_if("display_name", user.display_name.as_ref())
        .put_if("locale", user.locale.as_ref())
        .put("disabled", user.disabled)
        .put("created_at", user.created_at);
    for (name, value) in &user.profile {
        fields = fields.put(profile_field(OWN, name), value);
    }
    let args = args
        .maybe(user.email.as_ref().map(Email::as_str))
        .pairs(fields)
        .maybe(user.password_hash.as_ref().map(Secret::expose))
        .list(&user.roles)
        .one(user.identities.len());
    user.identities.iter().fold(args, put_identity)
}
