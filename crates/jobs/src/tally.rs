//! What settling counts: what became of calls, and what was lost of them.
//!
//! Counted once for each recording, when its row is there.

use finalise::Report;
use model::{Draft, State};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counters of a settler. Cheap to read at any time.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Tallied>);

/// What was counted since the start.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tallied {
    /// Recordings that are complete.
    pub available: u64,
    /// Recordings of which the recorder or the disk missed a part.
    pub interrupted: u64,
    /// Recordings that could not be rendered.
    pub failed: u64,
    /// Recordings of which not one packet came.
    pub without_packets: u64,
    /// Recordings whose sound goes one way only.
    pub one_way: u64,
    /// Recordings of which some could not be decoded.
    pub undecoded: u64,
    /// Sessions of which there was nothing to keep.
    pub nothing_to_keep: u64,
    /// Tries that failed and are repeated.
    pub failures: u64,
    /// Packets that came.
    pub packets: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Datagrams from sources that were not believed.
    pub stray: u64,
    /// Protected packets that no key opens, and such that came twice.
    pub unauthentic: u64,
    /// Packets that were there and could not be taken.
    pub dropped: u64,
}

/// What a report says of packets; the report itself goes into the archive.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    packets: u64,
    lost: u64,
    stray: u64,
    unauthentic: u64,
    dropped: u64,
}

impl Heard {
    pub(crate) fn of(report: &Report) -> Self {
        let mut heard = Self::default();
        for stream in &report.streams {
            heard.packets += stream.packets;
            heard.lost += stream.lost;
            heard.stray += stream.stray;
            heard.unauthentic += stream.unauthentic + stream.replayed;
            heard.dropped += stream.dropped;
        }
        heard
    }
}

impl Tally {
    fn lock(&self) -> MutexGuard<'_, Tallied> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted until now.
    #[must_use]
    pub fn read(&self) -> Tallied {
        *self.lock()
    }

    pub(crate) fn nothing_to_keep(&self) {
        self.lock().nothing_to_keep += 1;
    }

    pub(crate) fn failure(&self) {
        self.lock().failures += 1;
    }

    /// A recording has its row.
    pub(crate) fn settled(&self, draft: &Draft, heard: Heard) {
        let mut tally = self.lock();
        match draft.state {
            State::Available => tally.available += 1,
            State::Interrupted => tally.interrupted += 1,
            State::Failed => tally.failed += 1,
            State::Deleted => {}
        }
        let rendered = draft.state != State::Failed;
        tally.without_packets += u64::from(rendered && heard.packets == 0);
        tally.one_way += u64::from(draft.details.one_way);
        tally.undecoded += u64::from(!draft.undecoded.is_empty());
        tally.packets += heard.packets;
        tally.lost += heard.lost;
        tally.stray += heard.stray;
        tally.unauthentic += heard.unauthentic;
        tally.dropped += heard.dropped;
    }
}
