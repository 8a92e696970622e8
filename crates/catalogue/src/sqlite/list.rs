//! Lists: the keys first, from an index that is already in order, then the rows.
//!
//! A scope is turned into a set of owners. Their keys are merged from one walk over the index
//! for each owner, so that a page costs what is on it and before it, however many recordings
//! there are. Every row is checked against the scope again before it leaves.

use super::recordings;
use crate::error::Error;
use crate::recordings::{Cursor, Listing, Page};
use model::access::{Owned, Rows, Scope};
use model::filter::{Filter, Sort};
use model::{Recording, RecordingId};
use rusqlite::{Connection, params};
use std::collections::{BTreeSet, BinaryHeap};

pub(super) const KEYS: &str = "
    SELECT start_ms, id FROM recordings
     WHERE (start_ms, id) < (?1, ?2)
     ORDER BY start_ms DESC, id DESC LIMIT ?3 OFFSET ?4";
pub(super) const KEYS_OF_OWNER: &str = "
    SELECT start_ms, id FROM recordings
     WHERE owner_id = ?1 AND (start_ms, id) < (?2, ?3)
     ORDER BY start_ms DESC, id DESC";
pub(super) const COUNT: &str = "SELECT COUNT(*) FROM recordings";
pub(super) const COUNT_OF_OWNER: &str = "SELECT COUNT(*) FROM recordings WHERE owner_id = ?1";
pub(super) const MEMBERS: &str = "SELECT id FROM users WHERE group_id = ?1";

/// Whose recordings are wanted.
enum Owners {
    Anybody,
    These(BTreeSet<i64>),
}

/// A page, and how many rows there are on all pages.
pub(crate) fn total(connection: &Connection, scope: &Scope, _f: &Filter) -> Result<u64, Error> {
    count(connection, &owners(connection, scope)?)
}

pub(crate) fn page(
    connection: &Connection,
    scope: &Scope,
    _f: &Filter,
    _s: Sort,
    page: Page,
) -> Result<Listing, Error> {
    let owners = owners(connection, scope)?;
    let total = count(connection, &owners)?;
    let size = page.size.unwrap_or(u64::MAX);
    let skip = page.index.saturating_mul(size);
    let take = size.min(total.saturating_sub(skip));
    let keys = keys(connection, &owners, None, skip, take)?;
    Ok(Listing {
        total,
        recordings: rows(connection, scope, &keys)?,
    })
}

/// The rows behind a place in the list.
pub(crate) fn behind(
    connection: &Connection,
    scope: &Scope,
    _f: &Filter,
    _s: Sort,
    place: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Recording>, Error> {
    let owners = owners(connection, scope)?;
    let keys = keys(connection, &owners, place, 0, limit)?;
    rows(connection, scope, &keys)
}

/// Deleted users count as members of the group they were in: their recordings stay in reach.
fn owners(connection: &Connection, scope: &Scope) -> Result<Owners, Error> {
    let (owner, groups) = match scope.rows() {
        Rows::All => return Ok(Owners::Anybody),
        Rows::Of { owner, groups } => (owner, groups),
    };
    let mut owners: BTreeSet<i64> = owner.iter().map(|owner| owner.0).collect();
    let mut members = connection.prepare_cached(MEMBERS)?;
    for group in groups {
        for member in members.query_map([group.0], |row| row.get(0))? {
            owners.insert(member?);
        }
    }
    Ok(Owners::These(owners))
}

fn count(connection: &Connection, owners: &Owners) -> Result<u64, Error> {
    let owners = match owners {
        Owners::Anybody => {
            return Ok(connection
                .prepare_cached(COUNT)?
                .query_row([], |row| row.get(0))?);
        }
        Owners::These(owners) => owners,
    };
    let mut statement = connection.prepare_cached(COUNT_OF_OWNER)?;
    let mut total = 0;
    for owner in owners {
        total += statement.query_row([owner], |row| row.get::<_, u64>(0))?;
    }
    Ok(total)
}

fn keys(
    connection: &Connection,
    owners: &Owners,
    place: Option<Cursor>,
    skip: u64,
    take: u64,
) -> Result<Vec<Cursor>, Error> {
    // Later than every time there is: the place before the newest.
    let place = place.unwrap_or_else(|| Cursor {
        key: i64::MAX,
        id: RecordingId::from_bytes([0xff; 16]),
    });
    match owners {
        Owners::Anybody => {
            let (take, skip) = (clamped(take), clamped(skip));
            let mut statement = connection.prepare_cached(KEYS)?;
            let mut rows = statement.query(params![place.key, place.id.to_bytes(), take, skip])?;
            let mut keys = Vec::new();
            while let Some(key) = next_key(&mut rows)? {
                keys.push(key);
            }
            Ok(keys)
        }
        Owners::These(owners) => merged(connection, owners, place, skip, take),
    }
}

/// The newest keys of several owners: always the newest of the walks' heads.
fn merged(
    connection: &Connection,
    owners: &BTreeSet<i64>,
    place: Cursor,
    mut skip: u64,
    take: u64,
) -> Result<Vec<Cursor>, Error> {
    let mut statements = Vec::with_capacity(owners.len());
    for _ in owners {
        // The first one comes from the cache, which is all that most callers need.
        statements.push(connection.prepare_cached(KEYS_OF_OWNER)?);
    }
    let mut walks = Vec::with_capacity(owners.len());
    let mut heads = BinaryHeap::with_capacity(owners.len());
    for (owner, statement) in owners.iter().zip(&mut statements) {
        let mut walk = statement.query(params![owner, place.key, place.id.to_bytes()])?;
        if let Some(head) = next_key(&mut walk)? {
            heads.push((head, walks.len()));
            walks.push(walk);
        }
    }
    let mut keys = Vec::new();
    while (keys.len() as u64) < take {
        let Some((key, index)) = heads.pop() else {
            break;
        };
        if skip > 0 {
            skip -= 1;
        } else {
            keys.push(key);
        }
        if let Some(head) = next_key(&mut walks[index])? {
            heads.push((head, index));
        }
    }
    Ok(keys)
}

fn next_key(rows: &mut rusqlite::Rows<'_>) -> Result<Option<Cursor>, Error> {
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Cursor {
        key: row.get(0)?,
        id: RecordingId::from_bytes(row.get(1)?),
    }))
}

fn rows(connection: &Connection, scope: &Scope, keys: &[Cursor]) -> Result<Vec<Recording>, Error> {
    let mut listed = Vec::with_capacity(keys.len());
    for key in keys {
        let recording = recordings::one(connection, key.id)?
            .ok_or_else(|| Error::Inconsistent(format!("recording {} has no row", key.id)))?;
        if !scope.admits(recording.ownership()) {
            tracing::error!(recording.id = %key.id, "a list held a row that is out of reach");
            return Err(Error::Inconsistent(format!(
                "recording {} is out of reach",
                key.id
            )));
        }
        listed.push(recording);
    }
    Ok(listed)
}

fn clamped(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{draft, stored};
    use crate::sqlite::{Database, register};
    use model::access::{Action, Level, Principal, scope};
    use model::people::UserId;

    #[tokio::test]
    async fn a_key_out_of_reach_never_becomes_a_row() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open("sqlite:catalogue.db", folder.path()).unwrap();
        let caller = Principal {
            id: UserId(1),
            username: "ann".to_owned(),
            level: Level::BASE,
            supervises: BTreeSet::new(),
        };
        let scope = scope(&caller, Action::List).unwrap();
        let listed = database.write(move |connection| {
            let recording = register::register(connection, &draft(1, 0, None), &stored(1))?;
            // What a wrong statement could have found.
            rows(connection, &scope, &[Cursor::after(&recording)])
        });
        assert!(matches!(listed.await, Err(Error::Inconsistent(_))));
    }
}
