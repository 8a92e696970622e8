//! How a rendered and stored recording becomes a row.

use super::{Writer, recordings, rows};
use crate::error::Error;
use crate::recordings::{Stored, Uploaded};
use jiff::Timestamp;
use jiff::tz::Offset;
use model::people::UserId;
use model::{Draft, Recording};
use rusqlite::{Connection, OptionalExtension, named_params};

/// Most recordings of a year: nine digits.
const COUNTER_MAX: i64 = 999_999_999;

const INSERT: &str = "
    INSERT INTO recordings
           (id, session, reference_number, pbx_call_id, start_ms, duration_ms, direction,
            local_number, remote_number, owner_id, sides_assumed, state, reason,
            answered_ms, ended_ms, undecoded, oddities, size, sha256, format, object_key)
    VALUES (:id, :session, :reference_number, :pbx_call_id, :start_ms, :duration_ms, :direction,
            :local_number, :remote_number, :owner_id, :sides_assumed, :state, :reason,
            :answered_ms, :ended_ms, :undecoded, :oddities, :size, :sha256, :format,
            :object_key)";

/// Inserts the recording unless it is known, and returns what is now in the row.
pub(crate) fn register(
    writer: &Writer<'_>,
    draft: &Draft,
    stored: &Stored,
) -> Result<Recording, Error> {
    let connection = writer.rows;
    if let Some(known) = recordings::one(connection, draft.id)? {
        return Ok(known);
    }
    let reference_number = reference_number(connection, draft.start_time)?;
    let owner = known_owner(connection, draft)?;
    connection.prepare_cached(INSERT)?.execute(named_params! {
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
        ":size": fitting(stored.size, "the file")?,
        ":sha256": stored.sha256.0,
        ":format": stored.format.extension(),
        ":object_key": stored.object_key,
    })?;
    recordings::one(connection, draft.id)?
        .ok_or_else(|| Error::Inconsistent(format!("recording {} vanished", draft.id)))
}

pub(crate) fn upload(
    _w: &Writer<'_>,
    _d: &Draft,
    _s: &Stored,
    _u: &Uploaded,
) -> Result<Recording, Error> {
    Err(Error::NotBuilt)
}

pub(crate) fn replace_failed(_w: &Writer<'_>, _d: &Draft, _s: &Stored) -> Result<Recording, Error> {
    Err(Error::NotBuilt)
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
    if number > COUNTER_MAX {
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
    let known = connection
        .prepare_cached("SELECT 1 FROM users WHERE id = ?1")?
        .query_row([owner.0], |_| Ok(()))
        .optional()?;
    if known.is_none() {
        tracing::warn!(
            recording.id = %draft.id,
            user.id = owner.0,
            "the owner of a recording is not in the catalogue; it is registered without one"
        );
    }
    Ok(known.map(|()| owner))
}

fn fitting(value: u64, what: &'static str) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::TooLarge(what))
}
