-- Registration by invitation. The same portable text as in 0001.

INSERT INTO sequences (name, value) VALUES ('invitations', 0);

-- The user keeps it after the invitation has been purged, so it refers to nothing. An invitation makes one user.
ALTER TABLE users ADD COLUMN invitation_id BIGINT;
CREATE UNIQUE INDEX users_by_invitation ON users (invitation_id) WHERE invitation_id IS NOT NULL;

CREATE TABLE invitations (
    id         BIGINT NOT NULL PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,         -- SHA-256 (hex) of the link's token
    email      TEXT   NOT NULL,                -- canonical form; any number of invitations may have the same
    note       TEXT,                           -- for administrators
    locale     TEXT   NOT NULL,                -- BCP 47, of the letters
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL CHECK (expires_at > created_at),
    used_at    BIGINT,
    -- Who it made. Checked at the commit: the invitation is taken before the user is made, so that of several only one goes on.
    used_by    BIGINT UNIQUE REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    revoked_at BIGINT,
    CHECK ((used_at IS NULL) = (used_by IS NULL)),
    CHECK (used_at IS NULL OR used_at < expires_at),
    CHECK (used_at IS NULL OR revoked_at IS NULL)
);
-- One for each state, by the time that decides it: for pages, and for what is old enough to go.
CREATE INDEX invitations_open ON invitations (expires_at, id) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_used ON invitations (used_at, id) WHERE used_at IS NOT NULL;
CREATE INDEX invitations_revoked ON invitations (revoked_at, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX invitations_by_email ON invitations (email, id);
CREATE INDEX invitations_by_creator ON invitations (created_by) WHERE created_by IS NOT NULL;

-- What the new user is to be. A role that is deleted goes from the invitations too.
CREATE TABLE invitation_roles (
    invitation_id BIGINT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    role          TEXT   NOT NULL REFERENCES roles (name) ON DELETE CASCADE,
    PRIMARY KEY (invitation_id, role)
);
CREATE INDEX invitation_roles_by_role ON invitation_roles (role);
