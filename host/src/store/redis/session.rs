//! Sessions: a hash each. All of a user are in one group, and a session's id says which, so that what concerns one session
//! and what concerns all of a user are one step each, and a cluster still has 256 slots to spread them over.

use std::time::Duration;

use async_trait::async_trait;
use redis::cmd;

use super::{
    RedisStore,
    error::unexpected,
    link::Patience,
    record::{Fields, Record, json_text},
    script::{Args, Pairs, Script, script},
};
use crate::{
    model::{
        SessionId, Timestamp, UserId,
        session::{EndReason, Ended, NewSession, Rotated, Rotation, Session},
    },
    store::{Result, session::Sessions},
};

/// The same number stands in `session_create.lua`.
pub(super) const GROUPS: i64 = 256;
/// Sessions that one step passes.
const BATCH: u64 = 500;
/// How long Redis keeps a session after its end: longer than the flow does, which purges by its own clock.
const STAY: Duration = Duration::from_hours(48);

#[async_trait]
impl Sessions for RedisStore {
    async fn create_session(&self, new: &NewSession) -> Result<Session> {
        let mut session = begin(new);
        let group = new.user.0.rem_euclid(GROUPS);
        let args = Args::new()
            .one(group)
            .one(session.user)
            .one(session.created_at)
            .one(session.idle_expires_at)
            .one(stay())
            .pairs(fields(&session)?);
        session.id = SessionId(self.run(script!("session", "session_create"), &prefix(group), args).await?);
        Ok(session)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>> {
        let mut fields = self.session_in(group(id), id).await?;
        if fields.is_empty()
            && let Some(group) = self.moved_to(id).await?
        {
            fields = self.session_in(group, id).await?;
        }
        maybe(id, fields)
    }

    async fn rotate_session(&self, id: SessionId, rotation: &Rotation) -> Result<Rotated> {
        match self.rotate_in(group(id), id, rotation).await? {
            Rotated::Gone => match self.moved_to(id).await? {
                Some(group) => self.rotate_in(group, id, rotation).await,
                None => Ok(Rotated::Gone),
            },
            rotated => Ok(rotated),
        }
    }

    async fn end_session(&self, id: SessionId, ended: Ended) -> Result<bool> {
        let script = script!("session", "session_end");
        self.one_or_moved(script, id, || Args::new().one(id).one(ended.at).one(ended.reason.as_str())).await
    }

    async fn end_sessions_of(&self, user: UserId, except: Option<SessionId>, ended: Ended) -> Result<Vec<SessionId>> {
        let args = Args::new().one(user).maybe(except).one(ended.at).one(ended.reason.as_str());
        let ids: Vec<i64> = self.run(script!("session", "session_end_of"), &prefix_of(user), args).await?;
        Ok(ids.into_iter().map(SessionId).collect())
    }

    async fn end_sessions_by(&self, provider: &str, digest: Option<&str>, ended: Ended) -> Result<Vec<SessionId>> {
        let mut found = Vec::new();
        for group in 0..GROUPS {
            let mut after = 0;
            loop {
                let args = Args::new().one(after).one(BATCH).one(provider).maybe(digest).one(ended.at).one(ended.reason.as_str());
                let (last, ids): (Option<i64>, Vec<i64>) = self.run(script!("session", "session_end_by"), &prefix(group), args).await?;
                found.extend(ids.into_iter().map(SessionId));
                let Some(last) = last else { break };
                after = last;
            }
        }
        Ok(found)
    }

    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
        let sessions: Vec<(i64, Fields)> =
            self.run(script!("session", "session_of"), &prefix_of(user), Args::new().one(user).one(now)).await?;
        let mut sessions = sessions.into_iter().map(|(id, fields)| read(SessionId(id), fields)).collect::<Result<Vec<_>>>()?;
        sessions.sort_unstable_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));
        Ok(sessions)
    }

    async fn touch_session(&self, id: SessionId, idle_expires_at: Timestamp) -> Result<bool> {
        let args = || Args::new().one(id).one(idle_expires_at).one(self.clock.now()).one(stay());
        self.one_or_moved(script!("session", "session_touch"), id, args).await
    }

    async fn delete_sessions_of(&self, user: UserId) -> Result<u64> {
        self.run(script!("session", "session_delete_of"), &prefix_of(user), Args::new().one(user)).await
    }

    async fn purge_sessions(&self, before: Timestamp) -> Result<u64> {
        let mut gone = 0;
        for group in 0..GROUPS {
            loop {
                let args = Args::new().one(before).one(BATCH);
                let (passed, removed): (u64, u64) =
                    self.run_patiently(script!("session", "session_purge"), &prefix(group), args, Patience::Long).await?;
                gone += removed;
                if passed < BATCH {
                    break;
                }
            }
        }
        Ok(gone)
    }
}

impl RedisStore {
    /// The group of a session that came from another store, with an id that does not say it.
    async fn moved_to(&self, id: SessionId) -> Result<Option<i64>> {
        self.command(cmd("GET").arg(moved(id))).await
    }

    async fn session_in(&self, group: i64, id: SessionId) -> Result<Fields> {
        self.command(cmd("HGETALL").arg(format!("{}session:{id}", prefix(group)))).await
    }

    async fn rotate_in(&self, group: i64, id: SessionId, rotation: &Rotation) -> Result<Rotated> {
        let fields = Pairs::new().put("roles", json_text(&rotation.roles)?).put("kid", &rotation.kid);
        let args = Args::new()
            .one(id)
            .one(rotation.counter)
            .one(rotation.at)
            .one(rotation.idle_expires_at)
            .one(u64::try_from(rotation.retry_window.as_micros()).unwrap_or(u64::MAX))
            .one(stay())
            .pairs(fields);
        let (word, fields): (String, Option<Fields>) = self.run(script!("session", "session_rotate"), &prefix(group), args).await?;
        match (word.as_str(), fields) {
            ("fresh", Some(fields)) => read(id, fields).map(Rotated::Fresh),
            ("again", Some(fields)) => read(id, fields).map(Rotated::Again),
            ("reused", Some(fields)) => read(id, fields).map(Rotated::Reused),
            ("gone", _) => Ok(Rotated::Gone),
            _ => Err(unexpected(word)),
        }
    }

    /// Runs a script that says whether it found the session.
    async fn one_or_moved(&self, script: &Script, id: SessionId, args: impl Fn() -> Args + Send) -> Result<bool> {
        if self.run(script, &prefix(group(id)), args()).await? {
            return Ok(true);
        }
        match self.moved_to(id).await? {
            Some(group) => self.run(script, &prefix(group), args()).await,
            None => Ok(false),
        }
    }
}

/// Where the group of a session that came from another store is noted.
pub(super) fn moved(id: SessionId) -> String {
    format!("vestibule:moved:{id}")
}

pub(super) const fn group(id: SessionId) -> i64 {
    id.0.rem_euclid(GROUPS)
}

fn prefix_of(user: UserId) -> String {
    prefix(user.0.rem_euclid(GROUPS))
}

pub(super) fn prefix(group: i64) -> String {
    format!("vestibule:{{s:{group}}}:")
}

pub(super) fn stay() -> u64 {
    u64::try_from(STAY.as_millis()).unwrap_or(u64::MAX)
}

/// Without its id, which the store gives.
fn begin(new: &NewSession) -> Session {
    Session {
        id: SessionId(0),
        user: new.user,
        amr: new.amr.clone(),
        provider_digest: new.provider_digest.clone(),
        counter: 0,
        roles: new.roles.clone(),
        ext: new.ext.clone(),
        kid: new.kid.clone(),
        rotated_at: new.created_at,
        created_at: new.created_at,
        expires_at: new.expires_at,
        idle_expires_at: new.idle_expires_at.min(new.expires_at),
        ended: None,
        address: new.address.clone(),
        user_agent: new.user_agent.clone(),
    }
}

fn fields(session: &Session) -> Result<Pairs> {
    Ok(Pairs::new()
        .put("user", session.user)
        .put("amr", json_text(&session.amr)?)
        .put("provider_digest", &session.provider_digest)
        .put("counter", session.counter)
        .put("roles", json_text(&session.roles)?)
        .put("ext", json_text(&session.ext)?)
        .put("kid", &session.kid)
        .put("rotated_at", session.rotated_at)
        .put("created_at", session.created_at)
        .put("expires_at", session.expires_at)
        .put("idle_expires_at", session.idle_expires_at)
        .put("address", &session.address)
        .put("user_agent", &session.user_agent))
}

fn maybe(id: SessionId, fields: Fields) -> Result<Option<Session>> {
    if fields.is_empty() { Ok(None) } else { read(id, fields).map(Some) }
}

fn read(id: SessionId, fields: Fields) -> Result<Session> {
    let record = Record::new("session", id, fields);
    let ended = match record.maybe_time("ended_at")? {
        None => None,
        Some(at) => Some(Ended { at, reason: record.word("end_reason", EndReason::parse)? }),
    };
    Ok(Session {
        id,
        user: UserId(record.number("user")?),
        amr: record.json("amr")?,
        provider_digest: record.text("provider_digest")?,
        counter: record.number("counter")?,
        roles: record.json("roles")?,
        ext: record.json("ext")?,
        kid: record.text("kid")?,
        rotated_at: record.time("rotated_at")?,
        created_at: record.time("created_at")?,
        expires_at: record.time("expires_at")?,
        idle_expires_at: record.time("idle_expires_at")?,
        ended,
        address: record.text("address")?,
        user_agent: record.text("user_agent")?,
    })
}
