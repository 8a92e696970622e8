//! What becomes of a call: the verdict of the rules, and what follows from it.
//!
//! A verdict is final once it is no longer open. An open one is written apart, like a call that
//! people may keep late, and given again at every message that says more, at Start, and at the
//! end, when what is not known will never be.

use super::invite::append_all;
use super::{Event, Node};
use crate::calls::{Call, Keeping};
use crate::clearing::Clearing;
use crate::clocks::monotonic_ns;
use crate::discards::discarded;
use crate::parties::Known;
use crate::sweep::{Order, Turn};
use jiff::Timestamp;
use journal::Entry;
use model::live::{LiveCall, LiveState, LiveStream};
use model::rules::{Verdict, decide};
use model::{Mode, Pause, SessionId};
use siprec::Caller;

impl Node {
    /// What the first message of a call says, and the verdict on it.
    pub(super) fn first_verdict(&self, call: &mut Call, invite: &[u8]) {
        call.messages.add(monotonic_ns(), 0, invite.to_vec());
        call.known = self.know(call);
        call.verdict = self.decide(call, false);
        call.keeping = match call.verdict.mode {
            _ if call.verdict.undecided => Keeping::Held,
            Mode::Always => Keeping::Kept,
            Mode::KeepLate => Keeping::Held,
            Mode::OnDemand => Keeping::Waiting,
            Mode::Never => Keeping::Never,
        };
    }

    /// A later message may say who takes part.
    pub(super) fn learn(&mut self, call: &mut Call, dialog: u8, message: &[u8]) {
        call.messages
            .add(monotonic_ns(), dialog, sip::redact::redacted(message));
        call.known = self.know(call);
        if call.keeping == Keeping::Held && call.verdict.undecided {
            self.decide_again(call, false);
        }
    }

    /// Gives the verdict with what is known now. `over`: nothing more will become known.
    pub(super) fn decide_again(&mut self, call: &mut Call, over: bool) {
        let verdict = self.decide(call, over);
        let open = verdict.undecided;
        call.verdict = verdict;
        if open {
            return;
        }
        tracing::info!(session.id = %call.session, mode = call.verdict.mode.name(),
            "the rules have decided about a call");
        if let Err(error) = append_all(&self.log, call.session, [verdict_entry(&call.verdict)]) {
            tracing::error!(session.id = %call.session, %error, "a verdict was not journalled");
        }
        match call.verdict.mode {
            Mode::KeepLate => {}
            Mode::Always => {
                let session = call.session;
                let tell = move |result| safe_or_said(session, result);
                match self.log.keep(session, monotonic_ns(), "", Box::new(tell)) {
                    Ok(()) => call.keeping = Keeping::Kept,
                    Err(error) => {
                        // Held as it is: the end of the call tries again.
                        tracing::error!(session.id = %session, %error, "a call is not kept yet");
                        call.verdict.undecided = true;
                    }
                }
            }
            Mode::OnDemand => self.silence(call, Keeping::Moving),
            Mode::Never => self.silence(call, Keeping::Never),
        }
    }

    /// Writes no more of a call that was written until now, and then destroys what is there.
    fn silence(&mut self, call: &mut Call, keeping: Keeping) {
        let session = call.session;
        call.keeping = keeping;
        let events = self.events.clone();
        let clear = move |clearing| {
            let _ = events.send(Event::Silent(clearing));
        };
        if keeping == Keeping::Never {
            call.siprec.take_nothing();
            self.shared.board.count_not_recorded();
            let done = Box::new(move || clear(Clearing::Discard(session, None)));
            return self.order(Order::Drop { session, done });
        }
        self.order(Order::Turn(Turn {
            session,
            at_ns: 0,
            on: Some(false),
            deeds: Vec::new(),
            done: Some(Box::new(move |_| clear(Clearing::BeginAgain(session)))),
        }));
    }

    /// A call is out of its own file: what was asked meanwhile can be done.
    pub(super) fn cleared(&mut self, clearing: &Clearing) {
        let session = match clearing {
            Clearing::BeginAgain(session) => session,
            // A call that goes on without being recorded stays; any other one is over.
            Clearing::Discard(session, _) => {
                if self.is_held(*session) {
                    self.forget(*session);
                }
                return;
            }
        };
        let Some(dialog) = self.dialogs.get(session).copied() else {
            return;
        };
        let Some(call) = self.calls.get_mut(&dialog) else {
            return;
        };
        if call.keeping == Keeping::Moving {
            call.keeping = Keeping::Waiting;
        }
        for (ask, reply) in std::mem::take(&mut call.asked) {
            self.asked(ask, reply);
        }
    }

    /// Whether a call's end is written to its own file, where it may yet be discarded.
    pub(super) fn is_held(&self, session: SessionId) -> bool {
        let call = self.dialogs.get(&session).and_then(|id| self.calls.get(id));
        call.is_some_and(|call| call.keeping == Keeping::Held)
    }

    /// A call that was held until its end is kept or thrown away.
    pub(super) fn last_verdict(&mut self, session: SessionId) {
        let Some(dialog) = self.dialogs.get(&session).copied() else {
            return;
        };
        let Some(mut call) = self.calls.remove(&dialog) else {
            return;
        };
        if call.verdict.undecided {
            call.verdict = self.decide(&call, true);
            let entry = verdict_entry(&call.verdict);
            if let Err(error) = append_all(&self.log, session, [entry]) {
                tracing::error!(session.id = %session, %error, "a verdict was not journalled");
            }
        }
        let shown = self.live_call(&call);
        if call.verdict.mode == Mode::Always {
            self.shared.board.remove(session);
            self.shared.board.process(LiveCall {
                kept: true,
                ..shown
            });
            let kept = self
                .log
                .keep(session, monotonic_ns(), "", self.closing(session));
            if let Err(error) = kept {
                // The next start gives the same verdict.
                tracing::error!(session.id = %session, %error, "a call is not kept yet");
                let _ = self.events.send(Event::Closed { session });
            }
        } else {
            tracing::info!(session.id = %session, "nobody started a call: it is thrown away");
            self.shared.board.remove(session);
            let written_down = call.answered.is_some().then(|| discarded(&shown));
            if call.answered.is_some() {
                self.shared.board.discarded(LiveCall {
                    state: LiveState::Processing,
                    ..shown
                });
            }
            let _ = self.clearing.send(Clearing::Discard(session, written_down));
        }
        self.calls.insert(dialog, call);
    }

    pub(super) fn decide(&self, call: &Call, over: bool) -> Verdict {
        let client = self.client_name(call);
        decide(
            &self.rules,
            &call.known.call_facts(client, call.invited, over),
        )
    }

    pub(super) fn know(&self, call: &Call) -> Known {
        let client = call.client.map(|index| &self.options.clients[index]);
        let caller = client.map_or(Caller::Unknown, |client| client.caller.clone());
        Known::of(call.messages.facts(&caller), &self.rules)
    }

    pub(super) fn client_name(&self, call: &Call) -> &str {
        let client = call.client.map(|index| &self.options.clients[index]);
        client.map_or("", |client| client.name.as_str())
    }

    /// Shows a call as it is now, once it is answered.
    pub(super) fn show(&self, call: &Call) {
        if call.stage == crate::calls::Stage::Live && call.number == 0 {
            self.shared.board.show(self.live_call(call));
        }
    }

    /// Shows that a call is over.
    pub(super) fn show_end(&self, dialog: sip::DialogId) {
        let Some(call) = self.calls.get(&dialog) else {
            return;
        };
        let shown = self.live_call(call);
        match call.keeping {
            _ if call.answered.is_none() => {}
            Keeping::Kept => {
                self.shared.board.remove(call.session);
                self.shared.board.process(shown);
            }
            // The last verdict says what becomes of it.
            Keeping::Held => self.shared.board.show(LiveCall {
                state: LiveState::Processing,
                ..shown
            }),
            Keeping::Moving | Keeping::Waiting | Keeping::Never => {
                self.shared.board.ended(call.session);
            }
        }
    }

    pub(super) fn live_call(&self, call: &Call) -> LiveCall {
        let stream = |(index, open): (u16, &crate::calls::OpenStream)| {
            let (label, codec) = call.known.stream(index);
            let packets = 0;
            let stream = LiveStream {
                index,
                label,
                codec,
                packets,
            };
            (open.paused, stream)
        };
        let dialogs = std::iter::once(call).chain(self.other_half(call));
        let open = dialogs.flat_map(Call::numbered_streams);
        let streams: Vec<(bool, LiveStream)> = open.map(stream).collect();
        let by_client = !streams.is_empty() && streams.iter().all(|(paused, _)| *paused);
        let paused_by = call.paused_by.clone();
        let paused_by = paused_by.or_else(|| by_client.then(|| "client".to_owned()));
        LiveCall {
            session: call.session,
            recording: call.recording,
            mode: call.verdict.mode,
            rule: call
                .verdict
                .rule
                .clone()
                .map(|(_, name)| name)
                .unwrap_or_default(),
            undecided: call.verdict.undecided,
            kept: call.keeping == Keeping::Kept,
            pause: call.verdict.pause,
            state: LiveState::Recording,
            started_at: call.began,
            answered_at: call.answered.unwrap_or(call.invited),
            local_number: call.known.local_number(),
            remote_number: call.known.remote_number(),
            remote_name: call.known.remote_name(),
            local_keys: call.known.local_keys().to_vec(),
            direction: call.known.direction(),
            device_name: call.device.clone(),
            client: self.client_name(call).to_owned(),
            pbx_call_id: call.conversation(),
            paused: paused_by.is_some(),
            paused_by,
            participants: call.known.participants(&self.rules),
            streams: streams.into_iter().map(|(_, stream)| stream).collect(),
            owner: None,
            group: None,
        }
    }
}

/// The entry that says what the rules said.
pub(super) fn verdict_entry(verdict: &Verdict) -> Entry<'_> {
    Entry::Verdict {
        mode: verdict.mode.name(),
        undecided: verdict.undecided,
        rule: verdict.rule.as_ref().map_or("", |(_, name)| name),
    }
}

/// A verdict of which only the mode is known.
pub(super) fn verdict_of(mode: Mode) -> Verdict {
    Verdict {
        mode,
        rule: None,
        pause: Pause::default(),
        undecided: false,
        why: Vec::new(),
    }
}

/// Wall clock now.
pub(super) fn now() -> Timestamp {
    Timestamp::from_nanosecond(crate::clocks::wall_ns().into()).unwrap_or_default()
}

fn safe_or_said(session: SessionId, result: Result<(), journal::Error>) {
    if let Err(error) = result {
        tracing::error!(session.id = %session, %error, "a kept call is not safe");
    }
}
