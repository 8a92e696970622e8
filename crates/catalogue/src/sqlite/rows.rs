//! How a recording stands in its row: the one place that reads it.

use super::details;
use crate::error::Error;
use jiff::Timestamp;
use model::access::{Ownership, Stage};
use model::details::{Details, Hold, Mark, Tombstone};
use model::people::{GroupId, Person, UserId};
use model::{
    Direction, Draft, Format, Mode, Note, Recording, RecordingId, SessionId, Sha256, Source, State,
};
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row};

/// A whole recording by id. When you change the columns, also change [`recording`], which reads
/// them in this order, and the insertion in `register`.
pub(super) const RECORDING: &str = "
    SELECT r.id, r.session, r.pbx_call_id, r.start_ms, r.duration_ms, r.direction,
           r.local_number, r.remote_number, r.owner_id, r.sides_assumed, r.state, r.reason,
           r.answered_ms, r.ended_ms, r.undecoded, r.oddities,
           r.source, r.mode, r.client, r.node, r.details,
           r.reference_number, r.size, r.sha256, r.format, r.object_key,
           r.created_ms, r.updated_ms, r.version,
           o.group_id, r.preserving_user_id, r.preserved_ms,
           o.username, o.first_name, o.last_name, o.phone_number, og.name, o.department,
           p.username, p.first_name, p.last_name, p.phone_number, pg.name, p.department,
           r.note_text,
           n.username, n.first_name, n.last_name, n.phone_number, ng.name, n.department,
           r.hold_ms, r.hold_reason,
           h.username, h.first_name, h.last_name, h.phone_number, hg.name, h.department,
           r.deleted_ms, r.deleted_reason,
           d.username, d.first_name, d.last_name, d.phone_number, dg.name, d.department,
           r.number,
           EXISTS (SELECT 1 FROM tags t WHERE t.number = r.number),
           EXISTS (SELECT 1 FROM marks m WHERE m.number = r.number)
      FROM recordings r
      LEFT JOIN users o ON o.id = r.owner_id
      LEFT JOIN groups og ON og.id = o.group_id
      LEFT JOIN users p ON p.id = r.preserving_user_id
      LEFT JOIN groups pg ON pg.id = p.group_id
      LEFT JOIN users n ON n.id = r.note_owner_id
      LEFT JOIN groups ng ON ng.id = n.group_id
      LEFT JOIN users h ON h.id = r.hold_user_id
      LEFT JOIN groups hg ON hg.id = h.group_id
      LEFT JOIN users d ON d.id = r.deleted_user_id
      LEFT JOIN groups dg ON dg.id = d.group_id
     WHERE r.id = ?1";
pub(super) const TAGS: &str = "SELECT tag FROM tags WHERE number = ?1 ORDER BY tag_key";
pub(super) const MARKS: &str = "
    SELECT id, offset_ms, text, who, at_ms FROM marks WHERE number = ?1 ORDER BY offset_ms, id";
pub(super) const USERNAME: &str = "SELECT username FROM users WHERE id = ?1";

/// The recording of this id, and the number of its row.
pub(super) fn find(
    connection: &Connection,
    id: RecordingId,
) -> Result<Option<(i64, Recording)>, Error> {
    let mut statement = connection.prepare_cached(RECORDING)?;
    let mut found = statement.query([id.to_bytes()])?;
    let Some(Found {
        number,
        mut recording,
        tagged,
        marked,
    }) = found.next()?.map(recording).transpose()?
    else {
        return Ok(None);
    };
    if tagged {
        recording.tags = tags(connection, number)?;
    }
    if marked {
        recording.marks = marks(connection, number)?;
    }
    for participant in &mut recording.draft.details.participants {
        if let Some(UserId(user)) = participant.user {
            let mut statement = connection.prepare_cached(USERNAME)?;
            participant.username = statement.query_row([user], |row| row.get(0))?;
        }
    }
    Ok(Some((number, recording)))
}

fn tags(connection: &Connection, number: i64) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare_cached(TAGS)?;
    let tags = statement.query_map([number], |row| row.get(0))?;
    Ok(tags.collect::<Result<_, _>>()?)
}

fn marks(connection: &Connection, number: i64) -> Result<Vec<Mark>, Error> {
    let mut statement = connection.prepare_cached(MARKS)?;
    let mut rows = statement.query([number])?;
    let mut marks = Vec::new();
    while let Some(row) = rows.next()? {
        marks.push(Mark {
            id: row.get(0)?,
            offset_ms: row.get(1)?,
            text: row.get(2)?,
            who: row.get(3)?,
            at: time(row.get(4)?)?,
        });
    }
    Ok(marks)
}

/// An instant of a row.
pub(super) fn time(ms: i64) -> Result<Timestamp, Error> {
    Timestamp::from_millisecond(ms)
        .map_err(|_| Error::Inconsistent(format!("{ms} is no time there is")))
}

/// A row of [`RECORDING`], and whether tags and marks are still missing.
struct Found {
    number: i64,
    recording: Recording,
    tagged: bool,
    marked: bool,
}

/// Reads a row of [`RECORDING`].
fn recording(row: &Row<'_>) -> Result<Found, Error> {
    let mut columns = Columns { row, next: 0 };
    let id = RecordingId::from_bytes(columns.take()?);
    let bad = |what: &str| Error::Inconsistent(format!("recording {id} has no valid {what}"));
    let mut draft = draft(&mut columns, id, &bad)?;
    let reference_number = columns.take()?;
    let size = u64::try_from(columns.take::<i64>()?).map_err(|_| bad("size"))?;
    let sha256 = Sha256(columns.take()?);
    let format = Format::from_name(&columns.take::<String>()?).ok_or_else(|| bad("format"))?;
    let object_key = columns.take()?;
    let (created_at, updated_at) = (time(columns.take()?)?, time(columns.take()?)?);
    let version = columns.take()?;
    let group = columns.take::<Option<i64>>()?.map(GroupId);
    let preserved_by = columns.take::<Option<i64>>()?.map(UserId);
    let preserved_at = columns.take::<Option<i64>>()?.map(time).transpose()?;
    let owner = columns.person()?;
    let preserving_user = columns.person()?;
    let note = match (columns.take::<Option<String>>()?, columns.person()?) {
        (Some(text), Some(owner)) => Some(Note { owner, text }),
        (None, None) => None,
        _ => return Err(bad("note")),
    };
    let hold = columns
        .event()?
        .map(|(at, reason, by)| Hold { by, at, reason });
    let tombstone = columns
        .event()?
        .map(|(at, reason, by)| Tombstone { by, at, reason });
    if owner.is_some() != draft.owner.is_some() {
        return Err(bad("owner"));
    }
    let mut ownership = Ownership {
        preserved_by,
        held: hold.is_some(),
        ..Ownership::of(draft.owner, group)
    };
    if tombstone.is_some() {
        draft.state = State::Deleted;
        ownership.stage = Stage::Deleted;
    }
    let recording = Recording {
        draft,
        reference_number,
        owner,
        ownership,
        preserving_user,
        preserved_at,
        note,
        tags: Vec::new(),
        marks: Vec::new(),
        hold,
        tombstone,
        created_at,
        updated_at,
        version,
        size,
        sha256,
        format,
        object_key,
    };
    Ok(Found {
        number: columns.take()?,
        recording,
        tagged: columns.take()?,
        marked: columns.take()?,
    })
}

fn draft(
    columns: &mut Columns<'_>,
    id: RecordingId,
    bad: &dyn Fn(&str) -> Error,
) -> Result<Draft, Error> {
    let texts = |json: String| texts(&json).ok_or_else(|| bad("list of texts"));
    let mut draft = Draft {
        id,
        session: SessionId::from_bytes(columns.take()?),
        pbx_call_id: columns.take()?,
        start_time: time(columns.take()?)?,
        duration_ms: u64::try_from(columns.take::<i64>()?).map_err(|_| bad("duration"))?,
        direction: Direction::from_number(columns.take()?).ok_or_else(|| bad("direction"))?,
        local_number: columns.take()?,
        remote_number: columns.take()?,
        owner: columns.take::<Option<i64>>()?.map(UserId),
        sides_assumed: columns.take()?,
        state: State::from_name(&columns.take::<String>()?).ok_or_else(|| bad("state"))?,
        reason: columns.take()?,
        answered_at: time(columns.take()?)?,
        ended_at: time(columns.take()?)?,
        undecoded: texts(columns.take()?)?,
        oddities: texts(columns.take()?)?,
        details: Details::default(),
    };
    let source = Source::from_name(&columns.take::<String>()?).ok_or_else(|| bad("source"))?;
    let trigger = Mode::from_name(&columns.take::<String>()?).ok_or_else(|| bad("mode"))?;
    let (client, node) = (columns.take()?, columns.take()?);
    let details = details::decode(&columns.take::<String>()?).ok_or_else(|| bad("details"))?;
    draft.details = Details {
        source,
        trigger,
        client,
        node,
        ..details
    };
    Ok(draft)
}

/// Several texts in one column.
pub(super) fn from_texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

/// The texts of a column.
pub(super) fn texts(json: &str) -> Option<Vec<String>> {
    if json == "[]" {
        return Some(Vec::new());
    }
    serde_json::from_str(json).ok()
}

/// Six columns of a person; all are null where there is nobody.
pub(super) fn person(row: &Row<'_>, first: usize) -> Result<Option<Person>, Error> {
    let mut columns = Columns { row, next: first };
    columns.person()
}

/// Columns from left to right: a statement of sixty is read in order or not at all.
struct Columns<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl Columns<'_> {
    fn take<T: FromSql>(&mut self) -> Result<T, Error> {
        let value = self.row.get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    fn person(&mut self) -> Result<Option<Person>, Error> {
        let username: Option<String> = self.take()?;
        let Some(username) = username else {
            self.next += 5;
            return Ok(None);
        };
        Ok(Some(Person {
            username,
            first_name: self.take()?,
            last_name: self.take()?,
            phone_number: self.take()?,
            group: self.take::<Option<String>>()?.unwrap_or_default(),
            department: self.take()?,
        }))
    }

    /// When, why and by whom; the system itself is nobody.
    fn event(&mut self) -> Result<Option<(Timestamp, String, Person)>, Error> {
        let (at, reason) = (self.take::<Option<i64>>()?, self.take::<Option<String>>()?);
        let by = self.person()?.unwrap_or_default();
        match (at, reason) {
            (Some(at), Some(reason)) => Ok(Some((time(at)?, reason, by))),
            _ => Ok(None),
        }
    }
}
