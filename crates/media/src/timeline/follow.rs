//! The second pass: finds the place of each packet again.

use super::track::Tracks;
use super::{Placed, Placement, Shift};
use crate::coding::Sort;
use rtp::Packet;

/// A part of a packet and where it lies: all of it, but where clocks drifted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Piece {
    /// Units of the packet's timestamp before it.
    pub from: usize,
    /// Its length in the same units.
    pub units: usize,
    /// The sample it begins at, counted from sample 0.
    pub at: i64,
}

/// Finds the places of the packets of one stream, given in the order of the first pass.
#[derive(Clone, Debug)]
pub struct Follow<'a> {
    placement: &'a Placement,
    tracks: Tracks,
}

impl<'a> Follow<'a> {
    /// From the beginning of the stream.
    #[must_use]
    pub fn new(placement: &'a Placement) -> Self {
        Self {
            placement,
            tracks: Tracks::default(),
        }
    }

    /// Hands out the parts of a packet that belong into the sound, in order.
    pub fn place(
        &mut self,
        arrival_ns: i64,
        packet: &Packet<'_>,
        sort: Sort,
        piece: impl FnMut(Piece),
    ) {
        let sorted = self.tracks.sort(arrival_ns, packet, sort);
        drop(self.tracks.closed());
        let Ok(sorted) = sorted else { return };
        let runs = &self.placement.runs;
        let run = runs
            .binary_search_by_key(&sorted.track, |run| run.number)
            .ok();
        if let Some(run) = run.and_then(|place| runs.get(place)) {
            run.pieces(sorted.time, sorted.units, self.placement, piece);
        }
    }
}

impl Placed {
    fn pieces(&self, time: i64, units: i64, placement: &Placement, mut piece: impl FnMut(Piece)) {
        let end = time.saturating_add(units);
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
                let at = self.place_shifted(from, total, placement.sample_rate);
                piece(Piece {
                    from: usize::try_from(from.saturating_sub(time)).unwrap_or(usize::MAX),
                    units: usize::try_from(until.saturating_sub(from)).unwrap_or(0),
                    at: at.saturating_sub(placement.start),
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
