//! Communication sessions that begin and end inside a recording session: each is a recording.

use super::invite::{random, unix_ms};
use super::verdict::now;
use super::{Event, Node};
use crate::calls::{Call, Keeping};
use crate::clocks::monotonic_ns;
use crate::sweep::{Deed, Done, Order};
use journal::Why;
use model::{RecordingId, SessionId};
use siprec::Plan;

impl Call {
    /// Mints a recording for every communication session that goes on besides the one in force
    /// and has none; returns those.
    pub(super) fn begin_beside(&mut self, plan: &Plan) -> Vec<(RecordingId, String)> {
        let mut begun = Vec::new();
        if !matches!(self.keeping, Keeping::Kept | Keeping::Held) {
            return begun;
        }
        for id in &plan.communication_sessions {
            let known = plan.communication_session.as_ref() == Some(id);
            if !known && !self.beside.contains_key(id) {
                let recording = RecordingId::mint(unix_ms(), random());
                self.beside.insert(id.clone(), recording);
                begun.push((recording, id.clone()));
            }
        }
        begun
    }

    /// Forgets the recordings of communication sessions that are over; returns them.
    fn end_beside(&mut self, plan: &Plan) -> Vec<RecordingId> {
        let mut ended = Vec::new();
        self.beside.retain(|id, recording| {
            let goes_on = plan.communication_sessions.contains(id);
            if !goes_on {
                ended.push(*recording);
            }
            goes_on
        });
        ended
    }
}

impl Node {
    /// A new `session_id` is a new recording of the same conversation; the first one that is
    /// told names the recording that runs. Several that go on at the same time have one each.
    pub(super) fn follow_communication_session(&self, call: &mut Call, plan: &Plan) {
        let told = plan.communication_session.as_deref();
        let Some(told) = told.filter(|_| call.number == 0) else {
            return;
        };
        let known = call.communication_session.replace(told.to_owned());
        if plan.rests && call.keeping == Keeping::Kept {
            return self.rest(call);
        }
        if call.rests && plan.communication_sessions.iter().any(|id| id == told) {
            return self.go_on(call, plan, told);
        }
        if !matches!(call.keeping, Keeping::Kept | Keeping::Held) {
            return;
        }
        let mut deeds = Vec::new();
        if known.is_some_and(|known| known != told) {
            self.move_on(call, told, &mut deeds);
        }
        let ended = call.end_beside(plan).into_iter();
        deeds.extend(ended.map(|recording| Deed::Ended {
            recording,
            why: Why::Bye,
        }));
        let begun = call.begin_beside(plan).into_iter();
        deeds.extend(begun.map(|(recording, communication_session)| Deed::Began {
            recording,
            communication_session,
        }));
        if !deeds.is_empty() {
            self.turn(
                call.session,
                None,
                deeds,
                self.settling(call.session, false),
            );
        }
    }

    /// The conversation is over: its recording ends, and nothing is written before the next one.
    fn rest(&self, call: &mut Call) {
        let session = call.session;
        tracing::info!(session.id = %session, "a conversation has ended, its session goes on");
        self.shared.board.process(self.live_call(call));
        if call.paused_by.take().is_some() {
            self.order(Order::Resume {
                session,
                stream: None,
                to_ns: monotonic_ns(),
            });
        }
        let next = RecordingId::mint(unix_ms(), random());
        let mut ended = vec![std::mem::replace(&mut call.recording, next)];
        ended.extend(std::mem::take(&mut call.beside).into_values());
        let deeds = ended.into_iter().map(|recording| Deed::Ended {
            recording,
            why: Why::Bye,
        });
        (call.keeping, call.rests) = (Keeping::Waiting, true);
        let done = self.settling(session, false);
        self.turn(session, Some(false), deeds.collect(), done);
    }

    /// The next conversation has begun.
    fn go_on(&self, call: &mut Call, plan: &Plan, told: &str) {
        (call.keeping, call.rests) = (Keeping::Kept, false);
        call.began = now();
        let mut begun = vec![(call.recording, told.to_owned())];
        begun.extend(call.begin_beside(plan));
        let deeds = begun.into_iter();
        let deeds = deeds.map(|(recording, communication_session)| Deed::Began {
            recording,
            communication_session,
        });
        let done = self.settling(call.session, true);
        self.turn(call.session, Some(true), deeds.collect(), done);
    }

    /// Has what has ended settled when it is durable. `begins`: nothing of the call is written
    /// where that was not.
    fn settling(&self, session: SessionId, begins: bool) -> Done {
        let (log, events) = (self.log.clone(), self.events.clone());
        let closed = std::sync::Arc::clone(&self.closed);
        Box::new(move |written| match written {
            Ok(position) => log.on_commit(position, Box::new(move |_| closed())),
            Err(error) => {
                tracing::error!(session.id = %session, %error, "no new recording began");
                if begins {
                    let _ = events.send(Event::NotBegun { session });
                }
            }
        })
    }

    /// The communication session in force is another one.
    fn move_on(&self, call: &mut Call, told: &str, deeds: &mut Vec<Deed>) {
        if call.keeping == Keeping::Kept {
            self.shared.board.process(self.live_call(call));
        }
        deeds.push(Deed::Ended {
            recording: call.recording,
            why: Why::NewCommunicationSession,
        });
        // The one that goes on may have been recorded already, beside the one that ended.
        let beside = call.beside.remove(told);
        call.recording = beside.unwrap_or_else(|| RecordingId::mint(unix_ms(), random()));
        call.began = now();
        deeds.extend(beside.is_none().then(|| Deed::Began {
            recording: call.recording,
            communication_session: told.to_owned(),
        }));
    }
}
