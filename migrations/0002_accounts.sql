-- Accounts in daily use: pages of users, ways in by number, second factors, mail, proofs by mail, limits, import.
-- The same portable text as in 0001.

INSERT INTO sequences (name, value) VALUES ('identities', 0), ('outbox', 0);

-- A BCP 47 tag that the user chose for mails and pages; without one, the request's Accept-Language counts.
ALTER TABLE users ADD COLUMN locale TEXT;

-- How many users have an id in block * 1024 .. block * 1024 + 1023: a numbered page far down the list is found by adding up
-- these instead of passing every user before it, and so is the total. Kept in the transaction that adds or removes a user.
CREATE TABLE user_blocks (
    block BIGINT NOT NULL PRIMARY KEY,
    users BIGINT NOT NULL CHECK (users >= 0)
);
INSERT INTO user_blocks (block, users) SELECT id / 1024, COUNT(*) FROM users GROUP BY id / 1024;

-- The same identities with a number, by which their user removes them, and whether they are a second factor. (SQLite adds
-- no column that is NOT NULL and UNIQUE, hence a new table.)
CREATE TABLE identities_numbered (
    provider     TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    id           BIGINT  NOT NULL UNIQUE,
    user_id      BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    is_factor    BOOLEAN NOT NULL DEFAULT FALSE, -- asked for after the first step; never a way in of its own
    private_data BYTEA,
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (provider, subject)
);
INSERT INTO identities_numbered (provider, subject, id, user_id, private_data, created_at)
    SELECT provider, subject, ROW_NUMBER() OVER (ORDER BY created_at, provider, subject), user_id, private_data, created_at
    FROM identities;
UPDATE sequences SET value = (SELECT COUNT(*) FROM identities) WHERE name = 'identities';
DROP TABLE identities;
ALTER TABLE identities_numbered RENAME TO identities;
CREATE INDEX identities_of_user ON identities (user_id, created_at);

-- Stand in for a lost second factor, once each. Digests under a key of the gateway, because the codes are short.
CREATE TABLE recovery_codes (
    user_id   BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT   NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

-- Why a step waits, beside what its provider keeps: a JSON object.
ALTER TABLE steps ADD COLUMN context TEXT NOT NULL DEFAULT '{}';

-- What a person proves with a link or a code from a mail: an address, a forgotten password, a change of address. Used once;
-- only digests are kept.
CREATE TABLE proofs (
    id_hash    TEXT   NOT NULL PRIMARY KEY,    -- SHA-256 (hex) of the flow id, which the code belongs to
    token_hash TEXT   NOT NULL UNIQUE,         -- SHA-256 (hex) of the link's token
    code_hash  TEXT   NOT NULL,                -- SHA-256 (hex) of flow id and code: the flow id makes it long
    purpose    TEXT   NOT NULL,
    user_id    BIGINT,                         -- none: nobody has that address, and nobody is to find that out
    email      TEXT   NOT NULL,
    sealed     BYTEA,                          -- what is to happen then, if it is secret
    attempts   BIGINT NOT NULL CHECK (attempts >= 0),
    confirmed_at BIGINT,                       -- one half of a change of address, which waits for the other
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX proofs_by_expiry ON proofs (expires_at);
CREATE INDEX proofs_of_user ON proofs (user_id);

-- Mail that has to leave. A process claims one for a while; whoever finds a claim run out may claim it again.
CREATE TABLE outbox (
    id            BIGINT NOT NULL PRIMARY KEY,
    recipient     TEXT   NOT NULL,
    template      TEXT   NOT NULL,
    sealed        BYTEA,                       -- the mail, sealed: it may hold a code or a link; none once it is done
    state         TEXT   NOT NULL,             -- pending, sent, failed
    attempts      BIGINT NOT NULL CHECK (attempts >= 0),
    next_at       BIGINT NOT NULL,             -- when it may be tried (again)
    claimed_by    TEXT,
    claimed_until BIGINT,
    last_error    TEXT,
    created_at    BIGINT NOT NULL,
    give_up_at    BIGINT NOT NULL,             -- no try is put off beyond it
    done_at       BIGINT,
    CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    CHECK ((state = 'pending') = (done_at IS NULL))
);
CREATE INDEX outbox_pending ON outbox (next_at, id) WHERE state = 'pending';
CREATE INDEX outbox_done ON outbox (done_at) WHERE state <> 'pending';
CREATE INDEX outbox_by_state ON outbox (state, id);

-- Rate limits (generic cell rate algorithm): the time up to which an allowance is spent.
CREATE TABLE allowances (
    name       TEXT   NOT NULL PRIMARY KEY,    -- what is limited, and for whom; a digest where it would name a person
    spent_to   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL                 -- full again from then on
);
CREATE INDEX allowances_by_expiry ON allowances (expires_at);

-- Networks from which a user has signed in, so that somebody else's wrong guesses elsewhere do not hold the user up.
CREATE TABLE known_places (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    network TEXT   NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, network)
);
CREATE INDEX known_places_by_time ON known_places (seen_at);

-- The history by time, for administrators and for its end.
CREATE INDEX signins_by_time ON signins (at, id);
CREATE INDEX signins_by_provider ON signins (provider, at, id);
CREATE INDEX signins_by_result ON signins (result, at, id);

-- The audit log by what is asked for.
CREATE INDEX audit_by_user ON audit (actor_user, at, id);
CREATE INDEX audit_by_actor ON audit (actor, at, id);
CREATE INDEX audit_by_action ON audit (action, at, id);
CREATE INDEX audit_by_target ON audit (target, at, id);

-- Sessions by what made them: after a compromise of a provider, or of one version of it, those can be ended.
CREATE INDEX sessions_by_digest ON sessions (provider_digest) WHERE ended_at IS NULL;

-- How far an import of a file has come, so that it can go on where it was interrupted.
CREATE TABLE imports (
    file_hash  TEXT   NOT NULL PRIMARY KEY,    -- SHA-256 (hex) of the file
    lines_done BIGINT NOT NULL CHECK (lines_done >= 0),
    updated_at BIGINT NOT NULL
);
