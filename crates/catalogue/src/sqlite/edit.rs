//! What people do with a recording: notes, tags, marks, preserving, holds, deleting, owners.
//!
//! The policy is asked inside the transaction, about the row as it is then. Each edit that
//! changes something leaves a row in the audit, in the same transaction.

use super::{Writer, people, rows, texts};
use crate::error::Error;
use crate::recordings::Edit;
use crate::rules;
use model::access::{self, Denied, Level, Ownership, Principal, Rights};
use model::audit::AuditAction;
use model::details::LiveMark;
use model::people::UserId;
use model::{Recording, RecordingId};
use rusqlite::{Connection, ToSql, params};
use std::collections::BTreeSet;

/// Most characters of a note.
const NOTE_CHARS_MAX: usize = 10_000;
/// Most tags of a recording.
const TAGS_MAX: usize = 100;
/// Most marks of a recording.
const MARKS_MAX: usize = 1000;

/// A change being made.
struct Change<'a> {
    writer: &'a Writer<'a>,
    number: i64,
    recording: Recording,
    signer: Option<UserId>,
}

/// Changes a recording as the policy lets the actor.
pub(crate) fn edit(
    writer: &Writer<'_>,
    id: RecordingId,
    edits: &[Edit],
    version: Option<i64>,
) -> Result<Recording, Error> {
    let found = rows::find(writer.rows, id)?;
    let (_number, recording) = found.ok_or(Error::NoSuchRecording(id))?;
    let caller = caller(writer);
    // What is not the caller's says nothing about its version.
    for edit in edits {
        match access::check(&caller, edit.action(), recording.ownership) {
            // An edit before this one may end the protection.
            Ok(()) | Err(Denied::Protected) => {}
            Err(denied) => return Err(denied.into()),
        }
    }
    if version.is_some_and(|version| version != recording.version) {
        return Err(Error::Changed);
    }
    let signer = writer.actor.principal.as_ref().map(|caller| caller.id);
    apply(writer, id, edits, signer, |edit, row| {
        access::check(&caller, edit.action(), row)
    })
}

/// Changes a recording in the name of whoever has just brought it in, whoever owns it. What the
/// system itself brings in is signed by the owner; the audit says who it was.
pub(super) fn of_uploader(
    writer: &Writer<'_>,
    id: RecordingId,
    edits: &[Edit],
) -> Result<Recording, Error> {
    let caller = writer.actor.principal.as_ref().map(|caller| caller.id);
    let owner = rows::find(writer.rows, id)?.and_then(|(_, recording)| recording.draft.owner);
    apply(writer, id, edits, caller.or(owner), |_edit, _row| Ok(()))
}

/// Whom the policy is asked about. The system itself may do what complete access may.
fn caller(writer: &Writer<'_>) -> Principal {
    writer.actor.principal.clone().unwrap_or_else(|| Principal {
        id: UserId(0),
        username: writer.actor.who.clone(),
        level: Level::COMPLETE,
        supervises: BTreeSet::new(),
        rights: Rights::default(),
    })
}

fn apply(
    writer: &Writer<'_>,
    id: RecordingId,
    edits: &[Edit],
    signer: Option<UserId>,
    may: impl Fn(&Edit, Ownership) -> Result<(), Denied>,
) -> Result<Recording, Error> {
    let read = || rows::find(writer.rows, id)?.ok_or(Error::NoSuchRecording(id));
    let (number, mut recording) = read()?;
    let mut changed = false;
    for edit in edits {
        may(edit, recording.ownership)?;
        let change = Change {
            writer,
            number,
            recording,
            signer,
        };
        if let Some((action, details)) = change.make(edit)? {
            writer.record(action, Some(id), details)?;
            changed = true;
        }
        recording = read()?.1;
    }
    if !changed {
        return Ok(recording);
    }
    writer.rows.execute(
        "UPDATE recordings SET version = version + 1, updated_ms = max(?2, updated_ms)
          WHERE number = ?1",
        params![number, writer.now.as_millisecond()],
    )?;
    let recording = read()?.1;
    texts::refresh(writer.rows, number, &recording)?;
    Ok(recording)
}

/// What the audit says about an edit; `None`: it changes nothing.
type Done = Option<(AuditAction, String)>;

impl Change<'_> {
    fn make(&self, edit: &Edit) -> Result<Done, Error> {
        match edit {
            Edit::Note(text) => self.note(text.as_deref()),
            Edit::Tags(tags) => self.tags(tags),
            Edit::Tag(tag) => self.tag(tag),
            Edit::Untag(tag) => self.untag(tag),
            Edit::AddMark { offset_ms, text } => self.add_mark(*offset_ms, text),
            Edit::DeleteMark(id) => self.delete_mark(*id),
            Edit::Preserve => self.preserve(),
            Edit::Release => self.release(),
            Edit::Hold { reason } => self.hold(reason),
            Edit::Unhold { reason } => self.unhold(reason),
            Edit::Delete { reason } => self.delete(reason),
            Edit::Reassign { username } => self.reassign(username.as_deref()),
        }
    }

    /// Sets columns of the row; `columns` come from this file only.
    fn set(&self, columns: &str, values: &[&dyn ToSql]) -> Result<(), Error> {
        let statement = format!("UPDATE recordings SET {columns} WHERE number = ?1");
        let mut all: Vec<&dyn ToSql> = vec![&self.number];
        all.extend(values);
        self.writer.rows.execute(&statement, &all[..])?;
        Ok(())
    }

    fn now_ms(&self) -> i64 {
        self.writer.now.as_millisecond()
    }

    /// The user in whose name something is kept: the system has none.
    fn user(&self) -> Result<i64, Error> {
        Ok(self.signer.ok_or(Denied::Level)?.0)
    }

    fn note(&self, text: Option<&str>) -> Result<Done, Error> {
        let text = text.filter(|text| !text.trim().is_empty());
        let before = self.recording.note.as_ref();
        let action = match (before, text) {
            (None, None) => return Ok(None),
            (Some(note), Some(text)) if note.text == text => return Ok(None),
            (None, Some(_)) => AuditAction::AddNote,
            (Some(_), Some(_)) => AuditAction::EditNote,
            (Some(_), None) => AuditAction::DeleteNote,
        };
        rules::prose("a note", text.unwrap_or_default(), NOTE_CHARS_MAX)?;
        let user = self.user()?;
        self.set(
            "note_text = ?2, note_owner_id = ?3",
            &[&text, &text.map(|_| user)],
        )?;
        self.writer.rows.execute(
            "INSERT INTO notes (number, user_id, at_ms, text) VALUES (?1, ?2, ?3, ?4)",
            params![self.number, user, self.now_ms(), text],
        )?;
        Ok(Some((action, String::new())))
    }

    fn tags(&self, tags: &[String]) -> Result<Done, Error> {
        let mut wanted: Vec<(String, &str)> = Vec::new();
        for tag in tags {
            let tag = rules::tag(tag)?;
            let key = rules::without_case(tag);
            if wanted.iter().all(|(known, _)| *known != key) {
                wanted.push((key, tag));
            }
        }
        if wanted.len() > TAGS_MAX {
            return Err(Error::TooMany {
                what: "tags",
                most: TAGS_MAX,
            });
        }
        wanted.sort();
        let texts: Vec<&str> = wanted.iter().map(|(_key, tag)| *tag).collect();
        if self.recording.tags == texts {
            return Ok(None);
        }
        let rows = self.writer.rows;
        rows.execute("DELETE FROM tags WHERE number = ?1", [self.number])?;
        let mut insert =
            rows.prepare_cached("INSERT INTO tags (number, tag_key, tag) VALUES (?1, ?2, ?3)")?;
        for (key, tag) in &wanted {
            insert.execute(params![self.number, key, tag])?;
        }
        Ok(Some((AuditAction::EditTags, texts.join(", "))))
    }

    fn tag(&self, tag: &str) -> Result<Done, Error> {
        let tag = rules::tag(tag)?;
        let key = rules::without_case(tag);
        let mut tags = self.recording.tags.clone();
        if tags.iter().any(|known| rules::without_case(known) == key) {
            return Ok(None);
        }
        tags.push(tag.to_owned());
        self.tags(&tags)
    }

    fn untag(&self, tag: &str) -> Result<Done, Error> {
        let key = rules::without_case(rules::tag(tag)?);
        let mut tags = self.recording.tags.clone();
        tags.retain(|known| rules::without_case(known) != key);
        self.tags(&tags)
    }

    fn add_mark(&self, offset_ms: u64, text: &str) -> Result<Done, Error> {
        rules::prose("a mark", text, rules::REASON_CHARS_MAX)?;
        if self.recording.marks.len() >= MARKS_MAX {
            return Err(Error::TooMany {
                what: "marks",
                most: MARKS_MAX,
            });
        }
        let mark = LiveMark {
            offset_ms,
            text: text.to_owned(),
            who: self.writer.actor.who.clone(),
            at: self.writer.now,
        };
        insert_mark(self.writer.rows, self.number, &mark)?;
        Ok(Some((AuditAction::AddMark, format!("at {offset_ms} ms"))))
    }

    fn delete_mark(&self, id: i64) -> Result<Done, Error> {
        let gone = self.writer.rows.execute(
            "DELETE FROM marks WHERE id = ?1 AND number = ?2",
            [id, self.number],
        )?;
        if gone == 0 {
            return Err(Error::NoSuchMark(id));
        }
        Ok(Some((AuditAction::DeleteMark, format!("mark {id}"))))
    }

    fn preserve(&self) -> Result<Done, Error> {
        if self.recording.ownership.preserved_by.is_some() {
            return Ok(None);
        }
        self.set(
            "preserving_user_id = ?2, preserved_ms = ?3",
            &[&self.user()?, &self.now_ms()],
        )?;
        Ok(Some((AuditAction::PreserveRecording, String::new())))
    }

    fn release(&self) -> Result<Done, Error> {
        let Some(by) = &self.recording.preserving_user else {
            return Ok(None);
        };
        self.set("preserving_user_id = NULL, preserved_ms = NULL", &[])?;
        let details = format!("preserved by {}", by.username);
        Ok(Some((AuditAction::ReleaseRecording, details)))
    }

    fn hold(&self, reason: &str) -> Result<Done, Error> {
        let reason = rules::reason(reason)?;
        if let Some(hold) = &self.recording.hold
            && hold.reason == reason
        {
            return Ok(None);
        }
        let user = self.writer.actor.principal.as_ref().map(|p| p.id.0);
        self.set(
            "hold_user_id = ?2, hold_ms = ?3, hold_reason = ?4",
            &[&user, &self.now_ms(), &reason],
        )?;
        Ok(Some((AuditAction::HoldRecording, reason.to_owned())))
    }

    fn unhold(&self, reason: &str) -> Result<Done, Error> {
        if self.recording.hold.is_none() {
            return Ok(None);
        }
        rules::prose("a reason", reason, rules::REASON_CHARS_MAX)?;
        self.set(
            "hold_user_id = NULL, hold_ms = NULL, hold_reason = NULL",
            &[],
        )?;
        Ok(Some((AuditAction::UnholdRecording, reason.to_owned())))
    }

    fn delete(&self, reason: &str) -> Result<Done, Error> {
        let reason = rules::reason(reason)?;
        let user = self.writer.actor.principal.as_ref().map(|p| p.id.0);
        self.set(
            "deleted_user_id = ?2, deleted_ms = ?3, deleted_reason = ?4",
            &[&user, &self.now_ms(), &reason],
        )?;
        let Recording {
            reference_number,
            sha256,
            ..
        } = &self.recording;
        let details = format!("reference number {reference_number}, SHA-256 {sha256}: {reason}");
        Ok(Some((AuditAction::DeleteRecording, details)))
    }

    fn reassign(&self, username: Option<&str>) -> Result<Done, Error> {
        let rows = self.writer.rows;
        let owner = username.map(|name| people::id(rows, name)).transpose()?;
        if owner == self.recording.ownership.owner {
            return Ok(None);
        }
        self.set("owner_id = ?2", &[&owner.map(|owner| owner.0)])?;
        let before = self.recording.owner.as_ref();
        let details = format!(
            "from {} to {}",
            before.map_or("nobody", |person| &person.username),
            username.unwrap_or("nobody")
        );
        Ok(Some((AuditAction::ReassignRecording, details)))
    }
}

/// A mark becomes a row.
pub(super) fn insert_mark(
    connection: &Connection,
    number: i64,
    mark: &LiveMark,
) -> Result<(), Error> {
    let offset = i64::try_from(mark.offset_ms).map_err(|_| Error::TooLarge("the place"))?;
    connection
        .prepare_cached(
            "INSERT INTO marks (number, offset_ms, text, who, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            number,
            offset,
            mark.text,
            mark.who,
            mark.at.as_millisecond()
        ])?;
    Ok(())
}
