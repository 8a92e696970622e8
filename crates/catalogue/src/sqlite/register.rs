//! How a rendered and stored recording becomes a row.

use super::{Writer, details, edit, recordings, rows, texts};
use crate::error::Error;
use crate::recordings::{Edit, Stored, Uploaded};
use jiff::Timestamp;
use jiff::tz::Offset;
use model::audit::AuditAction;
use model::people::UserId;
use model::{Draft, Recording};
use rusqlite::{Connection, named_params};

/// Most recordings of a year: nine digits.
const COUNTER_MAX: i64 = 999_999_999;

pub(super) const INSERT: &str = "
    INSERT INTO recordings
           (id, session, reference_number, pbx_call_id, start_ms, duration_ms, direction,
            local_number, remote_number, owner_id, sides_assumed, state, reason,
            answered_ms, ended_ms, undecoded, oddities, source, mode, client, node, details,
            quality, masked, size, sha256, format, object_key, created_ms, updated_ms, version)
    VALUES (:id, :session, :reference_number, :pbx_call_id, :start_ms, :duration_ms, :direction,
            :local_number, :remote_number, :owner_id, :sides_assumed, :state, :reason,
            :answered_ms, :ended_ms, :undecoded, :oddities, :source, :mode, :client, :node,
            :details, :quality, :masked, :size, :sha256, :format, :object_key, :now_ms, :now_ms,
            1)";

/// Inserts the recording unless it is known, and returns what is now in the row.
pub(crate) fn register(
    writer: &Writer<'_>,
    draft: &Draft,
    stored: &Stored,
) -> Result<Recording, Error> {
    match recordings::one(writer.rows, draft.id)? {
        Some(known) => Ok(known),
        None => insert(writer, draft, stored).map(|(_number, recording)| recording),
    }
}

/// Inserts a recording made elsewhere, with the uploader's note, and preserved if wanted.
pub(crate) fn upload(
    writer: &Writer<'_>,
    draft: &Draft,
    stored: &Stored,
    uploaded: &Uploaded,
) -> Result<Recording, Error> {
    if let Some(known) = recordings::one(writer.rows, draft.id)? {
        return Ok(known);
    }
    let (_number, recording) = insert(writer, draft, stored)?;
    let details = format!(
        "reference number {}, SHA-256 {}",
        recording.reference_number, stored.sha256
    );
    writer.record(AuditAction::UploadRecording, Some(draft.id), details)?;
    let mut edits = Vec::new();
    if let Some(note) = &uploaded.note {
        edits.push(Edit::Note(Some(note.clone())));
    }
    if uploaded.preserved {
        edits.push(Edit::Preserve);
    }
    edit::of_uploader(writer, draft.id, &edits)
}

fn insert(writer: &Writer<'_>, draft: &Draft, stored: &Stored) -> Result<(i64, Recording), Error> {
    let reference_number = reference_number(writer.rows, draft.start_time)?;
    put(writer, INSERT, &reference_number, draft, stored)?;
    let number = writer.rows.last_insert_rowid();
    let recording = with_marks(writer, draft, number)?;
    texts::refresh(writer.rows, number, &recording)?;
    Ok((number, recording))
}

/// Runs a statement that takes all columns of a draft and of what is stored.
pub(super) fn put(
    writer: &Writer<'_>,
    statement: &str,
    reference_number: &str,
    draft: &Draft,
    stored: &Stored,
) -> Result<(), Error> {
    let connection = writer.rows;
    let owner = known_owner(connection, draft)?;
    let mut details = draft.details.clone();
    for participant in &mut details.participants {
        participant.user = match participant.user {
            Some(user) if is_known(connection, user)? => Some(user),
            _ => None,
        };
    }
    connection
        .prepare_cached(statement)?
        .execute(named_params! {
            ":id": draft.id.to_bytes(),
            ":session": draft.session.to_bytes(),
            ":reference_number": reference_number,
            ":pbx_call_id": draft.pbx_call_id,
            ":start_ms": draft.start_time.as_millisecond(),
            ":duration_ms": fitting(draft.duration_ms, "the duration")?,
            ":direction": draft.direction.number(),
            ":local_number": draft.local_number,
            ":remote_number": draft.remote_number,
            ":owner_id": owner.map(|owner| owner.0),
            ":sides_assumed": draft.sides_assumed,
            ":state": draft.state.name(),
            ":reason": draft.reason,
            ":answered_ms": draft.answered_at.as_millisecond(),
            ":ended_ms": draft.ended_at.as_millisecond(),
            ":undecoded": rows::from_texts(&draft.undecoded),
            ":oddities": rows::from_texts(&draft.oddities),
            ":source": details.source.name(),
            ":mode": details.trigger.name(),
            ":client": details.client,
            ":node": details.node,
            ":details": details::encode(&details),
            ":quality": details.loss.quality().number(),
            ":masked": !details.pauses.is_empty(),
            ":size": fitting(stored.size, "the file")?,
            ":sha256": stored.sha256.0,
            ":format": stored.format.extension(),
            ":object_key": stored.object_key,
            ":now_ms": writer.now.as_millisecond(),
        })?;
    Ok(())
}

/// The row, once the marks made while people talked are rows too.
pub(super) fn with_marks(
    writer: &Writer<'_>,
    draft: &Draft,
    number: i64,
) -> Result<Recording, Error> {
    for mark in &draft.details.marks {
        edit::insert_mark(writer.rows, number, mark)?;
    }
    recordings::one(writer.rows, draft.id)?
        .ok_or_else(|| Error::Inconsistent(format!("recording {} vanished", draft.id)))
}

/// The next number of the year. It is taken in the transaction that inserts the row: given
/// with it or not at all.
fn reference_number(connection: &Connection, start: Timestamp) -> Result<String, Error> {
    let year = Offset::UTC.to_datetime(start).year();
    if !(0..=9999).contains(&year) {
        return Err(Error::NoReferenceNumber(year));
    }
    let number: i64 = connection
        .prepare_cached(
            "INSERT INTO reference_counters (year, next) VALUES (?1, 2)
             ON CONFLICT (year) DO UPDATE SET next = next + 1
             RETURNING next - 1",
        )?
        .query_row([year], |row| row.get(0))?;
    numbered(year, number)
}

/// A year and a number in it as thirteen digits.
pub(super) fn numbered(year: i16, number: i64) -> Result<String, Error> {
    if !(0..=9999).contains(&year) || number > COUNTER_MAX {
        return Err(Error::NoReferenceNumber(year));
    }
    Ok(format!("{year:04}{number:09}"))
}

/// The draft's owner if this catalogue knows the user, deleted or not. A journal can outlive
/// the catalogue it asked; the call is worth more than its owner.
fn known_owner(connection: &Connection, draft: &Draft) -> Result<Option<UserId>, Error> {
    let Some(owner) = draft.owner else {
        return Ok(None);
    };
    if is_known(connection, owner)? {
        return Ok(Some(owner));
    }
    tracing::warn!(
        recording.id = %draft.id,
        user.id = owner.0,
        "the owner of a recording is not in the catalogue; it is registered without one"
    );
    Ok(None)
}

fn is_known(connection: &Connection, user: UserId) -> Result<bool, Error> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM users WHERE id = ?1")?;
    Ok(statement.exists([user.0])?)
}

fn fitting(value: u64, what: &'static str) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::TooLarge(what))
}
