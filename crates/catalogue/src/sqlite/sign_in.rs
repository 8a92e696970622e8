//! Who somebody is and what they may do, as of now.

use crate::error::Error;
use crate::people::{SignIn, Standing};
use crate::rules;
use model::access::{Level, Principal, Rights};
use model::people::{GroupId, UserId, check_username};
use rusqlite::{Connection, Rows};
use std::collections::BTreeSet;

pub(super) const SIGN_IN: &str = "
    SELECT u.id, u.username, u.level, u.version, s.group_id, u.password_hash
      FROM users u LEFT JOIN supervises s ON s.user_id = u.id
     WHERE u.username_key = ?1 AND u.deleted_ms IS NULL";
pub(super) const STANDING: &str = "
    SELECT u.id, u.username, u.level, u.version, s.group_id
      FROM users u LEFT JOIN supervises s ON s.user_id = u.id
     WHERE u.id = ?1 AND u.deleted_ms IS NULL";

/// The user of this name.
pub(crate) fn sign_in(connection: &Connection, username: &str) -> Result<Option<SignIn>, Error> {
    // Nobody has such a name, however long it is.
    if check_username(username).is_err() {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(SIGN_IN)?;
    let mut hash = String::new();
    let found = read(statement.query([rules::without_case(username)])?, |row| {
        hash = row.get(5)?;
        Ok(())
    })?;
    Ok(found.map(|Standing { version, principal }| SignIn {
        principal,
        password_hash: hash,
        version,
    }))
}

/// The user of this id, unless deleted.
pub(crate) fn standing(connection: &Connection, user: UserId) -> Result<Option<Standing>, Error> {
    let mut statement = connection.prepare_cached(STANDING)?;
    read(statement.query([user.0])?, |_| Ok(()))
}

/// One row for each group supervised, all of one user; one row with null for none.
fn read(
    mut rows: Rows<'_>,
    mut first: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> Result<Option<Standing>, Error> {
    let mut found: Option<Standing> = None;
    while let Some(row) = rows.next()? {
        let group: Option<i64> = row.get(4)?;
        let supervises = group.map(GroupId);
        if let Some(standing) = &mut found {
            standing.principal.supervises.extend(supervises);
            continue;
        }
        first(row)?;
        found = Some(Standing {
            version: row.get(3)?,
            principal: Principal {
                id: UserId(row.get(0)?),
                username: row.get(1)?,
                level: level(row.get(2)?)?,
                supervises: BTreeSet::from_iter(supervises),
                rights: Rights::default(),
            },
        });
    }
    Ok(found)
}

/// A level as stored.
pub(super) fn level(number: u8) -> Result<Level, Error> {
    Level::new(number).ok_or_else(|| Error::Inconsistent(format!("a user has level {number}")))
}
