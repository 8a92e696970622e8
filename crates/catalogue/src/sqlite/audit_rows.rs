//! Reading the audit.

use super::rows;
use crate::audit::{AuditFilter, AuditOrder, AuditRow};
use crate::error::Error;
use crate::rules::without_case;
use model::audit::{AuditAction, AuditEvent, Outcome};
use model::people::UserId;
use model::{RecordingId, Sha256};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use std::time::Duration;

pub(super) const KNOWN: &str = "
    SELECT 1 FROM audit
     WHERE recording = ?1 AND at_ms > ?2 AND who_key = ?3 AND source IS ?4 AND action = ?5
       AND outcome = ?6
     LIMIT 1";

/// Whether a row like this event was written so short a time before it.
pub(crate) fn known(
    connection: &Connection,
    event: &AuditEvent,
    within: Duration,
) -> Result<bool, Error> {
    let Some(recording) = event.recording else {
        return Ok(false);
    };
    let within = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
    let since = event.at.as_millisecond().saturating_sub(within);
    Ok(connection.prepare_cached(KNOWN)?.exists(params![
        recording.to_bytes(),
        since,
        without_case(&event.who),
        event.from.map(|from| from.to_string()),
        event.action.name(),
        event.outcome.name(),
    ])?)
}

/// The rows wanted, behind a row.
pub(crate) fn search(
    connection: &Connection,
    filter: &AuditFilter,
    order: AuditOrder,
    behind: Option<u64>,
    limit: u64,
) -> Result<Vec<AuditRow>, Error> {
    let mut wanted = conditions(filter);
    let (comparison, direction) = match order {
        AuditOrder::Newest => ("<", "DESC"),
        AuditOrder::Oldest => (">", "ASC"),
    };
    if let Some(behind) = behind {
        wanted.add(&format!("number {comparison} ?"), clamped(behind));
    }
    wanted.values.push(Value::Integer(clamped(limit)));
    let statement = format!(
        "SELECT number, at_ms, who, user_id, source, app, action, recording, details, outcome,
                hash
           FROM audit WHERE {} ORDER BY number {direction} LIMIT ?",
        wanted.text
    );
    let mut statement = connection.prepare_cached(&statement)?;
    let mut found = statement.query(params_from_iter(wanted.values))?;
    let mut listed = Vec::new();
    while let Some(row) = found.next()? {
        listed.push(audit_row(row)?);
    }
    Ok(listed)
}

/// How many rows are wanted.
pub(crate) fn count(connection: &Connection, filter: &AuditFilter) -> Result<u64, Error> {
    let wanted = conditions(filter);
    let statement = format!("SELECT COUNT(*) FROM audit WHERE {}", wanted.text);
    let mut statement = connection.prepare_cached(&statement)?;
    Ok(statement.query_row(params_from_iter(wanted.values), |row| row.get(0))?)
}

/// Conditions joined by AND, and their values.
struct Wanted {
    text: String,
    values: Vec<Value>,
}

impl Wanted {
    fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
        self.values.push(value.into());
    }
}

fn conditions(filter: &AuditFilter) -> Wanted {
    let mut wanted = Wanted {
        text: "1".to_owned(),
        values: Vec::new(),
    };
    if let Some(from) = filter.at.from_ms() {
        wanted.add("at_ms >= ?", from);
    }
    if let Some(to) = filter.at.to_ms() {
        wanted.add("at_ms < ?", to);
    }
    if let Some(who) = &filter.who {
        wanted.add("who_key = ?", without_case(who));
    }
    if let Some(UserId(user)) = filter.user {
        wanted.add("user_id = ?", user);
    }
    if let Some(action) = filter.action {
        wanted.add("action = ?", action.name().to_owned());
    }
    if let Some(recording) = filter.recording {
        wanted.add("recording = ?", recording.to_bytes().to_vec());
    }
    if let Some(outcome) = filter.outcome {
        wanted.add("outcome = ?", outcome.name().to_owned());
    }
    if let Some(from) = filter.from {
        wanted.add("source = ?", from.to_string());
    }
    if let Some(text) = &filter.text {
        wanted.add("instr(folded(details), ?) > 0", without_case(text));
    }
    wanted
}

fn audit_row(row: &Row<'_>) -> Result<AuditRow, Error> {
    let number: u64 = row.get(0)?;
    let bad = |what: &str| Error::Inconsistent(format!("audit row {number} has no valid {what}"));
    let source: Option<String> = row.get(4)?;
    let recording: Option<[u8; 16]> = row.get(7)?;
    Ok(AuditRow {
        number,
        event: AuditEvent {
            at: rows::time(row.get(1)?)?,
            who: row.get(2)?,
            user: row.get::<_, Option<i64>>(3)?.map(UserId),
            from: source
                .map(|source| source.parse().map_err(|_| bad("address")))
                .transpose()?,
            app: row.get(5)?,
            action: AuditAction::from_name(&row.get::<_, String>(6)?)
                .ok_or_else(|| bad("action"))?,
            recording: recording.map(RecordingId::from_bytes),
            details: row.get(8)?,
            outcome: Outcome::from_name(&row.get::<_, String>(9)?).ok_or_else(|| bad("outcome"))?,
        },
        hash: Sha256(row.get(10)?),
    })
}

fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
