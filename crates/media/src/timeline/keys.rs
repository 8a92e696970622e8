//! Key presses: each once, however often its packets are repeated (RFC 4733).

use super::track::{Sorted, Tracks};
use super::{NS_PER_SECOND, Placed, TOLERANCE_NS, scaled};
use crate::coding::Sort;
use rtp::Packet;

/// Presses of a stream that are remembered.
const PRESSES_MAX: usize = 10_000;
/// How many presses back a repeated packet may belong to.
const REPEATS_BACK: usize = 32;
/// A press so long goes on in a next one (RFC 4733 §2.5.1.3).
const SEGMENT_UNITS: i64 = 0xff00;
/// The last event that is a key: 0 to 9, star, pound, A to D, and the hook (RFC 4733 §3.2).
const KEY_LAST: u8 = 16;

/// A key that was pressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Key {
    /// Its event code.
    pub code: u8,
    /// The sample of the recording at which it was pressed.
    pub from: u64,
    /// The sample at which it was let go.
    pub to: u64,
}

impl Key {
    /// What stands on the key; `flash` for the hook.
    #[must_use]
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 17] = [
            "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D", "flash",
        ];
        NAMES.get(usize::from(self.code)).copied().unwrap_or("?")
    }
}

/// The presses of one stream.
#[derive(Debug, Default)]
pub(super) struct Presses(Vec<Press>);

#[derive(Debug)]
struct Press {
    code: u8,
    ssrc: u32,
    timestamp: u32,
    clock_rate: u32,
    units: i64,
    /// A track and its timestamp there: its own, or that of the sound beside it.
    track: Option<(u64, i64)>,
    is_on_track: bool,
    /// When it began, by the packet that says so most early.
    began_ns: i64,
}

impl Presses {
    /// Notes what a packet of events says.
    pub(super) fn note(
        &mut self,
        arrival_ns: i64,
        packet: &Packet<'_>,
        sort: Sort,
        sorted: Option<&Sorted>,
        tracks: &Tracks,
    ) {
        let [code @ 0..=KEY_LAST, _, high, low, ..] = *packet.payload else {
            return;
        };
        let claimed = i64::from(u16::from_be_bytes([high, low]));
        let units = sorted.map_or(claimed, |sorted| sorted.units);
        let lasted_ns = scaled(units, NS_PER_SECOND as u32, sort.clock_rate.into());
        // Sound lies where its first sample would have arrived by itself: a packet later than
        // it was taken.
        let began_ns = arrival_ns
            .saturating_sub(lasted_ns)
            .saturating_add(TOLERANCE_NS);
        let same = |press: &&mut Press| (press.ssrc, press.code) == (packet.ssrc, code);
        let mut lately = self.0.iter_mut().rev().take(REPEATS_BACK).filter(same);
        let known = lately.find_map(|press| {
            let ahead = packet.timestamp.wrapping_sub(press.timestamp);
            let goes_on = press.units >= SEGMENT_UNITS && i64::from(ahead) == press.units;
            match ahead {
                0 => Some((press, 0)),
                // Packets of an earlier part may still be repeated.
                _ if goes_on || i64::from(ahead) < press.units => Some((press, ahead.into())),
                _ => None,
            }
        });
        if let Some((press, before)) = known {
            press.units = press.units.max(units.saturating_add(before));
            if before == 0 && began_ns < press.began_ns {
                press.began_ns = began_ns;
                if !press.is_on_track {
                    press.track = tracks.beside(began_ns, packet);
                }
            }
        } else if self.0.len() < PRESSES_MAX {
            self.0.push(Press {
                code,
                ssrc: packet.ssrc,
                timestamp: packet.timestamp,
                clock_rate: sort.clock_rate,
                units,
                track: sorted.map_or_else(
                    || tracks.beside(began_ns, packet),
                    |sorted| Some((sorted.track, sorted.time)),
                ),
                is_on_track: sorted.is_some(),
                began_ns,
            });
        }
    }

    /// The presses with their places, in order; `start` is the place of sample 0, `samples` the
    /// length of the recording.
    pub(super) fn place(
        &self,
        runs: &[Placed],
        sample_rate: u32,
        start: i64,
        samples: u64,
    ) -> Vec<Key> {
        let inside = |place: i64| {
            let place = place.saturating_sub(start);
            u64::try_from(place).unwrap_or(0).min(samples)
        };
        let place = |press: &Press| {
            let on_track = press.track.and_then(|(track, time)| {
                let number = runs.binary_search_by_key(&track, |run| run.number).ok()?;
                Some(runs.get(number)?.place(time, sample_rate))
            });
            let by_arrival = || scaled(press.began_ns, sample_rate, NS_PER_SECOND);
            let from = on_track.unwrap_or_else(by_arrival);
            // A press whose end was lost has lasted as long as was heard of it.
            let length = scaled(press.units, sample_rate, press.clock_rate.into());
            let least = scaled(TOLERANCE_NS, sample_rate, NS_PER_SECOND);
            Key {
                code: press.code,
                from: inside(from),
                to: inside(from.saturating_add(length.max(least))),
            }
        };
        let mut keys: Vec<Key> = self.0.iter().map(place).collect();
        keys.sort_by_key(|key| (key.from, key.to));
        keys
    }
}
