//! What a journal says of a call that was going on.
//!
//! Read once, without its sound. Media keys are opened only for as long as its dialogs are made
//! anew; the messages that are kept have theirs cut out.

use crate::calls::Keeping;
use crate::clocks::monotonic_ns;
use crate::node::verdict::verdict_of;
use jiff::Timestamp;
use journal::{Entry, Frame, Journal, Mark, Why};
use model::rules::Verdict;
use model::{Mode, RecordingId};
use sip::{Flow, Message, Transport};
use siprec::{LINES_PER_DIALOG, MediaKey, stream_of};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Dialogs a session has at most: both of a pair.
const DIALOGS_MAX: u8 = 2;

/// What a journal says of a call that was going on.
#[derive(Default)]
pub(super) struct Past {
    /// Of the last frame.
    pub(super) boot: Option<[u8; 16]>,
    held: bool,
    flow: Option<Flow>,
    pub(super) invited: Timestamp,
    pub(super) answered: Option<Timestamp>,
    pub(super) began: Timestamp,
    pub(super) mode: Option<Mode>,
    undecided: bool,
    rule: String,
    /// Recordings that go on, each with its communication session.
    running: Vec<(RecordingId, String)>,
    /// A recording has ended.
    pub(super) ended: bool,
    /// Its communication session had: the next one is recorded again.
    pub(super) rests: bool,
    pub(super) paused_by: Option<String>,
    /// The conversation it goes on.
    pub(super) chain: Option<String>,
    /// In order.
    pub(super) messages: Vec<Said>,
    /// Keys by whose they are (`true`: ours) and their stream, in order.
    keys: Vec<(bool, u16, MediaKey)>,
    /// Something of it cannot be taken up.
    lost: bool,
}

/// A message of a call.
pub(super) struct Said {
    pub(super) sent: bool,
    pub(super) dialog: u8,
    pub(super) time_ns: u64,
    /// Keys and credentials cut out.
    pub(super) bytes: Vec<u8>,
}

impl Past {
    /// Reads it; `None`: it cannot be gone on with.
    pub(super) fn read(journal: &Journal, held: bool) -> Option<Self> {
        let mut past = Self {
            held,
            ..Self::default()
        };
        for frame in journal.frames().without_packets() {
            let frame = frame.ok()?;
            past.boot = Some(frame.clocks.boot);
            past.see(journal, &frame);
        }
        Some(past).filter(|past| !past.lost)
    }

    fn see(&mut self, journal: &Journal, frame: &Frame) {
        let at = wall(frame);
        match frame.entry() {
            Ok(Entry::Opened {
                wall_ns,
                transport,
                local,
                peer,
                ..
            }) => {
                self.flow = flow(transport, local, peer);
                self.invited = Timestamp::from_nanosecond(wall_ns.into()).unwrap_or_default();
            }
            Ok(Entry::Began {
                recording,
                communication_session,
            }) => {
                let named = communication_session.to_owned();
                self.running.push((recording, named));
                self.began = at;
            }
            Ok(Entry::Ended { recording, why }) => {
                self.running.retain(|(running, _)| *running != recording);
                self.ended = true;
                self.rests = why == Why::Bye;
                if self.running.is_empty() {
                    self.paused_by = None;
                }
            }
            Ok(Entry::Verdict {
                mode,
                undecided,
                rule,
            }) => {
                self.mode = Mode::from_name(mode);
                self.undecided = undecided;
                rule.clone_into(&mut self.rule);
            }
            Ok(Entry::Signal {
                sent,
                dialog,
                bytes,
            }) => {
                if sent && self.answered.is_none() && is_success(bytes) {
                    self.answered = Some(at);
                }
                self.said(sent, dialog, frame.time_ns, bytes);
            }
            Ok(Entry::Keys {
                stream,
                suite,
                mki,
                sealed,
                ours,
            }) => {
                let master = journal.secret(stream, sealed);
                let key = master.and_then(|master| MediaKey::kept(suite, master, mki));
                self.keys.extend(key.map(|key| (ours, stream, key)));
            }
            Ok(Entry::Mark {
                what,
                stream: None,
                who,
                text,
            }) => self.marked(what, who, text),
            Ok(Entry::Closed { .. }) => self.lost = true,
            _ => {}
        }
    }

    fn said(&mut self, sent: bool, dialog: u8, time_ns: u64, bytes: &[u8]) {
        self.lost |= dialog >= DIALOGS_MAX;
        self.messages.push(Said {
            sent,
            dialog,
            time_ns,
            bytes: bytes.to_vec(),
        });
    }

    fn marked(&mut self, what: Mark, who: &str, text: &str) {
        match what {
            Mark::Pause => self.paused_by = Some(who.to_owned()),
            Mark::Resume => self.paused_by = None,
            Mark::Chained => self.chain = Some(text.to_owned()),
            Mark::Gap | Mark::Keep | Mark::Flag | Mark::Discarded | Mark::Stop => {}
            Mark::Unknown(_) => {}
        }
    }

    /// What is to become of its sound; `None`: that was just being changed.
    pub(super) fn keeping(&self) -> Option<Keeping> {
        let running = !self.running.is_empty();
        match (self.held, self.mode?) {
            (true, _) if self.undecided => Some(Keeping::Held),
            (true, Mode::KeepLate) => Some(Keeping::Held),
            (true, _) => None,
            (false, _) if running => Some(Keeping::Kept),
            (false, Mode::OnDemand | Mode::KeepLate) => Some(Keeping::Waiting),
            (false, Mode::Always) if self.rests => Some(Keeping::Waiting),
            (false, _) => None,
        }
    }

    /// The recording of the communication session in force, and those beside it. One that began
    /// before its session had a name bears none.
    pub(super) fn recordings(
        &self,
        in_force: Option<&str>,
    ) -> (Option<RecordingId>, BTreeMap<String, RecordingId>) {
        let mut beside = self.running.clone();
        let named = |name: &str| beside.iter().position(|(_, named)| named == name);
        let main = in_force.and_then(named).or_else(|| named(""));
        let main = main.or_else(|| (!beside.is_empty()).then_some(0));
        let main = main.map(|main| beside.remove(main).0);
        let beside = beside
            .into_iter()
            .map(|(recording, named)| (named, recording));
        (main, beside.collect())
    }

    /// What was said in a dialog, as it was said: with its media keys.
    pub(super) fn spoken(&self, dialog: u8) -> Vec<(bool, Vec<u8>)> {
        let first = stream_of(dialog, 0);
        let keys = |ours: bool| -> Vec<(u16, MediaKey)> {
            let keys = self.keys.iter().filter(|(whose, ..)| *whose == ours);
            let lines = keys.filter_map(|(_, stream, key)| {
                let line = stream.checked_sub(first)?;
                (line < LINES_PER_DIALOG).then(|| (line, key.clone()))
            });
            lines.collect()
        };
        let (theirs, ours) = (keys(false), keys(true));
        let whole = |said: &Said| {
            let keys = if said.sent { &ours } else { &theirs };
            (said.sent, siprec::with_keys(&said.bytes, keys))
        };
        self.said_in(dialog).map(whole).collect()
    }

    pub(super) fn said_in(&self, dialog: u8) -> impl Iterator<Item = &Said> {
        let messages = self.messages.iter();
        messages.filter(move |said| said.dialog == dialog)
    }

    /// Whether there was a second dialog.
    pub(super) fn is_pair(&self) -> bool {
        self.said_in(1).next().is_some()
    }

    /// Whether a dialog was answered and nobody has said goodbye in it.
    pub(super) fn goes_on(&self, dialog: u8) -> bool {
        let answered = self
            .said_in(dialog)
            .any(|said| said.sent && is_success(&said.bytes));
        answered
            && !self
                .said_in(dialog)
                .any(|said| said.bytes.starts_with(b"BYE "))
    }

    /// The way a dialog's messages went. That of a second one is what our answer says of it.
    pub(super) fn flow(&self, dialog: u8) -> Option<Flow> {
        let flow = self.flow?;
        if dialog == 0 {
            return Some(flow);
        }
        let mut answers = self.said_in(dialog).filter(|said| said.sent);
        let answer = answers.find(|said| is_success(&said.bytes))?;
        let Message::Response(answer) = sip::parse(&answer.bytes).ok()?.message else {
            return None;
        };
        let via = answer.headers.via()?;
        let peer = flow.peer;
        let ip = via.params.get("received").flatten().unwrap_or(&via.host);
        let ip: IpAddr = ip
            .trim_matches(['[', ']'])
            .parse()
            .unwrap_or_else(|_| peer.ip());
        let port = via.params.get("rport").flatten();
        let port = port.and_then(|port| port.parse().ok()).or(via.port);
        (via.transport == flow.transport.to_string()).then(|| Flow {
            peer: SocketAddr::new(ip, port.unwrap_or_else(|| peer.port())),
            ..flow
        })
    }

    pub(super) fn verdict(&self, known: Verdict) -> Verdict {
        let mode = self.mode.unwrap_or_default();
        if known.mode == mode && known.undecided == self.undecided {
            return known;
        }
        Verdict {
            undecided: self.undecided,
            ..verdict_of(mode)
        }
    }

    /// How long ago the last message came: what the log says is no more than a hint.
    pub(super) fn silent_for(&self) -> Duration {
        let last = self.messages.last().map_or(0, |said| said.time_ns);
        Duration::from_nanos(monotonic_ns().saturating_sub(last))
    }
}

fn is_success(message: &[u8]) -> bool {
    message.starts_with(b"SIP/2.0 2")
}

/// Wall clock of a frame.
fn wall(frame: &Frame) -> Timestamp {
    let clocks = &frame.clocks;
    let since = i128::from(frame.time_ns) - i128::from(clocks.monotonic_ns);
    Timestamp::from_nanosecond(i128::from(clocks.wall_ns) + since).unwrap_or_default()
}

fn flow(transport: &str, local: &str, peer: &str) -> Option<Flow> {
    let transport = [Transport::Udp, Transport::Tcp, Transport::Tls]
        .into_iter()
        .find(|known| known.to_string().eq_ignore_ascii_case(transport))?;
    Some(Flow {
        transport,
        local: local.parse().ok()?,
        peer: peer.parse().ok()?,
        // A connection did not outlive the process.
        connection: 0,
    })
}
