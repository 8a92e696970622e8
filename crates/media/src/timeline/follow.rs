//! The second pass: finds the place of each packet again.

use super::track::Tracks;
use super::{Placed, Placement, Shift, scaled};
use crate::coding::Sort;
use crate::mix::Sound;
use rtp::Packet;
use std::io;

/// Where a packet belongs: a stretch of the timestamps of its track.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Spot {
    pub(crate) track: u64,
    /// The timestamp of the packet, made to run on.
    pub(crate) time: i64,
    /// Its length, in units of timestamps.
    pub(crate) units: i64,
}

impl Spot {
    /// The stretch of so many samples just before it.
    pub(crate) fn before(self, samples: usize, sample_rate: u32, sort: Sort) -> Self {
        let samples = i64::try_from(samples).unwrap_or(i64::MAX);
        let units = scaled(samples, sort.clock_rate, sample_rate.into());
        Self {
            time: self.time.saturating_sub(units),
            units,
            ..self
        }
    }
}

/// A part of a packet and where it lies: all of it, but where clocks drifted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Piece {
    /// Samples of the packet before it.
    from: i64,
    /// The sample of the packet behind it.
    until: i64,
    /// The sample it begins at, counted from sample 0.
    at: i64,
}

/// Finds the places of the packets of one stream, given in the order of the first pass.
#[derive(Clone, Debug)]
pub(crate) struct Follow<'a> {
    placement: &'a Placement,
    tracks: Tracks,
}

impl<'a> Follow<'a> {
    /// From the beginning of the stream.
    pub(crate) fn new(placement: &'a Placement) -> Self {
        Self {
            placement,
            tracks: Tracks::default(),
        }
    }

    /// Where a packet belongs, unless it is left out.
    pub(crate) fn place(
        &mut self,
        arrival_ns: i64,
        packet: &Packet<'_>,
        sort: Sort,
    ) -> Option<Spot> {
        let sorted = self.tracks.sort(arrival_ns, packet, sort);
        drop(self.tracks.closed());
        let sorted = sorted.ok()?;
        self.placement.run(sorted.track)?;
        Some(Spot {
            track: sorted.track,
            time: sorted.time,
            units: sorted.units,
        })
    }
}

impl Placement {
    /// Hands out the parts of decoded sound that belong into the recording, in order.
    pub(crate) fn put(
        &self,
        spot: Spot,
        sample_rate: u32,
        samples: &[i16],
        put: &mut impl FnMut(Sound<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(run) = self.run(spot.track) else {
            return Ok(());
        };
        let mut outcome = Ok(());
        run.pieces(spot, sample_rate, self, |piece| {
            let place = |sample: i64| usize::try_from(sample).unwrap_or(0).min(samples.len());
            let part = samples.get(place(piece.from)..place(piece.until));
            let sound = Sound {
                sample_rate,
                at: piece.at,
                samples: part.unwrap_or_default(),
            };
            if outcome.is_ok() && !sound.samples.is_empty() {
                outcome = put(sound);
            }
        });
        outcome
    }

    fn run(&self, track: u64) -> Option<&Placed> {
        let place = self.runs.binary_search_by_key(&track, |run| run.number);
        self.runs.get(place.ok()?)
    }
}

impl Placed {
    /// The sample a timestamp lies on at any rate, counted from sample 0. Where the rate is not
    /// that of the recording, the run begins on a whole sample of it all the same, so that its
    /// packets follow each other without a seam.
    fn place_at(&self, time: i64, shift: i64, sample_rate: u32, placement: &Placement) -> i64 {
        let begin = self.place.saturating_sub(placement.start);
        let begin = scaled(begin, sample_rate, placement.sample_rate.into());
        let units = time.saturating_sub(self.base).saturating_add(shift);
        begin.saturating_add(scaled(units, sample_rate, self.clock_rate.into()))
    }

    fn pieces(
        &self,
        spot: Spot,
        sample_rate: u32,
        placement: &Placement,
        mut piece: impl FnMut(Piece),
    ) {
        let time = spot.time;
        let end = time.saturating_add(spot.units);
        let sample = |time_in: i64| {
            let units = time_in.saturating_sub(time);
            scaled(units, sample_rate, self.clock_rate.into())
        };
        let before = self.shifts.partition_point(|shift| shift.at <= time);
        let mut shift = before.checked_sub(1).and_then(|last| self.shifts.get(last));
        let mut later = self.shifts.get(before..).unwrap_or_default().iter();
        let mut from = time;
        loop {
            let next = later
                .next()
                .filter(|next| next.at < end || next.left_out_from() < end);
            let until = next.map_or(end, |next| next.left_out_from().clamp(from, end));
            if until > from {
                let total = shift.map_or(0, |shift| shift.total);
                piece(Piece {
                    from: sample(from),
                    until: sample(until),
                    at: self.place_at(from, total, sample_rate, placement),
                });
            }
            let Some(next) = next.filter(|next| next.at < end) else {
                return;
            };
            from = from.max(next.at);
            shift = Some(next);
        }
    }
}

impl Shift {
    /// The first timestamp that is left out; that of the shift when nothing is.
    fn left_out_from(&self) -> i64 {
        self.at.saturating_add(self.by.min(0))
    }
}
