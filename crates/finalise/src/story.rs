//! One recording's part of a session's journal, without its packets.

use crate::Error;
use crate::deeds::Deeds;
use crate::report::SignalRecord;
use crate::unlock::{Keyring, Unlock};
use journal::{Clocks, Entry, Frames, Journal, Mark, Packet, Sides, Why};
use model::RecordingId;
use siprec::{Caller, Facts, Signal};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// What happened to one recording, except for the sound.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// Wall clock less monotonic clock, in nanoseconds.
    wall_offset_ns: i64,
    caller: Caller,
    /// Whether it is the first recording of its session.
    pub(crate) is_first: bool,
    /// Monotonic time of its first frame.
    pub(crate) began_ns: u64,
    /// Why it ended; `None` when the journal has no end.
    pub(crate) why: Option<Why>,
    /// Monotonic time of its end.
    pub(crate) ended_ns: u64,
    /// When our first 200 left, or when the recording began if that was later.
    pub(crate) answered_ns: u64,
    /// Whether the call ended without ever having been answered 2xx.
    pub(crate) refused: bool,
    pub(crate) sides: Option<Sides>,
    /// Whether somebody marked that sound is missing.
    pub(crate) marked_gap: bool,
    /// Stray packets and kernel drops by stream.
    pub(crate) counted: BTreeMap<u16, (u64, u64)>,
    /// What the telephone system calls the conversation this one goes on.
    pub(crate) conversation: Option<String>,
    /// The keys of protected media.
    pub(crate) keys: Keyring,
    /// Whether the messages came over a connection that others can read.
    pub(crate) open_signalling: bool,
    /// What people and rules did.
    pub(crate) deeds: Deeds,
    /// The communication session named when it began, or nothing.
    communication_session: String,
    signals: Vec<Message>,
    /// The message that announced the next communication session: neither it nor what came
    /// after it is a fact of this one.
    announcement: Option<usize>,
}

#[derive(Debug)]
struct Message {
    sent: bool,
    dialog: u8,
    time_ns: u64,
    bytes: Vec<u8>,
}

/// Where a walk through the frames is, seen from one recording.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Before,
    Inside,
    After,
    /// In a later recording of the session.
    Beyond,
}

impl Story {
    /// Reads one recording's frames. Those with packets are read too only where one of them
    /// may say what no other does: when the recording began or ended, or in which boot.
    pub(crate) fn read(journal: &Journal, recording: RecordingId) -> Result<Self, Error> {
        match Self::walked(journal, recording, Frames::without_packets) {
            Ok((story, true)) => Ok(story),
            Ok((_, false)) | Err(Error::NotBegun(_)) => {
                let (story, _) = Self::walked(journal, recording, |frames| frames)?;
                Ok(story)
            }
            Err(error) => Err(error),
        }
    }

    /// The same of a recording that goes on, in the time that its messages take and not its
    /// packets; what is missing is not told.
    pub(crate) fn read_messages(journal: &Journal, recording: RecordingId) -> Result<Self, Error> {
        Self::walked(journal, recording, Frames::without_packets).map(|(story, _)| story)
    }

    /// The story that some of the frames tell, and whether it is told the same with packets.
    fn walked<'j>(
        journal: &'j Journal,
        recording: RecordingId,
        those: impl FnOnce(Frames<'j>) -> Frames<'j>,
    ) -> Result<(Self, bool), Error> {
        let mut story = Self {
            is_first: journal.session().first_recording() == recording,
            ..Self::default()
        };
        let mut last_ns = None;
        let mut answered_ns = None;
        // `Opened` says it better, and comes first where it was not lost.
        let mut wall_known = false;
        // Sequence number of the first frame, and whether it says in which boot it was written.
        let (mut first, mut boot_at_once) = (None, true);
        walk(journal, recording, those(journal.frames()), |step| {
            let boot_known = step.wall_offset_ns.is_some();
            let (_, at_once) = *first.get_or_insert((step.sequence, boot_known));
            boot_at_once &= boot_known == at_once;
            if let Some(known) = step.wall_offset_ns
                && !std::mem::replace(&mut wall_known, true)
            {
                story.wall_offset_ns = known;
            }
            if step.stage == Stage::Inside && last_ns.is_none() {
                story.began_ns = step.time_ns;
            }
            if let Some(Entry::Began {
                recording: begun,
                communication_session,
            }) = &step.entry
                && *begun == recording
            {
                (*communication_session).clone_into(&mut story.communication_session);
            }
            if answered_ns.is_none() && step.is_answer() {
                answered_ns = Some(step.time_ns);
            }
            wall_known |= matches!(step.entry, Some(Entry::Opened { .. }));
            story.take_keys(journal, &step);
            story.take(&step, last_ns);
            if step.stage == Stage::Inside {
                last_ns = Some(step.time_ns);
            }
            ControlFlow::Continue(())
        })?;
        let Some(last_ns) = last_ns else {
            return Err(Error::NotBegun(recording));
        };
        if story.why.is_none() {
            story.ended_ns = last_ns;
        }
        let ended = story.why.is_some_and(|why| why != Why::Crash);
        let complete = ended && boot_at_once && first.is_some_and(|(sequence, _)| sequence == 0);
        // A power cut can take the record of an answer that was given: only an end that says so
        // means that there was none.
        let never = matches!(story.why, Some(Why::Cancelled | Why::Error));
        story.refused = answered_ns.is_none() && never;
        story.answered_ns = answered_ns.map_or(story.began_ns, |ns| ns.max(story.began_ns));
        Ok((story, complete))
    }

    /// What the messages claim.
    pub(crate) fn facts(&self) -> Facts {
        let own = self.signals.iter();
        let own = own.take(self.announcement.unwrap_or(usize::MAX));
        let signals = own.map(|message| Signal {
            sent: message.sent,
            dialog: message.dialog,
            time_ns: message.time_ns,
            bytes: &message.bytes,
        });
        siprec::facts_of(signals, &self.caller, &self.communication_session)
    }

    /// The messages for people.
    pub(crate) fn signalling(&self) -> Vec<SignalRecord> {
        let record = |message: &Message| SignalRecord {
            sent: message.sent,
            time_ms: self
                .wall_ns(i128::from(message.time_ns))
                .div_euclid(1_000_000),
            text: String::from_utf8_lossy(&message.bytes).into_owned(),
        };
        self.signals.iter().map(record).collect()
    }

    /// Wall clock of a monotonic instant, in nanoseconds since 1970.
    pub(crate) fn wall_ns(&self, monotonic_ns: i128) -> i64 {
        let wall = monotonic_ns.saturating_add(i128::from(self.wall_offset_ns));
        i64::try_from(wall).unwrap_or(if wall < 0 { i64::MIN } else { i64::MAX })
    }

    fn take_keys(&mut self, journal: &Journal, step: &Step<'_>) {
        match step.entry {
            Some(Entry::Opened { transport, .. }) => {
                self.open_signalling = !transport.eq_ignore_ascii_case("TLS");
            }
            Some(Entry::Keys {
                stream,
                suite,
                mki,
                sealed,
                ours: false,
            }) => self.keys.add(journal, stream, suite, mki, sealed),
            _ => {}
        }
    }

    fn take(&mut self, step: &Step<'_>, last_ns: Option<u64>) {
        match &step.entry {
            Some(Entry::Opened {
                wall_ns,
                caller,
                client,
                node,
                ..
            }) => {
                (*client).clone_into(&mut self.deeds.client);
                (*node).clone_into(&mut self.deeds.node);
                self.wall_offset_ns = offset(*wall_ns, step.time_ns);
                self.caller = caller.parse().unwrap_or_default();
            }
            Some(Entry::Signal {
                sent,
                dialog,
                bytes,
            }) if step.stage != Stage::Beyond => {
                let (time_ns, bytes) = (step.time_ns, bytes.to_vec());
                self.signals.push(Message {
                    sent: *sent,
                    dialog: *dialog,
                    time_ns,
                    bytes,
                });
            }
            Some(Entry::Ended { why, .. } | Entry::Closed { why }) if step.ends => {
                self.why = Some(*why);
                if *why == Why::NewCommunicationSession {
                    let told = |signal: &Message| !signal.sent && signal.time_ns <= step.time_ns;
                    self.announcement = self.signals.iter().rposition(told);
                }
                // Whoever found the dead session wrote this, long after its last sign of life.
                let dead = *why == Why::Crash;
                self.ended_ns = last_ns.filter(|_| dead).unwrap_or(step.time_ns);
            }
            Some(Entry::Sides(sides)) if step.own_sides && self.sides.is_none() => {
                self.sides = Some(sides.clone());
            }
            Some(Entry::Verdict { mode, rule, .. }) if step.stage != Stage::Beyond => {
                self.deeds.verdict(mode, rule);
            }
            // Whether it is this recording's its time says: a turn is written after what
            // happened behind it.
            Some(Entry::Mark {
                what,
                stream,
                who,
                text,
            }) => {
                self.marked(step.stage, *what, text);
                self.deeds.mark(step.time_ns, *what, *stream, who, text);
            }
            Some(Entry::Counted {
                stream,
                stray,
                dropped,
            }) if step.stage != Stage::Before => {
                let counted = self.counted.entry(*stream).or_default();
                if step.stage != Stage::Beyond {
                    counted.0 = counted.0.saturating_add(*stray);
                    counted.1 = counted.1.saturating_add(*dropped);
                }
            }
            _ => {}
        }
    }

    fn marked(&mut self, stage: Stage, what: Mark, text: &str) {
        self.marked_gap |= what == Mark::Gap && stage == Stage::Inside;
        if what == Mark::Chained && stage != Stage::Beyond {
            self.conversation = Some(text.to_owned());
        }
    }
}

/// A packet of a recording, its arrival brought to the session's first boot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived<'a> {
    pub(crate) arrival_ns: u64,
    pub(crate) stream: u16,
    /// Whether it is RTCP.
    pub(crate) report: bool,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Arrived<'a> {
    /// `boot_offset_ns` brings its time to the first boot.
    pub(crate) fn of(packet: Packet<'a>, boot_offset_ns: i64) -> Self {
        Self {
            arrival_ns: shifted(packet.arrival_ns, boot_offset_ns),
            stream: packet.stream,
            report: packet.rtcp || rtp::looks_like_rtcp(packet.bytes),
            bytes: packet.bytes,
        }
    }
}

/// Which packets are handed out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Which {
    /// RTP.
    Sound,
    /// RTP and RTCP.
    All,
}

/// Hands out the packets of a recording, those of one frame in the order of arrival, in the
/// clear. On the port of RTP, RTCP is told apart by its type (RFC 5761 §4), which protected
/// packets show as well.
///
/// A packet waits in its socket for the next sweep, so that it may stand behind the entry that
/// ends its recording and begins the next one: between those, its arrival decides.
///
/// Returns how many frames of the recording are missing or damaged, as far as it was walked
/// through: `each` may end that.
pub(crate) fn packets(
    journal: &Journal,
    recording: RecordingId,
    which: Which,
    unlock: &mut Unlock<'_>,
    mut each: impl FnMut(Arrived<'_>) -> Result<ControlFlow<()>, Error>,
) -> Result<u64, Error> {
    let is_first = journal.session().first_recording() == recording;
    let mut from_ns = None;
    let mut until_ns = u64::MAX;
    let mut lost_frames = 0_u64;
    let mut outcome = Ok(ControlFlow::Continue(()));
    walk(journal, recording, journal.frames(), |step| {
        lost_frames = lost_frames.saturating_add(step.lost_frames());
        if step.stage == Stage::Inside && from_ns.is_none() {
            from_ns = Some(if is_first { 0 } else { step.time_ns });
        }
        if step.ends {
            until_ns = step.time_ns;
        }
        let (Some(Entry::Packets(packets)), Some(from_ns)) = (&step.entry, from_ns) else {
            return ControlFlow::Continue(());
        };
        let until_ns = if step.stage == Stage::Inside {
            u64::MAX
        } else {
            until_ns
        };
        let mut packets: Vec<Arrived<'_>> = packets
            .iter()
            .map(|packet| Arrived::of(packet, step.boot_offset_ns))
            .filter(|packet| !packet.report || which == Which::All)
            .filter(|packet| (from_ns..until_ns).contains(&packet.arrival_ns))
            .collect();
        packets.sort_by_key(|packet| packet.arrival_ns);
        for packet in packets {
            if let Some(packet) = unlock.open(packet) {
                outcome = each(packet);
                if !matches!(outcome, Ok(ControlFlow::Continue(()))) {
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    outcome.map(|_| lost_frames)
}

struct Step<'a> {
    sequence: u64,
    entry: Option<Entry<'a>>,
    stage: Stage,
    /// Whether this entry ends the recording.
    ends: bool,
    own_sides: bool,
    time_ns: u64,
    boot_offset_ns: i64,
    /// Wall clock less monotonic clock in the first boot, once that is known.
    wall_offset_ns: Option<i64>,
}

impl Step<'_> {
    /// Frames of the recording that are missing here, or that nobody can read.
    fn lost_frames(&self) -> u64 {
        match &self.entry {
            _ if self.stage != Stage::Inside => 0,
            Some(Entry::Lost { from, to }) => to.saturating_sub(*from).saturating_add(1),
            Some(_) => 0,
            None => 1,
        }
    }

    fn is_answer(&self) -> bool {
        match &self.entry {
            Some(Entry::Signal {
                sent: true, bytes, ..
            }) => bytes.starts_with(b"SIP/2.0 2"),
            _ => false,
        }
    }
}

/// Goes through frames of a journal until `each` has enough.
fn walk(
    journal: &Journal,
    recording: RecordingId,
    frames: Frames<'_>,
    mut each: impl FnMut(Step<'_>) -> ControlFlow<()>,
) -> Result<(), Error> {
    // The first recording of a session bears its id and may have lost its `Began`.
    let is_first = journal.session().first_recording() == recording;
    let mut stage = if is_first && !begins_later(journal, recording)? {
        Stage::Inside
    } else {
        Stage::Before
    };
    let mut boot = None;
    for frame in frames {
        let frame = frame.map_err(|source| Error::Journal { recording, source })?;
        if boot.is_none() && frame.clocks != Clocks::UNKNOWN {
            boot = Some(frame.clocks);
        }
        let boot_offset_ns = boot.map_or(0, |first| boot_offset(&first, &frame.clocks));
        let entry = frame.entry().ok();
        let mut ends = false;
        match &entry {
            Some(Entry::Began {
                recording: begun, ..
            }) => {
                stage = match stage {
                    _ if *begun == recording => Stage::Inside,
                    Stage::After | Stage::Beyond => Stage::Beyond,
                    // Two at a time share the sound of the session.
                    Stage::Before | Stage::Inside => stage,
                };
            }
            Some(Entry::Ended {
                recording: ended, ..
            }) => {
                ends = *ended == recording && stage == Stage::Inside;
            }
            Some(Entry::Closed { .. }) => ends = stage == Stage::Inside,
            _ => {}
        }
        let own_sides = matches!(&entry, Some(Entry::Sides(s)) if s.recording == recording);
        let step = Step {
            sequence: frame.sequence,
            entry,
            stage,
            ends,
            own_sides,
            time_ns: shifted(frame.time_ns, boot_offset_ns),
            boot_offset_ns,
            wall_offset_ns: boot.map(|boot| offset(boot.wall_ns, boot.monotonic_ns)),
        };
        if each(step).is_break() {
            return Ok(());
        }
        if ends {
            stage = Stage::After;
        }
    }
    Ok(())
}

/// Whether the first recording of a session began when somebody pressed Start, and not with
/// the session.
fn begins_later(journal: &Journal, recording: RecordingId) -> Result<bool, Error> {
    let mut on_demand = false;
    for frame in journal.frames() {
        let frame = frame.map_err(|source| Error::Journal { recording, source })?;
        match frame.entry() {
            Ok(Entry::Verdict { mode, .. }) => on_demand = mode == model::Mode::OnDemand.name(),
            Ok(Entry::Began {
                recording: begun, ..
            }) if begun == recording => {
                return Ok(on_demand);
            }
            Ok(Entry::Packets(_)) => break,
            _ => {}
        }
    }
    Ok(false)
}

/// What to add to a frame's times so that they continue those of the first boot: the
/// monotonic clock begins anew at each, only the wall clock joins them.
fn boot_offset(first: &Clocks, clocks: &Clocks) -> i64 {
    if clocks.boot == first.boot || *clocks == Clocks::UNKNOWN {
        return 0;
    }
    let now = offset(clocks.wall_ns, clocks.monotonic_ns);
    now.saturating_sub(offset(first.wall_ns, first.monotonic_ns))
}

fn offset(wall_ns: i64, monotonic_ns: u64) -> i64 {
    wall_ns.saturating_sub(i64::try_from(monotonic_ns).unwrap_or(i64::MAX))
}

/// A time brought to the first boot.
fn shifted(time_ns: u64, boot_offset_ns: i64) -> u64 {
    time_ns.saturating_add_signed(boot_offset_ns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use journal::PacketsBuilder;
    use model::SessionId;
    use proptest::prelude::*;

    #[test]
    fn times_of_a_second_boot_go_on_from_the_first() {
        let first = Clocks {
            boot: [1; 16],
            monotonic_ns: 5_000,
            wall_ns: 1_000_000,
        };
        // Booted again 600 ns after the first reading, and read 40 ns later.
        let second = Clocks {
            boot: [2; 16],
            monotonic_ns: 40,
            wall_ns: 1_000_640,
        };
        let offset = boot_offset(&first, &second);
        assert_eq!(shifted(40, offset), 5_640);
        assert_eq!(shifted(50, offset), 5_650);
        assert_eq!(
            boot_offset(
                &first,
                &Clocks {
                    monotonic_ns: 9_000,
                    ..first
                }
            ),
            0
        );
        assert_eq!(boot_offset(&first, &Clocks::UNKNOWN), 0);
    }
    /// An entry of a session with two recordings, by number; `text` is for those with one.
    fn entry<'a>(
        kind: u8,
        packets: &'a PacketsBuilder,
        ids: [RecordingId; 2],
        text: &'a str,
    ) -> Entry<'a> {
        let recording = ids[usize::from(kind) % 2];
        let (mode, communication_session) = (if kind < 32 { "on-demand" } else { "always" }, text);
        match kind % 16 {
            0 => Entry::Opened {
                wall_ns: 1_700_000_000_000_000_000 + i64::from(kind),
                transport: "udp",
                local: "a:1",
                peer: "b:2",
                node: text,
                client: "sbc",
                caller: "",
            },
            1 | 2 => Entry::Began {
                recording,
                communication_session,
            },
            3 | 4 => Entry::Signal {
                sent: kind % 16 == 3,
                dialog: 0,
                bytes: b"SIP/2.0 200 OK\r\n\r\n",
            },
            5 => Entry::Verdict {
                mode,
                undecided: false,
                rule: text,
            },
            6 => Entry::Ended {
                recording,
                why: Why::Stopped,
            },
            7 => Entry::Closed { why: Why::Bye },
            8 => Entry::Closed { why: Why::Crash },
            9 => Entry::Counted {
                stream: 1,
                stray: 2,
                dropped: 3,
            },
            10 | 11 => Entry::Mark {
                what: [Mark::Pause, Mark::Resume, Mark::Gap, Mark::Flag][usize::from(kind) / 16],
                stream: None,
                who: "jane",
                text,
            },
            12 => Entry::Lost { from: 0, to: 2 },
            _ => Entry::Packets(packets.packets()),
        }
    }

    proptest! {
        /// Also where the beginning is missing, the end, or both.
        #[test]
        fn the_story_is_the_same_without_packets(
            kinds in proptest::collection::vec((0_u8..64, 0_u64..1_000), 0..24),
            whole in any::<bool>(),
            second in any::<bool>(),
        ) {
            let session = SessionId::mint(1_700_000_000_123, [7; 10]);
            let first = session.first_recording();
            let ids = [first, RecordingId::mint(1_700_000_000_124, [8; 10])];
            let mut packets = PacketsBuilder::new();
            packets.push(Packet { stream: 0, rtcp: false, arrival_ns: 5, bytes: b"not RTP" });
            let kinds = whole.then_some((0, 0)).into_iter().chain(kinds);
            let (mut time_ns, mut sequence) = (1_000, 0);
            let mut entries = Vec::new();
            for (kind, later_ns) in kinds {
                time_ns += later_ns;
                let mut entry = entry(kind, &packets, ids, "text");
                if let Entry::Lost { from, to } = &mut entry {
                    (*from, *to) = (sequence, sequence + 2);
                    sequence += 2;
                }
                sequence += 1;
                entries.push((time_ns, entry));
            }
            let journal = Journal::in_memory(session, entries);
            let recording = ids[usize::from(second)];
            let read = Story::read(&journal, recording);
            let full = Story::walked(&journal, recording, |frames| frames).map(|(story, _)| story);
            prop_assert_eq!(format!("{read:?}"), format!("{full:?}"));
        }
    }
}
