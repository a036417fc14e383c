//! The kinds of records, with the tables and columns of the SQL schema that hold them.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A number, or microseconds since 1970.
    Number,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
    /// Yes or no.
    Flag,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What identifies a row; of a part, within its record.
    pub key: &'static [&'static str],
    /// What is copied.
    pub columns: &'static [Column],
    /// A column that says when the row was written, which nobody reads: at the time of the copy.
    pub stamp: Option<&'static str>,
}

impl Table {
    /// Where a column stands in a row.
    #[must_use]
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }
}

/// A kind of records.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// For people: "users".
    pub name: &'static str,
    /// The record's own table.
    pub table: Table,
    /// The column by which rows of the parts name their record.
    pub owner: &'static str,
    /// Tables of what belongs to a record.
    pub parts: &'static [Table],
    /// The column with the time at which a record ends by itself.
    pub ends: Option<&'static str>,
    /// Whether it is kept where `sessions_url` says.
    pub is_ephemeral: bool,
}

macro_rules! table {
    (@stamp) => { None };
    (@stamp $stamp:literal) => { Some($stamp) };
    ($name:literal [$($key:ident),*] $($column:ident: $holds:ident),+ $(; $stamp:literal)?) => {
        Table {
            name: $name,
            key: &[$(stringify!($key)),*],
            columns: &[$(Column { name: stringify!($column), holds: Holds::$holds }),+],
            stamp: table!(@stamp $($stamp)?),
        }
    };
}

const fn alone(name: &'static str, table: Table) -> Kind {
    Kind { name, table, owner: "", parts: &[], ends: None, is_ephemeral: false }
}

const fn passing(name: &'static str, table: Table, ends: Option<&'static str>) -> Kind {
    Kind { name, table, owner: "", parts: &[], ends, is_ephemeral: true }
}

/// Roles.
pub static ROLES: Kind = alone("roles", table!("roles" [name] name: Text, description: Text, built_in: Flag));

/// Users, with everything that goes when they go.
pub static USERS: Kind = Kind {
    owner: "user_id",
    parts: &[
        table!("credentials" [] password_hash: Text),
        table!("identities" [provider, subject] provider: Text, subject: Text, id: Number, is_factor: Flag, private_data: Bytes, created_at: Number),
        table!("profile_entries" [name, provider] name: Text, provider: Text, value: Text),
        table!("user_roles" [role] role: Text),
        table!("recovery_codes" [code_hash] code_hash: Text),
        table!("known_places" [network] network: Text, seen_at: Number),
    ],
    ..alone(
        "users",
        table!("users" [id] id: Number, email: Text, email_verified: Flag, display_name: Text, disabled: Flag,
            created_at: Number, locale: Text, invitation_id: Number),
    )
};

/// Invitations, with the roles that they give.
pub static INVITATIONS: Kind = Kind {
    owner: "invitation_id",
    parts: &[table!("invitation_roles" [role] role: Text)],
    ..alone(
        "invitations",
        table!("invitations" [id] id: Number, token_hash: Text, email: Text, note: Text, locale: Text, created_by: Number,
            created_at: Number, expires_at: Number, used_at: Number, used_by: Number, revoked_at: Number),
    )
};

/// The history of attempts.
pub static SIGN_INS: Kind = alone(
    "sign-ins",
    table!("signins" [id] id: Number, user_id: Number, at: Number, provider: Text, result: Text, address: Text, user_agent: Text),
);

/// Its counts by the hour.
pub static HOURS: Kind =
    alone("hours of sign-ins", table!("signin_hours" [hour, provider, result] hour: Number, provider: Text, result: Text, count: Number));

/// The audit log.
pub static AUDIT: Kind = alone(
    "audit entries",
    table!("audit" [id] id: Number, at: Number, actor: Text, actor_user: Number, action: Text, target: Text, detail: Text),
);

/// Mails that have left, or have to.
pub static MAILS: Kind = alone(
    "mails",
    table!("outbox" [id] id: Number, recipient: Text, template: Text, sealed: Bytes, state: Text, attempts: Number,
        next_at: Number, claimed_by: Text, claimed_until: Number, last_error: Text, created_at: Number, give_up_at: Number, done_at: Number),
);

/// What administrators switched.
pub static SWITCHES: Kind =
    alone("switches of providers", table!("provider_switches" [provider] provider: Text, enabled: Flag; "changed_at"));

/// Signing keys, encrypted under the gateway's secret key.
pub static KEYS: Kind = alone(
    "signing keys",
    table!("signing_keys" [kid] kid: Text, algorithm: Text, public_jwk: Text, sealed_private: Bytes, created_at: Number,
        active_from: Number, is_first: Flag),
);

/// Imports that were interrupted.
pub static IMPORTS: Kind = alone("interrupted imports", table!("imports" [file_hash] file_hash: Text, lines_done: Number; "updated_at"));

/// Sessions, also those that have ended.
pub static SESSIONS: Kind = passing(
    "sessions",
    table!("sessions" [id] id: Number, user_id: Number, amr: Text, provider_digest: Text, counter: Number, roles: Text,
        ext: Text, kid: Text, rotated_at: Number, created_at: Number, expires_at: Number, idle_expires_at: Number,
        ended_at: Number, end_reason: Text, address: Text, user_agent: Text),
    None,
);

/// Sign-ups and sign-ins that wait for their next step.
pub static STEPS: Kind = passing(
    "pending steps",
    table!("steps" [id_hash] id_hash: Text, provider: Text, digest: Text, purpose: Text, state: Bytes, form: Text, context: Text,
        attempts: Number, expires_at: Number),
    Some("expires_at"),
);

/// Proofs by mail that wait for their link or code.
pub static PROOFS: Kind = passing(
    "proofs by mail",
    table!("proofs" [id_hash] id_hash: Text, token_hash: Text, code_hash: Text, purpose: Text, user_id: Number, email: Text,
        sealed: Bytes, attempts: Number, confirmed_at: Number, created_at: Number, expires_at: Number),
    Some("expires_at"),
);

/// Short-lived values of providers.
pub static VALUES: Kind = passing(
    "values of providers",
    table!("kv" [namespace, key] namespace: Text, key: Text, value: Bytes, expires_at: Number),
    Some("expires_at"),
);

/// Short-lived counters of providers.
pub static COUNTERS: Kind = passing(
    "counters of providers",
    table!("counters" [namespace, key] namespace: Text, key: Text, total: Number, expires_at: Number),
    Some("expires_at"),
);

/// All kinds, in the order in which they can be taken in: what is referred to comes first.
pub static KINDS: [&Kind; 15] = [
    &ROLES,
    &USERS,
    &INVITATIONS,
    &SIGN_INS,
    &HOURS,
    &AUDIT,
    &MAILS,
    &SWITCHES,
    &KEYS,
    &IMPORTS,
    &SESSIONS,
    &STEPS,
    &PROOFS,
    &VALUES,
    &COUNTERS,
];

/// Tables that are not copied: each store makes them by itself, or (`allowances`) begins anew.
pub const NOT_COPIED: [&str; 5] = ["_sqlx_migrations", "allowances", "sequences", "unfinished_copies", "user_blocks"];
