//! Users and their numbers.

use super::{Writer, groups, rows, sessions, sign_in};
use crate::error::Error;
use crate::people::{Changes, NewUser, Owner};
use crate::rules;
use model::access::{Level, Ownership};
use model::audit::AuditAction;
use model::people::{GroupId, Person, User, UserId, check_username};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

pub(super) const OWNER: &str = "SELECT user_id FROM numbers WHERE key = ?1";
pub(super) const PERSON: &str = "
    SELECT u.group_id, u.numeric_id,
           u.username, u.first_name, u.last_name, u.phone_number, g.name, u.department
      FROM users u LEFT JOIN groups g ON g.id = u.group_id WHERE u.id = ?1";

/// The user of each candidate.
pub(crate) fn owners(
    connection: &Connection,
    candidates: &[Vec<String>],
) -> Result<Vec<Option<UserId>>, Error> {
    let mut statement = connection.prepare_cached(OWNER)?;
    let mut owner = |key: &String| {
        statement
            .query_row([key], |row| row.get(0).map(UserId))
            .optional()
    };
    let mut owners = Vec::with_capacity(candidates.len());
    for keys in candidates {
        // A whole address says more than a number that may exist at several hosts.
        let (addresses, numbers): (Vec<_>, Vec<_>) = keys.iter().partition(|k| k.contains('@'));
        let mut found = None;
        for key in addresses.into_iter().chain(numbers) {
            found = owner(key)?;
            if found.is_some() {
                break;
            }
        }
        owners.push(found);
    }
    Ok(owners)
}

/// Adds a user.
pub(crate) fn add(writer: &Writer<'_>, user: &NewUser) -> Result<User, Error> {
    let connection = writer.rows;
    check_username(&user.username)?;
    if let Some(known) = find(connection, &user.username)? {
        return Err(Error::UserExists(known.username));
    }
    rules::text("a first name", &user.first_name)?;
    rules::text("a last name", &user.last_name)?;
    rules::text("a department", &user.department)?;
    let group = group(connection, user.group.as_deref().unwrap_or_default())?;
    connection.execute(
        "INSERT INTO users (username, username_key, first_name, last_name, phone_number,
                            department, level, group_id, numeric_id, password_hash)
         VALUES (?1, ?2, ?3, ?4, '', ?5, ?6, ?7, ?8, ?9)",
        params![
            user.username,
            rules::without_case(&user.username),
            user.first_name,
            user.last_name,
            user.department,
            user.level.number(),
            group,
            user.numeric_id,
            user.password_hash,
        ],
    )?;
    let id = UserId(connection.last_insert_rowid());
    set_numbers(connection, id, &user.numbers)?;
    set_supervises(connection, id, &user.supervises)?;
    let details = format!("user {}, level {}", user.username, user.level.name());
    writer.record(AuditAction::AddUser, None, details)?;
    one(connection, id)
}

/// Changes a user.
pub(crate) fn change(
    writer: &Writer<'_>,
    username: &str,
    changes: &Changes,
    force: bool,
) -> Result<User, Error> {
    let connection = writer.rows;
    let user = existing(connection, username)?;
    if let Some(known) = &changes.only_if
        && one(connection, user.id)? != *known
    {
        return Err(Error::Changed);
    }
    if changes.level.is_some_and(|level| level < Level::COMPLETE) && !force {
        not_the_last_complete(connection, &user)?;
    }
    rules::text(
        "a first name",
        changes.first_name.as_deref().unwrap_or_default(),
    )?;
    rules::text(
        "a last name",
        changes.last_name.as_deref().unwrap_or_default(),
    )?;
    rules::text(
        "a department",
        changes.department.as_deref().unwrap_or_default(),
    )?;
    let group = group(connection, changes.group.as_deref().unwrap_or_default())?;
    connection.execute(
        "UPDATE users SET version = version + 1,
                first_name = coalesce(?2, first_name),
                last_name = coalesce(?3, last_name),
                department = coalesce(?4, department),
                level = coalesce(?5, level),
                group_id = iif(?6, ?7, group_id),
                numeric_id = iif(?8, ?9, numeric_id)
          WHERE id = ?1",
        params![
            user.id.0,
            changes.first_name,
            changes.last_name,
            changes.department,
            changes.level.map(Level::number),
            changes.group.is_some(),
            group,
            changes.numeric_id.is_some(),
            changes.numeric_id.flatten(),
        ],
    )?;
    if let Some(numbers) = &changes.numbers {
        set_numbers(connection, user.id, numbers)?;
    }
    if let Some(groups) = &changes.supervises {
        set_supervises(connection, user.id, groups)?;
    }
    writer.record(AuditAction::EditUser, None, told(&user.username, changes))?;
    one(connection, user.id)
}

/// What of a user was changed, without saying what personal data is now.
fn told(username: &str, changes: &Changes) -> String {
    let mut told = vec![format!("user {username}")];
    for (what, given) in [
        ("first name", changes.first_name.is_some()),
        ("last name", changes.last_name.is_some()),
        ("numbers", changes.numbers.is_some()),
        ("department", changes.department.is_some()),
        ("numeric id", changes.numeric_id.is_some()),
    ] {
        if given {
            told.push(what.to_owned());
        }
    }
    if let Some(group) = &changes.group {
        told.push(format!("group {group}"));
    }
    if let Some(groups) = &changes.supervises {
        told.push(format!("supervises {}", groups.join(" ")));
    }
    if let Some(level) = changes.level {
        told.push(format!("level {}", level.name()));
    }
    told.join(", ")
}

/// Replaces the hashed password. Of the user's sessions the one of the secret `kept` goes on.
pub(crate) fn set_password(
    writer: &Writer<'_>,
    username: &str,
    hash: &str,
    kept: Option<&[u8; 32]>,
) -> Result<(), Error> {
    let connection = writer.rows;
    let user = existing(connection, username)?;
    connection.execute(
        "UPDATE users SET password_hash = ?2, version = version + 1 WHERE id = ?1",
        params![user.id.0, hash],
    )?;
    sessions::renew(writer, user.id, hash, kept)?;
    let details = format!("user {}", user.username);
    writer.record(AuditAction::ChangePassword, None, details)
}

/// Removes a user: the row stays for the recordings, the numbers become free, and nothing that
/// could sign anybody in is kept.
pub(crate) fn remove(writer: &Writer<'_>, username: &str, force: bool) -> Result<(), Error> {
    let connection = writer.rows;
    let user = existing(connection, username)?;
    if !force {
        not_the_last_complete(connection, &user)?;
    }
    connection.execute("DELETE FROM numbers WHERE user_id = ?1", [user.id.0])?;
    connection.execute("DELETE FROM supervises WHERE user_id = ?1", [user.id.0])?;
    for table in ["tokens", "sessions", "requests", "preferences"] {
        let statement = format!("DELETE FROM {table} WHERE user_id = ?1");
        connection.execute(&statement, [user.id.0])?;
    }
    connection.execute(
        "UPDATE users SET deleted_ms = ?2, password_hash = '', version = version + 1
          WHERE id = ?1",
        params![user.id.0, writer.now.as_millisecond()],
    )?;
    let details = format!("user {}", user.username);
    writer.record(AuditAction::DeleteUser, None, details)
}

/// The user of this name.
pub(crate) fn named(connection: &Connection, username: &str) -> Result<Option<User>, Error> {
    match find(connection, username)? {
        Some(user) => one(connection, user.id).map(Some),
        None => Ok(None),
    }
}

/// The id of a user who must exist.
pub(super) fn id(connection: &Connection, username: &str) -> Result<UserId, Error> {
    existing(connection, username).map(|user| user.id)
}

/// The user of each candidate, with what lists of calls in progress show.
pub(crate) fn people_of(
    connection: &Connection,
    candidates: &[Vec<String>],
) -> Result<Vec<Option<Owner>>, Error> {
    let owners = owners(connection, candidates)?;
    let owner = |user: Option<UserId>| user.map(|user| owner(connection, user)).transpose();
    owners.into_iter().map(owner).collect()
}

fn owner(connection: &Connection, user: UserId) -> Result<Owner, Error> {
    let mut statement = connection.prepare_cached(PERSON)?;
    let mut found = statement.query([user.0])?;
    let gone = || Error::Inconsistent(format!("a number belongs to user {}", user.0));
    let row = found.next()?.ok_or_else(gone)?;
    let group = row.get::<_, Option<i64>>(0)?.map(GroupId);
    Ok(Owner {
        user,
        person: rows::person(row, 2)?.ok_or_else(gone)?,
        ownership: Ownership::of(Some(user), group),
        numeric_id: row.get(1)?,
    })
}

/// Every user, by name.
pub(crate) fn all(connection: &Connection) -> Result<Vec<User>, Error> {
    load(connection, None)
}

/// A user as names lead to one.
struct Named {
    id: UserId,
    username: String,
    level: Level,
}

fn find(connection: &Connection, username: &str) -> Result<Option<Named>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, username, level FROM users WHERE username_key = ?1 AND deleted_ms IS NULL",
    )?;
    let mut rows = statement.query([rules::without_case(username)])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let level = sign_in::level(row.get(2)?)?;
    Ok(Some(Named {
        id: UserId(row.get(0)?),
        username: row.get(1)?,
        level,
    }))
}

fn existing(connection: &Connection, username: &str) -> Result<Named, Error> {
    find(connection, username)?.ok_or_else(|| Error::NoSuchUser(username.to_owned()))
}

fn not_the_last_complete(connection: &Connection, user: &Named) -> Result<(), Error> {
    if user.level < Level::COMPLETE {
        return Ok(());
    }
    let others: u64 = connection.query_row(
        "SELECT COUNT(*) FROM users WHERE level >= ?1 AND deleted_ms IS NULL AND id <> ?2",
        params![Level::COMPLETE.number(), user.id.0],
        |row| row.get(0),
    )?;
    if others == 0 {
        Err(Error::LastComplete(user.username.clone()))
    } else {
        Ok(())
    }
}

/// The id of the group named, if one is named.
fn group(connection: &Connection, name: &str) -> Result<Option<i64>, Error> {
    if name.is_empty() {
        return Ok(None);
    }
    Ok(Some(groups::id(connection, name)?.0))
}

fn set_numbers(connection: &Connection, user: UserId, entries: &[String]) -> Result<(), Error> {
    let numbers = rules::numbers(entries)?;
    connection.execute("DELETE FROM numbers WHERE user_id = ?1", [user.0])?;
    let mut holder = connection.prepare_cached(
        "SELECT u.username FROM numbers n JOIN users u ON u.id = n.user_id WHERE n.key = ?1",
    )?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO numbers (key, user_id, position, number) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, number) in numbers.iter().enumerate() {
        let taken: Option<String> = holder
            .query_row([&number.key], |row| row.get(0))
            .optional()?;
        if let Some(username) = taken {
            return Err(Error::NumberTaken {
                number: number.shown.clone(),
                username,
            });
        }
        insert.execute(params![number.key, user.0, position, number.shown])?;
    }
    let first = numbers.first().map_or("", |number| &number.shown);
    connection.execute(
        "UPDATE users SET phone_number = ?2 WHERE id = ?1",
        params![user.0, first],
    )?;
    Ok(())
}

fn set_supervises(connection: &Connection, user: UserId, names: &[String]) -> Result<(), Error> {
    connection.execute("DELETE FROM supervises WHERE user_id = ?1", [user.0])?;
    for name in names {
        let GroupId(group) = groups::id(connection, name)?;
        connection.execute(
            "INSERT OR IGNORE INTO supervises (user_id, group_id) VALUES (?1, ?2)",
            params![user.0, group],
        )?;
    }
    Ok(())
}

fn one(connection: &Connection, id: UserId) -> Result<User, Error> {
    let found = load(connection, Some(id))?.pop();
    found.ok_or_else(|| Error::Inconsistent(format!("user {} vanished", id.0)))
}

/// One user or all of them, by name.
fn load(connection: &Connection, only: Option<UserId>) -> Result<Vec<User>, Error> {
    let only = only.map(|id| id.0);
    let mut numbers = texts(
        connection,
        only,
        "SELECT user_id, number FROM numbers
          WHERE ?1 IS NULL OR user_id = ?1 ORDER BY user_id, position",
    )?;
    let mut supervises = texts(
        connection,
        only,
        "SELECT s.user_id, g.name FROM supervises s JOIN groups g ON g.id = s.group_id
          WHERE ?1 IS NULL OR s.user_id = ?1 ORDER BY s.user_id, g.name_key",
    )?;
    let mut statement = connection.prepare(
        "SELECT u.id, u.username, u.first_name, u.last_name, u.phone_number, u.department,
                u.level, u.numeric_id, g.name
           FROM users u LEFT JOIN groups g ON g.id = u.group_id
          WHERE u.deleted_ms IS NULL AND (?1 IS NULL OR u.id = ?1)
          ORDER BY u.username_key",
    )?;
    let mut rows = statement.query([only])?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        users.push(User {
            id: UserId(id),
            person: Person {
                username: row.get(1)?,
                first_name: row.get(2)?,
                last_name: row.get(3)?,
                phone_number: row.get(4)?,
                group: row.get::<_, Option<String>>(8)?.unwrap_or_default(),
                department: row.get(5)?,
            },
            numbers: numbers.remove(&id).unwrap_or_default(),
            supervises: supervises.remove(&id).unwrap_or_default(),
            level: sign_in::level(row.get(6)?)?,
            numeric_id: row.get(7)?,
        });
    }
    Ok(users)
}

/// A text column of several rows for each user.
fn texts(
    connection: &Connection,
    only: Option<i64>,
    query: &str,
) -> Result<BTreeMap<i64, Vec<String>>, Error> {
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([only])?;
    let mut texts: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        texts.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(texts)
}
