//! Cisco's Built-in Bridge: two dialogs of one phone are one call.
//!
//! The first dialog is the call; the second joins its session, so that both halves are in one
//! journal, and has nothing of its own but its streams. Either may end first. Which calls belong
//! to one conversation, because CUCM records anew after a transfer or because both phones are
//! recorded, is known for an hour from the numbers they have in common.

use super::invite::{Asked, append_all, new_call};
use super::verdict::now;
use super::{Event, Node};
use crate::admission::Refusal;
use crate::calls::{Bridge, Call, Keeping, Stage};
use crate::sweep::Order;
use journal::{Entry, Why};
use sip::{DialogId, Request};
use siprec::Plan;
use siprec::bib::Leg;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The second dialog of a pair comes so long after the first at most.
const SECOND_WITHIN: Duration = Duration::from_secs(10);
/// When one dialog of a pair has ended, the other is over after so long without a packet.
const ALONE: Duration = Duration::from_secs(5);
/// Calls are known by their numbers for so long after they began.
const CHAINED: Duration = Duration::from_secs(3_600);
/// Most numbers known.
const CHAINS_MAX: usize = 16_384;

impl Bridge {
    pub(super) fn new(leg: Leg) -> Self {
        let now = Instant::now();
        Self {
            leg,
            since: now,
            other: None,
            parted: None,
            left: false,
            heard: now,
            chain: None,
        }
    }
}

/// Which conversation the numbers of both ends belong to.
#[derive(Debug, Default)]
pub(super) struct Chains(VecDeque<Link>);

#[derive(Debug)]
struct Link {
    key: String,
    conversation: String,
    since: Instant,
}

impl Chains {
    /// The conversation one of these numbers belongs to, if it is known.
    fn find(&self, leg: &Leg) -> Option<&str> {
        let keys: Vec<String> = leg.keys().collect();
        let known = self.0.iter().rev();
        let mut known = known.filter(|link| link.since.elapsed() < CHAINED);
        known
            .find(|link| keys.contains(&link.key))
            .map(|link| link.conversation.as_str())
    }

    fn remember(&mut self, leg: &Leg, conversation: &str) {
        let since = Instant::now();
        while self.0.front().is_some_and(|link| {
            since.saturating_duration_since(link.since) >= CHAINED || self.0.len() >= CHAINS_MAX
        }) {
            self.0.pop_front();
        }
        for key in leg.keys() {
            self.0.push_back(Link {
                key,
                conversation: conversation.to_owned(),
                since,
            });
        }
    }
}

/// Whether half of a pair has gone on alone for long enough without a packet.
pub(super) fn is_over(call: &Call, now: Instant) -> bool {
    let quiet = |since: Instant| now.saturating_duration_since(since) >= ALONE;
    let alone = |bridge: &Bridge| bridge.parted.is_some_and(quiet) && quiet(bridge.heard);
    call.stage == Stage::Live && call.bridge.as_ref().is_some_and(alone)
}

impl Node {
    /// The call whose second dialog this leg is.
    pub(super) fn first_half(&self, leg: &Leg) -> Option<DialogId> {
        let key = leg.key()?;
        let waits = |call: &Call| {
            call.number == 0
                && call.goes_on()
                && call.bridge.as_ref().is_some_and(|bridge| {
                    bridge.other.is_none()
                        && bridge.leg.side != leg.side
                        && bridge.since.elapsed() <= SECOND_WITHIN
                        && bridge.leg.key().as_ref() == Some(&key)
                })
        };
        let mut calls = self.calls.iter();
        calls.find(|(_, call)| waits(call)).map(|(id, _)| *id)
    }

    /// Takes the second dialog of a pair into the session of the first.
    pub(super) fn join(
        &mut self,
        first: DialogId,
        asked: &Asked<'_>,
        siprec: siprec::Session,
        plan: &Plan,
    ) {
        let Some(session) = self.calls.get(&first).map(|call| call.session) else {
            return self.unavailable(asked.peer(), asked.transaction, Refusal::Journal);
        };
        let mut call = new_call(session, asked, siprec, plan);
        call.number = 1;
        if let Some(bridge) = &mut call.bridge {
            bridge.other = Some(first);
        }
        self.follow_first(&mut call);
        let Some(pairs) = self.bind_all(&call, plan) else {
            return self.unavailable(asked.peer(), asked.transaction, Refusal::Ports);
        };
        if call.keeping != Keeping::Never
            && let Err(error) = self.journal_second(&call, asked)
        {
            tracing::error!(%error, "half of a call was refused: the journal cannot be written");
            return self.unavailable(asked.peer(), asked.transaction, Refusal::Journal);
        }
        self.journal_keys(&mut call, plan);
        for (line, pair) in pairs {
            self.add_stream(&mut call, line, pair);
        }
        if let Some(bridge) = self.calls.get_mut(&first).and_then(|c| c.bridge.as_mut()) {
            bridge.other = Some(asked.dialog);
        }
        tracing::info!(session.id = %session, "the other half of a call has come");
        self.learn_from(&mut call, asked.raw);
        let unrecorded = call.keeping == Keeping::Never;
        self.calls.insert(asked.dialog, call);
        if unrecorded {
            self.committed(asked.dialog, Ok(()));
        }
    }

    fn journal_second(&self, call: &Call, asked: &Asked<'_>) -> Result<(), journal::Error> {
        let bytes = sip::redact::redacted(asked.raw);
        let entry = Entry::Signal {
            sent: false,
            dialog: call.number,
            bytes: &bytes,
        };
        let position = append_all(&self.log, call.session, [entry])?;
        let (events, dialog) = (self.events.clone(), asked.dialog);
        let tell = move |result| {
            let _ = events.send(Event::Committed { dialog, result });
        };
        self.log.on_durable(call.session, position, Box::new(tell));
        Ok(())
    }

    /// What becomes of a call's sound: of a second dialog's what becomes of the first's.
    pub(super) fn keeping(&self, call: &Call) -> Keeping {
        let first = Some(call).filter(|call| call.number != 0);
        let first = first.and_then(|call| self.other_half(call));
        first.map_or(call.keeping, |first| first.keeping)
    }

    /// Brings a second dialog up to date with the first.
    pub(super) fn follow_first(&self, call: &mut Call) {
        let keeping = self.keeping(call);
        call.keeping = keeping;
        if call.number != 0 && keeping == Keeping::Never {
            call.siprec.take_nothing();
        }
    }

    /// The other dialog of a pair.
    pub(super) fn other_half(&self, call: &Call) -> Option<&Call> {
        self.calls.get(&call.bridge.as_ref()?.other?)
    }

    /// Notes that a message of a dialog came.
    pub(super) fn touch(&mut self, dialog: DialogId) {
        let now = Instant::now();
        let call = self.calls.get_mut(&dialog);
        let other = call.and_then(|call| {
            call.heard = now;
            call.life_until = None;
            call.bridge.as_ref()?.other
        });
        if let Some(call) = other.and_then(|other| self.calls.get_mut(&other)) {
            call.heard = now;
        }
    }

    /// Takes what a message says about who takes part, in whichever dialog of the call it came.
    pub(super) fn learn_from(&mut self, call: &mut Call, message: &[u8]) {
        if call.number == 0 {
            return self.learn(call, 0, message);
        }
        let first = call.bridge.as_ref().and_then(|bridge| bridge.other);
        if let Some(first) = first
            && let Some(mut whole) = self.calls.remove(&first)
        {
            self.learn(&mut whole, call.number, message);
            self.calls.insert(first, whole);
        }
    }

    /// A new far end: CUCM says it with an UPDATE of both dialogs.
    pub(super) fn heard_of(&mut self, call: &mut Call, request: &Request) {
        let conversation = call.conversation();
        if let (Some(bridge), Some(leg)) = (&mut call.bridge, Leg::of(request))
            && bridge.leg != leg
        {
            if let Some(conversation) = conversation {
                self.chains.remember(&leg, &conversation);
            }
            bridge.leg = leg;
        }
    }

    /// Looks whether a new call goes on a conversation that is known.
    pub(super) fn chain(&mut self, call: &mut Call) {
        let own = call.known.pbx_call_id();
        let Some(bridge) = &mut call.bridge else {
            return;
        };
        let known = self.chains.find(&bridge.leg).map(str::to_owned);
        bridge.chain = known.filter(|known| own.as_ref() != Some(known));
        if let Some(conversation) = bridge.chain.clone().or(own) {
            self.chains.remember(&bridge.leg, &conversation);
        }
    }

    /// Shows the call whose second dialog this is.
    pub(super) fn show_pair(&self, dialog: DialogId) {
        let second = self.calls.get(&dialog).filter(|call| call.number != 0);
        if let Some(first) = second.and_then(|call| self.other_half(call)) {
            self.show(first);
        }
    }

    /// Ends one dialog of a pair; false when that is the end of the call.
    pub(super) fn part(&mut self, dialog: DialogId, why: Why) -> bool {
        let Some(call) = self.calls.get(&dialog) else {
            return false;
        };
        let (number, stage, session) = (call.number, call.stage, call.session);
        let other = call.bridge.as_ref().and_then(|bridge| bridge.other);
        let goes_on = self.other_half(call).is_some_and(Call::goes_on);
        let first = match (number, other) {
            // A first dialog that was never answered takes the second one with it.
            (0, Some(_)) if goes_on && stage == Stage::Live => dialog,
            (0, _) => return false,
            (_, Some(first)) => first,
            (_, None) => return true,
        };
        if stage == Stage::Ending {
            return true;
        }
        self.close_streams(dialog);
        if let Some(second) = self.calls.get_mut(&dialog).filter(|_| number != 0) {
            second.stage = Stage::Ending;
        }
        if number != 0 && !goes_on {
            // The first had left before.
            self.end_session(first, why);
            return true;
        }
        if let Some(bridge) = self.calls.get_mut(&first).and_then(|c| c.bridge.as_mut()) {
            bridge.left |= number == 0;
            if stage == Stage::Live {
                bridge.parted = Some(Instant::now());
            }
        }
        tracing::info!(session.id = %session, at = %now(), "one half of a call has ended");
        if let Some(first) = self.calls.get(&first) {
            self.show(first);
        }
        true
    }

    fn close_streams(&mut self, dialog: DialogId) {
        let Some(call) = self.calls.get_mut(&dialog) else {
            return;
        };
        let session = call.session;
        let open: Vec<u16> = call.numbered_streams().map(|(number, _)| number).collect();
        call.streams.clear();
        call.idle.clear();
        for stream in open {
            self.order(Order::Remove { session, stream });
        }
    }

    /// Says goodbye to the second dialog when the call as a whole is over.
    pub(super) fn end_other_half(&mut self, dialog: DialogId) {
        let call = self.calls.get(&dialog).filter(|call| call.number == 0);
        let other = call.and_then(|call| call.bridge.as_ref()?.other);
        let Some((other, second)) = other.and_then(|id| Some((id, self.calls.get_mut(&id)?)))
        else {
            return;
        };
        let live = second.stage == Stage::Live;
        second.stage = Stage::Ending;
        if live {
            self.bye(other);
        }
    }
}
