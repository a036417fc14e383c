//! Changes of a user, within one transaction.

use super::{
    super::{Transaction, commit, credential, execute, query, role},
    OWN, read, remove_entry, set_entry,
};
use crate::{
    model::{
        Email, UserId,
        user::{Amended, Amendment, UserChange},
    },
    store::Result,
};

/// What users may change themselves; false if there is no such user. It holds the row until the commit, also when there is
/// nothing to change.
pub(super) async fn own(transaction: &mut Transaction, id: UserId, change: &UserChange) -> Result<bool> {
    let update = query(
        "UPDATE users SET display_name = CASE WHEN $2 THEN $3 ELSE display_name END,
             locale = CASE WHEN $4 THEN $5 ELSE locale END
         WHERE id = $1",
    )
    .bind(id.0)
    .bind(change.display_name.is_some())
    .bind(change.display_name.clone().flatten())
    .bind(change.locale.is_some())
    .bind(change.locale.clone().flatten());
    if execute(transaction, update).await? == 0 {
        return Ok(false);
    }
    for (name, value) in &change.profile {
        match value {
            Some(value) => set_entry(transaction, id, OWN, name, value).await?,
            None => remove_entry(transaction, id, name).await?,
        }
    }
    Ok(true)
}

/// Leaving early rolls back.
pub(super) async fn whole(mut transaction: Transaction, id: UserId, amendment: &Amendment) -> Result<Amended> {
    if amendment.disabled == Some(true) && role::is_last_administrator(&mut transaction, id).await? {
        return Ok(Amended::LastAdministrator);
    }
    if !own(&mut transaction, id, &amendment.own).await? {
        return Ok(Amended::NotFound);
    }
    if let Some(new) = &amendment.email
        && !address(&mut transaction, id, new.as_ref()).await?
    {
        return Ok(Amended::EmailTaken);
    }
    flags(&mut transaction, id, amendment).await?;
    if let Some(hash) = &amendment.password_hash {
        credential::set(&mut transaction, id, hash).await?;
    }
    let user = read::by_id(&mut transaction, id).await?;
    commit(transaction).await?;
    Ok(user.map_or(Amended::NotFound, Amended::Done))
}

/// Another address is unverified until somebody says otherwise. False if it is taken.
async fn address(transaction: &mut Transaction, id: UserId, new: Option<&Email>) -> Result<bool> {
    let select = query("SELECT email FROM users WHERE id = $1").bind(id.0);
    let row = select.fetch_one(&mut *transaction).await?;
    let old: Option<String> = row.get("email")?;
    let new = new.map(|email| email.as_str().to_owned());
    if old == new {
        return Ok(true);
    }
    let update = query(
        "UPDATE users SET email = $2, email_verified = FALSE
         WHERE id = $1 AND NOT EXISTS (SELECT taken.id FROM users AS taken WHERE taken.email = $2)",
    );
    if execute(transaction, update.bind(id.0).bind(new.clone())).await? == 0 {
        return Ok(false);
    }
    if let Some(old) = old {
        rename(transaction, id, &old, new).await?;
    }
    Ok(true)
}

/// A way in that is named by the address goes by the new one, unless another account has that already.
async fn rename(transaction: &mut Transaction, id: UserId, old: &str, new: Option<String>) -> Result<()> {
    if let Some(new) = new {
        let rename = query(
            "UPDATE identities SET subject = $3 WHERE user_id = $1 AND subject = $2
             AND NOT EXISTS (SELECT taken.id FROM identities AS taken WHERE taken.provider = identities.provider AND taken.subject = $3)",
        );
        execute(transaction, rename.bind(id.0).bind(old.to_owned()).bind(new)).await?;
    }
    let remove = query("DELETE FROM identities WHERE user_id = $1 AND subject = $2");
    execute(transaction, remove.bind(id.0).bind(old.to_owned())).await?;
    Ok(())
}

async fn flags(transaction: &mut Transaction, id: UserId, amendment: &Amendment) -> Result<()> {
    let update = query(
        "UPDATE users SET email_verified = CASE WHEN $2 THEN $3 ELSE email_verified END,
             disabled = CASE WHEN $4 THEN $5 ELSE disabled END
         WHERE id = $1",
    )
    .bind(id.0)
    .bind(amendment.email_verified.is_some())
    .bind(amendment.email_verified.unwrap_or_default())
    .bind(amendment.disabled.is_some())
    .bind(amendment.disabled.unwrap_or_default());
    execute(transaction, update).await?;
    Ok(())
}
