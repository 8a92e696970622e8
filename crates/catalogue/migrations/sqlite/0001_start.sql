-- Users, groups and recordings. Times are milliseconds since 1970, UTC.
-- Nothing that a recording refers to is ever deleted: deleted users and groups stay as rows
-- with deleted_ms set, so that recordings outlive them and their ids are never given again.

CREATE TABLE groups (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,          -- name without case
    deleted_ms  INTEGER
) STRICT;

CREATE UNIQUE INDEX groups_name ON groups (name_key) WHERE deleted_ms IS NULL;

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    username      TEXT NOT NULL,
    username_key  TEXT NOT NULL,        -- username without case
    first_name    TEXT NOT NULL,
    last_name     TEXT NOT NULL,
    phone_number  TEXT NOT NULL,        -- the first of numbers, kept when those are given up
    department    TEXT NOT NULL,
    level         INTEGER NOT NULL CHECK (level BETWEEN 0 AND 10),
    group_id      INTEGER REFERENCES groups (id),   -- now, or at deletion
    numeric_id    INTEGER,
    password_hash TEXT NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,       -- grows with every change
    deleted_ms    INTEGER
) STRICT;

CREATE UNIQUE INDEX users_username ON users (username_key) WHERE deleted_ms IS NULL;
CREATE INDEX users_group ON users (group_id);

-- Numbers and addresses of users who are not deleted.
CREATE TABLE numbers (
    key       TEXT PRIMARY KEY NOT NULL,
    user_id   INTEGER NOT NULL REFERENCES users (id),
    position  INTEGER NOT NULL,
    number    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX numbers_user ON numbers (user_id, position);

-- Which groups' recordings a user may see.
CREATE TABLE supervises (
    user_id   INTEGER NOT NULL REFERENCES users (id),
    group_id  INTEGER NOT NULL REFERENCES groups (id),
    PRIMARY KEY (user_id, group_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX supervises_group ON supervises (group_id);

CREATE TABLE recordings (
    id                  BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    session             BLOB NOT NULL CHECK (length(session) = 16),
    reference_number    TEXT NOT NULL UNIQUE CHECK (length(reference_number) = 13),
    pbx_call_id         TEXT,
    start_ms            INTEGER NOT NULL,
    duration_ms         INTEGER NOT NULL CHECK (duration_ms >= 0),
    direction           INTEGER NOT NULL CHECK (direction BETWEEN 0 AND 2),
    local_number        TEXT NOT NULL,
    remote_number       TEXT NOT NULL,
    owner_id            INTEGER REFERENCES users (id),
    sides_assumed       INTEGER NOT NULL CHECK (sides_assumed IN (0, 1)),
    state               TEXT NOT NULL,
    reason              TEXT NOT NULL,
    answered_ms         INTEGER NOT NULL,
    ended_ms            INTEGER NOT NULL,
    undecoded           TEXT NOT NULL,  -- JSON array of texts
    oddities            TEXT NOT NULL,  -- JSON array of texts
    preserving_user_id  INTEGER REFERENCES users (id),
    note_text           TEXT,
    note_owner_id       INTEGER REFERENCES users (id),
    size                INTEGER NOT NULL CHECK (size >= 0),
    sha256              BLOB NOT NULL CHECK (length(sha256) = 32),
    format              TEXT NOT NULL,
    object_key          TEXT NOT NULL,
    CHECK ((note_text IS NULL) = (note_owner_id IS NULL))
) STRICT;

-- The order of every list; the second one for each owner, since a scope is a set of owners.
CREATE INDEX recordings_start ON recordings (start_ms DESC, id DESC);
CREATE INDEX recordings_owner ON recordings (owner_id, start_ms DESC, id DESC);

-- The next reference number of each year.
CREATE TABLE reference_counters (
    year  INTEGER PRIMARY KEY NOT NULL,
    next  INTEGER NOT NULL
) STRICT;
