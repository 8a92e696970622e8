//! Calls that go on after a crash: taken up again from their journals, on the ports they had.
//!
//! A call goes on when its journal is young, of this boot, and holds an answered dialog without
//! a goodbye, and when nobody has taken its ports. What nobody heard meanwhile is a gap that
//! the journal marks. The client is asked once whether it is still there; a call that shows no
//! sign of life for a minute is ended. Never a call whose journal leaves open what may be kept
//! of it, and never sound that somebody paused.

use super::verdict::verdict_of;
use super::{Node, Options};
use crate::calls::{Bridge, Call, Keeping, OpenStream, Stage};
use crate::clocks::{self, monotonic_ns};
use crate::parties::{Known, Messages};
use crate::ports::{Pair, Ports};
use crate::sweep::{Order, Turn};
use jiff::Timestamp;
use journal::{Append, Entry, Frame, Log, Mark};
use model::rules::Verdict;
use model::{Mode, RecordingId, SessionId};
use sip::{DialogId, Endpoint, Flow, Headers, Message, Transport};
use siprec::Plan;
use siprec::bib::Leg;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A call that was taken up again shows a sign of life within this, or is over.
pub(super) const LIFE_WITHIN: Duration = Duration::from_secs(60);
/// What stands where a media key was cut out of a message.
const CUT: &[u8] = b"inline:*";

/// A call that can go on: its dialog is known again, its ports are bound again.
pub(super) struct Survivor {
    session: SessionId,
    past: Past,
    dialog: DialogId,
    siprec: siprec::Session,
    plan: Plan,
    /// By m-line: the address that was told, and its sockets.
    streams: BTreeMap<u16, (SocketAddr, Pair)>,
}

/// Where calls are looked for, and what they need.
pub(super) struct Search<'a> {
    pub(super) log: &'a Log,
    pub(super) options: &'a Options,
    pub(super) listeners: &'a [SocketAddr],
    pub(super) ports: &'a Ports,
}

impl Search<'_> {
    /// Takes up what can go on. Dialogs are put into the endpoint, nothing is written.
    pub(super) fn find(
        &self,
        endpoint: &mut Endpoint,
        thrown_away: &BTreeSet<SessionId>,
    ) -> Vec<Survivor> {
        let now = clocks::now();
        let held: BTreeSet<SessionId> = self.log.held().into_iter().collect();
        let open = self.log.open_sessions().into_iter();
        let window = self.options.resume_window;
        let young = |session: &SessionId| {
            let last = self.log.last_time(*session);
            let age = last.and_then(|last| now.monotonic_ns.checked_sub(last));
            age.is_some_and(|age| Duration::from_nanos(age) < window)
        };
        let candidates = open.chain(held.iter().copied()).filter(young);
        let candidates = candidates.filter(|session| !thrown_away.contains(session));
        let mut found = Vec::new();
        for session in candidates {
            let past = Past::read(self.log, session, held.contains(&session));
            let past = past.filter(|past| past.boot == Some(now.boot));
            found.extend(past.and_then(|past| self.take(session, past, endpoint)));
        }
        found
    }

    fn take(&self, session: SessionId, past: Past, endpoint: &mut Endpoint) -> Option<Survivor> {
        let flow = past.flow.filter(|_| past.keeping().is_some())?;
        // Who answers the client's next request must be us.
        let mut listeners = self.listeners.iter();
        listeners.find(|listener| listener.port() == flow.local.port())?;
        let fresh = super::keys::new_session(self.log, self.options.srtp, false);
        let (siprec, plan, told) = fresh.restored(past.spoken());
        let mut streams = BTreeMap::new();
        for line in plan.lines.iter().filter(|line| line.record) {
            let told = told.get(usize::from(line.index)).copied().flatten()?;
            let address = self.ports.address_like(told.ip())?;
            let pair = self.ports.bind_again(address, told.port())?;
            streams.insert(line.index, (told, pair));
        }
        let dialog = endpoint.restore(Instant::now(), flow, past.spoken())?;
        Some(Survivor {
            session,
            past,
            dialog,
            siprec,
            plan,
            streams,
        })
    }
}

impl Survivor {
    pub(super) fn session(&self) -> SessionId {
        self.session
    }

    /// The entry that says that nobody heard what was said meanwhile.
    pub(super) fn gap(&self, time_ns: u64) -> Append<'static> {
        let entry = Entry::Mark {
            what: Mark::Gap,
            stream: None,
            who: "",
            text: "restart",
        };
        Append {
            session: self.session,
            time_ns,
            entry,
        }
    }
}

/// What a journal says of a call that was going on.
#[derive(Default)]
struct Past {
    /// Of the last frame.
    boot: Option<[u8; 16]>,
    held: bool,
    flow: Option<Flow>,
    invited: Timestamp,
    answered: Option<Timestamp>,
    began: Timestamp,
    mode: Option<Mode>,
    undecided: bool,
    rule: String,
    /// Recordings that go on, each with its communication session.
    running: Vec<(RecordingId, String)>,
    /// A recording has ended.
    ended: bool,
    paused_by: Option<String>,
    /// What was sent (`true`) and received, in order, with its time.
    messages: Vec<(bool, u64, Vec<u8>)>,
    /// Something of it cannot be taken up.
    lost: bool,
}

impl Past {
    fn read(log: &Log, session: SessionId, held: bool) -> Option<Self> {
        let mut past = Self {
            held,
            ..Self::default()
        };
        for frame in log.journal(session)?.frames() {
            let frame = frame.ok()?;
            past.boot = Some(frame.clocks.boot);
            past.see(&frame);
        }
        Some(past).filter(|past| !past.lost)
    }

    fn see(&mut self, frame: &Frame) {
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
            Ok(Entry::Ended { recording, .. }) => {
                self.running.retain(|(running, _)| *running != recording);
                self.ended = true;
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
                // Neither half of a pair of dialogs, nor keys that were cut out, can be taken up.
                self.lost |= dialog != 0 || bytes.windows(CUT.len()).any(|part| part == CUT);
                if sent && self.answered.is_none() && bytes.starts_with(b"SIP/2.0 2") {
                    self.answered = Some(at);
                }
                self.messages.push((sent, frame.time_ns, bytes.to_vec()));
            }
            Ok(Entry::Mark {
                what: Mark::Pause,
                stream: None,
                who,
                ..
            }) => self.paused_by = Some(who.to_owned()),
            Ok(Entry::Mark {
                what: Mark::Resume,
                stream: None,
                ..
            }) => self.paused_by = None,
            Ok(Entry::Closed { .. }) => self.lost = true,
            _ => {}
        }
    }

    /// What is to become of its sound; `None`: that was just being changed.
    fn keeping(&self) -> Option<Keeping> {
        let running = !self.running.is_empty();
        match (self.held, self.mode?) {
            (true, _) if self.undecided => Some(Keeping::Held),
            (true, Mode::KeepLate) => Some(Keeping::Held),
            (true, _) => None,
            (false, _) if running => Some(Keeping::Kept),
            (false, Mode::OnDemand | Mode::KeepLate) => Some(Keeping::Waiting),
            (false, _) => None,
        }
    }

    /// The recording of the communication session in force, and those beside it. One that began
    /// before its session had a name bears none.
    fn recordings(
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

    fn spoken(&self) -> impl Iterator<Item = (bool, &[u8])> {
        let messages = self.messages.iter();
        messages.map(|(sent, _, bytes)| (*sent, bytes.as_slice()))
    }

    fn verdict(&self, known: Verdict) -> Verdict {
        let mode = self.mode.unwrap_or_default();
        if known.mode == mode && known.undecided == self.undecided {
            return known;
        }
        Verdict {
            undecided: self.undecided,
            ..verdict_of(mode)
        }
    }
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

impl Node {
    /// Goes on with a call.
    pub(super) fn take_up(&mut self, survivor: Survivor) {
        let Some(keeping) = survivor.past.keeping() else {
            return;
        };
        let Some(mut call) = self.call_again(&survivor, keeping) else {
            return;
        };
        let Survivor {
            session,
            dialog,
            plan,
            streams,
            past,
            ..
        } = survivor;
        // Before anything of it can be read: the sweep knows the call from here on.
        self.order(Order::Turn(Turn {
            session,
            at_ns: 0,
            on: (keeping == Keeping::Waiting).then_some(false),
            deeds: Vec::new(),
            done: None,
        }));
        if past.paused_by.is_some() {
            self.order(Order::Pause {
                session,
                stream: None,
                from_ns: 0,
            });
        }
        for (line, (told, pair)) in streams {
            let Some(line) = plan.lines.iter().find(|known| known.index == line) else {
                continue;
            };
            self.add_stream(&mut call, line, pair);
            let paused = line.paused;
            let address = told;
            call.streams
                .insert(line.index, OpenStream { address, paused });
        }
        let seconds = past.silent_for().as_secs();
        tracing::info!(session.id = %session, seconds, "a call goes on after a restart");
        self.show(&call);
        self.dialogs.insert(session, dialog);
        self.calls.insert(dialog, call);
        self.ask_for_life(dialog);
    }

    /// The call as its journal says it was.
    fn call_again(&self, survivor: &Survivor, keeping: Keeping) -> Option<Call> {
        let Survivor { session, past, .. } = survivor;
        let flow = past.flow?;
        let Message::Request(invite) = sip::parse(&past.messages.first()?.2).ok()?.message else {
            return None;
        };
        let mut messages = Messages::default();
        for (_, time_ns, bytes) in past.messages.iter().filter(|(sent, ..)| !*sent) {
            messages.add(*time_ns, 0, bytes.clone());
        }
        let in_force = survivor.plan.communication_session.as_deref();
        let (recording, beside) = past.recordings(in_force);
        let recording = recording.unwrap_or_else(|| match past.ended {
            // Stopped: the next Start makes a new one.
            true => self.mint_recording(),
            false => session.first_recording(),
        });
        let now = Instant::now();
        let mut call = Call {
            session: *session,
            recording,
            keeping,
            verdict: verdict_of(past.mode?),
            messages,
            known: Known::default(),
            device: super::invite::device(&invite),
            invited: past.invited,
            answered: past.answered,
            began: past.began,
            paused_by: past.paused_by.clone(),
            idle: BTreeMap::new(),
            asked: Vec::new(),
            beside,
            communication_session: survivor.plan.communication_session.clone(),
            siprec: survivor.siprec.clone(),
            number: 0,
            bridge: Leg::of(&invite).map(Bridge::new),
            lines: survivor.plan.lines.len(),
            keys: BTreeMap::new(),
            client: self.client_of(flow.peer.ip()),
            flow,
            sips: super::invite::is_sips(&invite),
            streams: BTreeMap::new(),
            stage: Stage::Live,
            heard: now,
            life_until: Some(now + LIFE_WITHIN),
        };
        call.known = self.know(&call);
        call.verdict = past.verdict(self.decide(&call, false));
        Some(call)
    }

    /// Asks a client whether its call is still there, and says that we are.
    fn ask_for_life(&mut self, dialog: DialogId) {
        let call = self.calls.get_mut(&dialog);
        let (headers, body) = match call.is_some_and(|call| call.siprec.asks_for_snapshot()) {
            true => siprec::snapshot_request("the recorder was started again"),
            false => (Headers::new(), Vec::new()),
        };
        let now = Instant::now();
        let asked = self.endpoint.ask_again(now, dialog, headers, body);
        if let Some(asked) = asked {
            self.signal(dialog, true, &asked);
        }
    }
}

impl Past {
    /// How long ago the last message came: what the log says is no more than a hint.
    fn silent_for(&self) -> Duration {
        let last = self.messages.last().map_or(0, |(_, time_ns, _)| *time_ns);
        Duration::from_nanos(monotonic_ns().saturating_sub(last))
    }
}
