//! What recordings a session holds, and what remains to be done about them.
//!
//! The log's index and a journal tell the same story from the same frames, so that the queue
//! of unsettled recordings and what `finalise` finds in a journal cannot differ.

use crate::entry::{Entry, Mark};
use crate::why::Why;
use model::{RecordingId, SessionId};

/// One recording of a session: where it begins and ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Span {
    /// Its id.
    pub recording: RecordingId,
    /// The communication session named when it began, or nothing.
    pub communication_session: String,
    /// Sequence number of its `Began`; where that frame is damaged, of the session's first
    /// frame or of the end of the recording before.
    pub from_sequence: u64,
    /// Time of that frame, in nanoseconds of CLOCK_MONOTONIC.
    pub from_ns: u64,
    /// Sequence number of its `Ended` or of the session's `Closed`; `None`: still open.
    pub to_sequence: Option<u64>,
    /// Time of that frame, in nanoseconds of CLOCK_MONOTONIC.
    pub to_ns: Option<u64>,
    /// Why it ended.
    pub why: Option<Why>,
    /// Whether it is settled.
    pub settled: bool,
}

/// What is known of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story {
    /// Sequence number and time of `Opened`. Without it the frames before may be deleted, so
    /// nothing is concluded from what is missing.
    opened: Option<(u64, u64)>,
    /// The sequence number that comes next if nothing is missing.
    next: u64,
    closed: bool,
    /// The rules said that nothing is recorded before Start.
    on_demand: bool,
    /// Somebody, or the rules, said that the session is to be kept.
    kept: bool,
    /// Nothing of the session is to be read any more.
    discarded: bool,
    /// A `Settled` of a recording whose beginning is not here any more.
    settled_before: bool,
    spans: Vec<Span>,
}

impl Story {
    /// Takes note of a frame; frames come in order.
    pub(crate) fn see(
        &mut self,
        session: SessionId,
        sequence: u64,
        time_ns: u64,
        entry: &Entry<'_>,
    ) {
        if sequence > self.next && self.spans.is_empty() && !self.on_demand {
            // The `Began` may be what is missing: rather an empty recording than none.
            self.imply(session.first_recording());
        }
        self.next = sequence.saturating_add(1);
        match entry {
            Entry::Opened { .. } => self.opened = Some((sequence, time_ns)),
            Entry::Began {
                recording,
                communication_session,
            } => {
                self.begin(*recording, communication_session, (sequence, time_ns));
            }
            Entry::Packets(_) if self.spans.is_empty() => {
                // Nothing is written before a recording begins: its `Began` is damaged.
                self.imply(session.first_recording());
            }
            Entry::Ended { recording, why } => {
                self.imply(*recording);
                let of = |span: &&mut Span| span.recording == *recording;
                if let Some(span) = self.spans.iter_mut().find(of) {
                    span.end(sequence, time_ns, *why);
                }
            }
            Entry::Closed { why } => {
                self.closed = true;
                self.spans
                    .iter_mut()
                    .for_each(|span| span.end(sequence, time_ns, *why));
            }
            Entry::Settled { recording } => {
                let of = |span: &&mut Span| span.recording == *recording;
                match self.spans.iter_mut().find(of) {
                    Some(span) => span.settled = true,
                    None => self.settled_before = true,
                }
            }
            Entry::Verdict { mode, .. } => self.on_demand = *mode == "on-demand",
            Entry::Mark { what, .. } => {
                self.kept |= *what == Mark::Keep;
                self.discarded |= *what == Mark::Discarded;
            }
            Entry::Packets(_)
            | Entry::Signal { .. }
            | Entry::Counted { .. }
            | Entry::Sides(_)
            | Entry::Keys { .. }
            | Entry::Lost { .. } => {}
        }
    }

    fn begin(&mut self, recording: RecordingId, communication_session: &str, from: (u64, u64)) {
        if let Some(span) = self
            .spans
            .iter_mut()
            .find(|span| span.recording == recording)
        {
            communication_session.clone_into(&mut span.communication_session);
            return;
        }
        let (from_sequence, from_ns) = from;
        self.spans.push(Span {
            recording,
            communication_session: communication_session.to_owned(),
            from_sequence,
            from_ns,
            to_sequence: None,
            to_ns: None,
            why: None,
            settled: false,
        });
    }

    /// Begins a recording whose `Began` is damaged where it can have begun at the earliest.
    fn imply(&mut self, recording: RecordingId) {
        let Some(opened) = self.opened else { return };
        if self.spans.iter().any(|span| span.recording == recording) {
            return;
        }
        let last_end = self
            .spans
            .last()
            .and_then(|span| span.to_sequence.zip(span.to_ns));
        self.begin(recording, "", last_end.unwrap_or(opened));
    }

    pub(crate) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Whether nothing remains to be done, so that the frames may go.
    pub(crate) fn settled(&self) -> bool {
        if self.discarded {
            return true;
        }
        let remnant = self.opened.is_none() && self.spans.is_empty() && self.settled_before;
        (self.closed || remnant) && self.spans.iter().all(|span| span.settled)
    }

    /// Whether the session is to be kept, as far as its marks say.
    pub(crate) fn kept(&self) -> bool {
        self.kept
    }

    /// Whether nothing of the session is to be read any more.
    pub(crate) fn discarded(&self) -> bool {
        self.discarded
    }

    /// Whether the session goes on.
    pub(crate) fn open(&self) -> bool {
        !self.closed && !self.settled()
    }

    /// Recordings that ended and are not settled.
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = RecordingId> {
        let waiting = |span: &&Span| span.to_sequence.is_some() && !span.settled && !self.discarded;
        self.spans.iter().filter(waiting).map(|span| span.recording)
    }
}

impl Span {
    fn end(&mut self, sequence: u64, time_ns: u64, why: Why) {
        if self.to_sequence.is_none() {
            self.to_sequence = Some(sequence);
            self.to_ns = Some(time_ns);
            self.why = Some(why);
        }
    }
}
