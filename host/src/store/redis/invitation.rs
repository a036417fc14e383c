//! Invitations: a hash each, a key that leads to it from its token, and sorted sets by number, address and state.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{
    ACCOUNTS, RedisStore,
    error::unexpected,
    outbox::put_mail,
    record::{Fields, Record},
    script::{Args, Pairs, script},
    user::{made, put_user},
};
use crate::{
    model::{
        Email, InvitationId, Timestamp, UserId,
        invitation::{Acceptance, Accepted, Invitation, InvitationFilter, InvitationRevoked, InvitationState, NewInvitation},
        outbox::NewMail,
        page::{COUNTED, From, Page, PageRequest},
    },
    store::{Result, invitation::Invitations},
};

#[async_trait]
impl Invitations for RedisStore {
    async fn create_invitation(&self, new: &NewInvitation, mail: &NewMail) -> Result<Option<Invitation>> {
        let roles: BTreeSet<&str> = new.roles.iter().map(String::as_str).collect();
        let roles: Vec<&str> = roles.into_iter().collect();
        let fields = Pairs::new()
            .put("token_hash", &new.token_hash)
            .put("email", new.email.as_str())
            .put("roles", roles.join(","))
            .put_if("note", new.note.as_ref())
            .put("locale", &new.locale)
            .put("created_at", new.created_at)
            .put("expires_at", new.expires_at);
        let args = put_mail(Args::new(), mail)
            .one(&new.token_hash)
            .one(new.email.as_str())
            .one(new.expires_at)
            .one(new.created_by)
            .list(roles)
            .pairs(fields);
        let made: Option<Fields> = self.run(script!("accounts", "outbox", "invitation", "invitation_create"), ACCOUNTS, args).await?;
        made.map(read).transpose()
    }

    async fn invitation(&self, id: InvitationId) -> Result<Option<Invitation>> {
        self.one_invitation(Args::new().maybe(Some(id.0)).maybe::<&str>(None)).await
    }

    async fn invitation_by_token(&self, token_hash: &str) -> Result<Option<Invitation>> {
        self.one_invitation(Args::new().maybe::<i64>(None).maybe(Some(token_hash))).await
    }

    async fn invitations(&self, filter: &InvitationFilter, now: Timestamp, request: &PageRequest) -> Result<Page<Invitation>> {
        let state = match filter.state {
            None => "all",
            Some(InvitationState::Pending) => "pending",
            Some(InvitationState::Used) => "used",
            Some(InvitationState::Expired) => "expired",
            Some(InvitationState::Revoked) => "revoked",
        };
        let after = match request.from {
            From::After(id) => Some(id),
            From::Number(_) => None,
        };
        let args = Args::new()
            .one(state)
            .maybe(filter.email.as_ref().map(Email::as_str))
            .one(now)
            .maybe(after)
            .one(request.offset().unwrap_or_default())
            .one(request.size)
            .one(COUNTED);
        let (total, found): (u64, Vec<Fields>) = self.run(script!("invitation", "invitation_page"), ACCOUNTS, args).await?;
        let items = found.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(Page::cut(items, request.size, total.min(COUNTED), |invitation| invitation.id.0))
    }

    async fn revoke_invitation(&self, id: InvitationId, at: Timestamp) -> Result<InvitationRevoked> {
        let word: String = self.run(script!("invitation", "invitation_revoke"), ACCOUNTS, Args::new().one(id.0).one(at)).await?;
        match word.as_str() {
            "done" => Ok(InvitationRevoked::Done),
            "none" => Ok(InvitationRevoked::NotFound),
            "used" => Ok(InvitationRevoked::Used),
            _ => Err(unexpected(word)),
        }
    }

    async fn accept_invitation(&self, acceptance: &Acceptance) -> Result<Accepted> {
        let args = Args::new().one(&acceptance.token_hash).one(acceptance.mail.is_some());
        let args = acceptance.mail.iter().fold(args, put_mail);
        let args = put_user(args, &acceptance.user);
        let script = script!("accounts", "outbox", "invitation", "invitation_accept");
        match made(self.run(script, ACCOUNTS, args).await?)? {
            (_, Some(user)) => Ok(Accepted::User(Box::new(user))),
            (word, None) => match word.as_str() {
                "none" => Ok(Accepted::NotFound),
                "used" => Ok(Accepted::Used),
                "revoked" => Ok(Accepted::Revoked),
                "expired" => Ok(Accepted::Expired),
                "email" => Ok(Accepted::EmailTaken),
                "identity" => Ok(Accepted::IdentityTaken),
                _ => Err(unexpected(word)),
            },
        }
    }

    async fn purge_invitations(&self, before: Timestamp, limit: u32) -> Result<u64> {
        self.run(script!("invitation", "invitation_purge"), ACCOUNTS, Args::new().one(before).one(limit)).await
    }
}

impl RedisStore {
    async fn one_invitation(&self, args: Args) -> Result<Option<Invitation>> {
        let fields: Fields = self.run(script!("invitation", "invitation_get"), ACCOUNTS, args).await?;
        if fields.is_empty() { Ok(None) } else { read(fields).map(Some) }
    }
}

fn read(fields: Fields) -> Result<Invitation> {
    let id = fields.get("id").map(|id| String::from_utf8_lossy(id).into_owned()).unwrap_or_default();
    let record = Record::new("invitation", id, fields);
    let roles = record.maybe_text("roles")?.unwrap_or_default();
    Ok(Invitation {
        id: InvitationId(record.number("id")?),
        token_hash: record.text("token_hash")?,
        email: record.email("email")?,
        roles: roles.split(',').filter(|role| !role.is_empty()).map(ToOwned::to_owned).collect(),
        note: record.maybe_text("note")?,
        locale: record.text("locale")?,
        created_by: record.maybe_number("created_by")?.map(UserId),
        created_at: record.time("created_at")?,
        expires_at: record.time("expires_at")?,
        used: record.maybe_time("used_at")?.zip(record.maybe_number("used_by")?.map(UserId)),
        revoked_at: record.maybe_time("revoked_at")?,
    })
}
