//! Invitations, a page at a time, each kind of page through an index of its own.

use super::super::{Query, Record, Row, SqlStore, Transaction, query};
use crate::{
    model::{
        Email, InvitationId, Timestamp, UserId,
        invitation::{Invitation, InvitationFilter, InvitationState},
        page::{COUNTED, From, Page, PageRequest},
    },
    store::Result,
};

macro_rules! columns {
    () => {
        "SELECT id, token_hash, email, note, locale, created_by, created_at, expires_at, used_at, used_by, revoked_at FROM invitations"
    };
}
pub(super) use columns;

pub(super) async fn of(store: &SqlStore, filter: &InvitationFilter, now: Timestamp, request: &PageRequest) -> Result<Page<Invitation>> {
    // One moment for all statements of a page.
    let mut moment = store.database.moment().await?;
    let counted = count(filter, now).fetch_one(&mut moment).await?;
    let total = Record::new("invitations", &[], &counted).count("total")?;
    let after = match request.from {
        From::Number(_) => None,
        From::After(id) => match place(&mut moment, filter, id).await? {
            None => return Ok(Page { items: Vec::new(), total, next: None }),
            place => place,
        },
    };
    let rows = select(filter, now, after, request).fetch_all(&mut moment).await?;
    let mut items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    with_roles(&mut moment, &mut items).await?;
    Ok(Page::cut(items, request.size, total, |invitation| invitation.id.0))
}

/// What a page is ordered by, beside the id: of one state, the time that decides it.
fn order(filter: &InvitationFilter) -> Option<&'static str> {
    match (filter.state, &filter.email) {
        (None, _) | (_, Some(_)) => None,
        (Some(InvitationState::Pending | InvitationState::Expired), None) => Some("expires_at"),
        (Some(InvitationState::Used), None) => Some("used_at"),
        (Some(InvitationState::Revoked), None) => Some("revoked_at"),
    }
}

/// Where an invitation stands in the order: the deciding time, and the id. None if it is gone, or has another state now.
async fn place(transaction: &mut Transaction, filter: &InvitationFilter, id: i64) -> Result<Option<(i64, i64)>> {
    let Some(column) = order(filter) else { return Ok(Some((0, id))) };
    let select = query("SELECT ").push(column).push(" AS at FROM invitations WHERE id = ").push_bind(id);
    let at = select.fetch_optional(transaction).await?.map(|row| row.get::<Option<i64>>("at")).transpose()?.flatten();
    Ok(at.map(|at| (at, id)))
}

fn count(filter: &InvitationFilter, now: Timestamp) -> Query {
    let count = narrow(query("SELECT COUNT(*) AS total FROM (SELECT id FROM invitations WHERE TRUE"), filter, now);
    count.push(" LIMIT ").push_bind(i64::try_from(COUNTED).unwrap_or(i64::MAX)).push(") AS counted")
}

fn select(filter: &InvitationFilter, now: Timestamp, after: Option<(i64, i64)>, request: &PageRequest) -> Query {
    let mut select = narrow(query(columns!()).push(" WHERE TRUE"), filter, now);
    select = match (order(filter), after) {
        (Some(column), Some((at, id))) => select.push(" AND (").push(column).push(", id) < ").push_list([at, id]),
        (None, Some((_, id))) => select.push(" AND id < ").push_bind(id),
        (_, None) => select,
    };
    select = select.push(" ORDER BY ");
    if let Some(column) = order(filter) {
        select = select.push(column).push(" DESC, ");
    }
    let offset = i64::try_from(request.offset().unwrap_or_default()).unwrap_or(i64::MAX);
    select.push("id DESC LIMIT ").push_bind(i64::from(request.size) + 1).push(" OFFSET ").push_bind(offset)
}

fn narrow(mut statement: Query, filter: &InvitationFilter, now: Timestamp) -> Query {
    if let Some(email) = &filter.email {
        statement = statement.push(" AND email = ").push_bind(email.as_str().to_owned());
    }
    match filter.state {
        None => statement,
        Some(InvitationState::Used) => statement.push(" AND used_at IS NOT NULL"),
        Some(InvitationState::Revoked) => statement.push(" AND revoked_at IS NOT NULL"),
        Some(InvitationState::Pending) => statement.push(" AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ").push_bind(now.0),
        Some(InvitationState::Expired) => statement.push(" AND used_at IS NULL AND revoked_at IS NULL AND expires_at <= ").push_bind(now.0),
    }
}

pub(super) async fn with_roles(transaction: &mut Transaction, invitations: &mut [Invitation]) -> Result<()> {
    if invitations.is_empty() {
        return Ok(());
    }
    let select = query("SELECT invitation_id, role FROM invitation_roles WHERE invitation_id IN ");
    let select = select.push_list(invitations.iter().map(|invitation| invitation.id.0)).push(" ORDER BY invitation_id, role");
    for row in select.fetch_all(transaction).await? {
        let record = Record::new("invitation_roles", &["invitation_id"], &row);
        let id: i64 = record.get("invitation_id")?;
        if let Some(invitation) = invitations.iter_mut().find(|invitation| invitation.id.0 == id) {
            invitation.roles.push(record.get("role")?);
        }
    }
    Ok(())
}

/// Without the roles.
pub(super) fn read(row: &Row) -> Result<Invitation> {
    let record = Record::new("invitations", &["id"], row);
    let used_at: Option<i64> = record.get("used_at")?;
    let used_by: Option<i64> = record.get("used_by")?;
    Ok(Invitation {
        id: InvitationId(record.get("id")?),
        token_hash: record.get("token_hash")?,
        email: record.word("email", |text| Email::parse(text).ok())?,
        roles: Vec::new(),
        note: record.get("note")?,
        locale: record.get("locale")?,
        created_by: record.get::<Option<i64>>("created_by")?.map(UserId),
        created_at: record.time("created_at")?,
        expires_at: record.time("expires_at")?,
        used: used_at.map(Timestamp).zip(used_by.map(UserId)),
        revoked_at: record.get::<Option<i64>>("revoked_at")?.map(Timestamp),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::upkeep::Upkeep as _;

    /// The plans of counting, of a numbered page and of a page behind a cursor.
    async fn plans(filter: &InvitationFilter) -> Vec<Vec<String>> {
        let directory = tempfile::tempdir().unwrap();
        let store = SqlStore::open(&format!("sqlite://{}/v.db", directory.path().display())).await.unwrap();
        store.migrate().await.unwrap();
        let request = PageRequest { from: From::Number(3), size: 50 };
        let (now, mut plans) = (Timestamp(1), Vec::new());
        for statement in [count(filter, now), select(filter, now, None, &request), select(filter, now, Some((1, 1)), &request)] {
            let explain = Query { text: format!("EXPLAIN QUERY PLAN {}", statement.text).into(), binds: statement.binds };
            let rows = explain.fetch_all(&store).await.unwrap();
            plans.push(rows.iter().map(|row| row.get("detail").unwrap()).collect());
        }
        plans
    }

    #[tokio::test]
    async fn no_reading_grows_with_the_list() {
        let address = || Some(Email::parse("ann@example.org").unwrap());
        let filter = |state, email| InvitationFilter { state, email };
        for (filter, index) in [
            (filter(Some(InvitationState::Pending), None), "INDEX invitations_open"),
            (filter(Some(InvitationState::Expired), None), "INDEX invitations_open"),
            (filter(Some(InvitationState::Used), None), "INDEX invitations_used"),
            (filter(Some(InvitationState::Revoked), None), "INDEX invitations_revoked"),
            (filter(None, address()), "INDEX invitations_by_email"),
            (filter(Some(InvitationState::Pending), address()), "INDEX invitations_by_email"),
            (filter(Some(InvitationState::Used), address()), "INDEX invitations_by_email"),
        ] {
            for plan in plans(&filter).await {
                assert!(plan.iter().any(|step| step.contains(index)), "{plan:?} instead of {index}");
                assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?} sorts");
            }
        }
        let all = plans(&InvitationFilter::default()).await;
        assert!(all.iter().flatten().all(|step| !step.contains("TEMP B-TREE")), "{all:?} sorts");
    }
}
