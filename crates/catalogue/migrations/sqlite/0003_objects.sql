-- What lies in the archive beside the sound a row names, and what is still to be removed.

-- Keys of a recording's kept journal, of its earlier sounds, and of one that is about to take
-- the place of its sound. Written before the object is, so that nothing is forgotten there.
CREATE TABLE recording_objects (
    number      INTEGER NOT NULL REFERENCES recordings (number),
    object_key  TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('journal', 'sound')),
    PRIMARY KEY (number, object_key)
) STRICT, WITHOUT ROWID;

-- The journal of what could not be rendered was always kept, under the day of its row.
INSERT INTO recording_objects
SELECT number,
       strftime('%Y/%m/%d/', start_ms / 1000, 'unixepoch')
       || substr(lower(hex(id)), 1, 8) || '-' || substr(lower(hex(id)), 9, 4) || '-'
       || substr(lower(hex(id)), 13, 4) || '-' || substr(lower(hex(id)), 17, 4) || '-'
       || substr(lower(hex(id)), 21) || '.ewj',
       'journal'
  FROM recordings WHERE state = 'failed' AND object_key = '';

-- Deleted recordings whose objects may still be there.
CREATE TABLE removals (
    number  INTEGER PRIMARY KEY REFERENCES recordings (number)
) STRICT;
INSERT INTO removals
SELECT number FROM recordings
 WHERE deleted_ms IS NOT NULL AND (object_key <> '' OR state = 'failed');
CREATE TRIGGER recordings_deleted AFTER UPDATE OF deleted_ms ON recordings
WHEN new.deleted_ms IS NOT NULL AND old.deleted_ms IS NULL BEGIN
    INSERT INTO removals (number) VALUES (new.number) ON CONFLICT DO NOTHING;
END;
DROP INDEX recordings_removal;

-- What a later version may render better.
CREATE INDEX recordings_unrendered ON recordings (id)
    WHERE deleted_ms IS NULL AND (state = 'failed' OR undecoded <> '[]');
