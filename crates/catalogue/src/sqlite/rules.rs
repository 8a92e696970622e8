//! The rules by which calls are recorded.

use super::{Writer, groups, people};
use crate::error::Error;
use crate::recording_rules::NewRule;
use crate::rules;
use jiff::civil::Weekday;
use model::audit::AuditAction;
use model::people::UserId;
use model::rules::{Pattern, Rule, RuleId, Snapshot, SnapshotRule, Times};
use model::{Direction, Mode, Pause};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) const RULES: &str = "
    SELECT r.id, r.position, r.name, r.pattern, u.username, g.name, r.direction, r.client,
           r.times, r.mode, r.pause, r.user_id, r.group_id
      FROM rules r
      LEFT JOIN users u ON u.id = r.user_id
      LEFT JOIN groups g ON g.id = r.group_id
     ORDER BY r.position, r.id";

/// Every rule, first one first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Rule>, Error> {
    let resolved = resolved(connection)?;
    Ok(resolved.into_iter().map(|resolved| resolved.rule).collect())
}

/// The rules with their users resolved, and whose number is whose.
pub(crate) fn snapshot(connection: &Connection) -> Result<Snapshot, Error> {
    let mut statement = connection.prepare_cached("SELECT key, user_id FROM numbers")?;
    let users = statement.query_map([], |row| Ok((row.get(0)?, UserId(row.get(1)?))))?;
    Ok(Snapshot {
        rules: resolved(connection)?,
        users: users.collect::<Result<_, _>>()?,
    })
}

/// Grows with everything a snapshot may show.
pub(crate) fn version(connection: &Connection) -> Result<i64, Error> {
    let mut statement = connection.prepare_cached("SELECT version FROM rules_version")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Adds a rule.
pub(crate) fn add(
    writer: &Writer<'_>,
    rule: &NewRule,
    position: Option<u32>,
) -> Result<Rule, Error> {
    writer.rows.execute(
        "INSERT INTO rules (position, name, times, mode, pause)
         VALUES ((SELECT coalesce(max(position), 0) + 1 FROM rules), '', '[]', '', '')",
        [],
    )?;
    let id = RuleId(writer.rows.last_insert_rowid());
    put(writer, id, rule, position)?;
    let added = one(writer.rows, id)?;
    writer.record(AuditAction::AddRule, None, told(&added))?;
    Ok(added)
}

/// Puts a rule in place of another.
pub(crate) fn set(
    writer: &Writer<'_>,
    id: RuleId,
    rule: &NewRule,
    position: Option<u32>,
    only_if: Option<&Rule>,
) -> Result<Rule, Error> {
    if let Some(known) = only_if
        && one(writer.rows, id)? != *known
    {
        return Err(Error::Changed);
    }
    put(writer, id, rule, position)?;
    let changed = one(writer.rows, id)?;
    writer.record(AuditAction::EditRule, None, told(&changed))?;
    Ok(changed)
}

/// Removes a rule; those behind it move up.
pub(crate) fn remove(writer: &Writer<'_>, id: RuleId) -> Result<(), Error> {
    let known = one(writer.rows, id)?;
    writer
        .rows
        .execute("DELETE FROM rules WHERE id = ?1", [id.0])?;
    arrange(writer.rows, None)?;
    writer.record(AuditAction::DeleteRule, None, told(&known))
}

fn put(
    writer: &Writer<'_>,
    id: RuleId,
    rule: &NewRule,
    position: Option<u32>,
) -> Result<(), Error> {
    let connection = writer.rows;
    if rule.name.trim().is_empty() {
        return Err(Error::Empty("the name of a rule"));
    }
    rules::text("the name of a rule", &rule.name)?;
    rules::text(
        "a recording client",
        rule.client.as_deref().unwrap_or_default(),
    )?;
    let pattern = rule.number.as_deref().map(Pattern::parse).transpose()?;
    let user = rule.user.as_deref();
    let user = user.map(|name| people::id(connection, name)).transpose()?;
    let group = rule.group.as_deref();
    let group = group.map(|name| groups::id(connection, name)).transpose()?;
    let times: Vec<Value> = rule.times.iter().map(times_json).collect();
    let changed = connection.execute(
        "UPDATE rules SET name = ?2, pattern = ?3, user_id = ?4, group_id = ?5, direction = ?6,
                client = ?7, times = ?8, mode = ?9, pause = ?10
          WHERE id = ?1",
        params![
            id.0,
            rule.name,
            pattern.as_ref().map(Pattern::as_str),
            user.map(|user| user.0),
            group.map(|group| group.0),
            rule.direction.map(Direction::number),
            rule.client,
            Value::from(times).to_string(),
            rule.mode.name(),
            rule.pause.name(),
        ],
    )?;
    if changed == 0 {
        return Err(Error::NoSuchRule(id.0));
    }
    arrange(connection, position.map(|position| (id, position)))
}

/// Numbers the rules from 1 without gaps; one of them may be given a place.
fn arrange(connection: &Connection, placed: Option<(RuleId, u32)>) -> Result<(), Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM rules ORDER BY position, id")?;
    let ids = statement.query_map([], |row| row.get(0).map(RuleId))?;
    let mut ids: Vec<RuleId> = ids.collect::<Result<_, _>>()?;
    if let Some((id, position)) = placed {
        ids.retain(|&other| other != id);
        let index = usize::try_from(position.saturating_sub(1)).unwrap_or(usize::MAX);
        ids.insert(index.min(ids.len()), id);
    }
    let mut update = connection
        .prepare_cached("UPDATE rules SET position = ?2 WHERE id = ?1 AND position <> ?2")?;
    for (RuleId(id), position) in ids.into_iter().zip(1_i64..) {
        update.execute([id, position])?;
    }
    Ok(())
}

fn one(connection: &Connection, id: RuleId) -> Result<Rule, Error> {
    let mut rules = all(connection)?.into_iter();
    rules
        .find(|rule| rule.id == id)
        .ok_or(Error::NoSuchRule(id.0))
}

fn resolved(connection: &Connection) -> Result<Vec<SnapshotRule>, Error> {
    let mut statement = connection.prepare_cached(RULES)?;
    let mut found = statement.query([])?;
    let mut rules = Vec::new();
    while let Some(row) = found.next()? {
        let id: i64 = row.get(0)?;
        let rule = rule(row)?;
        let rule = rule.ok_or_else(|| Error::Inconsistent(format!("rule {id} is not valid")))?;
        let (user, group) = (row.get(11)?, row.get(12)?);
        rules.push(SnapshotRule {
            rule,
            members: members(connection, user, group)?,
        });
    }
    Ok(rules)
}

/// Whom a rule means: nobody when its user was deleted.
fn members(
    connection: &Connection,
    user: Option<i64>,
    group: Option<i64>,
) -> Result<Option<BTreeSet<UserId>>, Error> {
    if user.is_none() && group.is_none() {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(
        "SELECT id FROM users
          WHERE deleted_ms IS NULL AND (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR group_id = ?2)",
    )?;
    let members = statement.query_map(params![user, group], |row| row.get(0).map(UserId))?;
    Ok(Some(members.collect::<Result<_, _>>()?))
}

fn rule(row: &Row<'_>) -> Result<Option<Rule>, Error> {
    let (pattern, direction): (Option<String>, Option<i64>) = (row.get(3)?, row.get(6)?);
    let (times, mode, pause): (String, String, String) = (row.get(8)?, row.get(9)?, row.get(10)?);
    let number = pattern.map(|pattern| Pattern::parse(&pattern)).transpose();
    let direction = direction.map(Direction::from_number);
    let known = (
        number.ok(),
        times_of(&times),
        Mode::from_name(&mode),
        Pause::from_name(&pause),
    );
    let (Some(number), Some(times), Some(mode), Some(pause)) = known else {
        return Ok(None);
    };
    if direction == Some(None) {
        return Ok(None);
    }
    Ok(Some(Rule {
        id: RuleId(row.get(0)?),
        name: row.get(2)?,
        position: row.get(1)?,
        number,
        user: row.get(4)?,
        group: row.get(5)?,
        direction: direction.flatten(),
        client: row.get(7)?,
        times,
        mode,
        pause,
    }))
}

fn times_json(times: &Times) -> Value {
    let days = times.weekdays().into_iter();
    let days: Vec<i8> = days.map(Weekday::to_monday_one_offset).collect();
    json!({"days": days, "from": times.from(), "to": times.to(), "zone": times.zone()})
}

fn times_of(json: &str) -> Option<Vec<Times>> {
    let values: Vec<Value> = serde_json::from_str(json).ok()?;
    let one = |value: &Value| {
        let days = value.get("days")?.as_array()?.iter().map(|day| {
            let day = i8::try_from(day.as_i64()?).ok()?;
            Weekday::from_monday_one_offset(day).ok()
        });
        let minute = |name| u16::try_from(value.get(name)?.as_u64()?).ok();
        let zone = value.get("zone")?.as_str()?;
        let days: Vec<Weekday> = days.collect::<Option<_>>()?;
        Times::new(&days, minute("from")?, minute("to")?, zone).ok()
    };
    values.iter().map(one).collect()
}

fn told(rule: &Rule) -> String {
    format!(
        "rule {} \"{}\": {}",
        rule.position,
        rule.name,
        rule.mode.name()
    )
}
