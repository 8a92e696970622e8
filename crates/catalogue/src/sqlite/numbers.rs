//! Numbers for a dashboard, from counters and pieces of indexes.

use super::list::{self, Owners};
use crate::error::Error;
use model::access::Scope;
use model::filter::{Filter, TimeFilter};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// Whoever has a recording; 0 is nobody.
const WITH_RECORDINGS: &str = "
    SELECT DISTINCT owner_id FROM recording_counts WHERE deleted = 0 AND count > 0";
pub(super) const BEGUN: &str = "
    SELECT COUNT(*) FROM recordings r
     WHERE r.owner_id IS ?1 AND r.deleted_ms IS NULL AND r.start_ms >= ?2 AND r.start_ms < ?3";
pub(super) const GROUP: &str = "
    SELECT g.name FROM users u JOIN groups g ON g.id = u.group_id WHERE u.id = ?1";

/// How many recordings each filter finds.
pub(crate) fn counts(
    connection: &Connection,
    scope: &Scope,
    filters: &[Filter],
) -> Result<Vec<u64>, Error> {
    let count = |filter| list::total(connection, scope, filter);
    filters.iter().map(count).collect()
}

/// How many recordings begun in a time each group has, by its name; empty: those of nobody, or
/// of owners in no group.
pub(crate) fn by_group(
    connection: &Connection,
    scope: &Scope,
    start: TimeFilter,
) -> Result<BTreeMap<String, u64>, Error> {
    let owners: Vec<i64> = match list::owners(connection, scope, &Filter::default())? {
        Owners::These(owners) => owners.into_iter().collect(),
        Owners::Nobody => vec![0],
        Owners::Anybody => {
            let mut statement = connection.prepare_cached(WITH_RECORDINGS)?;
            let owners = statement.query_map([], |row| row.get(0))?;
            owners.collect::<Result<_, _>>()?
        }
    };
    let (from, to) = (
        start.from_ms().unwrap_or(i64::MIN),
        start.to_ms().unwrap_or(i64::MAX),
    );
    let mut groups = BTreeMap::new();
    let mut begun = connection.prepare_cached(BEGUN)?;
    let mut group = connection.prepare_cached(GROUP)?;
    for owner in owners {
        let owner = (owner != 0).then_some(owner);
        let count: u64 = begun.query_row(params![owner, from, to], |row| row.get(0))?;
        if count > 0 {
            let name: Option<String> = group.query_row([owner], |row| row.get(0)).optional()?;
            *groups.entry(name.unwrap_or_default()).or_default() += count;
        }
    }
    Ok(groups)
}
