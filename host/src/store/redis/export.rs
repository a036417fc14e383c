//! Export of users: a page, and all that belongs to it, as they are at one moment.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::{
    ACCOUNTS, RedisStore, identity,
    link::Patience,
    record::Fields,
    script::{Args, script},
    user,
};
use crate::{
    model::{
        Secret, UserId,
        identity::Identity,
        import::{Columns, PortableUser},
        user::NewIdentity,
    },
    store::{Result, import::Exports},
};

/// Users that are looked at in one step.
const BATCH: u32 = 500;

/// Id, hash, password and ways in of a user.
type Whole = (i64, Fields, Option<String>, Vec<Fields>);

#[async_trait]
impl Exports for RedisStore {
    async fn export_users(&self, after: UserId, limit: u32) -> Result<Vec<(UserId, PortableUser)>> {
        let args = Args::new().one(after).one(limit);
        let users: Vec<Whole> = self.run_patiently(script!("export_users"), ACCOUNTS, args, Patience::Long).await?;
        users.into_iter().map(|user| Ok((UserId(user.0), portable(user)?))).collect()
    }

    async fn export_columns(&self) -> Result<Columns> {
        let (mut profile, mut most) = (BTreeSet::new(), BTreeMap::<String, u64>::new());
        let mut after = UserId(0);
        loop {
            let batch = self.export_users(after, BATCH).await?;
            let Some((last, _)) = batch.last() else { break };
            after = *last;
            for (_, user) in batch {
                let mut counts = BTreeMap::<String, u64>::new();
                for way in user.identities.into_iter().filter(|way| way.private.is_none() && !way.is_factor) {
                    *counts.entry(way.provider).or_default() += 1;
                }
                for (provider, count) in counts {
                    let most = most.entry(provider).or_default();
                    *most = count.max(*most);
                }
                profile.extend(user.profile.into_keys());
            }
        }
        let identities = most.into_iter().map(|(provider, most)| (provider, usize::try_from(most).unwrap_or(usize::MAX)));
        Ok(Columns { profile: profile.into_iter().collect(), identities: identities.collect() })
    }
}

fn portable((id, fields, hash, ways): Whole) -> Result<PortableUser> {
    let user = user::read(UserId(id), fields)?;
    let mut ways = ways.into_iter().map(identity::read).collect::<Result<Vec<Identity>>>()?;
    ways.sort_unstable_by_key(|way| (way.created_at, way.id));
    Ok(PortableUser {
        email: user.email,
        email_verified: user.email_verified,
        display_name: user.display_name,
        locale: user.locale,
        roles: user.roles,
        disabled: user.disabled,
        created_at: user.created_at,
        password_hash: hash.map(Secret::new),
        profile: user.profile,
        identities: ways
            .into_iter()
            .map(|way| NewIdentity { provider: way.provider, subject: way.subject, private: way.private, is_factor: way.is_factor })
            .collect(),
    })
}
