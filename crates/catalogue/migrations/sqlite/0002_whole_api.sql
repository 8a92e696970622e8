-- What people do with recordings, what is written down about it, and what signs programs in.
-- `folded` is a function of this program: a text without letter case.

-- Recordings get a number of their own: the rows of a table without one may be renumbered when
-- the database is compacted, and the text index refers to them.
CREATE TABLE recordings_2 (
    number              INTEGER PRIMARY KEY,
    id                  BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
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
    state               TEXT NOT NULL,          -- before it was deleted
    reason              TEXT NOT NULL,
    answered_ms         INTEGER NOT NULL,
    ended_ms            INTEGER NOT NULL,
    undecoded           TEXT NOT NULL,          -- JSON array of texts
    oddities            TEXT NOT NULL,          -- JSON array of texts
    source              TEXT NOT NULL,
    mode                TEXT NOT NULL,
    client              TEXT NOT NULL,
    node                TEXT NOT NULL,
    details             TEXT NOT NULL,          -- JSON object: what no list is filtered by
    size                INTEGER NOT NULL CHECK (size >= 0),
    sha256              BLOB NOT NULL CHECK (length(sha256) = 32),
    format              TEXT NOT NULL,
    object_key          TEXT NOT NULL,          -- empty when there is no file (any more)
    preserving_user_id  INTEGER REFERENCES users (id),
    preserved_ms        INTEGER,
    note_text           TEXT,
    note_owner_id       INTEGER REFERENCES users (id),
    hold_user_id        INTEGER REFERENCES users (id),
    hold_ms             INTEGER,
    hold_reason         TEXT,
    deleted_user_id     INTEGER REFERENCES users (id),
    deleted_ms          INTEGER,
    deleted_reason      TEXT,
    created_ms          INTEGER NOT NULL,
    updated_ms          INTEGER NOT NULL,
    version             INTEGER NOT NULL,       -- grows with every change
    CHECK ((note_text IS NULL) = (note_owner_id IS NULL)),
    CHECK ((preserved_ms IS NULL) = (preserving_user_id IS NULL)),
    CHECK ((hold_reason IS NULL) = (hold_ms IS NULL)),
    CHECK ((deleted_reason IS NULL) = (deleted_ms IS NULL))
) STRICT;

INSERT INTO recordings_2
       (id, session, reference_number, pbx_call_id, start_ms, duration_ms, direction,
        local_number, remote_number, owner_id, sides_assumed, state, reason, answered_ms,
        ended_ms, undecoded, oddities, source, mode, client, node, details, size, sha256,
        format, object_key, preserving_user_id, preserved_ms, note_text, note_owner_id,
        created_ms, updated_ms, version)
SELECT id, session, reference_number, pbx_call_id, start_ms, duration_ms, direction,
       local_number, remote_number, owner_id, sides_assumed, state, reason, answered_ms,
       ended_ms, undecoded, oddities, 'sip', 'always', '', '', '{}', size, sha256,
       format, object_key, preserving_user_id, iif(preserving_user_id IS NULL, NULL, ended_ms),
       note_text, note_owner_id, ended_ms, ended_ms, 1
  FROM recordings ORDER BY start_ms, id;

DROP TABLE recordings;
ALTER TABLE recordings_2 RENAME TO recordings;

-- The order of lists; those of an owner, since a scope is a set of owners. What was deleted
-- stands apart, so that counting and listing what is there never passes it. The columns behind
-- the id spare the row: deleted_ms because its condition is checked all the same, the others
-- for the filters that are asked for most.
CREATE INDEX recordings_start
    ON recordings (start_ms DESC, id DESC, deleted_ms, direction, duration_ms)
    WHERE deleted_ms IS NULL;
CREATE INDEX recordings_owner
    ON recordings (owner_id, start_ms DESC, id DESC, deleted_ms, direction, duration_ms)
    WHERE deleted_ms IS NULL;
CREATE INDEX recordings_start_deleted
    ON recordings (start_ms DESC, id DESC, deleted_ms, direction, duration_ms)
    WHERE deleted_ms IS NOT NULL;
CREATE INDEX recordings_owner_deleted
    ON recordings (owner_id, start_ms DESC, id DESC, deleted_ms, direction, duration_ms)
    WHERE deleted_ms IS NOT NULL;
CREATE INDEX recordings_duration ON recordings (duration_ms, id);
CREATE INDEX recordings_updated ON recordings (updated_ms, id);
CREATE INDEX recordings_size ON recordings (size, id);
-- What narrows a list down at once.
CREATE INDEX recordings_local ON recordings (local_number, start_ms DESC, id DESC);
CREATE INDEX recordings_remote ON recordings (remote_number, start_ms DESC, id DESC);
CREATE INDEX recordings_call ON recordings (pbx_call_id, start_ms DESC, id DESC)
    WHERE pbx_call_id IS NOT NULL;
CREATE INDEX users_names ON users (username_key);
CREATE INDEX recordings_removal ON recordings (id)
    WHERE deleted_ms IS NOT NULL AND object_key <> '';

-- How many recordings each owner has (0: nobody's), kept in the transaction that changes it.
CREATE TABLE recording_counts (
    owner_id   INTEGER NOT NULL,
    deleted    INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    direction  INTEGER NOT NULL,
    count      INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (owner_id, deleted, direction)
) STRICT, WITHOUT ROWID;

INSERT INTO recording_counts
SELECT coalesce(owner_id, 0), 0, direction, COUNT(*)
  FROM recordings GROUP BY owner_id, direction;

CREATE TRIGGER recordings_counted AFTER INSERT ON recordings BEGIN
    INSERT INTO recording_counts
    VALUES (coalesce(new.owner_id, 0), new.deleted_ms IS NOT NULL, new.direction, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER recordings_uncounted AFTER DELETE ON recordings BEGIN
    UPDATE recording_counts SET count = count - 1
     WHERE owner_id = coalesce(old.owner_id, 0) AND deleted = (old.deleted_ms IS NOT NULL)
       AND direction = old.direction;
END;
CREATE TRIGGER recordings_recounted AFTER UPDATE OF owner_id, deleted_ms, direction ON recordings
BEGIN
    UPDATE recording_counts SET count = count - 1
     WHERE owner_id = coalesce(old.owner_id, 0) AND deleted = (old.deleted_ms IS NOT NULL)
       AND direction = old.direction;
    INSERT INTO recording_counts
    VALUES (coalesce(new.owner_id, 0), new.deleted_ms IS NOT NULL, new.direction, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TABLE tags (
    number   INTEGER NOT NULL REFERENCES recordings (number),
    tag_key  TEXT NOT NULL,             -- tag without case
    tag      TEXT NOT NULL,
    PRIMARY KEY (number, tag_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_key ON tags (tag_key, number);

CREATE TABLE marks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    number     INTEGER NOT NULL REFERENCES recordings (number),
    offset_ms  INTEGER NOT NULL CHECK (offset_ms >= 0),
    text       TEXT NOT NULL,
    who        TEXT NOT NULL,
    at_ms      INTEGER NOT NULL
) STRICT;
CREATE INDEX marks_number ON marks (number, offset_ms, id);

-- What notes were; the last one of a recording is what its note is.
CREATE TABLE notes (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    number   INTEGER NOT NULL REFERENCES recordings (number),
    user_id  INTEGER NOT NULL REFERENCES users (id),
    at_ms    INTEGER NOT NULL,
    text     TEXT                       -- null: taken away
) STRICT;
CREATE INDEX notes_number ON notes (number, id);

INSERT INTO notes (number, user_id, at_ms, text)
SELECT number, note_owner_id, updated_ms, note_text FROM recordings
 WHERE note_text IS NOT NULL ORDER BY number;

-- What free text finds, without case, a line for each; and the index of its trigrams.
CREATE TABLE recording_texts (
    number  INTEGER PRIMARY KEY REFERENCES recordings (number),
    text    TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE recording_search USING fts5 (
    text, content = 'recording_texts', content_rowid = 'number',
    tokenize = 'trigram case_sensitive 1', detail = none
);
CREATE TRIGGER recording_texts_added AFTER INSERT ON recording_texts BEGIN
    INSERT INTO recording_search (rowid, text) VALUES (new.number, new.text);
END;
CREATE TRIGGER recording_texts_removed AFTER DELETE ON recording_texts BEGIN
    INSERT INTO recording_search (recording_search, rowid, text)
    VALUES ('delete', old.number, old.text);
END;
CREATE TRIGGER recording_texts_changed AFTER UPDATE ON recording_texts BEGIN
    INSERT INTO recording_search (recording_search, rowid, text)
    VALUES ('delete', old.number, old.text);
    INSERT INTO recording_search (rowid, text) VALUES (new.number, new.text);
END;
INSERT INTO recording_texts
SELECT number,
       folded(local_number || char(10) || remote_number || char(10) || reference_number
              || char(10) || coalesce(pbx_call_id, '') || char(10) || coalesce(note_text, ''))
  FROM recordings ORDER BY number;

-- Who did what: a chain. Each hash is that of the hash before it and of its row.
CREATE TABLE audit (
    number     INTEGER PRIMARY KEY,     -- from 1, without gaps
    at_ms      INTEGER NOT NULL,
    who        TEXT NOT NULL,
    who_key    TEXT NOT NULL,           -- who without case
    user_id    INTEGER,
    source     TEXT,                    -- address the request came from
    app        TEXT NOT NULL,
    action     TEXT NOT NULL,
    recording  BLOB,
    details    TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    hash       BLOB NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at_ms, number);
CREATE INDEX audit_who ON audit (who_key, number);
CREATE INDEX audit_action ON audit (action, number);
CREATE INDEX audit_recording ON audit (recording, number) WHERE recording IS NOT NULL;

-- The end of the chain, so that cutting it shows.
CREATE TABLE audit_head (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    number  INTEGER NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO audit_head VALUES (1, 0, zeroblob(32));

-- Against mistakes of this program, not against attackers: the chain is for those.
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN
    SELECT raise(ABORT, 'the audit is never changed');
END;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit BEGIN
    SELECT raise(ABORT, 'the audit is never shortened');
END;

-- Bearer tokens: what is kept of the secret is its SHA-256.
CREATE TABLE tokens (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       INTEGER NOT NULL REFERENCES users (id),
    name          TEXT NOT NULL,
    prefix        TEXT NOT NULL,
    hash          BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    scopes        TEXT NOT NULL,        -- JSON array of texts
    created_ms    INTEGER NOT NULL,
    expires_ms    INTEGER,
    last_used_ms  INTEGER
) STRICT;
CREATE INDEX tokens_user ON tokens (user_id, id);

-- Sessions of the web page.
CREATE TABLE sessions (
    hash          BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
    user_id       INTEGER NOT NULL REFERENCES users (id),
    password_hash TEXT NOT NULL,        -- of the user then: another one ends the session
    csrf          TEXT NOT NULL,
    expires_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_ms);

-- Requests that may be repeated.
CREATE TABLE requests (
    user_id   INTEGER NOT NULL REFERENCES users (id),
    key       TEXT NOT NULL,
    request   BLOB NOT NULL CHECK (length(request) = 32),
    begun_ms  INTEGER NOT NULL,
    status    INTEGER,                  -- null: still being done
    headers   TEXT NOT NULL,            -- JSON array of arrays of two texts
    body      BLOB NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_begun ON requests (begun_ms);

-- Which calls are recorded, first match first.
CREATE TABLE rules (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    position   INTEGER NOT NULL,
    name       TEXT NOT NULL,
    pattern    TEXT,
    user_id    INTEGER REFERENCES users (id),
    group_id   INTEGER REFERENCES groups (id),
    direction  INTEGER CHECK (direction BETWEEN 0 AND 2),
    client     TEXT,
    times      TEXT NOT NULL,           -- JSON array of objects
    mode       TEXT NOT NULL,
    pause      TEXT NOT NULL
) STRICT;
CREATE INDEX rules_position ON rules (position, id);

-- Grows with everything a snapshot of the rules may show.
CREATE TABLE rules_version (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    version  INTEGER NOT NULL
) STRICT;
INSERT INTO rules_version VALUES (1, 1);
CREATE TRIGGER rules_added AFTER INSERT ON rules BEGIN
    UPDATE rules_version SET version = version + 1;
END;
CREATE TRIGGER rules_changed AFTER UPDATE ON rules BEGIN
    UPDATE rules_version SET version = version + 1;
END;
CREATE TRIGGER rules_removed AFTER DELETE ON rules BEGIN
    UPDATE rules_version SET version = version + 1;
END;
CREATE TRIGGER rules_number_added AFTER INSERT ON numbers BEGIN
    UPDATE rules_version SET version = version + 1;
END;
CREATE TRIGGER rules_number_removed AFTER DELETE ON numbers BEGIN
    UPDATE rules_version SET version = version + 1;
END;
CREATE TRIGGER rules_user_changed AFTER UPDATE OF username, group_id, deleted_ms ON users BEGIN
    UPDATE rules_version SET version = version + 1;
END;
CREATE TRIGGER rules_group_changed AFTER UPDATE OF name, deleted_ms ON groups BEGIN
    UPDATE rules_version SET version = version + 1;
END;
