//! How a recording stands in its row: the one place that reads it.

use crate::error::Error;
use jiff::Timestamp;
use model::access::Ownership;
use model::people::{GroupId, Person, UserId};
use model::{
    Details, Direction, Draft, Format, Note, Recording, RecordingId, SessionId, Sha256, State,
};
use rusqlite::Row;
use rusqlite::types::FromSql;

/// A whole recording by id. When you change the columns, also change [`recording`], which reads
/// them in this order, and the insertion in `register`.
pub(super) const RECORDING: &str = "
    SELECT r.id, r.session, r.pbx_call_id, r.start_ms, r.duration_ms, r.direction,
           r.local_number, r.remote_number, r.owner_id, r.sides_assumed, r.state, r.reason,
           r.answered_ms, r.ended_ms, r.undecoded, r.oddities,
           r.reference_number, r.size, r.sha256, r.format, r.object_key, o.group_id,
           o.username, o.first_name, o.last_name, o.phone_number, og.name, o.department,
           p.username, p.first_name, p.last_name, p.phone_number, pg.name, p.department,
           r.note_text,
           n.username, n.first_name, n.last_name, n.phone_number, ng.name, n.department
      FROM recordings r
      LEFT JOIN users o ON o.id = r.owner_id
      LEFT JOIN groups og ON og.id = o.group_id
      LEFT JOIN users p ON p.id = r.preserving_user_id
      LEFT JOIN groups pg ON pg.id = p.group_id
      LEFT JOIN users n ON n.id = r.note_owner_id
      LEFT JOIN groups ng ON ng.id = n.group_id
     WHERE r.id = ?1";

/// Reads a row of [`RECORDING`].
pub(super) fn recording(row: &Row<'_>) -> Result<Recording, Error> {
    let mut columns = Columns { row, next: 0 };
    let id = RecordingId::from_bytes(columns.take()?);
    let bad = |what: &str| Error::Inconsistent(format!("recording {id} has no valid {what}"));
    let draft = draft(&mut columns, id, &bad)?;
    let reference_number = columns.take()?;
    let size = u64::try_from(columns.take::<i64>()?).map_err(|_| bad("size"))?;
    let sha256 = Sha256(columns.take()?);
    let format = Format::from_name(&columns.take::<String>()?).ok_or_else(|| bad("format"))?;
    let object_key = columns.take()?;
    let group = columns.take::<Option<i64>>()?.map(GroupId);
    let owner = person(&mut columns)?;
    let preserving_user = person(&mut columns)?;
    let text: Option<String> = columns.take()?;
    let note = match (text, person(&mut columns)?) {
        (Some(text), Some(owner)) => Some(Note { owner, text }),
        (None, None) => None,
        _ => return Err(bad("note")),
    };
    if owner.is_some() != draft.owner.is_some() {
        return Err(bad("owner"));
    }
    let ownership = Ownership::of(draft.owner, group);
    Ok(Recording {
        draft,
        reference_number,
        owner,
        ownership,
        preserving_user,
        preserved_at: None,
        note,
        tags: Vec::new(),
        marks: Vec::new(),
        hold: None,
        tombstone: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        version: 1,
        size,
        sha256,
        format,
        object_key,
    })
}

fn draft(
    columns: &mut Columns<'_>,
    id: RecordingId,
    bad: &dyn Fn(&str) -> Error,
) -> Result<Draft, Error> {
    let time = |ms: i64| Timestamp::from_millisecond(ms).map_err(|_| bad("time"));
    let texts = |json: String| texts(&json).ok_or_else(|| bad("list of texts"));
    Ok(Draft {
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
    })
}

/// Six columns of a person; all are null where there is nobody.
fn person(columns: &mut Columns<'_>) -> Result<Option<Person>, Error> {
    let username: Option<String> = columns.take()?;
    let Some(username) = username else {
        columns.next += 5;
        return Ok(None);
    };
    Ok(Some(Person {
        username,
        first_name: columns.take()?,
        last_name: columns.take()?,
        phone_number: columns.take()?,
        group: columns.take::<Option<String>>()?.unwrap_or_default(),
        department: columns.take()?,
    }))
}

/// Several texts in one column.
pub(super) fn from_texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn texts(json: &str) -> Option<Vec<String>> {
    serde_json::from_str(json).ok()
}

/// Columns from left to right: a statement of forty is read in order or not at all.
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
}
