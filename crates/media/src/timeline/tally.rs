//! What never came, counted by source: a source goes on counting its packets when the clock of
//! their timestamps changes, and when keys are pressed.

use super::{RUNS_MAX, SOURCES_MAX};
use rtp::sequence::{Arrival, Sequence, WINDOW_PACKETS};

/// Steps ahead that a restart explains better than a loss.
const LOST_MAX: i64 = RUNS_MAX as i64;

/// Steps behind at which copies are not known any more.
const BEHIND_MAX: i64 = -(WINDOW_PACKETS as i64);

/// The sequence numbers of the sources of a stream, the latest heard last.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sources: Vec<Source>,
    /// Of sources that are forgotten.
    lost: u64,
}

#[derive(Debug)]
struct Source {
    ssrc: u32,
    sequence: Option<Sequence>,
    /// The packet a track began with: until another one follows on that track it may be from
    /// nowhere.
    first: Option<(u64, u16)>,
}

/// One packet that is on a track, or would be if its clock were that of the sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) ssrc: u32,
    pub(super) number: u16,
    /// Whether its sender began to count anew.
    pub(super) is_anew: bool,
    /// The track it begins, if nothing else says that it belongs to the stream.
    pub(super) begins: Option<u64>,
}

impl Tally {
    /// Takes the next packet on a track, in the order of arrival. Whether it is not known to be
    /// a second copy.
    pub(super) fn push(&mut self, track: Option<u64>, packet: Counted) -> bool {
        let mut source = self.take(packet.ssrc);
        let is_fresh = source.push(track, packet);
        self.sources.push(source);
        is_fresh
    }

    /// Packets that never came.
    pub(super) fn lost(&self) -> u64 {
        let lost = self.sources.iter().map(Source::lost);
        lost.fold(self.lost, u64::saturating_add)
    }

    /// Takes a source out, to be put back as the latest one.
    fn take(&mut self, ssrc: u32) -> Source {
        let known = self.sources.iter().rposition(|source| source.ssrc == ssrc);
        if let Some(place) = known {
            return self.sources.remove(place);
        }
        if self.sources.len() >= SOURCES_MAX {
            let forgotten = self.sources.remove(0);
            self.lost = self.lost.saturating_add(forgotten.lost());
        }
        Source {
            ssrc,
            sequence: None,
            first: None,
        }
    }
}

impl Source {
    fn push(&mut self, track: Option<u64>, packet: Counted) -> bool {
        if let Some(track) = packet.begins {
            self.first = Some((track, packet.number));
            return true;
        }
        if let Some((_, number)) = self.first.take_if(|(begun, _)| Some(*begun) == track) {
            self.count(number, false);
        }
        self.count(packet.number, packet.is_anew)
    }

    fn count(&mut self, number: u16, is_anew: bool) -> bool {
        let Some(sequence) = &mut self.sequence else {
            self.sequence = Some(Sequence::new(number));
            return true;
        };
        let step = sequence.distance(number);
        let is_far = step <= BEHIND_MAX || step >= LOST_MAX;
        if is_anew || is_far {
            sequence.restart(number);
            return true;
        }
        sequence.push(number) != Arrival::Duplicate
    }

    fn lost(&self) -> u64 {
        self.sequence
            .as_ref()
            .map_or(0, |sequence| sequence.stats().lost)
    }
}
