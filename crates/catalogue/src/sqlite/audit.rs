//! The chain: how a row of the audit is written, and what its hash covers.

use super::audit_rows;
use crate::audit::AuditHead;
use crate::error::Error;
use crate::rules::without_case;
use model::Sha256;
use model::audit::AuditEvent;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use sha2::Digest;
use std::time::Duration;

/// What the hash of a row covers, in the order in which it covers it: with the row before it
/// and its own number, every column but the hash.
pub(super) const COLUMNS: &str = "number, at_ms, who, who_key, user_id, source, app, action,
    recording, details, outcome";
/// How many columns there are.
const COLUMNS_COUNT: usize = 11;

pub(super) const HEAD: &str = "SELECT number, hash FROM audit_head WHERE one = 1";
const INSERT: &str = "
    INSERT INTO audit (number, at_ms, who, who_key, user_id, source, app, action, recording,
                       details, outcome, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// Appends a row, and gives back its number.
pub(crate) fn append(connection: &Connection, event: &AuditEvent) -> Result<u64, Error> {
    let before = head(connection)?;
    let number = before.number + 1;
    let (who_key, source) = (
        without_case(&event.who),
        event.from.map(|from| from.to_string()),
    );
    let at_ms = event.at.as_millisecond();
    let recording = event.recording.map(|id| id.to_bytes().to_vec());
    let user = event.user.map(|user| user.0);
    let mut hash = Hash::after(before.hash);
    hash.add(integer(
        i64::try_from(number).map_err(|_| Error::TooLarge("the audit"))?,
    ));
    hash.add(integer(at_ms));
    hash.add(text(&event.who));
    hash.add(text(&who_key));
    hash.add(user.map_or(ValueRef::Null, integer));
    hash.add(source.as_deref().map_or(ValueRef::Null, text));
    hash.add(text(&event.app));
    hash.add(text(event.action.name()));
    hash.add(recording.as_deref().map_or(ValueRef::Null, ValueRef::Blob));
    hash.add(text(&event.details));
    hash.add(text(event.outcome.name()));
    let hash = hash.finish();
    connection.prepare_cached(INSERT)?.execute(params![
        number,
        at_ms,
        event.who,
        who_key,
        user,
        source,
        event.app,
        event.action.name(),
        recording,
        event.details,
        event.outcome.name(),
        hash.0,
    ])?;
    connection
        .prepare_cached("UPDATE audit_head SET number = ?1, hash = ?2 WHERE one = 1")?
        .execute(params![number, hash.0])?;
    Ok(number)
}

/// Appends a row unless one like it was written so short a time ago.
pub(crate) fn append_once(
    connection: &Connection,
    event: &AuditEvent,
    within: Duration,
) -> Result<(), Error> {
    if !audit_rows::known(connection, event, within)? {
        append(connection, event)?;
    }
    Ok(())
}

/// Where the chain ends.
pub(crate) fn head(connection: &Connection) -> Result<AuditHead, Error> {
    let mut statement = connection.prepare_cached(HEAD)?;
    let mut found = statement.query([])?;
    let row = found.next()?;
    let row = row.ok_or_else(|| Error::Inconsistent("the audit has no head".to_owned()))?;
    Ok(AuditHead {
        number: row.get(0)?,
        hash: Sha256(row.get(1)?),
    })
}

/// The hash a row of [`COLUMNS`] must have behind the one before it.
pub(super) fn of_row(before: Sha256, row: &Row<'_>) -> Result<Sha256, Error> {
    let mut hash = Hash::after(before);
    for column in 0..COLUMNS_COUNT {
        hash.add(row.get_ref(column)?);
    }
    Ok(hash.finish())
}

/// SHA-256 over values that cannot run into each other: each begins with its kind and its
/// length in bytes.
struct Hash(sha2::Sha256);

impl Hash {
    fn after(before: Sha256) -> Self {
        let mut hash = sha2::Sha256::new();
        hash.update(b"earwitness audit 1\n");
        hash.update(before.0);
        Self(hash)
    }

    fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.bytes(b'n', &[]),
            ValueRef::Integer(number) => self.bytes(b'i', &number.to_be_bytes()),
            ValueRef::Real(number) => self.bytes(b'r', &number.to_be_bytes()),
            ValueRef::Text(text) => self.bytes(b't', text),
            ValueRef::Blob(blob) => self.bytes(b'b', blob),
        }
    }

    fn bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.0.update([kind]);
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

fn integer(number: i64) -> ValueRef<'static> {
    ValueRef::Integer(number)
}

fn text(text: &str) -> ValueRef<'_> {
    ValueRef::Text(text.as_bytes())
}
