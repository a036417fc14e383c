//! Sessions.

use async_trait::async_trait;

use super::{Record, Row, SqlStore, query, record::json_text};
use crate::{
    model::{
        SessionId, Timestamp, UserId,
        session::{EndReason, Ended, NewSession, Rotated, Rotation, Session},
    },
    store::{Result, session::Sessions},
};

/// The columns in the order of the table.
macro_rules! columns {
    () => {
        "id, user_id, amr, provider_digest, counter, roles, ext, kid, rotated_at, created_at, expires_at, idle_expires_at, \
         ended_at, end_reason, address, user_agent"
    };
}

/// Sessions that are ended in one go.
const BATCH: i64 = 500;

#[async_trait]
impl Sessions for SqlStore {
    async fn create_session(&self, new: &NewSession) -> Result<Session> {
        let session = begin_session(SessionId(self.reserved.sessions.next(self, "sessions").await?), new);
        let insert = query(concat!(
            "INSERT INTO sessions (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, NULL, $13, $14)"
        ))
        .bind(session.id.0)
        .bind(session.user.0)
        .bind(json_text(&session.amr)?)
        .bind(session.provider_digest.clone())
        .bind(session.counter)
        .bind(json_text(&session.roles)?)
        .bind(json_text(&session.ext)?)
        .bind(session.kid.clone())
        .bind(session.rotated_at.0)
        .bind(session.created_at.0)
        .bind(session.expires_at.0)
        .bind(session.idle_expires_at.0)
        .bind(session.address.clone())
        .bind(session.user_agent.clone());
        self.write(insert).await?;
        Ok(session)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>> {
        let row = query(concat!("SELECT ", columns!(), " FROM sessions WHERE id = $1")).bind(id.0).fetch_optional(self).await?;
        row.as_ref().map(read).transpose()
    }

    async fn rotate_session(&self, id: SessionId, rotation: &Rotation) -> Result<Rotated> {
        if let Some(turned) = self.turn(id, rotation).await? {
            return Ok(Rotated::Fresh(turned));
        }
        // The row may change between these looks; each write below is conditional again, so that logout still wins and
        // of several callers one ends the session.
        let Some(session) = self.session(id).await? else { return Ok(Rotated::Gone) };
        if !session.is_live(rotation.at) || session.counter <= rotation.counter {
            return Ok(Rotated::Gone);
        }
        if session.counter == rotation.counter + 1 && is_retry(&session, rotation) {
            return Ok(Rotated::Again(session));
        }
        Ok(self.end_reused(id, rotation).await?.map_or(Rotated::Gone, Rotated::Reused))
    }

    async fn end_session(&self, id: SessionId, ended: Ended) -> Result<bool> {
        let end = query("UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL");
        Ok(self.write(end.bind(id.0).bind(ended.at.0).bind(ended.reason.as_str())).await? > 0)
    }

    async fn end_sessions_of(&self, user: UserId, except: Option<SessionId>, ended: Ended) -> Result<Vec<SessionId>> {
        let end = query(
            "UPDATE sessions SET ended_at = $3, end_reason = $4
             WHERE user_id = $1 AND ended_at IS NULL AND (id <> $2 OR $2 IS NULL)
             RETURNING id",
        )
        .bind(user.0)
        .bind(except.map(|id| id.0))
        .bind(ended.at.0)
        .bind(ended.reason.as_str());
        let rows = self.write_returning(end).await?;
        rows.iter().map(|row| row.get("id").map(SessionId)).collect()
    }

    async fn end_sessions_by(&self, provider: &str, digest: Option<&str>, ended: Ended) -> Result<Vec<SessionId>> {
        let (mut after, mut found) = (SessionId(i64::MIN), Vec::new());
        loop {
            let batch = self.unended(after, digest).await?;
            let Some(last) = batch.last() else { return Ok(found) };
            after = last.id;
            let made = |session: &&Session| session.amr.iter().any(|name| name == provider);
            let ids: Vec<SessionId> = batch.iter().filter(made).map(|session| session.id).collect();
            found.extend(self.end_these(&ids, ended).await?);
        }
    }

    async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
        let rows = query(concat!(
            "SELECT ",
            columns!(),
            " FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND idle_expires_at > $2 ORDER BY created_at DESC, id DESC"
        ))
        .bind(user.0)
        .bind(now.0)
        .fetch_all(self)
        .await?;
        rows.iter().map(read).collect()
    }

    async fn touch_session(&self, id: SessionId, idle_expires_at: Timestamp) -> Result<bool> {
        let touch = query(
            "UPDATE sessions SET idle_expires_at = CASE
                 WHEN $2 < idle_expires_at THEN idle_expires_at WHEN $2 > expires_at THEN expires_at ELSE $2 END
             WHERE id = $1 AND ended_at IS NULL",
        );
        Ok(self.write(touch.bind(id.0).bind(idle_expires_at.0)).await? > 0)
    }

    async fn delete_sessions_of(&self, user: UserId) -> Result<u64> {
        self.write(query("DELETE FROM sessions WHERE user_id = $1").bind(user.0)).await
    }

    async fn purge_sessions(&self, before: Timestamp) -> Result<u64> {
        self.write(query("DELETE FROM sessions WHERE ended_at < $1 OR idle_expires_at < $1").bind(before.0)).await
    }
}

impl SqlStore {
    /// The conditional write that logout, revocation and other rotations contend for.
    async fn turn(&self, id: SessionId, rotation: &Rotation) -> Result<Option<Session>> {
        let turn = query(concat!(
            "UPDATE sessions SET counter = counter + 1, rotated_at = $3, roles = $4, kid = $5,
                 idle_expires_at = CASE WHEN $6 < expires_at THEN $6 ELSE expires_at END
             WHERE id = $1 AND counter = $2 AND ended_at IS NULL AND $3 < expires_at AND $3 < idle_expires_at
             RETURNING ",
            columns!()
        ))
        .bind(id.0)
        .bind(rotation.counter)
        .bind(rotation.at.0)
        .bind(json_text(&rotation.roles)?)
        .bind(rotation.kid.clone())
        .bind(rotation.idle_expires_at.0);
        self.write_returning(turn).await?.first().map(read).transpose()
    }

    /// The next batch of sessions that nobody ended yet, by id.
    async fn unended(&self, after: SessionId, digest: Option<&str>) -> Result<Vec<Session>> {
        let mut select = query(concat!("SELECT ", columns!(), " FROM sessions WHERE ended_at IS NULL AND id > ")).push_bind(after.0);
        if let Some(digest) = digest {
            select = select.push(" AND provider_digest = ").push_bind(digest.to_owned());
        }
        select.push(" ORDER BY id LIMIT ").push_bind(BATCH).fetch_all(self).await?.iter().map(read).collect()
    }

    async fn end_these(&self, ids: &[SessionId], ended: Ended) -> Result<Vec<SessionId>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let end = query("UPDATE sessions SET ended_at = ").push_bind(ended.at.0).push(", end_reason = ").push_bind(ended.reason.as_str());
        let end = end.push(" WHERE ended_at IS NULL AND id IN ").push_list(ids.iter().map(|id| id.0)).push(" RETURNING id");
        let rows = self.write_returning(end).await?;
        rows.iter().map(|row| row.get("id").map(SessionId)).collect()
    }

    /// Ends a session because of a spent token; `None` if somebody else ended it first.
    async fn end_reused(&self, id: SessionId, rotation: &Rotation) -> Result<Option<Session>> {
        let end = query(concat!(
            "UPDATE sessions SET ended_at = $3, end_reason = $4
             WHERE id = $1 AND counter > $2 AND ended_at IS NULL AND $3 < expires_at AND $3 < idle_expires_at
             RETURNING ",
            columns!()
        ))
        .bind(id.0)
        .bind(rotation.counter)
        .bind(rotation.at.0)
        .bind(EndReason::Reuse.as_str());
        self.write_returning(end).await?.first().map(read).transpose()
    }
}

/// Whether a token just spent comes back early enough to be a retry after a lost answer. The clocks of gateways differ a
/// little, so a time before the rotation counts as early; a window of zero switches retries off all the same.
fn is_retry(session: &Session, rotation: &Rotation) -> bool {
    !rotation.retry_window.is_zero() && rotation.at.since(session.rotated_at) <= rotation.retry_window
}

fn begin_session(id: SessionId, new: &NewSession) -> Session {
    Session {
        id,
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

fn read(row: &Row) -> Result<Session> {
    let record = Record::new("sessions", &["id"], row);
    let ended = match record.get::<Option<i64>>("ended_at")? {
        None => None,
        Some(at) => Some(Ended { at: Timestamp(at), reason: record.word("end_reason", EndReason::parse)? }),
    };
    Ok(Session {
        id: SessionId(record.get("id")?),
        user: UserId(record.get("user_id")?),
        amr: record.json("amr")?,
        provider_digest: record.get("provider_digest")?,
        counter: record.get("counter")?,
        roles: record.json("roles")?,
        ext: record.json("ext")?,
        kid: record.get("kid")?,
        rotated_at: record.time("rotated_at")?,
        created_at: record.time("created_at")?,
        expires_at: record.time("expires_at")?,
        idle_expires_at: record.time("idle_expires_at")?,
        ended,
        address: record.get("address")?,
        user_agent: record.get("user_agent")?,
    })
}
