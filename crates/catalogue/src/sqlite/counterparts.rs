//! Which recordings may be those of calls that somebody else lists.
//!
//! Each question walks a piece of one index: that of call ids, or that of a number within a
//! time. Never a list of everything within a time, however many calls there were.

use super::rows;
use crate::error::Error;
use crate::recordings::{Counterpart, Counterparts, Expected, MatchedBy};
use model::access::{Ownership, Scope};
use model::filter::TimeFilter;
use model::people::{GroupId, UserId};
use model::{RecordingId, State, party};
use rusqlite::{Connection, Row, ToSql};

/// Most recordings that are named for one call: those nearest to the times asked for.
const COUNTERPARTS_MAX: usize = 64;

/// When you change the columns, also change [`counterpart`], which reads them in this order.
const COLUMNS: &str = "
    SELECT r.id, r.start_ms, r.duration_ms, r.state, r.undecoded <> '[]',
           coalesce(json_extract(r.details, '$.oneWay'), 0), r.deleted_ms IS NOT NULL,
           r.owner_id, o.group_id
      FROM recordings r LEFT JOIN users o ON o.id = r.owner_id
     WHERE r.start_ms BETWEEN ?1 AND ?2 AND ";

/// How recordings are found.
#[derive(Clone, Copy, Debug)]
pub(super) enum By {
    CallId,
    Both,
    Local,
    Remote,
}

/// The statement, whose values are two times and one text, or two.
pub(super) fn statement(by: By) -> String {
    let condition = match by {
        By::CallId => "r.pbx_call_id = ?3",
        // The other number spares nothing: that of an own extension is the rarer one.
        By::Both => "r.local_number = ?3 AND +r.remote_number = ?4",
        By::Local => "r.local_number = ?3",
        By::Remote => "r.remote_number = ?3",
    };
    format!("{COLUMNS}{condition}")
}

/// The recordings of each call.
pub(crate) fn of_all(
    connection: &Connection,
    scope: &Scope,
    calls: &[Expected],
) -> Result<Vec<Counterparts>, Error> {
    let one = |call| of_one(&Question { connection, scope }, call);
    calls.iter().map(one).collect()
}

fn of_one(question: &Question<'_>, call: &Expected) -> Result<Counterparts, Error> {
    let mut found = Vec::new();
    if let Some(id) = call.call_id.as_deref().filter(|id| !id.is_empty()) {
        question.ask(By::CallId, call.call_id_start, &[&id], &mut found)?;
    }
    if !found.is_empty() {
        return Ok(sorted(MatchedBy::CallId, found, call));
    }
    let [one, other] = call.numbers.each_ref().map(|number| forms(number));
    for &start in &call.start {
        for (local, remote) in pairs(&one, &other) {
            question.ask(By::Both, start, &[local, remote], &mut found)?;
        }
    }
    if !found.is_empty() {
        return Ok(sorted(MatchedBy::Numbers, found, call));
    }
    for number in one.iter().chain(&other).filter(|number| !number.is_empty()) {
        for &start in &call.start {
            question.ask(By::Local, start, &[number], &mut found)?;
            question.ask(By::Remote, start, &[number], &mut found)?;
        }
    }
    Ok(sorted(MatchedBy::OneNumber, found, call))
}

/// How a number may stand in a row: as it is cleaned, and with `+` for `00` and the reverse.
fn forms(number: &str) -> Vec<String> {
    let number = party::number(number);
    let other = match (number.strip_prefix("00"), number.strip_prefix('+')) {
        (Some(rest), _) => Some(format!("+{rest}")),
        (None, Some(rest)) => Some(format!("00{rest}")),
        (None, None) => None,
    };
    std::iter::once(number).chain(other).collect()
}

/// Each form of the one with each of the other, either of them the local party. Two unknown
/// numbers are nobody.
fn pairs<'a>(one: &'a [String], other: &'a [String]) -> Vec<(&'a String, &'a String)> {
    let mut pairs = Vec::new();
    for (a, b) in one.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
        if a.is_empty() && b.is_empty() {
            continue;
        }
        pairs.push((a, b));
        if a != b {
            pairs.push((b, a));
        }
    }
    pairs
}

/// Each recording once, the nearest ones, in order of their starts.
fn sorted(by: MatchedBy, mut recordings: Vec<Counterpart>, call: &Expected) -> Counterparts {
    let middle = |times: &TimeFilter| times.from_ms()?.checked_add(times.to_ms()?)?.checked_div(2);
    let middles: Vec<i64> = call.start.iter().filter_map(middle).collect();
    recordings.sort_by_key(|one| {
        let start = one.start_time.as_millisecond();
        let apart = middles.iter().map(|middle| start.abs_diff(*middle)).min();
        (apart, start, one.id)
    });
    recordings.dedup_by_key(|one| one.id);
    recordings.truncate(COUNTERPARTS_MAX);
    recordings.sort_by_key(|one| (one.start_time, one.id));
    Counterparts { by, recordings }
}

struct Question<'a> {
    connection: &'a Connection,
    scope: &'a Scope,
}

impl Question<'_> {
    /// Adds what is found and in reach.
    fn ask(
        &self,
        by: By,
        start: TimeFilter,
        texts: &[&dyn ToSql],
        found: &mut Vec<Counterpart>,
    ) -> Result<(), Error> {
        let first = start.from_ms().unwrap_or(i64::MIN);
        let last = start.to_ms().map_or(i64::MAX, |to| to.saturating_sub(1));
        let mut values: Vec<&dyn ToSql> = vec![&first, &last];
        values.extend(texts);
        let mut statement = self.connection.prepare_cached(&statement(by))?;
        let mut rows = statement.query(values.as_slice())?;
        while let Some(row) = rows.next()? {
            let (recording, ownership) = counterpart(row)?;
            if self.scope.admits(ownership) {
                found.push(recording);
            }
        }
        Ok(())
    }
}

fn counterpart(row: &Row<'_>) -> Result<(Counterpart, Ownership), Error> {
    let id = RecordingId::from_bytes(row.get(0)?);
    let bad = |what: &str| Error::Inconsistent(format!("recording {id} has no valid {what}"));
    let state: String = row.get(3)?;
    let state = State::from_name(&state).ok_or_else(|| bad("state"))?;
    let deleted: bool = row.get(6)?;
    let recording = Counterpart {
        id,
        start_time: rows::time(row.get(1)?)?,
        duration_ms: u64::try_from(row.get::<_, i64>(2)?).map_err(|_| bad("duration"))?,
        state: if deleted { State::Deleted } else { state },
        undecoded: row.get(4)?,
        one_way: row.get(5)?,
    };
    let owner = row.get::<_, Option<i64>>(7)?.map(UserId);
    let group = row.get::<_, Option<i64>>(8)?.map(GroupId);
    Ok((recording, Ownership::of(owner, group)))
}
