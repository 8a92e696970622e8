//! Lists: the keys first, from an index that is already in order, then the rows.
//!
//! A scope is turned into a set of owners. Their keys are merged from one walk over the index
//! for each owner, so that a page costs what is on it and before it, however many recordings
//! there are. Where a filter finds few rows at once, those are found and sorted instead. Every
//! row is checked against the scope again before it leaves.

use super::keys::{self, Plan};
use super::{recordings, wanted};
use crate::error::Error;
use crate::recordings::{Cursor, Listing, Page};
use crate::rules::without_case;
use model::Recording;
use model::access::{Owned, Rows, Scope};
use model::filter::{Filter, Sort};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

pub(super) const MEMBERS: &str = "SELECT id FROM users WHERE group_id = ?1";
pub(super) const NAMESAKES: &str = "SELECT id FROM users WHERE username_key = ?1";
const IN_GROUP: &str = "
    SELECT u.id FROM users u JOIN groups g ON g.id = u.group_id WHERE g.name_key = ?1";
const IN_NO_GROUP: &str = "SELECT id FROM users WHERE group_id IS NULL";

/// Whose recordings are wanted.
#[derive(Clone, Debug)]
pub(super) enum Owners {
    Anybody,
    Nobody,
    These(BTreeSet<i64>),
}

/// A page, and how many rows there are on all pages.
pub(crate) fn page(
    connection: &Connection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    page: Page,
) -> Result<Listing, Error> {
    let plan = plan(connection, scope, filter, sort)?;
    let total = plan.count(connection)?;
    let size = page.size.unwrap_or(u64::MAX);
    let skip = page.index.saturating_mul(size);
    let take = size.min(total.saturating_sub(skip));
    let behind = total.saturating_sub(skip).saturating_sub(take);
    let recordings = if behind < skip {
        // Nearer to the end: walked from there.
        let plan = plan.backwards();
        let mut recordings = rows(connection, scope, &plan, None, behind, take)?;
        recordings.reverse();
        recordings
    } else {
        rows(connection, scope, &plan, None, skip, take)?
    };
    Ok(Listing { total, recordings })
}

/// The rows behind a place in the list.
pub(crate) fn behind(
    connection: &Connection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    place: Option<Cursor>,
    limit: u64,
) -> Result<Vec<Recording>, Error> {
    let plan = plan(connection, scope, filter, sort)?;
    rows(connection, scope, &plan, place, 0, limit)
}

/// The same, and how many rows there are in all.
pub(crate) fn behind_counted(
    connection: &Connection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    place: Option<Cursor>,
    limit: u64,
) -> Result<Listing, Error> {
    let plan = plan(connection, scope, filter, sort)?;
    Ok(Listing {
        total: plan.count(connection)?,
        recordings: rows(connection, scope, &plan, place, 0, limit)?,
    })
}

/// How many rows there are.
pub(crate) fn total(connection: &Connection, scope: &Scope, filter: &Filter) -> Result<u64, Error> {
    plan(connection, scope, filter, Sort::NEWEST)?.count(connection)
}

/// How the rows are found and counted.
pub(super) fn plan(
    connection: &Connection,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
) -> Result<Plan, Error> {
    let owners = owners(connection, scope, filter)?;
    let wanted = wanted::wanted(connection, filter)?;
    Plan::new(connection, owners, wanted, sort)
}

/// Deleted users count as members of the group they were in: their recordings stay in reach.
pub(super) fn owners(
    connection: &Connection,
    scope: &Scope,
    filter: &Filter,
) -> Result<Owners, Error> {
    let mut owners = match scope.rows() {
        Rows::All => Owners::Anybody,
        Rows::Of { owner, groups } => {
            let mut owners: BTreeSet<i64> = owner.iter().map(|owner| owner.0).collect();
            for group in groups {
                ids(connection, MEMBERS, &[&group.0], &mut owners)?;
            }
            Owners::These(owners)
        }
    };
    if let Some(name) = &filter.owner_username {
        let mut named = BTreeSet::new();
        ids(connection, NAMESAKES, &[&without_case(name)], &mut named)?;
        let nobodys = name.is_empty().then_some(Owners::Nobody);
        owners = owners.and(nobodys.unwrap_or(Owners::These(named)));
    }
    if let Some(group) = &filter.group {
        let mut members = BTreeSet::new();
        if group.is_empty() {
            ids(connection, IN_NO_GROUP, &[], &mut members)?;
        } else {
            ids(connection, IN_GROUP, &[&without_case(group)], &mut members)?;
        }
        owners = owners.and(Owners::These(members));
    }
    Ok(owners)
}

fn ids(
    connection: &Connection,
    statement: &str,
    values: &[&dyn rusqlite::ToSql],
    into: &mut BTreeSet<i64>,
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(statement)?;
    for id in statement.query_map(values, |row| row.get(0))? {
        into.insert(id?);
    }
    Ok(())
}

impl Owners {
    /// Those in both.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Anybody, owners) | (owners, Self::Anybody) => owners,
            (Self::Nobody, Self::Nobody) => Self::Nobody,
            (Self::These(these), Self::These(those)) => Self::These(&these & &those),
            (Self::Nobody, Self::These(_)) | (Self::These(_), Self::Nobody) => {
                Self::These(BTreeSet::new())
            }
        }
    }
}

fn rows(
    connection: &Connection,
    scope: &Scope,
    plan: &Plan,
    place: Option<Cursor>,
    skip: u64,
    take: u64,
) -> Result<Vec<Recording>, Error> {
    let mut listed = Vec::new();
    plan.walk(connection, place, skip, take, &mut |key| {
        listed.push(row(connection, scope, key)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(listed)
}

/// The row of a key, if it is in reach: if it is not, a statement is wrong.
pub(super) fn row(
    connection: &Connection,
    scope: &Scope,
    key: keys::Key,
) -> Result<Recording, Error> {
    let recording = recordings::one(connection, key.id)?
        .ok_or_else(|| Error::Inconsistent(format!("recording {} has no row", key.id)))?;
    if !scope.admits(recording.ownership()) {
        tracing::error!(recording.id = %key.id, "a list held a row that is out of reach");
        return Err(Error::Inconsistent(format!(
            "recording {} is out of reach",
            key.id
        )));
    }
    Ok(recording)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{draft, stored};
    use crate::sqlite::{Database, Writer, register};
    use jiff::Timestamp;
    use model::access::{Action, Level, Principal, Rights, scope};
    use model::audit::Actor;
    use model::people::UserId;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_key_out_of_reach_never_becomes_a_row() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Timestamp::now);
        let database = Database::open("sqlite:catalogue.db", folder.path(), clock).unwrap();
        let caller = Principal {
            id: UserId(1),
            username: "ann".to_owned(),
            level: Level::BASE,
            supervises: BTreeSet::new(),
            rights: Rights::default(),
        };
        let scope = scope(&caller, Action::List).unwrap();
        let listed = database.write(move |connection| {
            let writer = Writer {
                rows: connection,
                actor: &Actor::system("test", "test"),
                now: Timestamp::now(),
            };
            let recording = register::register(&writer, &draft(1, 0, None), &stored(1))?;
            // What a wrong statement could have found.
            row(connection, &scope, Cursor::after(&recording))
        });
        assert!(matches!(listed.await, Err(Error::Inconsistent(_))));
    }
}
