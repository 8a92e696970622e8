//! The first pass: looks at every header and remembers runs, not packets.

use super::drift::Drift;
use super::keys::Presses;
use super::reports::{Reported, Reports};
use super::tally::{Counted, Tally};
use super::track::{Track, Tracks, Unsorted};
use super::{JUMP_NS, NS_PER_SECOND, PACKETS_MIN, RUNS_MAX, SOURCES_MAX, Shift, TOLERANCE_NS};
use crate::coding::{Coding, Sort};
use rtp::Packet;

/// What was seen of a stream.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StreamStats {
    /// Packets that came, second copies not counted.
    pub packets: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Second copies.
    pub duplicates: u64,
    /// Packets that came after a newer one.
    pub reordered: u64,
    /// Packets that fitted nothing.
    pub discarded: u64,
    /// Packets that came so late that a copy could not be told from them.
    pub late: u64,
    /// Changes of the source.
    pub ssrc_changes: u64,
    /// Jumps of the timestamp that disagreed with the arrival.
    pub jumps: u64,
    /// Times without a packet of more than a second.
    pub gaps: u64,
    /// How many times samples were inserted or left out because clocks drifted.
    pub drift_corrections: u64,
    /// Samples inserted less samples left out.
    pub drift_samples: i64,
    /// By how much the stream lies elsewhere than its arrival says, because sender reports say
    /// so: the most, in nanoseconds, negative is earlier.
    pub aligned_ns: i64,
}

/// One run as the first pass sees it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) number: u64,
    ssrc: u32,
    pub(super) clock_rate: u32,
    /// The timestamp of the packet it began with.
    pub(super) base: i64,
    /// The least timestamp.
    pub(super) first: i64,
    /// The end of the packet that ends last.
    pub(super) end: i64,
    packets: u64,
    /// The first estimate of its least transit time.
    opening_ns: i64,
    /// Where the run before it, of the same source, would put it: number and transit time.
    expected: Option<(u64, i64)>,
    /// The run before it, of any source, and where that one ended.
    pub(super) after: Option<(u64, i64)>,
    drift: Drift,
}

/// Looks at the packets of one stream in the order in which they came.
#[derive(Debug, Default)]
pub struct Scan {
    tracks: Tracks,
    /// Sorted by number: all runs worth placing, and those that may become such.
    runs: Vec<Run>,
    /// The first packets that stood alone, for a stream that has nothing else.
    lone: Vec<Run>,
    presses: Presses,
    reports: Reports,
    tally: Tally,
    stats: StreamStats,
    last_ns: Option<i64>,
}

/// What a stream turned out to be: the runs worth placing, in order, and what was in it.
pub(super) struct Found {
    pub(super) runs: Vec<Run>,
    pub(super) presses: Presses,
    pub(super) reports: Reports,
    pub(super) stats: StreamStats,
}

impl Scan {
    /// A stream without packets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next packet. Arrivals of all streams of a recording are counted in
    /// nanoseconds from one instant near its beginning.
    pub fn push(&mut self, arrival_ns: i64, packet: &Packet<'_>, sort: Sort) {
        let sorted = self.tracks.sort(arrival_ns, packet, sort);
        if sort.coding == Coding::Event && sorted != Err(Unsorted::Duplicate) {
            let (tracks, known) = (&self.tracks, sorted.as_ref().ok());
            self.presses.note(arrival_ns, packet, sort, known, tracks);
        }
        let sorted = match sorted {
            Ok(sorted) => sorted,
            Err(Unsorted::Duplicate) => return,
            Err(Unsorted::OtherClock) => return self.beside(packet),
            Err(Unsorted::Late) => {
                self.stats.late = self.stats.late.saturating_add(1);
                return;
            }
        };
        let silent_ns = arrival_ns.saturating_sub(self.last_ns.unwrap_or(arrival_ns));
        if silent_ns > NS_PER_SECOND {
            self.stats.gaps = self.stats.gaps.saturating_add(1);
        }
        self.last_ns = Some(self.last_ns.unwrap_or(arrival_ns).max(arrival_ns));
        if sorted.is_new_track {
            self.open();
        }
        let place = self
            .runs
            .binary_search_by_key(&sorted.track, |run| run.number)
            .ok();
        let Some(run) = place.and_then(|place| self.runs.get_mut(place)) else {
            // More runs than anybody needs.
            self.stats.discarded = self.stats.discarded.saturating_add(1);
            return;
        };
        run.packets = run.packets.saturating_add(1);
        let counted = Counted {
            ssrc: packet.ssrc,
            number: packet.sequence,
            is_anew: sorted.is_anew,
            begins: run.is_lone().then_some(run.number),
        };
        self.tally.push(Some(sorted.track), counted);
        run.first = run.first.min(sorted.time);
        run.end = run.end.max(sorted.time.saturating_add(sorted.units));
        if let Some(track) = self.tracks.latest() {
            run.opening_ns = track.floor.opening_ns;
        }
        if let Some(estimate) = sorted.estimate {
            run.drift.estimate(arrival_ns, run.anchor_ns(), estimate);
        }
        run.drift.push(arrival_ns, sorted.time, packet, sort);
    }

    /// Takes a sender report of one of the stream's sources, in the order of arrival with its
    /// packets: the wall clock of the sender (RFC 3550 §4) at a timestamp. Reports of all
    /// streams with the same `clock` read the same wall clock.
    pub fn report(&mut self, arrival_ns: i64, ssrc: u32, ntp: u64, timestamp: u32, clock: u32) {
        // Zero is what a sender without a clock says (RFC 3550 §6.4.1).
        if ntp == 0 {
            return;
        }
        if let Some((run, time)) = self.tracks.reported(arrival_ns, ssrc, timestamp) {
            self.reports.push(Reported {
                arrival_ns,
                run,
                time,
                ntp,
                clock,
            });
        }
    }

    /// Counts a packet that has no place of its own.
    fn beside(&mut self, packet: &Packet<'_>) {
        let counted = Counted {
            ssrc: packet.ssrc,
            number: packet.sequence,
            is_anew: false,
            begins: None,
        };
        let stats = &mut self.stats;
        if self.tally.push(None, counted) {
            stats.packets = stats.packets.saturating_add(1);
        } else {
            stats.duplicates = stats.duplicates.saturating_add(1);
        }
    }

    /// The stream is over.
    pub(super) fn finish(mut self) -> Found {
        for track in std::mem::take(&mut self.tracks).into_open() {
            self.close(&track);
        }
        if self.runs.is_empty() {
            self.runs = std::mem::take(&mut self.lone);
            self.runs.sort_by_key(|run| run.number);
            let found = self.runs.len() as u64;
            self.stats.packets = self.stats.packets.saturating_add(found);
            self.stats.discarded = self.stats.discarded.saturating_sub(found);
        }
        let mut stats = self.stats;
        stats.lost = self.tally.lost();
        for (before, run) in self.runs.iter().zip(self.runs.iter().skip(1)) {
            if before.ssrc != run.ssrc {
                stats.ssrc_changes = stats.ssrc_changes.saturating_add(1);
            } else if run.followed().is_none() && before.clock_rate == run.clock_rate {
                stats.jumps = stats.jumps.saturating_add(1);
            }
        }
        for shift in self.runs.iter().flat_map(Run::shifts) {
            stats.drift_corrections = stats.drift_corrections.saturating_add(1);
            stats.drift_samples = stats.drift_samples.saturating_add(shift.by);
        }
        Found {
            runs: self.runs,
            presses: self.presses,
            reports: self.reports,
            stats,
        }
    }

    /// Remembers the run that the latest track begins.
    fn open(&mut self) {
        let closed: Vec<Track> = self.tracks.closed().collect();
        for track in &closed {
            self.close(track);
        }
        if self.runs.len() >= RUNS_MAX.saturating_add(SOURCES_MAX) {
            return;
        }
        let Some(track) = self.tracks.latest() else {
            return;
        };
        let run_of = |track: &Track| {
            let place = self
                .runs
                .binary_search_by_key(&track.number, |run| run.number)
                .ok()?;
            self.runs.get(place)
        };
        let after = self.tracks.before_latest().and_then(run_of);
        let before = self.tracks.before_latest_of_source();
        let expected = before
            .filter(|before| before.clock_rate == track.clock_rate)
            .and_then(|before| run_of(before).map(|run| (run, before)))
            .map(|(run, before)| {
                (
                    run.number,
                    run.expects(before.ns(track.base.saturating_sub(run.base))),
                )
            });
        let run = Run {
            number: track.number,
            ssrc: track.ssrc,
            clock_rate: track.clock_rate,
            base: track.base,
            first: track.base,
            end: track.base,
            packets: 0,
            opening_ns: track.floor.opening_ns,
            expected,
            after: after.map(|run| (run.number, run.end)),
            drift: Drift::new(track.clock_rate),
        };
        self.runs.push(run);
    }

    /// Counts what a track saw, and forgets its run if that was a packet from nowhere.
    fn close(&mut self, track: &Track) {
        let Ok(place) = self
            .runs
            .binary_search_by_key(&track.number, |run| run.number)
        else {
            return;
        };
        if let Some(run) = self.runs.get_mut(place) {
            run.drift.rest();
        }
        let seen = track.sequence.stats();
        let stats = &mut self.stats;
        stats.duplicates = stats.duplicates.saturating_add(seen.duplicates);
        if self.runs.get(place).is_some_and(Run::is_lone) {
            stats.discarded = stats.discarded.saturating_add(1);
            let run = self.runs.remove(place);
            if self.lone.len() < SOURCES_MAX {
                self.lone.push(run);
            }
            return;
        }
        stats.packets = stats.packets.saturating_add(seen.packets);
        stats.reordered = stats.reordered.saturating_add(seen.reordered);
    }
}

impl Run {
    /// The transit time by which the run is placed.
    pub(super) fn anchor_ns(&self) -> i64 {
        match self.expected {
            Some((_, expected_ns)) if self.followed().is_some() => expected_ns,
            _ => self.opening_ns,
        }
    }

    /// The run whose places this one goes on with: the one before it of the same source, if
    /// both agree. That a few packets came late is no evidence against it.
    pub(super) fn followed(&self) -> Option<u64> {
        let (number, late_ns) = self.late()?;
        let few = self.packets < PACKETS_MIN && (0..=JUMP_NS).contains(&late_ns);
        (few || late_ns.saturating_abs() <= TOLERANCE_NS).then_some(number)
    }

    /// Whether it is a single packet that fits nothing before it.
    fn is_lone(&self) -> bool {
        let fits = |(_, late_ns): (u64, i64)| late_ns.saturating_abs() <= JUMP_NS;
        self.packets < 2 && !self.late().is_some_and(fits)
    }

    /// The run before it of the same source, and how much later than that one says it is.
    fn late(&self) -> Option<(u64, i64)> {
        let (number, expected_ns) = self.expected?;
        Some((number, self.opening_ns.saturating_sub(expected_ns)))
    }

    /// The corrections of its drift.
    pub(super) fn shifts(&self) -> Vec<Shift> {
        self.drift.shifts()
    }

    /// When a packet so long after the base is expected.
    fn expects(&self, after_base_ns: i64) -> i64 {
        let anchor_ns = self.anchor_ns().saturating_add(self.drift.total_ns());
        anchor_ns.saturating_add(after_base_ns)
    }
}
