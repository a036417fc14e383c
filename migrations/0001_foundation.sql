-- The foundation: accounts, what ends by itself, and what the gateway remembers about itself.
--
-- One text for SQLite and PostgreSQL, so:
--   * times are BIGINT microseconds since 1970-01-01T00:00:00Z, given by the gateway's clock: exact and ordered in every
--     store, where timestamp types differ in precision, zone and decoding;
--   * bytes are BYTEA: SQLite knows no such type and then keeps values as they come;
--   * JSON is TEXT, written and read whole by the gateway, never queried into;
--   * NOT NULL stands beside PRIMARY KEY, because SQLite would let NULL into such keys otherwise;
--   * words from lists that will grow (reasons, purposes, algorithms) have no CHECK, since SQLite cannot change one.

-- Gives out ids: the row is bumped in the transaction that inserts, or by a block for a process that inserts often. Neither AUTOINCREMENT nor IDENTITY is understood by
-- both databases, and MAX(id) + 1 would give the id of a deleted last row again. An id is never given twice.
CREATE TABLE sequences (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL CHECK (value >= 0)   -- the last id given
);
INSERT INTO sequences (name, value) VALUES ('users', 0), ('sessions', 0), ('signins', 0), ('audit', 0);

CREATE TABLE users (
    id             BIGINT  NOT NULL PRIMARY KEY,
    email          TEXT    UNIQUE,             -- canonical form; any number of users may have none
    email_verified BOOLEAN NOT NULL,
    display_name   TEXT,
    disabled       BOOLEAN NOT NULL DEFAULT FALSE,
    created_at     BIGINT  NOT NULL
);

-- Ways in. An e-mail address never selects an account by itself; (provider, subject) does.
CREATE TABLE identities (
    provider     TEXT   NOT NULL,              -- provider type, the file's name in the plugins directory
    subject      TEXT   NOT NULL,
    user_id      BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    private_data BYTEA,                        -- the provider's own, e.g. a public key
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_of_user ON identities (user_id, created_at);

-- Apart from users, so that no query for a user can carry a hash along.
CREATE TABLE credentials (
    user_id       BIGINT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT   NOT NULL              -- PHC string
);

-- What providers declare and keep about a user: a row for each name, so that a new provider needs no migration. A row
-- belongs to the provider that wrote it; provider '' is what the user wrote, which people see instead of a provider's.
CREATE TABLE profile_entries (
    user_id  BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name     TEXT   NOT NULL,
    provider TEXT   NOT NULL,
    value    TEXT   NOT NULL,
    PRIMARY KEY (user_id, name, provider)
);

CREATE TABLE roles (
    name        TEXT    NOT NULL PRIMARY KEY,
    description TEXT    NOT NULL,
    built_in    BOOLEAN NOT NULL DEFAULT FALSE -- cannot be deleted
);
INSERT INTO roles (name, description, built_in) VALUES ('admin', 'Administrators of this gateway', TRUE);

CREATE TABLE user_roles (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role    TEXT   NOT NULL REFERENCES roles (name) ON DELETE CASCADE,
    PRIMARY KEY (user_id, role)
);
CREATE INDEX user_roles_by_role ON user_roles (role);

-- One row for each sign-in on a device, with a rotation counter instead of a table of refresh tokens. user_id refers to
-- nothing, because sessions may be kept in another store than accounts.
CREATE TABLE sessions (
    id              BIGINT NOT NULL PRIMARY KEY,
    user_id         BIGINT NOT NULL,
    amr             TEXT   NOT NULL,           -- JSON array of provider types
    provider_digest TEXT   NOT NULL,           -- SHA-256 (hex) of the component that made it
    counter         BIGINT NOT NULL CHECK (counter >= 0),
    roles           TEXT   NOT NULL,           -- JSON array, at the last rotation
    ext             TEXT   NOT NULL,           -- JSON object, the provider's claims
    kid             TEXT   NOT NULL,           -- the key that signs the current pair
    rotated_at      BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    ended_at        BIGINT,
    end_reason      TEXT,
    address         TEXT   NOT NULL,
    user_agent      TEXT   NOT NULL,
    CHECK (idle_expires_at <= expires_at),     -- so the idle end alone tells whether it has expired
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_of_user ON sessions (user_id, created_at) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (idle_expires_at);

-- Sign-ups and sign-ins that wait for their next step.
CREATE TABLE steps (
    id_hash    TEXT   NOT NULL PRIMARY KEY,    -- SHA-256 (hex): who reads the table cannot answer for the client
    provider   TEXT   NOT NULL,
    digest     TEXT   NOT NULL,
    purpose    TEXT   NOT NULL,
    state      BYTEA  NOT NULL,
    form       TEXT   NOT NULL,                -- JSON object
    attempts   BIGINT NOT NULL CHECK (attempts >= 0),
    expires_at BIGINT NOT NULL
);
CREATE INDEX steps_by_expiry ON steps (expires_at);

-- Short-lived values of providers, by namespace.
CREATE TABLE kv (
    namespace  TEXT   NOT NULL,
    key        TEXT   NOT NULL,
    value      BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (namespace, key)
);
CREATE INDEX kv_by_expiry ON kv (expires_at);

-- Short-lived counters, apart from the values: a counter and a value of one name are strangers to each other.
CREATE TABLE counters (
    namespace  TEXT   NOT NULL,
    key        TEXT   NOT NULL,
    total      BIGINT NOT NULL CHECK (total >= 0),
    expires_at BIGINT NOT NULL,                -- set by the first increment, never moved
    PRIMARY KEY (namespace, key)
);
CREATE INDEX counters_by_expiry ON counters (expires_at);

-- The history of attempts. It outlives the account, without its owner: an audit of an address needs it.
CREATE TABLE signins (
    id         BIGINT NOT NULL PRIMARY KEY,
    user_id    BIGINT REFERENCES users (id) ON DELETE SET NULL,
    at         BIGINT NOT NULL,
    provider   TEXT   NOT NULL,
    result     TEXT   NOT NULL,                -- 'ok' or the code of the refusal
    address    TEXT   NOT NULL,
    user_agent TEXT   NOT NULL
);
CREATE INDEX signins_of_user ON signins (user_id, at, id);

-- Append only. actor_user refers to nothing: the entry stays when the actor goes, and ids are never given again.
CREATE TABLE audit (
    id         BIGINT NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    actor_user BIGINT,
    action     TEXT   NOT NULL,
    target     TEXT   NOT NULL,
    detail     TEXT   NOT NULL,
    CHECK ((actor = 'user') = (actor_user IS NOT NULL))
);
CREATE INDEX audit_by_time ON audit (at, id);

-- Set by administrators; a provider without a row is on.
CREATE TABLE provider_switches (
    provider   TEXT    NOT NULL PRIMARY KEY,
    enabled    BOOLEAN NOT NULL,
    changed_at BIGINT  NOT NULL
);

CREATE TABLE signing_keys (
    kid            TEXT    NOT NULL PRIMARY KEY,
    algorithm      TEXT    NOT NULL,
    public_jwk     TEXT    NOT NULL,           -- JSON object
    sealed_private BYTEA   NOT NULL,
    created_at     BIGINT  NOT NULL,
    active_from    BIGINT  NOT NULL,
    is_first       BOOLEAN NOT NULL DEFAULT FALSE
);
-- Of several gateways that start on an empty database, one makes the first key.
CREATE UNIQUE INDEX signing_keys_one_first ON signing_keys (is_first) WHERE is_first;
