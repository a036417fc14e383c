-- Moving to another store: a copy that has begun here and has not ended. As long as there is a row, no gateway starts on it.
-- The same portable text as in 0001.

CREATE TABLE unfinished_copies (
    began_at BIGINT NOT NULL PRIMARY KEY
);
