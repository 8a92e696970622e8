//! Where every packet lies on the one time line of a recording.
//!
//! The rules, which decide duration, size and hash of every recording:
//!
//! - A packet lies where its timestamp says, relative to its *run*: a stretch of one source
//!   whose timestamps agree with their arrival within a second. Jitter and reordering move
//!   nothing.
//! - A run lies where its least delayed packet arrived: the least of arrival less timestamp
//!   over its first 2 s (or its first 50 packets, if those take longer), rounded once to a
//!   whole sample.
//! - Streams whose sender reports share a wall clock are aligned by it: the one that was
//!   shortest on its way stays, the others are moved to where they belong beside it. See
//!   `reports.rs` for when reports are believed; without any, arrival alone decides. A run of
//!   which no report says anything moves as the one before it in its stream.
//! - A new source, a timestamp that disagrees with its arrival by more than a second, or a
//!   pause of more than 10 s begins a new run. If it turns out within 20 ms of where the
//!   source's last run would have put it, it goes on exactly there. What was placed is never
//!   moved; a run that would begin up to 20 ms inside the one before begins at its end.
//! - A packet alone in a run that does not go on so is left out, unless the stream has nothing
//!   else.
//! - The least transit time is estimated again every 10 s. When two windows in turn say that it
//!   has moved by more than 20 ms, the lesser of the two is made good: in missing packets or
//!   silence, or after 60 s without either in the quietest 20 ms.
//! - Sample 0 is the earliest place of any packet, the end is that of the last one. A key press
//!   lasts as long as its event says, comfort noise has no length of its own. A key press whose
//!   clock is not that of the sound lies in the sound where its timestamp says, if that is
//!   where it arrived; else beside the sound that arrived when it was pressed.
//!
//! Memory is bounded by constants, whatever comes; the length of the sound by the time over
//! which packets came, and some seconds.

mod drift;
mod follow;
mod keys;
mod reports;
mod scan;
mod tally;
mod track;

pub(crate) use follow::{Follow, Spot};
pub use keys::Key;
pub use scan::{Scan, StreamStats};

use reports::{Moves, Reports};
use scan::{Found, Run};

const NS_PER_SECOND: i64 = 1_000_000_000;

/// How far a timestamp may disagree with its arrival.
const JUMP_NS: i64 = NS_PER_SECOND;
/// How late a packet with an old sequence number may be.
const LATE_NS: i64 = 10 * NS_PER_SECOND;
/// How long a source may pause before its clock is not trusted any more.
const PAUSE_NS: i64 = 10 * NS_PER_SECOND;
/// How long the first estimate takes.
const OPENING_NS: i64 = 2 * NS_PER_SECOND;
/// How much earlier than its first packet a run may turn out to begin.
const OPENING_SLACK_NS: i64 = 10 * NS_PER_SECOND;
/// How long every later estimate takes.
const WINDOW_NS: i64 = 10 * NS_PER_SECOND;
/// Less than this moves nothing.
const TOLERANCE_NS: i64 = NS_PER_SECOND / 50;

/// Packets it takes to believe that the least of their delays is typical.
const PACKETS_MIN: u64 = 50;

/// Runs of one source that may still get packets.
const TRACKS_MAX: usize = 4;
/// Runs of all sources of a stream that may still get packets.
const SOURCES_MAX: usize = 16;
/// Runs of a stream; what comes after is left out.
const RUNS_MAX: usize = 10_000;

/// The common time line of a recording.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Where sample 0 lies, in samples after the instant that arrivals were counted from;
    /// negative is before it.
    pub start: i64,
    /// Length in samples.
    pub samples: u64,
    /// Places in each stream, in the order of the scans.
    pub streams: Vec<Placement>,
    /// Pairs of streams, by their places in order, whose sender reports disagree with their
    /// arrival by more than a second, and are ignored.
    pub odd_reports: Vec<(usize, usize)>,
}

/// Where the packets of one stream lie.
#[derive(Clone, Debug)]
pub struct Placement {
    /// What was seen.
    pub stats: StreamStats,
    /// The keys that were pressed, in order.
    pub keys: Vec<Key>,
    sample_rate: u32,
    start: i64,
    runs: Vec<Placed>,
}

/// Where one run lies.
#[derive(Clone, Debug)]
struct Placed {
    number: u64,
    /// The run whose place decides where this one lies: itself, or one before it.
    root: u64,
    clock_rate: u32,
    base: i64,
    /// Place of the base, in samples.
    place: i64,
    shifts: Vec<Shift>,
}

/// From a timestamp on, everything lies later by so much; earlier if negative, and as much
/// before the timestamp is left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Shift {
    at: i64,
    by: i64,
    /// The sum of all shifts up to this one.
    total: i64,
}

impl Timeline {
    /// Lays the streams of a recording on one time line of `sample_rate` samples a second.
    #[must_use]
    pub fn new(scans: Vec<Scan>, sample_rate: u32) -> Self {
        let mut founds: Vec<Found> = scans.into_iter().map(Scan::finish).collect();
        let arrived = founds.iter_mut().map(|found| {
            let placed = place_runs(&found.runs, sample_rate, |_| None);
            (std::mem::take(&mut found.reports), placed)
        });
        let arrived: Vec<(Reports, Vec<Placed>)> = arrived.collect();
        let moves = Moves::find(&arrived, sample_rate);
        let mut span: Option<(i64, i64)> = None;
        let mut streams = Vec::with_capacity(founds.len());
        for (number, (found, (_, placed))) in founds.iter_mut().zip(arrived).enumerate() {
            let moved = |run: &Placed| moves.of(number, run.root);
            let placed = if placed.iter().any(|run| moved(run).is_some()) {
                let by = moved_by(&placed, moved);
                found.stats.aligned_ns = greatest_ns(&by, sample_rate);
                place_runs(&found.runs, sample_rate, |run| by.get(run).copied())
            } else {
                placed
            };
            for (run, placed) in found.runs.iter().zip(&placed) {
                let first = placed.place(run.first, sample_rate);
                let end = placed.place(run.end, sample_rate);
                let (start, last) = span.unwrap_or((first, end));
                span = Some((start.min(first), last.max(end)));
            }
            streams.push(Placement {
                stats: found.stats,
                keys: Vec::new(),
                sample_rate,
                start: 0,
                runs: placed,
            });
        }
        let (start, end) = span.unwrap_or_default();
        let samples = end.saturating_sub(start).unsigned_abs();
        for (stream, found) in streams.iter_mut().zip(&founds) {
            stream.start = start;
            let presses = &found.presses;
            stream.keys = presses.place(&stream.runs, sample_rate, start, samples);
        }
        Self {
            start,
            samples,
            streams,
            odd_reports: moves.odd,
        }
    }
}

/// By how much each run is moved. What no report speaks of moves as what is before it, else as
/// what is behind it: a way that was long stays long.
fn moved_by(runs: &[Placed], moved: impl Fn(&Placed) -> Option<i64>) -> Vec<i64> {
    let mut before = runs.iter().find_map(&moved).unwrap_or(0);
    let moves = runs.iter().map(|run| {
        before = moved(run).unwrap_or(before);
        before
    });
    moves.collect()
}

/// The greatest of the moves, whichever way, in nanoseconds.
fn greatest_ns(moves: &[i64], sample_rate: u32) -> i64 {
    let greatest = moves.iter().copied().max_by_key(|by| by.saturating_abs());
    scaled(
        greatest.unwrap_or(0),
        NS_PER_SECOND as u32,
        sample_rate.into(),
    )
}

/// Places runs by their arrival, moved by so many samples.
fn place_runs(runs: &[Run], sample_rate: u32, moved: impl Fn(usize) -> Option<i64>) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(runs.len());
    let slack = scaled(TOLERANCE_NS, sample_rate, NS_PER_SECOND);
    for (index, run) in runs.iter().enumerate() {
        let find = |number: u64| {
            let index = placed.binary_search_by_key(&number, |placed: &Placed| placed.number);
            Some((index.ok()?, placed.get(index.ok()?)?))
        };
        let followed = run.followed().and_then(find);
        let place = followed.map(|(_, before)| before.place(run.base, sample_rate));
        let place = place.unwrap_or_else(|| {
            let half = NS_PER_SECOND.checked_div(i64::from(sample_rate).saturating_mul(2));
            let rounded_ns = run.anchor_ns().saturating_add(half.unwrap_or(0));
            let by = moved(index).unwrap_or(0);
            let place = scaled(rounded_ns, sample_rate, NS_PER_SECOND).saturating_add(by);
            let Some((before, end)) = run.after else {
                return place;
            };
            let Some((before, ended)) = find(before) else {
                return place;
            };
            let ahead = scaled(
                run.first.saturating_sub(run.base),
                sample_rate,
                i64::from(run.clock_rate),
            );
            let overlap = ended
                .place(end, sample_rate)
                .saturating_sub(place.saturating_add(ahead));
            // No report moves a run into what was said before it.
            let pulled = moved(before).unwrap_or(0).saturating_sub(by);
            if (1..=slack.max(pulled)).contains(&overlap) {
                place.saturating_add(overlap)
            } else {
                place
            }
        });
        placed.push(Placed {
            number: run.number,
            root: followed.map_or(run.number, |(_, before)| before.root),
            clock_rate: run.clock_rate,
            base: run.base,
            place,
            shifts: run.shifts(),
        });
    }
    placed
}

impl Placed {
    /// The sample a timestamp lies on, counted from the instant arrivals are counted from.
    fn place(&self, time: i64, sample_rate: u32) -> i64 {
        let before = self.shifts.partition_point(|shift| shift.at <= time);
        let shift = before.checked_sub(1).and_then(|last| self.shifts.get(last));
        self.place_shifted(time, shift.map_or(0, |shift| shift.total), sample_rate)
    }

    fn place_shifted(&self, time: i64, shift: i64, sample_rate: u32) -> i64 {
        let units = time.saturating_sub(self.base).saturating_add(shift);
        self.place
            .saturating_add(scaled(units, sample_rate, i64::from(self.clock_rate)))
    }
}

/// `value` in units of 1/`from` seconds as units of 1/`to` seconds, rounded down.
fn scaled(value: i64, to: u32, from: i64) -> i64 {
    if i64::from(to) == from {
        return value;
    }
    let scaled = i128::from(value)
        .saturating_mul(i128::from(to))
        .checked_div_euclid(from.into());
    i64::try_from(scaled.unwrap_or(0)).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
