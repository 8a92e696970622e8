//! Rendering again: what there is to do it with, and how a better sound takes its place.
//!
//! A key is in `recording_objects` before its object is in the archive, so that deleting the
//! recording finds all of it.

use super::{Writer, details, register, rows, texts};
use crate::error::Error;
use crate::recordings::{Beside, BesideKind, Rendering, Stored};
use model::audit::AuditAction;
use model::{Draft, Recording, RecordingId, State};
use rusqlite::{Connection, params};

/// What a better rendering may change. When and by whom a recording was found, and what people
/// did with it, stays.
const REPLACE: &str = "
    UPDATE recordings
       SET session = :session, pbx_call_id = :pbx_call_id, start_ms = :start_ms,
           duration_ms = :duration_ms, direction = :direction, local_number = :local_number,
           remote_number = :remote_number, owner_id = coalesce(owner_id, :owner_id),
           sides_assumed = :sides_assumed, state = :state, reason = :reason,
           answered_ms = :answered_ms, ended_ms = :ended_ms, undecoded = :undecoded,
           oddities = :oddities, source = :source, mode = :mode, client = :client, node = :node,
           details = :details, quality = :quality, masked = :masked, size = :size,
           sha256 = :sha256, format = :format,
           object_key = :object_key, updated_ms = max(:now_ms, updated_ms),
           version = version + 1
     WHERE id = :id AND :reference_number = reference_number";

const RENDERING: &str = "
    SELECT state, object_key, undecoded,
           (SELECT object_key FROM recording_objects o
             WHERE o.number = r.number AND kind = 'journal' LIMIT 1)
      FROM recordings r WHERE id = ?1 AND deleted_ms IS NULL";
pub(super) const UNRENDERED: &str = "
    SELECT id FROM recordings
     WHERE id > ?1 AND deleted_ms IS NULL AND (state = 'failed' OR undecoded <> '[]')
       AND (state = 'failed' OR coalesce(details ->> '$.profile', 0) < ?2)
     ORDER BY id LIMIT ?3";
pub(super) const BESIDE: &str = "
    SELECT object_key, kind FROM recording_objects
     WHERE number = (SELECT number FROM recordings WHERE id = ?1) ORDER BY object_key";
const KEEP: &str = "
    INSERT INTO recording_objects (number, object_key, kind)
    SELECT number, ?2, ?3 FROM recordings WHERE id = ?1
    ON CONFLICT DO NOTHING";

/// The recording's journal is kept under this key.
pub(crate) fn keep_journal(writer: &Writer<'_>, id: RecordingId, key: &str) -> Result<(), Error> {
    keep(writer, id, key, BesideKind::Journal)
}

/// What rendering one recording again has to know.
pub(crate) fn one(connection: &Connection, id: RecordingId) -> Result<Option<Rendering>, Error> {
    let mut statement = connection.prepare_cached(RENDERING)?;
    let mut found = statement.query([id.to_bytes()])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let invalid = |what: &str| Error::Inconsistent(format!("recording {id} has no valid {what}"));
    let (state, undecoded): (String, String) = (row.get(0)?, row.get(2)?);
    Ok(Some(Rendering {
        id,
        state: State::from_name(&state).ok_or_else(|| invalid("state"))?,
        object_key: row.get(1)?,
        undecoded: rows::texts(&undecoded).ok_or_else(|| invalid("list of encodings"))?,
        journal_key: row.get(3)?,
    }))
}

/// Recordings that rules of this version may render better.
pub(crate) fn unrendered(
    connection: &Connection,
    profile: u32,
    after: Option<RecordingId>,
    limit: u64,
) -> Result<Vec<RecordingId>, Error> {
    // The empty blob is less than every id.
    let after = after.map_or_else(Vec::new, |id| id.to_bytes().to_vec());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(UNRENDERED)?;
    let ids = statement.query_map(params![after, profile, limit], |row| row.get(0))?;
    let ids = ids.map(|id| Ok(RecordingId::from_bytes(id?)));
    ids.collect()
}

/// A sound is about to be stored under this key.
pub(crate) fn intend_sound(writer: &Writer<'_>, id: RecordingId, key: &str) -> Result<(), Error> {
    if one(writer.rows, id)?.is_none() {
        return Err(Error::NoSuchRecording(id));
    }
    keep(writer, id, key, BesideKind::Sound)
}

/// Puts a rendering in place of a failed one, or of one that could decode less.
pub(crate) fn replace(
    writer: &Writer<'_>,
    draft: &Draft,
    stored: &Stored,
) -> Result<Option<Recording>, Error> {
    let connection = writer.rows;
    let known = rows::find(connection, draft.id)?;
    let (number, known) = known.ok_or(Error::NoSuchRecording(draft.id))?;
    if known.tombstone.is_some() {
        keep(writer, draft.id, &stored.object_key, BesideKind::Sound)?;
        connection.execute(
            "INSERT INTO removals (number) VALUES (?1) ON CONFLICT DO NOTHING",
            [number],
        )?;
        return Ok(None);
    }
    let failed = known.draft.state == State::Failed;
    if !failed && draft.undecoded.len() >= known.draft.undecoded.len() {
        return Ok(Some(known));
    }
    if !failed {
        keep(writer, draft.id, &known.object_key, BesideKind::Sound)?;
    }
    register::put(writer, REPLACE, &known.reference_number, draft, stored)?;
    let mut draft = draft.clone();
    if !failed {
        // They became rows with the first rendering; some may have been taken away since.
        draft.details.marks.clear();
    }
    let replaced = register::with_marks(writer, &draft, number)?;
    texts::refresh(connection, number, &replaced)?;
    let details = format!(
        "{}, SHA-256 {}; before it {}, SHA-256 {}",
        draft.state.name(),
        stored.sha256,
        known.draft.state.name(),
        known.sha256
    );
    writer.record(AuditAction::RenderRecording, Some(draft.id), details)?;
    // Now the row names it.
    connection.execute(
        "DELETE FROM recording_objects WHERE number = ?1 AND object_key = ?2",
        params![number, stored.object_key],
    )?;
    Ok(Some(replaced))
}

/// The rules of this version render it no better: nobody has to try again with them.
pub(crate) fn no_better(writer: &Writer<'_>, id: RecordingId, profile: u32) -> Result<(), Error> {
    let Some((number, recording)) = rows::find(writer.rows, id)? else {
        return Ok(());
    };
    let mut known = recording.draft.details;
    known.profile = profile;
    writer.rows.execute(
        "UPDATE recordings SET details = ?2 WHERE number = ?1",
        params![number, details::encode(&known)],
    )?;
    Ok(())
}

/// What may be in the archive beside the sound of the row.
pub(crate) fn beside(connection: &Connection, id: RecordingId) -> Result<Vec<Beside>, Error> {
    let mut statement = connection.prepare_cached(BESIDE)?;
    let found = statement.query_map([id.to_bytes()], |row| {
        let kind: String = row.get(1)?;
        let journal = kind == BesideKind::Journal.name();
        Ok(Beside {
            key: row.get(0)?,
            kind: if journal {
                BesideKind::Journal
            } else {
                BesideKind::Sound
            },
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn keep(writer: &Writer<'_>, id: RecordingId, key: &str, kind: BesideKind) -> Result<(), Error> {
    writer
        .rows
        .prepare_cached(KEEP)?
        .execute(params![id.to_bytes(), key, kind.name()])?;
    Ok(())
}
