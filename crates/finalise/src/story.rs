//! One recording's part of a session's journal, without its packets.

use crate::Error;
use crate::deeds::Deeds;
use crate::report::SignalRecord;
use crate::unlock::{Keyring, Unlock};
use journal::{Clocks, Entry, Journal, Mark, Sides, Why};
use model::RecordingId;
use siprec::{Caller, Facts, Signal};
use std::collections::BTreeMap;

/// What happened to one recording, except for the sound.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// Wall clock less monotonic clock, in nanoseconds.
    wall_offset_ns: i64,
    caller: Caller,
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
    /// Frames that are missing or damaged.
    pub(crate) lost_frames: u64,
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
    /// Reads one recording's frames, all but packets.
    pub(crate) fn read(journal: &Journal, recording: RecordingId) -> Result<Self, Error> {
        let mut story = Self::default();
        let mut last_ns = None;
        let mut answered_ns = None;
        // `Opened` says it better, and comes first where it was not lost.
        let mut wall_known = false;
        walk(journal, recording, |step| {
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
        })?;
        let Some(last_ns) = last_ns else {
            return Err(Error::NotBegun(recording));
        };
        if story.why.is_none() {
            story.ended_ns = last_ns;
        }
        // A power cut can take the record of an answer that was given: only an end that says so
        // means that there was none.
        let never = matches!(story.why, Some(Why::Cancelled | Why::Error));
        story.refused = answered_ns.is_none() && never;
        story.answered_ns = answered_ns.map_or(story.began_ns, |ns| ns.max(story.began_ns));
        Ok(story)
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
            Some(Entry::Lost { from, to }) if step.stage == Stage::Inside => {
                let missing = to.saturating_sub(*from).saturating_add(1);
                self.lost_frames = self.lost_frames.saturating_add(missing);
            }
            None if step.stage == Stage::Inside => {
                self.lost_frames = self.lost_frames.saturating_add(1);
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
pub(crate) fn packets(
    journal: &Journal,
    recording: RecordingId,
    which: Which,
    unlock: &mut Unlock<'_>,
    mut each: impl FnMut(Arrived<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let is_first = journal.session().first_recording() == recording;
    let mut from_ns = None;
    let mut until_ns = u64::MAX;
    let mut outcome = Ok(());
    walk(journal, recording, |step| {
        if step.stage == Stage::Inside && from_ns.is_none() {
            from_ns = Some(if is_first { 0 } else { step.time_ns });
        }
        if step.ends {
            until_ns = step.time_ns;
        }
        let (Some(Entry::Packets(packets)), Some(from_ns)) = (&step.entry, from_ns) else {
            return;
        };
        let until_ns = if step.stage == Stage::Inside {
            u64::MAX
        } else {
            until_ns
        };
        let mut packets: Vec<Arrived<'_>> = packets
            .iter()
            .map(|packet| Arrived {
                arrival_ns: shifted(packet.arrival_ns, step.boot_offset_ns),
                stream: packet.stream,
                report: packet.rtcp || rtp::looks_like_rtcp(packet.bytes),
                bytes: packet.bytes,
            })
            .filter(|packet| !packet.report || which == Which::All)
            .collect();
        packets.retain(|packet| (from_ns..until_ns).contains(&packet.arrival_ns));
        packets.sort_by_key(|packet| packet.arrival_ns);
        for packet in packets {
            if outcome.is_ok()
                && let Some(packet) = unlock.open(packet)
            {
                outcome = each(packet);
            }
        }
    })?;
    outcome
}

struct Step<'a> {
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
    fn is_answer(&self) -> bool {
        match &self.entry {
            Some(Entry::Signal {
                sent: true, bytes, ..
            }) => bytes.starts_with(b"SIP/2.0 2"),
            _ => false,
        }
    }
}

fn walk(
    journal: &Journal,
    recording: RecordingId,
    mut each: impl FnMut(Step<'_>),
) -> Result<(), Error> {
    // The first recording of a session bears its id and may have lost its `Began`.
    let is_first = journal.session().first_recording() == recording;
    let mut stage = if is_first && !begins_later(journal, recording)? {
        Stage::Inside
    } else {
        Stage::Before
    };
    let mut boot = None;
    for frame in journal.frames() {
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
        each(Step {
            entry,
            stage,
            ends,
            own_sides,
            time_ns: shifted(frame.time_ns, boot_offset_ns),
            boot_offset_ns,
            wall_offset_ns: boot.map(|boot| offset(boot.wall_ns, boot.monotonic_ns)),
        });
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
}
