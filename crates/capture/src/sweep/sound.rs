//! What of a call's packets is kept: the instants at which sound begins and ends to be kept,
//! and everything that came since the last sweep, in order with what happened between.
//!
//! Only arrival times decide. A packet waits in its socket for up to a sweep, so that the time
//! at which it is read says nothing.

use journal::{Entry, Mark, Packet, PacketsBuilder, Position, Why};
use model::{RecordingId, SessionId};

/// Told when what it was given with is written, on the sweep thread.
pub(crate) type Done = Box<dyn FnOnce(Result<Position, journal::Error>) + Send>;

/// A time in which nothing is kept: from here, to here if it has ended.
pub(super) type Off = (u64, Option<u64>);

/// What happens to a call at an instant between its packets.
pub(crate) struct Turn {
    pub(crate) session: SessionId,
    pub(crate) at_ns: u64,
    /// Whether sound is kept from here on; `None`: as before.
    pub(crate) on: Option<bool>,
    pub(crate) deeds: Vec<Deed>,
    pub(crate) done: Option<Done>,
}

/// An entry of a turn.
pub(crate) enum Deed {
    Began {
        recording: RecordingId,
        communication_session: String,
    },
    Ended {
        recording: RecordingId,
        why: Why,
    },
    Marked {
        what: Mark,
        who: String,
    },
}

impl Deed {
    fn entry(&self) -> Entry<'_> {
        match self {
            Self::Began {
                recording,
                communication_session,
            } => Entry::Began {
                recording: *recording,
                communication_session,
            },
            Self::Ended { recording, why } => Entry::Ended {
                recording: *recording,
                why: *why,
            },
            Self::Marked { what, who } => Entry::Mark {
                what: *what,
                stream: None,
                who,
                text: "",
            },
        }
    }
}

/// Packets since the last sweep, and how many bytes they are.
#[derive(Default)]
struct Gathered {
    builder: PacketsBuilder,
    bytes: usize,
}

/// More memory than this is not kept for the next call: some 14 seconds of a call in G.711.
const SPARE_BYTES_MAX: usize = 256 << 10;
/// So many are kept: about as many calls in G.711 as one batch has. Each turn leaves one more
/// behind than the call took.
const SPARES_MAX: usize = 128;

/// Memory for packets that no call needs now. The call that is read next takes what was written
/// last: so all calls of a sweep go through the same few pages, and what is read from a socket is
/// still in the processor's cache when it is summed up and written.
#[derive(Default)]
pub(super) struct Spare(Vec<PacketsBuilder>);

impl Spare {
    fn give(&mut self, mut builder: PacketsBuilder) {
        if builder.capacity() <= SPARE_BYTES_MAX && self.0.len() < SPARES_MAX {
            builder.clear();
            self.0.push(builder);
        }
    }
}

/// The sound of one call.
#[derive(Default)]
pub(super) struct Sound {
    /// Packets before the first turn, between the turns, after the last.
    parts: Vec<Gathered>,
    turns: Vec<Turn>,
    /// Nothing is recorded.
    off: Vec<Off>,
    /// Somebody paused.
    paused: Vec<Off>,
    /// Whether any packet came, kept or not.
    pub(super) heard: bool,
}

impl Sound {
    /// Takes memory for what comes next, unless it has some.
    pub(super) fn prepare(&mut self, spare: &mut Spare) {
        if self.parts.is_empty() {
            let builder = spare.0.pop().unwrap_or_default();
            self.parts.push(Gathered { builder, bytes: 0 });
        }
    }

    /// Gives memory back when there is nothing in it.
    pub(super) fn rest(&mut self, spare: &mut Spare) {
        if self.is_empty() {
            self.clear(spare);
        }
    }

    fn clear(&mut self, spare: &mut Spare) {
        let parts = self.parts.drain(..);
        parts.for_each(|part| spare.give(part.builder));
    }

    /// Takes a packet that came in, unless it is one to be dropped. `pauses` are its stream's.
    pub(super) fn take(&mut self, packet: Packet<'_>, pauses: &[Off]) -> bool {
        self.heard = true;
        let at_ns = packet.arrival_ns;
        let dropped = match packet.rtcp {
            true => is_off(&self.off, at_ns),
            false => self.is_silent(pauses, at_ns),
        };
        if dropped {
            return false;
        }
        let before = |turn: &&Turn| turn.at_ns <= at_ns;
        let part = self.turns.iter().take_while(before).count();
        if self.parts.len() <= part {
            self.parts.resize_with(part + 1, Gathered::default);
        }
        let part = &mut self.parts[part];
        part.bytes += packet.bytes.len();
        part.builder.push(packet);
        true
    }

    /// Whether sound that comes at an instant is not kept. `pauses` are its stream's.
    pub(super) fn is_silent(&self, pauses: &[Off], at_ns: u64) -> bool {
        [pauses, &self.paused, &self.off]
            .iter()
            .any(|times| is_off(times, at_ns))
    }

    /// Takes a turn; what is gathered already has to be looked at again.
    pub(super) fn turn(&mut self, turn: Turn) {
        match turn.on {
            Some(true) => end(&mut self.off, turn.at_ns),
            Some(false) => begin(&mut self.off, turn.at_ns),
            None => {}
        }
        self.turns.push(turn);
    }

    pub(super) fn pause(&mut self, from_ns: u64) {
        begin(&mut self.paused, from_ns);
    }

    pub(super) fn resume(&mut self, to_ns: u64) {
        end(&mut self.paused, to_ns);
    }

    /// Everything gathered, to be taken again.
    pub(super) fn gathered(&mut self) -> Vec<PacketsBuilder> {
        let parts = self.parts.drain(..);
        parts.map(|part| part.builder).collect()
    }

    pub(super) fn has_turns(&self) -> bool {
        !self.turns.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty() && self.parts.iter().all(|part| part.builder.is_empty())
    }

    pub(super) fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// Hands out the entries of this sweep with the times they happened at; packets have none
    /// of their own.
    pub(super) fn entries<'a>(&'a self, mut push: impl FnMut(Option<u64>, Entry<'a>)) {
        for number in 0..=self.turns.len() {
            let part = self
                .parts
                .get(number)
                .filter(|part| !part.builder.is_empty());
            if let Some(part) = part {
                push(None, Entry::Packets(part.builder.packets()));
            }
            if let Some(turn) = self.turns.get(number) {
                for deed in &turn.deeds {
                    push(Some(turn.at_ns), deed.entry());
                }
            }
        }
    }

    /// Forgets what was handed out; returns whoever wants to know.
    pub(super) fn written(&mut self, spare: &mut Spare) -> Vec<Done> {
        self.clear(spare);
        let turns = self.turns.drain(..);
        turns.filter_map(|turn| turn.done).collect()
    }

    /// Forgets times nothing that still comes can lie in.
    pub(super) fn forget_before(&mut self, horizon_ns: u64) {
        forget(&mut self.off, horizon_ns);
        forget(&mut self.paused, horizon_ns);
    }
}

/// Whether an instant lies in one of the times.
fn is_off(times: &[Off], at_ns: u64) -> bool {
    let inside = |(from, to): &Off| at_ns >= *from && to.is_none_or(|to| at_ns < to);
    times.iter().any(inside)
}

/// Begins a time, unless one is running.
pub(super) fn begin(times: &mut Vec<Off>, from_ns: u64) {
    if times.last().is_none_or(|(_, to)| to.is_some()) {
        times.push((from_ns, None));
    }
}

/// Ends the time that is running.
pub(super) fn end(times: &mut [Off], to_ns: u64) {
    if let Some(last) = times.last_mut().filter(|last| last.1.is_none()) {
        last.1 = Some(to_ns);
    }
}

pub(super) fn forget(times: &mut Vec<Off>, horizon_ns: u64) {
    times.retain(|(_, to)| to.is_none_or(|to| to > horizon_ns));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_turn_leave_no_more_memory_behind_than_is_lent() {
        let mut spare = Spare::default();
        let session = SessionId::mint(1_700_000_000_000, [1; 10]);
        let turn = |at_ns| Turn {
            session,
            at_ns,
            on: None,
            deeds: Vec::new(),
            done: None,
        };
        for call in 0..2 * SPARES_MAX as u64 {
            let mut sound = Sound::default();
            sound.prepare(&mut spare);
            sound.turn(turn(2 * call + 1));
            for arrival_ns in [2 * call, 2 * call + 1] {
                let packet = Packet {
                    stream: 0,
                    rtcp: false,
                    arrival_ns,
                    bytes: &[1; 160],
                };
                assert!(sound.take(packet, &[]));
            }
            sound.written(&mut spare);
        }
        assert_eq!(spare.0.len(), SPARES_MAX);
        assert!(spare.0.iter().all(PacketsBuilder::is_empty));
    }
}
