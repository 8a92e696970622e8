//! A call as a row of the table lists it.

use super::columns::Columns;
use super::times::{Clock, duration_ms};
use catalogue::Expected;
use jiff::Timestamp;
use model::filter::TimeFilter;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// Call ids come again after a while: recordings that begin further away are of other calls.
const CALL_ID_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// What a row says.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Listed {
    pub(super) call_id: String,
    pub(super) caller: String,
    pub(super) called: String,
    /// Milliseconds since 1970; two where a clock shows an hour twice.
    pub(super) starts: Vec<i64>,
    pub(super) duration_ms: Option<u64>,
}

/// What a row is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Row {
    Call(Listed),
    /// Nobody talked: nothing to record.
    NotAnswered,
    /// It cannot be read, and why.
    Unreadable(String),
}

/// Reads the cells of a row.
pub(super) fn row(columns: &Columns, clock: &Clock, cells: &[String]) -> Row {
    match read(columns, clock, cells) {
        Ok(Some(call)) => Row::Call(call),
        Ok(None) => Row::NotAnswered,
        Err(fault) => Row::Unreadable(fault),
    }
}

fn read(columns: &Columns, clock: &Clock, cells: &[String]) -> Result<Option<Listed>, String> {
    let cell = |place: usize| cells.get(place).map_or("", |cell| cell.trim());
    let text = |place: Option<usize>| place.map_or("", cell);
    let joined = |places: &[usize]| {
        let parts: Vec<&str> = places.iter().map(|&place| cell(place)).collect();
        parts.join(" ").trim().to_owned()
    };
    let starts = clock.instants(&joined(&columns.start))?;
    let Some(&first) = starts.first() else {
        return if columns.start_is_answer {
            Ok(None)
        } else {
            Err("it does not say when the call began".to_owned())
        };
    };
    let mut duration = duration_ms(text(columns.duration), columns.in_ms)?;
    if duration.is_none() && !columns.end.is_empty() {
        let ends = clock.instants(&joined(&columns.end))?;
        let lasted = |end: &i64| u64::try_from(end - first).ok();
        duration = ends.iter().filter_map(lasted).min();
    }
    if duration == Some(0) {
        return Ok(None);
    }
    let call = Listed {
        call_id: text(columns.call_id).to_owned(),
        caller: text(columns.caller).to_owned(),
        called: text(columns.called).to_owned(),
        starts,
        duration_ms: duration,
    };
    if call.call_id.is_empty() && call.caller.is_empty() && call.called.is_empty() {
        return Err("it says neither a call id nor a number".to_owned());
    }
    Ok(Some(call))
}

impl Listed {
    /// What the catalogue is asked.
    pub(super) fn expected(&self, within: Duration) -> Expected {
        let call_id = Some(self.call_id.clone()).filter(|id| !id.is_empty());
        let first = self.starts.first().copied().unwrap_or_default();
        let last = self.starts.last().copied().unwrap_or_default();
        Expected {
            call_id,
            call_id_start: around(first, last, CALL_ID_WITHIN),
            numbers: [self.caller.clone(), self.called.clone()],
            start: self
                .starts
                .iter()
                .map(|&start| around(start, start, within))
                .collect(),
        }
    }

    /// How far away from its start an instant is.
    pub(super) fn apart_ms(&self, instant: Timestamp) -> u64 {
        let instant = instant.as_millisecond();
        let apart = self.starts.iter().map(|start| start.abs_diff(instant));
        apart.min().unwrap_or(u64::MAX)
    }

    /// By how much a recording is longer or shorter.
    pub(super) fn longer_ms(&self, recorded_ms: u64) -> u64 {
        self.duration_ms
            .map_or(0, |listed| listed.abs_diff(recorded_ms))
    }

    /// A number by which rows are put into an order that their table has no part in: equal for
    /// rows that say the same.
    pub(super) fn order(&self) -> (i64, u64) {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        (
            self.starts.first().copied().unwrap_or_default(),
            hasher.finish(),
        )
    }
}

/// From so much before the first to so much after the last, both included.
fn around(first_ms: i64, last_ms: i64, within: Duration) -> TimeFilter {
    let within = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
    let at = |ms: i64| Timestamp::from_millisecond(ms).ok();
    let since = at(first_ms.saturating_sub(within)).map(TimeFilter::since);
    let before = at(last_ms.saturating_add(within).saturating_add(1)).map(TimeFilter::before);
    let any = TimeFilter::ANY;
    since.unwrap_or(any).and(before.unwrap_or(any))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn read_of(head: &str, cells: &str) -> Row {
        let split = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let columns = Columns::find(&split(head), &[]).unwrap();
        let clock = Clock {
            zone: TimeZone::UTC,
            form: None,
        };
        row(&columns, &clock, &split(cells))
    }

    #[test]
    fn a_row_is_a_call_or_says_why_it_is_none() {
        let Row::Call(call) = read_of("start,end,src,dst", "1795510800,1795510890,225,226") else {
            panic!("no call");
        };
        assert_eq!(
            (call.duration_ms, call.caller.as_str()),
            (Some(90_000), "225")
        );
        assert_eq!(
            call.apart_ms(Timestamp::from_second(1_795_510_790).unwrap()),
            10_000
        );
        assert_eq!(call.longer_ms(60_000), 30_000);
        let asked = call.expected(Duration::from_secs(60));
        let edges = [-60_001, -60_000, 60_000, 60_001].map(|ms| {
            let at = 1_795_510_800_000 + ms;
            asked.start.iter().any(|times| times.admits(at))
        });
        assert_eq!(edges, [false, true, true, false]);
        for (head, cells) in [
            ("answer,src", ",225"),
            ("dateTimeConnect,src", "0,225"),
            ("start,billsec,src", "1795510800,0,225"),
        ] {
            assert_eq!(read_of(head, cells), Row::NotAnswered, "{cells}");
        }
        for (cells, why) in [
            (",1,225", "began"),
            ("soon,1,225", "`soon`"),
            ("1795510800,x,225", "`x`"),
            ("1795510800,1,", "neither"),
            ("1795510800", "neither"),
        ] {
            let Row::Unreadable(said) = read_of("start,duration,src", cells) else {
                panic!("{cells} was read");
            };
            assert!(said.contains(why), "{said}");
        }
    }
}
