//! Calls that go on after a crash: taken up again from their journals, on the ports they had.
//!
//! A call goes on when its journal is young, of this boot, and holds an answered dialog without
//! a goodbye, and when nobody has taken its ports. What nobody heard meanwhile is a gap that
//! the journal marks. The client is asked once whether it is still there; a call that shows no
//! sign of life for a minute is ended. Both dialogs of a pair go on together. Never a call whose
//! journal leaves open what may be kept of it, and never sound that somebody paused.

mod past;

use super::verdict::verdict_of;
use super::{Node, Options};
use crate::calls::{Bridge, Call, Keeping, OpenStream, Stage};
use crate::clocks;
use crate::parties::{Known, Messages};
use crate::ports::{Pair, Ports};
use crate::sweep::{Order, Turn};
use journal::{Append, Entry, Log, Mark};
use model::SessionId;
use past::Past;
use sip::{DialogId, Endpoint, Flow, Headers, Message};
use siprec::Plan;
use siprec::bib::Leg;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A call that was taken up again shows a sign of life within this, or is over; sooner where only
/// calls go on that were silent for less.
const LIFE_WITHIN: Duration = Duration::from_secs(60);
/// A call that can go on: its dialogs are known again, its ports are bound again.
pub(super) struct Survivor {
    session: SessionId,
    past: Past,
    first: Half,
    /// The second dialog of a pair.
    second: Option<Half>,
}

/// One dialog of a call that can go on.
struct Half {
    number: u8,
    flow: Flow,
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
            let journal = self.log.journal(session);
            let past = journal.and_then(|journal| Past::read(&journal, held.contains(&session)));
            let past = past.filter(|past| past.boot == Some(now.boot));
            found.extend(past.and_then(|past| self.take(session, past, endpoint)));
        }
        found
    }

    fn take(&self, session: SessionId, past: Past, endpoint: &mut Endpoint) -> Option<Survivor> {
        past.keeping()?;
        let first = self.half(&past, 0)?;
        // Both halves of a pair or neither: who was left out could not be told.
        let second = match past.goes_on(1) {
            true => Some(self.half(&past, 1)?),
            false => None,
        };
        let first = first(endpoint)?;
        let second = second.and_then(|second| second(endpoint));
        Some(Survivor {
            session,
            past,
            first,
            second,
        })
    }

    /// Binds the ports of a dialog again; what is returned puts it into the endpoint.
    fn half(
        &self,
        past: &Past,
        number: u8,
    ) -> Option<impl FnOnce(&mut Endpoint) -> Option<Half> + use<>> {
        let flow = past.flow(number)?;
        // Who answers the client's next request must be us.
        let mut listeners = self.listeners.iter();
        listeners.find(|listener| listener.port() == flow.local.port())?;
        let spoken = past.spoken(number);
        let fresh = super::keys::new_session(self.log, self.options.srtp, false);
        let (siprec, plan, told) = fresh.restored(borrowed(&spoken));
        let mut streams = BTreeMap::new();
        for line in plan.lines.iter().filter(|line| line.record) {
            let told = told.get(usize::from(line.index)).copied().flatten()?;
            let address = self.ports.address_like(told.ip())?;
            let pair = self.ports.bind_again(address, told.port())?;
            streams.insert(line.index, (told, pair));
        }
        Some(move |endpoint: &mut Endpoint| {
            let dialog = endpoint.restore(Instant::now(), flow, borrowed(&spoken))?;
            Some(Half {
                number,
                flow,
                dialog,
                siprec,
                plan,
                streams,
            })
        })
    }
}

fn borrowed(spoken: &[(bool, Vec<u8>)]) -> impl Iterator<Item = (bool, &[u8])> {
    spoken.iter().map(|(sent, bytes)| (*sent, bytes.as_slice()))
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

impl Node {
    /// Goes on with a call.
    pub(super) fn take_up(&mut self, survivor: Survivor) {
        let Survivor {
            session,
            past,
            first,
            second,
        } = survivor;
        let Some(keeping) = past.keeping() else {
            return;
        };
        let dialogs = (first.dialog, second.as_ref().map(|second| second.dialog));
        let Some(mut call) = self.call_again(session, &past, &first, keeping) else {
            return;
        };
        let other = second.as_ref().and_then(|second| {
            let call = self.call_again(session, &past, second, keeping)?;
            call.bridge.is_some().then_some(call)
        });
        self.know_again(&mut call, &past, &first.plan);
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
        if let Some(bridge) = &mut call.bridge {
            bridge.other = dialogs.1.filter(|_| other.is_some());
            bridge.chain.clone_from(&past.chain);
            // The other dialog ended before the crash.
            bridge.parted = (past.is_pair() && other.is_none()).then(Instant::now);
        }
        self.open_again(&mut call, first);
        let seconds = past.silent_for().as_secs();
        tracing::info!(session.id = %session, seconds, "a call goes on after a restart");
        self.show(&call);
        self.dialogs.insert(session, dialogs.0);
        self.calls.insert(dialogs.0, call);
        if let (Some(mut call), Some(second)) = (other, second) {
            if let Some(bridge) = &mut call.bridge {
                bridge.other = Some(dialogs.0);
            }
            let dialog = second.dialog;
            self.open_again(&mut call, second);
            self.calls.insert(dialog, call);
            self.ask_for_life(dialog);
        }
        self.ask_for_life(dialogs.0);
    }

    /// Hands the ports of a dialog to the sweep.
    fn open_again(&self, call: &mut Call, half: Half) {
        for (line, (address, pair)) in half.streams {
            let Some(line) = half.plan.lines.iter().find(|known| known.index == line) else {
                continue;
            };
            self.add_stream(call, line, pair);
            let paused = line.paused;
            call.streams
                .insert(line.index, OpenStream { address, paused });
        }
    }

    /// One dialog of a call as its journal says it was.
    fn call_again(
        &self,
        session: SessionId,
        past: &Past,
        half: &Half,
        keeping: Keeping,
    ) -> Option<Call> {
        let invite = &past.said_in(half.number).next()?.bytes;
        let Message::Request(invite) = sip::parse(invite).ok()?.message else {
            return None;
        };
        let now = Instant::now();
        Some(Call {
            session,
            recording: session.first_recording(),
            keeping,
            verdict: verdict_of(past.mode?),
            messages: Messages::default(),
            known: Known::default(),
            device: super::invite::device(&invite),
            invited: past.invited,
            answered: past.answered,
            began: past.began,
            paused_by: past.paused_by.clone(),
            idle: BTreeMap::new(),
            asked: Vec::new(),
            beside: BTreeMap::new(),
            communication_session: half.plan.communication_session.clone(),
            rests: keeping == Keeping::Waiting && past.rests,
            siprec: half.siprec.clone(),
            number: half.number,
            bridge: leg(past, half.number).map(Bridge::new),
            lines: half.plan.lines.len(),
            keys: super::keys::journalled(&half.plan),
            client: self.client_of(half.flow.peer.ip()),
            flow: half.flow,
            sips: super::invite::is_sips(&invite),
            streams: BTreeMap::new(),
            stage: Stage::Live,
            heard: now,
            life_until: Some(now + LIFE_WITHIN.min(self.options.resume_window)),
        })
    }

    /// What a call as a whole has, and the second dialog of a pair has not: recordings, who takes
    /// part, and what the rules say.
    fn know_again(&self, call: &mut Call, past: &Past, plan: &Plan) {
        for said in past.messages.iter().filter(|said| !said.sent) {
            call.messages
                .add(said.time_ns, said.dialog, said.bytes.clone());
        }
        let in_force = plan.communication_session.as_deref();
        let (recording, beside) = past.recordings(in_force);
        call.beside = beside;
        call.recording = recording.unwrap_or_else(|| match past.ended {
            // Stopped: the next Start makes a new one.
            true => self.mint_recording(),
            false => call.session.first_recording(),
        });
        call.known = self.know(call);
        call.verdict = past.verdict(self.decide(call, false));
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

/// What a phone's Built-in Bridge said last of a dialog.
fn leg(past: &Past, dialog: u8) -> Option<Leg> {
    let said = past.said_in(dialog).filter(|said| !said.sent);
    let legs = said.filter_map(|said| match sip::parse(&said.bytes).ok()?.message {
        Message::Request(request) => Leg::of(&request),
        Message::Response(_) => None,
    });
    legs.last()
}
