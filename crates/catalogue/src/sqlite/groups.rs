//! Groups.

use super::Writer;
use crate::error::Error;
use crate::people::Group;
use crate::rules;
use model::audit::AuditAction;
use model::people::GroupId;
use rusqlite::{Connection, OptionalExtension, params};

/// Adds a group.
pub(crate) fn add(writer: &Writer<'_>, name: &str) -> Result<Group, Error> {
    let connection = writer.rows;
    rules::group_name(name)?;
    if let Some((_, name)) = find(connection, name)? {
        return Err(Error::GroupExists(name));
    }
    connection.execute(
        "INSERT INTO groups (name, name_key) VALUES (?1, ?2)",
        params![name, rules::without_case(name)],
    )?;
    let id = GroupId(connection.last_insert_rowid());
    writer.record(AuditAction::AddGroup, None, format!("group {name}"))?;
    Ok(Group {
        id,
        name: name.to_owned(),
        members: 0,
    })
}

/// Removes an empty group. Its row stays: deleted users may have been in it.
pub(crate) fn remove(writer: &Writer<'_>, name: &str) -> Result<(), Error> {
    let connection = writer.rows;
    let (id, group) = find(connection, name)?.ok_or_else(|| Error::NoSuchGroup(name.to_owned()))?;
    let members = members(connection, id)?;
    if members > 0 {
        return Err(Error::GroupNotEmpty { group, members });
    }
    connection.execute(
        "UPDATE users SET version = version + 1
          WHERE id IN (SELECT user_id FROM supervises WHERE group_id = ?1)",
        [id.0],
    )?;
    connection.execute("DELETE FROM supervises WHERE group_id = ?1", [id.0])?;
    connection.execute(
        "UPDATE groups SET deleted_ms = ?2 WHERE id = ?1",
        params![id.0, writer.now.as_millisecond()],
    )?;
    writer.record(AuditAction::DeleteGroup, None, format!("group {group}"))
}

/// Gives a group another name; its members and supervisors stay.
pub(crate) fn rename(writer: &Writer<'_>, name: &str, new: &str) -> Result<Group, Error> {
    let connection = writer.rows;
    rules::group_name(new)?;
    let (id, before) =
        find(connection, name)?.ok_or_else(|| Error::NoSuchGroup(name.to_owned()))?;
    if let Some((other, name)) = find(connection, new)?
        && other != id
    {
        return Err(Error::GroupExists(name));
    }
    connection.execute(
        "UPDATE groups SET name = ?2, name_key = ?3 WHERE id = ?1",
        params![id.0, new, rules::without_case(new)],
    )?;
    if before != new {
        let details = format!("group {before} is now {new}");
        writer.record(AuditAction::EditGroup, None, details)?;
    }
    let members = members(connection, id)?;
    Ok(Group {
        id,
        name: new.to_owned(),
        members,
    })
}

fn members(connection: &Connection, id: GroupId) -> Result<u64, Error> {
    Ok(connection.query_row(
        "SELECT COUNT(*) FROM users WHERE group_id = ?1 AND deleted_ms IS NULL",
        [id.0],
        |row| row.get(0),
    )?)
}

/// Every group, by name.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Group>, Error> {
    let mut statement = connection.prepare(
        "SELECT g.id, g.name, COUNT(u.id)
           FROM groups g LEFT JOIN users u ON u.group_id = g.id AND u.deleted_ms IS NULL
          WHERE g.deleted_ms IS NULL
          GROUP BY g.id ORDER BY g.name_key",
    )?;
    let groups = statement.query_map([], |row| {
        Ok(Group {
            id: GroupId(row.get(0)?),
            name: row.get(1)?,
            members: row.get(2)?,
        })
    })?;
    Ok(groups.collect::<Result<_, _>>()?)
}

/// The id of a group that must exist.
pub(super) fn id(connection: &Connection, name: &str) -> Result<GroupId, Error> {
    let found = find(connection, name)?;
    found
        .map(|(id, _)| id)
        .ok_or_else(|| Error::NoSuchGroup(name.to_owned()))
}

/// A group by its name without case: its id, and its name as typed.
fn find(connection: &Connection, name: &str) -> Result<Option<(GroupId, String)>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT id, name FROM groups WHERE name_key = ?1 AND deleted_ms IS NULL")?;
    Ok(statement
        .query_row([rules::without_case(name)], |row| {
            Ok((GroupId(row.get(0)?), row.get(1)?))
        })
        .optional()?)
}
