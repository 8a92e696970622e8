//! Which rows a list has, in order: statements over one index each, merged.

use super::list::Owners;
use super::wanted::{Between, Conditions, Part, Wanted};
use crate::error::Error;
use crate::recordings::Cursor;
use model::RecordingId;
use model::filter::{Sort, SortBy};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::ControlFlow;

/// What a list is sorted by, of one row: also a place in the list.
pub(super) type Key = Cursor;

/// Most owners whose walks are merged; those of more are found and sorted. Small in tests, so
/// that few users are many.
const WALKS_MAX: usize = if cfg!(test) { 2 } else { 256 };
/// Up to so many rows, looking at all of them is as good as finding some.
const FEW_ROWS: u64 = if cfg!(test) { 3 } else { 20_000 };
/// The same where it is known how few are found, which asks the index of texts.
const FEW_ROWS_TO_SEARCH: u64 = if cfg!(test) { 3 } else { 2_000 };

pub(super) const COUNTED: &str = "SELECT coalesce(sum(count), 0) FROM recording_counts
     WHERE owner_id = ?1 AND deleted = ?2 AND (?3 IS NULL OR direction = ?3)
       AND (?4 IS NULL OR quality = ?4) AND (?5 IS NULL OR masked = ?5)";
pub(super) const COUNTED_ALL: &str = "SELECT coalesce(sum(count), 0) FROM recording_counts
     WHERE deleted = ?1 AND (?2 IS NULL OR direction = ?2)
       AND (?3 IS NULL OR quality = ?3) AND (?4 IS NULL OR masked = ?4)";

/// One statement: what stands behind `FROM`, and behind `WHERE` with its values.
#[derive(Debug)]
struct Walk {
    from: &'static str,
    conditions: Conditions,
}

/// How a list is walked and counted.
#[derive(Debug)]
pub(super) struct Plan {
    sort: Sort,
    walks: Vec<Walk>,
    /// What the counters know without looking at a row.
    counted: Option<Vec<Counter>>,
}

impl Plan {
    /// Chooses the statements.
    pub(super) fn new(
        connection: &Connection,
        owners: Owners,
        mut wanted: Wanted,
        sort: Sort,
    ) -> Result<Self, Error> {
        let simple = wanted.conditions.is_empty()
            && wanted.start.from.is_none()
            && wanted.start.to.is_none()
            && wanted.parts.iter().all(|part| part.conditions.is_empty());
        let counted = simple.then(|| counters(&owners, &wanted));
        let driven = is_driven(connection, &owners, &mut wanted)?;
        let merged = sort.by == SortBy::Start && !driven;
        let mut walks = Vec::new();
        for part in &wanted.parts {
            for set in owners.split(merged) {
                let mut conditions = of_owners(&set, driven);
                conditions.add(if part.deleted {
                    "r.deleted_ms IS NOT NULL"
                } else {
                    "r.deleted_ms IS NULL"
                });
                between(&mut conditions, wanted.start);
                if let Some(direction) = wanted.direction {
                    conditions.with("r.direction = ?", direction);
                }
                traits(&mut conditions, &wanted);
                conditions.extend(&wanted.conditions);
                conditions.extend(&part.conditions);
                let mut from = "recordings r";
                if driven {
                    conditions.extend(&wanted.drive);
                } else if !part.deleted && !set.is_one() {
                    from = rare(&wanted).unwrap_or(from);
                }
                walks.push(Walk { from, conditions });
            }
        }
        Ok(Self {
            sort,
            walks,
            counted,
        })
    }

    /// The same list from its end.
    pub(super) fn backwards(mut self) -> Self {
        self.sort.descending = !self.sort.descending;
        self
    }

    /// How many rows there are.
    pub(super) fn count(&self, connection: &Connection) -> Result<u64, Error> {
        let mut total = 0;
        if let Some(counters) = &self.counted {
            for counter in counters {
                total += counter.read(connection)?;
            }
            return Ok(total);
        }
        for walk in &self.walks {
            let statement = format!("SELECT COUNT(*) FROM {} WHERE {}", walk.from, walk.text());
            let mut statement = connection.prepare_cached(&statement)?;
            let values = params_from_iter(&walk.conditions.values);
            total += statement.query_row(values, |row| row.get::<_, u64>(0))?;
        }
        Ok(total)
    }

    /// Shows the keys in order, from behind a place on, without the first `skip` of them.
    pub(super) fn walk(
        &self,
        connection: &Connection,
        place: Option<Key>,
        skip: u64,
        take: u64,
        show: &mut dyn FnMut(Key) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        // A single walk can leave the counting to the database.
        let alone = self.walks.len() == 1;
        let mut statements = Vec::with_capacity(self.walks.len());
        let mut values = Vec::with_capacity(self.walks.len());
        for walk in &self.walks {
            let (text, mut bound) = self.statement(walk, place);
            if alone {
                bound.extend([Value::Integer(clamped(take)), Value::Integer(clamped(skip))]);
                statements.push(connection.prepare_cached(&format!("{text} LIMIT ? OFFSET ?"))?);
            } else {
                statements.push(connection.prepare_cached(&text)?);
            }
            values.push(bound);
        }
        let mut walks = Vec::with_capacity(statements.len());
        let mut heads = BinaryHeap::with_capacity(statements.len());
        for (statement, values) in statements.iter_mut().zip(values) {
            let mut walk = statement.query(params_from_iter(values))?;
            if let Some(head) = next_key(&mut walk)? {
                heads.push((self.rank(head), walks.len()));
                walks.push(walk);
            }
        }
        let mut skip = if alone { 0 } else { skip };
        let mut take = take;
        while take > 0 {
            let Some((rank, index)) = heads.pop() else {
                break;
            };
            if skip > 0 {
                skip -= 1;
            } else {
                take -= 1;
                if show(rank.key())?.is_break() {
                    break;
                }
            }
            if let Some(head) = next_key(&mut walks[index])? {
                heads.push((self.rank(head), index));
            }
        }
        Ok(())
    }

    /// The walks' statements, for looking at their plans.
    #[cfg(test)]
    pub(super) fn texts(&self, place: Option<Key>) -> Vec<String> {
        let text = |walk| self.statement(walk, place).0;
        self.walks.iter().map(text).collect()
    }

    /// A walk's statement from a place on, and its values.
    fn statement(&self, walk: &Walk, place: Option<Key>) -> (String, Vec<Value>) {
        let column = column(self.sort.by);
        let (order, comparison) = if self.sort.descending {
            ("DESC", "<")
        } else {
            ("ASC", ">")
        };
        let mut conditions = walk.conditions.clone();
        if let Some(place) = place {
            conditions.add(&format!("(r.{column}, r.id) {comparison} (?, ?)"));
            let id = Value::Blob(place.id.to_bytes().to_vec());
            conditions.values.extend([Value::Integer(place.key), id]);
        }
        let text = format!(
            "SELECT r.{column}, r.id FROM {} WHERE 1{}
              ORDER BY r.{column} {order}, r.id {order}",
            walk.from, conditions.text
        );
        (text, conditions.values)
    }

    fn rank(&self, key: Key) -> Rank {
        if self.sort.descending {
            Rank::Greatest(key)
        } else {
            Rank::Least(Reverse(key))
        }
    }
}

/// A key so that the next one of the list is the greatest.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    Greatest(Key),
    Least(Reverse<Key>),
}

impl Rank {
    fn key(self) -> Key {
        match self {
            Self::Greatest(key) | Self::Least(Reverse(key)) => key,
        }
    }
}

impl Walk {
    fn text(&self) -> String {
        format!("1{}", self.conditions.text)
    }
}

impl Owners {
    /// Whether it is one person, who has an index of few rows.
    fn is_one(&self) -> bool {
        matches!(self, Self::These(owners) if owners.len() == 1)
    }

    /// One set for each walk.
    fn split(&self, merged: bool) -> Vec<Self> {
        if let Self::These(owners) = self
            && merged
            && owners.len() <= WALKS_MAX
        {
            let alone = |&owner| Self::These(BTreeSet::from([owner]));
            return owners.iter().map(alone).collect();
        }
        vec![self.clone()]
    }
}

/// Whether the rows are found instead of looking at all that are in reach.
fn is_driven(connection: &Connection, owners: &Owners, wanted: &mut Wanted) -> Result<bool, Error> {
    if !wanted.may_be_found() {
        return Ok(false);
    }
    let reach = rows_of(connection, owners, wanted)?;
    if !wanted.drive.is_empty() {
        return Ok(reach > FEW_ROWS);
    }
    Ok(reach > FEW_ROWS_TO_SEARCH && wanted.choose(connection, reach)?)
}

/// Rows that something else finds are not to be looked for among those of the owners: the sign
/// keeps the database from it.
fn of_owners(owners: &Owners, driven: bool) -> Conditions {
    let column = if driven { "+r.owner_id" } else { "r.owner_id" };
    let mut conditions = Conditions::default();
    match owners {
        Owners::Anybody => {}
        Owners::Nobody => conditions.add(&format!("{column} IS NULL")),
        Owners::These(owners) => match owners.first() {
            Some(&owner) if owners.len() == 1 => conditions.with(&format!("{column} = ?"), owner),
            _ => {
                let owners: Vec<i64> = owners.iter().copied().collect();
                let json = serde_json::Value::from(owners).to_string();
                let among = format!("{column} IN (SELECT value FROM json_each(?))");
                conditions.with(&among, json);
            }
        },
    }
    conditions
}

/// Written out, since an index of some rows only is used where its own condition stands.
fn traits(conditions: &mut Conditions, wanted: &Wanted) {
    if let Some(quality) = wanted.quality {
        conditions.add(&format!("r.quality = {quality}"));
    }
    if let Some(masked) = wanted.masked {
        conditions.add(&format!("r.masked = {}", i64::from(masked)));
    }
}

/// Where the few rows are that have something rare, in the order of their start. Named, since
/// nothing tells SQLite that they are few.
fn rare(wanted: &Wanted) -> Option<&'static str> {
    match (wanted.quality, wanted.masked) {
        (Some(3), _) => Some("recordings r INDEXED BY recordings_poor"),
        (Some(2), _) => Some("recordings r INDEXED BY recordings_fair"),
        (_, Some(true)) => Some("recordings r INDEXED BY recordings_masked"),
        _ => None,
    }
}

fn between(conditions: &mut Conditions, start: Between) {
    if let Some(from) = start.from {
        conditions.with("r.start_ms >= ?", from);
    }
    if let Some(to) = start.to {
        conditions.with("r.start_ms < ?", to);
    }
}

fn column(by: SortBy) -> &'static str {
    match by {
        SortBy::Start => "start_ms",
        SortBy::Duration => "duration_ms",
        SortBy::Updated => "updated_ms",
        SortBy::Size => "size",
    }
}

/// Some of the counters that are kept.
#[derive(Clone, Copy, Debug)]
struct Counter {
    /// `None`: of all owners; 0: of nobody.
    owner: Option<i64>,
    deleted: bool,
    direction: Option<i64>,
    quality: Option<i64>,
    masked: Option<bool>,
}

impl Counter {
    fn read(self, connection: &Connection) -> Result<u64, Error> {
        let read = |row: &Row<'_>| row.get(0);
        let counted = match self.owner {
            Some(owner) => connection.prepare_cached(COUNTED)?.query_row(
                (
                    owner,
                    self.deleted,
                    self.direction,
                    self.quality,
                    self.masked,
                ),
                read,
            ),
            None => connection.prepare_cached(COUNTED_ALL)?.query_row(
                (self.deleted, self.direction, self.quality, self.masked),
                read,
            ),
        };
        Ok(counted?)
    }
}

fn counters(owners: &Owners, wanted: &Wanted) -> Vec<Counter> {
    let owners: Vec<Option<i64>> = match owners {
        Owners::Anybody => vec![None],
        Owners::Nobody => vec![Some(0)],
        Owners::These(owners) => owners.iter().copied().map(Some).collect(),
    };
    let of_part = |part: &Part| {
        let counter = |&owner: &Option<i64>| Counter {
            owner,
            deleted: part.deleted,
            direction: wanted.direction,
            quality: wanted.quality,
            masked: wanted.masked,
        };
        owners.iter().map(counter).collect::<Vec<_>>()
    };
    wanted.parts.iter().flat_map(of_part).collect()
}

/// How many rows these owners have, of those that are looked at.
fn rows_of(connection: &Connection, owners: &Owners, wanted: &Wanted) -> Result<u64, Error> {
    let mut total = 0;
    for counter in counters(owners, wanted) {
        total += counter.read(connection)?;
    }
    Ok(total)
}

fn next_key(rows: &mut rusqlite::Rows<'_>) -> Result<Option<Key>, Error> {
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Key {
        key: row.get(0)?,
        id: RecordingId::from_bytes(row.get(1)?),
    }))
}

fn clamped(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
