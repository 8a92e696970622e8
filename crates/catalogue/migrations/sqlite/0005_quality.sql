-- What a list may be narrowed down to besides: how much of the sound came, and whether a part was
-- paused. Both follow from the details.
ALTER TABLE recordings ADD COLUMN quality INTEGER NOT NULL DEFAULT 0;   -- 0 unmeasured ... 3 poor
ALTER TABLE recordings ADD COLUMN masked INTEGER NOT NULL DEFAULT 0;

UPDATE recordings
   SET masked = coalesce(json_array_length(details, '$.pauses'), 0) > 0,
       quality = CASE
           WHEN loss.packets + loss.lost = 0 THEN 0
           WHEN (loss.lost + loss.discarded) * 100 >= (loss.packets + loss.lost) * 5
                OR loss.gaps > 2 THEN 3
           WHEN (loss.lost + loss.discarded) * 100 >= (loss.packets + loss.lost) * 2
                OR loss.gaps > 0 THEN 2
           ELSE 1
       END
  FROM (SELECT number AS of,
               coalesce(details ->> '$.loss[0]', 0) AS packets,
               coalesce(details ->> '$.loss[1]', 0) AS lost,
               coalesce(details ->> '$.loss[2]', 0) AS discarded,
               coalesce(details ->> '$.loss[3]', 0) AS gaps
          FROM recordings) AS loss
 WHERE loss.of = number;

-- The same walks as before; the new columns behind the id spare the row.
DROP INDEX recordings_start;
DROP INDEX recordings_owner;
CREATE INDEX recordings_start
    ON recordings (start_ms DESC, id DESC, deleted_ms, direction, duration_ms, quality, masked)
    WHERE deleted_ms IS NULL;
CREATE INDEX recordings_owner
    ON recordings (owner_id, start_ms DESC, id DESC, deleted_ms, direction, duration_ms, quality,
                   masked)
    WHERE deleted_ms IS NULL;
-- What is rare, so that finding a page of it does not walk over everything else.
CREATE INDEX recordings_poor
    ON recordings (start_ms DESC, id DESC, deleted_ms, direction, duration_ms, quality, masked,
                   owner_id)
    WHERE deleted_ms IS NULL AND quality = 3;
CREATE INDEX recordings_fair
    ON recordings (start_ms DESC, id DESC, deleted_ms, direction, duration_ms, quality, masked,
                   owner_id)
    WHERE deleted_ms IS NULL AND quality = 2;
CREATE INDEX recordings_masked
    ON recordings (start_ms DESC, id DESC, deleted_ms, direction, duration_ms, quality, masked,
                   owner_id)
    WHERE deleted_ms IS NULL AND masked = 1;
CREATE INDEX recordings_unwell
    ON recordings (state, start_ms DESC, id DESC, deleted_ms, owner_id)
    WHERE deleted_ms IS NULL AND state <> 'available';

-- How many recordings each owner has, by these too.
DROP TRIGGER recordings_counted;
DROP TRIGGER recordings_uncounted;
DROP TRIGGER recordings_recounted;
DROP TABLE recording_counts;
CREATE TABLE recording_counts (
    owner_id   INTEGER NOT NULL,
    deleted    INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    direction  INTEGER NOT NULL,
    quality    INTEGER NOT NULL,
    masked     INTEGER NOT NULL,
    count      INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (owner_id, deleted, direction, quality, masked)
) STRICT, WITHOUT ROWID;
INSERT INTO recording_counts
SELECT coalesce(owner_id, 0), deleted_ms IS NOT NULL, direction, quality, masked, COUNT(*)
  FROM recordings GROUP BY 1, 2, 3, 4, 5;
CREATE TRIGGER recordings_counted AFTER INSERT ON recordings BEGIN
    INSERT INTO recording_counts
    VALUES (coalesce(new.owner_id, 0), new.deleted_ms IS NOT NULL, new.direction, new.quality,
            new.masked, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER recordings_uncounted AFTER DELETE ON recordings BEGIN
    UPDATE recording_counts SET count = count - 1
     WHERE owner_id = coalesce(old.owner_id, 0) AND deleted = (old.deleted_ms IS NOT NULL)
       AND direction = old.direction AND quality = old.quality AND masked = old.masked;
END;
CREATE TRIGGER recordings_recounted
AFTER UPDATE OF owner_id, deleted_ms, direction, quality, masked ON recordings
BEGIN
    UPDATE recording_counts SET count = count - 1
     WHERE owner_id = coalesce(old.owner_id, 0) AND deleted = (old.deleted_ms IS NOT NULL)
       AND direction = old.direction AND quality = old.quality AND masked = old.masked;
    INSERT INTO recording_counts
    VALUES (coalesce(new.owner_id, 0), new.deleted_ms IS NOT NULL, new.direction, new.quality,
            new.masked, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
