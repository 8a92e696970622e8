//! Sender reports (RFC 3550 §6.4.1): where streams lie relative to each other, when one clock
//! stood behind both.
//!
//! Arrival says where streams lie as long as all are equally long on their way. Two streams
//! whose reports read one wall clock are placed by it relative to one another; the one that was
//! shortest on its way stays where it arrived. Reports are believed only together: clocks are
//! stepped, stand still, or count in other units than the sound.

use super::{JUMP_NS, NS_PER_SECOND, Placed, TOLERANCE_NS, scaled};
use std::collections::{BTreeMap, VecDeque};

/// Reports of a stream that are remembered.
const REPORTS_MAX: usize = 8_192;
/// Reports of one source that come closer upon each other add nothing.
const APART_NS: i64 = NS_PER_SECOND / 2;
/// How far apart two reports may be to be compared: a clock may be stepped between them.
const PAIR_NS: i64 = 15 * NS_PER_SECOND;
/// Comparisons of two runs, the first ones: later ones tell of drift.
const PAIRS_MAX: usize = 32;
/// Comparisons that have to agree.
const PAIRS_MIN: usize = 3;
/// Pairs of runs that are compared.
const EDGES_MAX: usize = 4_096;

/// One report, its timestamp on a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported {
    pub(super) arrival_ns: i64,
    pub(super) run: u64,
    /// The timestamp, made to run on as those of the run do.
    pub(super) time: i64,
    /// The wall clock of the sender at that timestamp.
    pub(super) ntp: u64,
    /// Names the wall clock.
    pub(super) clock: u32,
}

/// The reports of one stream.
#[derive(Debug, Default)]
pub(super) struct Reports(Vec<Reported>);

impl Reports {
    pub(super) fn push(&mut self, report: Reported) {
        let mut lately = self.0.iter().rev().take(8);
        let before = lately.find(|before| before.run == report.run);
        let adds = before.is_none_or(|before| {
            report.ntp != before.ntp
                && report.arrival_ns.saturating_sub(before.arrival_ns) >= APART_NS
        });
        if adds && self.0.len() < REPORTS_MAX {
            self.0.push(report);
        }
    }
}

/// A run of a stream, by the stream's place in order and its number.
type Node = (usize, u64);

/// What the reports of two runs say, compared again and again.
#[derive(Debug, Default)]
struct Edge {
    /// By how much the first run lies later than the second one, against what their clock says.
    late_ns: Vec<i64>,
    /// Wall clocks seen, on either side.
    ntp: [Option<(u64, bool)>; 2],
}

/// By how many samples runs are to be moved.
#[derive(Debug, Default)]
pub(super) struct Moves {
    moves: BTreeMap<Node, i64>,
    /// Pairs of streams whose reports disagree with the arrival too far to be believed.
    pub(super) odd: Vec<(usize, usize)>,
}

impl Moves {
    /// By how much a run is moved; `None` where no report says anything.
    pub(super) fn of(&self, stream: usize, run: u64) -> Option<i64> {
        self.moves.get(&(stream, run)).copied()
    }

    /// Compares the reports of streams placed by arrival, given in the same order.
    pub(super) fn find(streams: &[(Reports, Vec<Placed>)], sample_rate: u32) -> Self {
        let edges = edges(streams, sample_rate);
        let mut found = Self::default();
        let mut known: BTreeMap<Node, Vec<(Node, i64)>> = BTreeMap::new();
        for (&(one, other), edge) in &edges {
            let Some(late_ns) = edge.agreed() else {
                continue;
            };
            if late_ns.saturating_abs() > JUMP_NS {
                found.is_odd(one.0, other.0);
                continue;
            }
            let late = if late_ns.saturating_abs() <= TOLERANCE_NS {
                0
            } else {
                scaled(late_ns, sample_rate, NS_PER_SECOND)
            };
            known.entry(one).or_default().push((other, late));
            let early = late.saturating_neg();
            known.entry(other).or_default().push((one, early));
        }
        let most = scaled(JUMP_NS, sample_rate, NS_PER_SECOND);
        for &first in known.keys() {
            if !found.moves.contains_key(&first) {
                found.place_together(first, &known, most);
            }
        }
        found
    }

    /// Places everything that is tied to a run. Whoever lies earliest was shortest on its way
    /// and stays.
    fn place_together(&mut self, first: Node, known: &BTreeMap<Node, Vec<(Node, i64)>>, most: i64) {
        let mut moves = BTreeMap::from([(first, 0_i64)]);
        let mut next = VecDeque::from([first]);
        while let Some(node) = next.pop_front() {
            let here = moves.get(&node).copied().unwrap_or(0);
            for &(other, late) in known.get(&node).into_iter().flatten() {
                moves.entry(other).or_insert_with(|| {
                    next.push_back(other);
                    here.saturating_add(late)
                });
            }
        }
        let greatest = moves.values().copied().max().unwrap_or(0);
        let least = moves.values().copied().min().unwrap_or(0);
        let believed = greatest.saturating_sub(least) <= most;
        if let Some(last) = moves.keys().next_back().filter(|_| !believed) {
            self.is_odd(first.0, last.0);
        }
        for (node, by) in moves {
            let by = if believed {
                by.saturating_sub(greatest)
            } else {
                0
            };
            self.moves.insert(node, by);
        }
    }

    fn is_odd(&mut self, one: usize, other: usize) {
        if !self.odd.contains(&(one, other)) {
            self.odd.push((one, other));
        }
    }
}

impl Edge {
    fn push(&mut self, late_ns: i64, ntp: [u64; 2]) {
        if self.late_ns.len() >= PAIRS_MAX {
            return;
        }
        self.late_ns.push(late_ns);
        for (seen, ntp) in self.ntp.iter_mut().zip(ntp) {
            let (first, differs) = seen.get_or_insert((ntp, false));
            *differs |= *first != ntp;
        }
    }

    /// What three in four comparisons say within the tolerance, both clocks having moved on.
    fn agreed(&self) -> Option<i64> {
        let moved_on = |seen: &Option<(u64, bool)>| seen.is_some_and(|(_, differs)| differs);
        let mut sorted = self.late_ns.clone();
        sorted.sort_unstable();
        let middle = sorted.get(sorted.len() / 2).copied()?;
        let near = |late: &&i64| late.saturating_sub(middle).saturating_abs() <= TOLERANCE_NS;
        let agree = sorted.iter().filter(near).count();
        let three_in_four = agree.saturating_mul(4) >= sorted.len().saturating_mul(3);
        let enough = agree >= PAIRS_MIN && three_in_four;
        (enough && self.ntp.iter().all(moved_on)).then_some(middle)
    }
}

/// Compares each report with the latest one of every other stream with the same clock.
fn edges(streams: &[(Reports, Vec<Placed>)], sample_rate: u32) -> BTreeMap<(Node, Node), Edge> {
    let mut all: Vec<(usize, Reported)> = Vec::new();
    for (number, (reports, _)) in streams.iter().enumerate() {
        all.extend(reports.0.iter().map(|report| (number, *report)));
    }
    all.sort_by_key(|(number, report)| (report.arrival_ns, *number));
    let mut latest: Vec<Option<(Reported, Node, i64)>> = vec![None; streams.len()];
    let mut edges: BTreeMap<(Node, Node), Edge> = BTreeMap::new();
    for (number, report) in all {
        let placed = streams.get(number).map_or(&[][..], |(_, placed)| placed);
        let Some((root, place_ns)) = place(placed, &report, sample_rate) else {
            continue;
        };
        let here = (report, (number, root), place_ns);
        for (other, there) in latest.iter().enumerate() {
            let Some(there) = there.filter(|_| other != number) else {
                continue;
            };
            let apart_ns = report.arrival_ns.saturating_sub(there.0.arrival_ns);
            if there.0.clock != report.clock || apart_ns > PAIR_NS {
                continue;
            }
            let (one, two) = if other < number {
                (there, here)
            } else {
                (here, there)
            };
            let nodes = (one.1, two.1);
            if edges.len() < EDGES_MAX || edges.contains_key(&nodes) {
                let between_ns = ntp_ns(one.0.ntp.wrapping_sub(two.0.ntp));
                let late_ns = one.2.saturating_sub(two.2).saturating_sub(between_ns);
                let edge = edges.entry(nodes).or_default();
                edge.push(late_ns, [one.0.ntp, two.0.ntp]);
            }
        }
        if let Some(latest) = latest.get_mut(number) {
            *latest = Some(here);
        }
    }
    edges
}

/// Where a reported timestamp lies, in nanoseconds, and the run that decides it.
fn place(placed: &[Placed], report: &Reported, sample_rate: u32) -> Option<(u64, i64)> {
    let number = placed.binary_search_by_key(&report.run, |run| run.number);
    let run = placed.get(number.ok()?)?;
    let place = run.place(report.time, sample_rate);
    let place_ns = scaled(place, NS_PER_SECOND as u32, sample_rate.into());
    Some((run.root, place_ns))
}

/// The time between two readings of a wall clock in nanoseconds; the clock may have wrapped.
fn ntp_ns(between: u64) -> i64 {
    let ns = i128::from(between.cast_signed()).saturating_mul(NS_PER_SECOND.into()) >> 32;
    i64::try_from(ns).unwrap_or(i64::MAX)
}
