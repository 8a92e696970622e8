//! Makes good what two clocks drift apart, where nobody hears it.

use super::track::Estimate;
use super::{NS_PER_SECOND, PACKETS_MIN, Shift, TOLERANCE_NS, scaled};
use crate::codec::Decoder;
use crate::coding::Sort;
use rtp::Packet;
use std::collections::BTreeMap;

/// How long silence is looked for.
const PATIENCE_NS: i64 = 60 * NS_PER_SECOND;
/// How long a packet may be missing before it counts as lost.
const REORDER_NS: i64 = 2 * NS_PER_SECOND;
/// Mean square of a block that is taken for silence: 54 dB below full scale.
const SILENCE_ENERGY: u64 = 64 * 64;
/// Blocks a second.
const BLOCKS_PER_SECOND: u32 = 50;

/// The drift of one run.
#[derive(Debug)]
pub(super) struct Drift {
    clock_rate: u32,
    /// Sorted by timestamp; their totals are not yet summed up.
    shifts: Vec<Shift>,
    /// Units inserted less units left out.
    total: i64,
    /// What the last window said, before any correction.
    last_ns: Option<i64>,
    pending: Option<Pending>,
}

/// A correction that waits for silence.
#[derive(Debug)]
struct Pending {
    /// Units to insert, or, negative, to leave out.
    by: i64,
    since_ns: i64,
    /// Up to where the run has been looked through.
    edge: Option<i64>,
    quietest: Option<Block>,
    /// Hears how loud packets are, from the first one it is asked about on and in the order in
    /// which they came: near enough to know silence.
    ear: Option<Decoder>,
    /// Packets that came so lately that others may still come before them, by timestamp.
    held: BTreeMap<i64, Held>,
}

#[derive(Clone, Debug)]
struct Held {
    arrival_ns: i64,
    /// Blocks of at most 20 ms: length and energy.
    blocks: Vec<(i64, u64)>,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    time: i64,
    units: i64,
    energy: u64,
}

impl Drift {
    pub(super) fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate,
            shifts: Vec::new(),
            total: 0,
            last_ns: None,
            pending: None,
        }
    }

    /// Time inserted less time left out so far.
    pub(super) fn total_ns(&self) -> i64 {
        self.total
            .saturating_mul(NS_PER_SECOND)
            .checked_div(i64::from(self.clock_rate))
            .unwrap_or(0)
    }

    /// Takes what a window said of the least transit time; `anchor_ns` is what the run was
    /// placed by.
    pub(super) fn estimate(&mut self, now_ns: i64, anchor_ns: i64, estimate: Estimate) {
        if u64::from(estimate.packets) < PACKETS_MIN {
            return;
        }
        let moved_ns = estimate.least_ns.saturating_sub(anchor_ns);
        let Some(last_ns) = self.last_ns.replace(moved_ns) else {
            return;
        };
        let (one, two) = (
            moved_ns.saturating_sub(self.total_ns()),
            last_ns.saturating_sub(self.total_ns()),
        );
        let agreed_ns = match (one.signum(), two.signum()) {
            (1, 1) => one.min(two),
            (-1, -1) => one.max(two),
            _ => 0,
        };
        if agreed_ns.saturating_abs() > TOLERANCE_NS {
            let by = scaled(agreed_ns, self.clock_rate, NS_PER_SECOND);
            let fresh = || Pending {
                by,
                since_ns: now_ns,
                edge: None,
                quietest: None,
                ear: None,
                held: BTreeMap::new(),
            };
            self.pending.get_or_insert_with(fresh).by = by;
        }
    }

    /// Looks at a packet, if a correction is waiting for silence.
    pub(super) fn push(&mut self, now_ns: i64, time: i64, packet: &Packet<'_>, sort: Sort) {
        let Some(pending) = &mut self.pending else {
            return;
        };
        if let Some(blocks) = pending.blocks(packet.payload, sort) {
            pending.held.insert(
                time,
                Held {
                    arrival_ns: now_ns,
                    blocks,
                },
            );
        }
        let shifts = &mut self.shifts;
        let total = &mut self.total;
        let mut apply = |shift: Shift| {
            let place = shifts.partition_point(|known| known.at <= shift.at);
            shifts.insert(place, shift);
            *total = total.saturating_add(shift.by);
        };
        while let Some((time, held)) = pending.next(now_ns) {
            pending.look(time, &held, &mut apply);
        }
        pending.lose_patience(now_ns, self.clock_rate, &mut apply);
        if pending.by == 0 {
            self.pending = None;
        }
    }

    /// No more packets come.
    pub(super) fn rest(&mut self) {
        self.pending = None;
    }

    /// The shifts with their sums.
    pub(super) fn shifts(&self) -> Vec<Shift> {
        let mut total = 0_i64;
        let summed = self.shifts.iter().map(|shift| {
            total = total.saturating_add(shift.by);
            Shift { total, ..*shift }
        });
        summed.collect()
    }
}

impl Pending {
    /// How loud a packet is, in blocks of 20 ms; `None` for what is no sound.
    fn blocks(&mut self, payload: &[u8], sort: Sort) -> Option<Vec<(i64, u64)>> {
        let rate = sort.sample_rate()?;
        let ear = self.ear.take().filter(|ear| ear.sort() == sort);
        let ear = self.ear.insert(ear.unwrap_or_else(|| Decoder::new(sort)));
        let mut sound = Vec::new();
        ear.decode(payload, &mut sound);
        let block = usize::try_from(rate / BLOCKS_PER_SECOND).unwrap_or(160);
        let blocks = sound.chunks(block.max(1)).map(|block| {
            let units = scaled(block.len() as i64, sort.clock_rate, rate.into());
            (units, energy(block))
        });
        Some(blocks.collect())
    }

    fn next(&mut self, now_ns: i64) -> Option<(i64, Held)> {
        let first = self.held.first_entry()?;
        let waited_ns = now_ns.saturating_sub(first.get().arrival_ns);
        (waited_ns >= REORDER_NS).then(|| first.remove_entry())
    }

    fn look(&mut self, time: i64, held: &Held, apply: &mut impl FnMut(Shift)) {
        if self.edge.is_some_and(|edge| time < edge) {
            return;
        }
        let missing = time.saturating_sub(self.edge.unwrap_or(time));
        if missing > 0 {
            self.correct(time, missing, apply);
        }
        let mut from = time;
        for &(units, energy) in &held.blocks {
            let end = from.saturating_add(units);
            if energy <= SILENCE_ENERGY && self.by != 0 {
                self.correct(end, units, apply);
            } else if self
                .quietest
                .is_none_or(|quietest| energy < quietest.energy)
            {
                self.quietest = Some(Block {
                    time: from,
                    units,
                    energy,
                });
            }
            from = end;
        }
        self.edge = Some(from);
    }

    /// Corrects as much as `room` units of silence before `end` allow.
    fn correct(&mut self, end: i64, room: i64, apply: &mut impl FnMut(Shift)) {
        let by = self.by.max(room.saturating_neg());
        if by != 0 {
            // What is left out ends where the silence ends; what is inserted stands there too.
            apply(Shift {
                at: end,
                by,
                total: 0,
            });
            self.by = self.by.saturating_sub(by);
        }
    }

    fn lose_patience(&mut self, now_ns: i64, clock_rate: u32, apply: &mut impl FnMut(Shift)) {
        if self.by == 0 || now_ns.saturating_sub(self.since_ns) < PATIENCE_NS {
            return;
        }
        if let Some(block) = self.quietest.take() {
            self.correct(block.time.saturating_add(block.units), block.units, apply);
        }
        self.since_ns = now_ns;
        if self.by.saturating_abs() <= scaled(TOLERANCE_NS, clock_rate, NS_PER_SECOND) {
            // What is left would not have been worth a cut.
            self.by = 0;
        }
    }
}

/// The mean square of the samples; 0 for none.
fn energy(samples: &[i16]) -> u64 {
    let square = |&sample: &i16| {
        i64::from(sample)
            .saturating_mul(sample.into())
            .unsigned_abs()
    };
    let sum = samples.iter().map(square).fold(0, u64::saturating_add);
    sum.checked_div(samples.len() as u64).unwrap_or(0)
}
