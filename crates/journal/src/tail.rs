//! The newest frames of a session that goes on: what it costs to read them does not depend on how
//! long it has gone on.

use crate::frames::Frame;
use crate::index::Known;
use crate::journal::{Journal, Source};
use crate::log::{Log, lock};
use model::SessionId;
use std::sync::Arc;

/// Frames handed out at once: a minute of sweeps, and more.
const TAIL_FRAMES_MAX: usize = 384;

impl Log {
    /// The frames of a session from sequence number `from` on, the last few hundred at most, and
    /// the number after them. `None`: the log holds nothing of it, or it is held apart because it
    /// may yet be thrown away.
    #[must_use]
    pub fn tail(&self, session: SessionId, from: u64) -> Option<(Vec<Frame>, u64)> {
        let (source, next) = {
            let index = lock(&self.shared.index);
            let there = |known: &&Known| known.is_there() && !known.held();
            let known = index.sessions.get(&session).filter(there)?;
            // No two frames have one number: the new ones are among the last so many.
            let new = usize::try_from(known.next.saturating_sub(from)).unwrap_or(usize::MAX);
            let first = known.places.len().saturating_sub(new.min(TAIL_FRAMES_MAX));
            let places = known.places.get(first..).unwrap_or_default().to_vec();
            let source = Source::Log {
                disk: Arc::clone(&self.shared.disk),
                call_file: None,
                segments: self.shared.segments_of(&index, &places),
                places,
                next: known.next,
                spans: Vec::new(),
            };
            (source, known.next)
        };
        let journal = Journal::new(session, source);
        let frames = journal.frames().whole_only();
        let frames = frames.map_while(Result::ok);
        let new = frames.filter(|frame| frame.sequence >= from);
        Some((new.collect(), next))
    }
}
