//! Which run of timestamps a packet belongs to, decided from what came before it.
//!
//! The same packets in the same order are sorted in the same way, so that the second pass
//! finds again what the first one decided.

use super::{
    JUMP_NS, LATE_NS, NS_PER_SECOND, OPENING_NS, OPENING_SLACK_NS, PACKETS_MIN, PAUSE_NS,
    SOURCES_MAX, TRACKS_MAX, WINDOW_NS, scaled,
};
use crate::coding::{Coding, Sort};
use rtp::Packet;
use rtp::sequence::{self, Arrival, Sequence};

/// Steps in the sequence number that a restart explains better than a loss.
const DROPOUT_PACKETS: i64 = 3_000;

/// How far from its arrival a key may lie whose timestamp is that of the sound.
const BESIDE_NS: i64 = NS_PER_SECOND / 5;

/// A run of timestamps of one source that agrees with the arrival of its packets.
#[derive(Clone, Debug)]
pub(super) struct Track {
    /// Counts the runs of a stream, in order of their first packet.
    pub(super) number: u64,
    pub(super) ssrc: u32,
    pub(super) clock_rate: u32,
    /// The timestamp of its first packet, made to run on.
    pub(super) base: i64,
    /// The greatest timestamp so far.
    newest: i64,
    /// When its last packet came.
    last_ns: i64,
    pub(super) sequence: Sequence,
    pub(super) floor: Floor,
}

/// The least transit time of a track: the arrival of a packet less the time its timestamp
/// says, counted from the track's base. What is above it waited on the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    opened_ns: i64,
    /// Transit of the first packet.
    first_ns: i64,
    /// The first estimate.
    pub(super) opening_ns: i64,
    /// The estimate in force: the first one, later that of the last window.
    estimate_ns: i64,
    packets: u64,
    window_from_ns: i64,
    window_least_ns: i64,
    window_packets: u32,
}

/// An estimate made from a whole window.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Estimate {
    pub(super) least_ns: i64,
    pub(super) packets: u32,
}

/// Where a packet belongs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Sorted {
    /// Number of its track.
    pub(super) track: u64,
    /// Its timestamp, made to run on.
    pub(super) time: i64,
    /// How much of the time line it takes, in units of its timestamp.
    pub(super) units: i64,
    pub(super) is_new_track: bool,
    /// Whether its sender began to count packets anew.
    pub(super) is_anew: bool,
    /// A window that ended before this packet.
    pub(super) estimate: Option<Estimate>,
}

/// Why a packet is nowhere on the time line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unsorted {
    /// A second copy.
    Duplicate,
    /// So late that a copy could not be told from it.
    Late,
    /// A key press or comfort noise whose clock is not that of the sound: it says nothing of
    /// where the sound is.
    OtherClock,
}

/// What to do with a packet that fits a track.
enum Fit {
    Now,
    Late,
}

/// The tracks of a stream that may still get packets, the latest used last.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracks {
    tracks: Vec<Track>,
    opened: u64,
    closed: Vec<Track>,
}

impl Tracks {
    /// Sorts the next packet, in order of arrival.
    pub(super) fn sort(
        &mut self,
        arrival_ns: i64,
        packet: &Packet<'_>,
        sort: Sort,
    ) -> Result<Sorted, Unsorted> {
        let fitting = self
            .tracks
            .iter()
            .enumerate()
            .rev()
            .find_map(|(place, track)| {
                if track.ssrc != packet.ssrc || track.clock_rate != sort.clock_rate {
                    return None;
                }
                track.fit(arrival_ns, packet).map(|fit| (place, fit))
            });
        let Some((place, fit)) = fitting else {
            let known = self.latest_of(packet.ssrc);
            if matches!(sort.coding, Coding::Event | Coding::Comfort)
                && known.is_some_and(|track| track.clock_rate != sort.clock_rate)
            {
                return Err(Unsorted::OtherClock);
            }
            return Ok(self.open(arrival_ns, packet, sort));
        };
        // The latest used moves to the end, where it is found first and closed last.
        if let Some(range) = self.tracks.get_mut(place..) {
            range.rotate_left(1);
        }
        let track = self.tracks.last_mut().ok_or(Unsorted::Late)?;
        track.take(arrival_ns, packet, sort, &fit)
    }

    /// The track that was used last.
    pub(super) fn latest(&self) -> Option<&Track> {
        self.tracks.last()
    }

    /// The track that was used before the latest one.
    pub(super) fn before_latest(&self) -> Option<&Track> {
        self.tracks.iter().rev().nth(1)
    }

    /// The track of the same source that was used before the latest one.
    pub(super) fn before_latest_of_source(&self) -> Option<&Track> {
        let (latest, before) = self.tracks.split_last()?;
        before.iter().rev().find(|track| track.ssrc == latest.ssrc)
    }

    /// The track in use of a source, and a timestamp of a report on it; `None` when that is not
    /// the instant at which the report was sent.
    pub(super) fn reported(
        &self,
        arrival_ns: i64,
        ssrc: u32,
        timestamp: u32,
    ) -> Option<(u64, i64)> {
        let track = self.latest_of(ssrc)?;
        let time = sequence::extend32(track.newest, timestamp);
        let transit_ns = track.transit_ns(arrival_ns, time);
        let late_ns = transit_ns.saturating_sub(track.floor.estimate_ns);
        (-JUMP_NS..=JUMP_NS)
            .contains(&late_ns)
            .then_some((track.number, time))
    }

    /// Where in the sound of its source a key was pressed whose clock is another one: where its
    /// timestamp says, counted as those of the sound are, if it arrived so; else beside what
    /// arrived when it was pressed.
    pub(super) fn beside(&self, began_ns: i64, packet: &Packet<'_>) -> Option<(u64, i64)> {
        let track = self.latest_of(packet.ssrc)?;
        let time = track.time(packet);
        let late_ns = track
            .transit_ns(began_ns, time)
            .saturating_sub(track.floor.estimate_ns);
        if late_ns.saturating_abs() <= BESIDE_NS {
            return Some((track.number, time));
        }
        let after_base_ns = began_ns.saturating_sub(track.floor.estimate_ns);
        let units = scaled(after_base_ns, track.clock_rate, NS_PER_SECOND);
        Some((track.number, track.base.saturating_add(units)))
    }

    /// Tracks that get no more packets, each once.
    pub(super) fn closed(&mut self) -> std::vec::Drain<'_, Track> {
        self.closed.drain(..)
    }

    /// All tracks that may still get packets.
    pub(super) fn into_open(self) -> Vec<Track> {
        self.tracks
    }

    fn latest_of(&self, ssrc: u32) -> Option<&Track> {
        self.tracks.iter().rev().find(|track| track.ssrc == ssrc)
    }

    fn open(&mut self, arrival_ns: i64, packet: &Packet<'_>, sort: Sort) -> Sorted {
        let before = self.latest_of(packet.ssrc);
        let near = before.map_or_else(|| packet.timestamp.into(), |track| track.newest);
        let time = sequence::extend32(near, packet.timestamp);
        let track = Track {
            number: self.opened,
            ssrc: packet.ssrc,
            clock_rate: sort.clock_rate,
            base: time,
            newest: time,
            last_ns: arrival_ns,
            sequence: Sequence::new(packet.sequence),
            floor: Floor::new(arrival_ns),
        };
        self.opened = self.opened.saturating_add(1);
        let number = track.number;
        let units = track.units(arrival_ns, time, packet, sort);
        self.tracks.push(track);
        self.close_surplus(packet.ssrc);
        Sorted {
            track: number,
            time,
            units,
            is_new_track: true,
            is_anew: false,
            estimate: None,
        }
    }

    fn close_surplus(&mut self, ssrc: u32) {
        let of_source = self
            .tracks
            .iter()
            .filter(|track| track.ssrc == ssrc)
            .count();
        let surplus = if of_source > TRACKS_MAX {
            self.tracks.iter().position(|track| track.ssrc == ssrc)
        } else {
            (self.tracks.len() > SOURCES_MAX).then_some(0)
        };
        if let Some(place) = surplus {
            self.closed.push(self.tracks.remove(place));
        }
    }
}

impl Track {
    /// Time between two timestamps, in nanoseconds.
    pub(super) fn ns(&self, units: i64) -> i64 {
        let rate = i64::from(self.clock_rate.max(1));
        units
            .saturating_mul(NS_PER_SECOND)
            .checked_div(rate)
            .unwrap_or(0)
    }

    fn time(&self, packet: &Packet<'_>) -> i64 {
        sequence::extend32(self.newest, packet.timestamp)
    }

    fn transit_ns(&self, arrival_ns: i64, time: i64) -> i64 {
        arrival_ns.saturating_sub(self.ns(time.saturating_sub(self.base)))
    }

    fn fit(&self, arrival_ns: i64, packet: &Packet<'_>) -> Option<Fit> {
        if arrival_ns.saturating_sub(self.last_ns) > PAUSE_NS {
            // Clocks drift unseen in a long pause: where it goes on, arrival is asked anew.
            return None;
        }
        let transit_ns = self.transit_ns(arrival_ns, self.time(packet));
        let late_ns = transit_ns.saturating_sub(self.floor.estimate_ns);
        if (-JUMP_NS..=JUMP_NS).contains(&late_ns) {
            // A long burst may not pull the beginning of a track back without end.
            let opening_ns = self.floor.first_ns.saturating_sub(OPENING_SLACK_NS);
            return (!self.floor.is_open(arrival_ns) || transit_ns >= opening_ns)
                .then_some(Fit::Now);
        }
        let behind = self.sequence.distance(packet.sequence) <= 0;
        (behind && late_ns > 0 && late_ns <= LATE_NS).then_some(Fit::Late)
    }

    fn take(
        &mut self,
        arrival_ns: i64,
        packet: &Packet<'_>,
        sort: Sort,
        fit: &Fit,
    ) -> Result<Sorted, Unsorted> {
        let time = self.time(packet);
        let ahead = time.saturating_sub(self.newest);
        let step = self.sequence.distance(packet.sequence);
        let jumped = step > DROPOUT_PACKETS && ahead < i64::from(self.clock_rate);
        let behind_yet_newer = step <= 0 && ahead > 0 && matches!(fit, Fit::Now);
        if jumped || behind_yet_newer {
            self.sequence.restart(packet.sequence);
        } else {
            match self.sequence.push(packet.sequence) {
                Arrival::New | Arrival::Reordered => {}
                Arrival::Duplicate => return Err(Unsorted::Duplicate),
                Arrival::TooOld => return Err(Unsorted::Late),
            }
        }
        let transit_ns = self.transit_ns(arrival_ns, time);
        let estimate = self.floor.push(arrival_ns, transit_ns);
        self.newest = self.newest.max(time);
        self.last_ns = self.last_ns.max(arrival_ns);
        let units = self.units(arrival_ns, time, packet, sort);
        let track = self.number;
        Ok(Sorted {
            track,
            time,
            units,
            is_new_track: false,
            is_anew: jumped || behind_yet_newer,
            estimate,
        })
    }

    /// A key press says how long it has lasted; more than what has gone by since then is not
    /// believed.
    fn units(&self, arrival_ns: i64, time: i64, packet: &Packet<'_>, sort: Sort) -> i64 {
        let units = sort.units(packet);
        if sort.coding != Coding::Event {
            return units;
        }
        let rate = i64::from(self.clock_rate);
        let since_ns = self
            .transit_ns(arrival_ns, time)
            .saturating_sub(self.floor.estimate_ns);
        let since = since_ns
            .max(0)
            .saturating_mul(rate)
            .checked_div(NS_PER_SECOND)
            .unwrap_or(0);
        units.min(since.saturating_add(rate.checked_div(50).unwrap_or(0)))
    }
}

impl Floor {
    fn new(arrival_ns: i64) -> Self {
        Self {
            opened_ns: arrival_ns,
            first_ns: arrival_ns,
            opening_ns: arrival_ns,
            estimate_ns: arrival_ns,
            packets: 1,
            window_from_ns: arrival_ns,
            window_least_ns: arrival_ns,
            window_packets: 1,
        }
    }

    /// Whether the first estimate may still change: for two seconds, and longer when too few
    /// packets came in them.
    fn is_open(&self, arrival_ns: i64) -> bool {
        let open_ns = arrival_ns.saturating_sub(self.opened_ns);
        open_ns <= OPENING_NS || self.packets < PACKETS_MIN
    }

    fn push(&mut self, arrival_ns: i64, transit_ns: i64) -> Option<Estimate> {
        let mut ended = None;
        if arrival_ns.saturating_sub(self.window_from_ns) >= WINDOW_NS {
            let (least_ns, packets) = (self.window_least_ns, self.window_packets);
            ended = Some(Estimate { least_ns, packets });
            self.estimate_ns = least_ns;
            self.window_from_ns = arrival_ns;
            self.window_least_ns = transit_ns;
            self.window_packets = 0;
        }
        self.window_least_ns = self.window_least_ns.min(transit_ns);
        self.window_packets = self.window_packets.saturating_add(1);
        if self.is_open(arrival_ns) {
            self.opening_ns = self.opening_ns.min(transit_ns);
            self.estimate_ns = self.estimate_ns.min(transit_ns);
        }
        self.packets = self.packets.saturating_add(1);
        ended
    }
}
