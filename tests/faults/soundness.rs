//! What must hold of a store whatever was cut off in its middle. Read beside the gateway, where the store speaks SQL.

use std::collections::BTreeSet;

use crate::app::App;

/// Rows that refer to nothing, or that lack what belongs to them.
const ORPHANS: [(&str, &str); 11] = [
    ("users without an identity", "SELECT COUNT(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)"),
    ("identities of nobody", "SELECT COUNT(*) FROM identities i WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id)"),
    ("passwords of nobody", "SELECT COUNT(*) FROM credentials c WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = c.user_id)"),
    (
        "users by simple without a password",
        "SELECT COUNT(*) FROM identities i WHERE i.provider = 'simple' AND NOT EXISTS (SELECT 1 FROM credentials c WHERE c.user_id = i.user_id)",
    ),
    ("roles of nobody", "SELECT COUNT(*) FROM user_roles r WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = r.user_id)"),
    (
        "used invitations that made nobody",
        "SELECT COUNT(*) FROM invitations v WHERE v.used_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = v.used_by AND u.invitation_id = v.id)",
    ),
    (
        "invited people whose invitation is not used",
        "SELECT COUNT(*) FROM users u JOIN invitations v ON v.id = u.invitation_id WHERE v.used_by IS NULL OR v.used_by <> u.id",
    ),
    (
        "invited people without a letter",
        "SELECT ABS((SELECT COUNT(*) FROM invitations WHERE used_at IS NOT NULL) - (SELECT COUNT(*) FROM outbox WHERE template = 'invitation-accepted'))",
    ),
    (
        "invitations without a letter",
        "SELECT ABS((SELECT COUNT(*) FROM invitations) - (SELECT COUNT(*) FROM outbox WHERE template = 'invitation'))",
    ),
    (
        "users who are not counted",
        "SELECT COUNT(*) FROM user_blocks b WHERE b.users <> (SELECT COUNT(*) FROM users u WHERE u.id / 1024 = b.block)",
    ),
    ("users numbered beyond the sequence", "SELECT COUNT(*) FROM users WHERE id > (SELECT value FROM sequences WHERE name = 'users')"),
];

/// Demands that nothing is half there, and that the file is sound.
pub async fn nothing_is_half_there(app: &App) {
    for (what, statement) in ORPHANS {
        assert_eq!(app.number(statement).await, 0, "{what}");
    }
    // Sessions may be kept in another store than users.
    let mut database = app.database().await;
    let owners: BTreeSet<i64> = database.column("SELECT DISTINCT user_id FROM sessions").await.into_iter().collect();
    let users: BTreeSet<i64> = database.column("SELECT id FROM users").await.into_iter().collect();
    assert!(owners.is_subset(&users), "sessions of nobody: {owners:?}");
    if app.database_url().starts_with("sqlite") {
        assert_eq!(app.texts("PRAGMA integrity_check").await, ["ok"]);
        assert_eq!(app.number("SELECT COUNT(*) FROM pragma_foreign_key_check").await, 0);
    }
}
