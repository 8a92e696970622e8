//! Groups.

use super::Writer;
use crate::error::Error;
use crate::people::Group;
use crate::rules;
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
    let members: u64 = connection.query_row(
        "SELECT COUNT(*) FROM users WHERE group_id = ?1 AND deleted_ms IS NULL",
        [id.0],
        |row| row.get(0),
    )?;
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
    Ok(())
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

pub(crate) fn rename(_w: &Writer<'_>, _n: &str, _m: &str) -> Result<Group, Error> {
    Err(Error::NotBuilt)
}
