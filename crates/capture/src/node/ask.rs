//! What people ask of calls in progress: start, stop, pause, resume, mark.
//!
//! Nobody here asks whether they may: that was asked before. Start and Stop answer when what
//! they did is on the disk; the loop itself waits for nothing.

use super::invite::{append_all, random, unix_ms};
use super::verdict::now;
use super::{Ask, Event, Node};
use crate::calls::{Call, Keeping, Reply, Stage};
use crate::clocks::monotonic_ns;
use crate::sweep::{Deed, Done, Order, Turn};
use journal::{Entry, Mark, Why};
use model::live::{LiveError, Which};
use model::{Mode, RecordingId, SessionId};
use sip::DialogId;

impl Node {
    /// Does what is asked, and sees to it that an answer comes.
    pub(super) fn asked(&mut self, ask: Ask, reply: Reply) {
        let which = match &ask {
            Ask::Start { which, .. } | Ask::Stop { which, .. } => which.clone(),
            Ask::Pause { recording, .. }
            | Ask::Resume { recording, .. }
            | Ask::Mark { recording, .. } => Which::Recording(*recording),
        };
        let Some(dialog) = self.find(&which) else {
            return answer(reply, Err(LiveError::NoCall));
        };
        let Some(mut call) = self.calls.remove(&dialog) else {
            return answer(reply, Err(LiveError::NoCall));
        };
        match ask {
            Ask::Start { which, who } => self.start(&mut call, which, who, reply),
            Ask::Stop { who, .. } => self.stop(&mut call, who, reply),
            Ask::Pause { who, .. } => {
                let paused = self.pause(&mut call, &who);
                self.show(&call);
                answer(reply, paused);
            }
            Ask::Resume { who, .. } => {
                let resumed = self.resume(&mut call, &who);
                self.show(&call);
                answer(reply, resumed);
            }
            Ask::Mark { who, text, .. } => {
                let marked = self.mark_all(&call, Mark::Flag, &who, &text);
                answer(reply, marked);
            }
        }
        self.calls.insert(dialog, call);
    }

    /// The call that is meant: of several the latest answered, one that may be recorded first.
    fn find(&self, which: &Which) -> Option<DialogId> {
        let meant = |call: &Call| match which {
            Which::Recording(recording) => call.recording == *recording,
            Which::Keys(keys) => call.known.has_any(keys),
            Which::Line {
                device_name,
                directory_number,
            } => {
                let device = device_name.as_deref();
                let number = directory_number.as_deref();
                let is_device =
                    |name: &str| !name.is_empty() && call.device.eq_ignore_ascii_case(name);
                (device.is_some() || number.is_some())
                    && device.is_none_or(is_device)
                    && number.is_none_or(|number| call.known.is_line(number))
            }
        };
        let live = self.calls.iter();
        let whole = |call: &Call| call.stage == Stage::Live && call.number == 0;
        let live = live.filter(|(_, call)| whole(call) && meant(call));
        let latest = live
            .max_by_key(|(_, call)| (call.keeping != Keeping::Never, call.answered, call.session));
        latest.map(|(dialog, _)| *dialog)
    }

    fn start(&mut self, call: &mut Call, which: Which, who: String, reply: Reply) {
        if call.keeping == Keeping::Held && call.verdict.undecided {
            // Somebody decides now: with what is known now.
            self.decide_again(call, true);
            self.show(call);
        }
        if self.admission.journal_failing {
            return answer(reply, Err(LiveError::Unavailable));
        }
        match (call.keeping, call.verdict.mode) {
            (Keeping::Never, _) => answer(reply, Err(LiveError::NoCall)),
            (Keeping::Moving, _) => call.asked.push((Ask::Start { which, who }, reply)),
            (Keeping::Kept, Mode::Always) => answer(reply, Err(LiveError::Automatic)),
            (Keeping::Kept, _) => answer(reply, Err(LiveError::AlreadyRecorded)),
            (Keeping::Held, _) => self.keep(call, &who, reply),
            (Keeping::Waiting, _) => self.begin(call, who, reply),
        }
    }

    /// Keeps a call from its first packet.
    fn keep(&self, call: &mut Call, who: &str, reply: Reply) {
        let (session, recording) = (call.session, call.recording);
        let (told, asked) = std::sync::mpsc::channel();
        // The reply goes with the callback, and comes back if there will be none.
        let tell = move |result: Result<(), journal::Error>| {
            if let Err(error) = result {
                tracing::error!(session.id = %session, %error, "a kept call is not safe");
            }
            if let Ok(reply) = asked.recv() {
                answer(reply, Ok(recording));
            }
        };
        match self.log.keep(session, monotonic_ns(), who, Box::new(tell)) {
            Ok(()) => {
                call.keeping = Keeping::Kept;
                // Whoever is answered sees it.
                self.show(call);
                let _ = told.send(reply);
            }
            Err(error) => {
                tracing::error!(session.id = %session, %error, "a call could not be kept");
                answer(reply, Err(LiveError::Unavailable));
            }
        }
    }

    /// Begins a recording in a call nothing is written of.
    fn begin(&self, call: &mut Call, who: String, reply: Reply) {
        call.keeping = Keeping::Kept;
        call.rests = false;
        call.began = now();
        let what = Mark::Keep;
        let deeds = vec![
            Deed::Marked { what, who },
            Deed::Began {
                recording: call.recording,
                communication_session: call.communication_session.clone().unwrap_or_default(),
            },
        ];
        self.show(call);
        let done = self.replying(call.session, call.recording, reply, true);
        self.turn(call.session, Some(true), deeds, done);
    }

    fn stop(&mut self, call: &mut Call, who: String, reply: Reply) {
        match (call.keeping, call.verdict.mode) {
            (Keeping::Never, _) => return answer(reply, Err(LiveError::NoCall)),
            // An open verdict says always: nobody has started anything.
            (_, Mode::Always) if !call.verdict.undecided => {
                return answer(reply, Err(LiveError::Automatic));
            }
            (Keeping::Held | Keeping::Moving | Keeping::Waiting, _) => {
                return answer(reply, Err(LiveError::NotLive));
            }
            (Keeping::Kept, _) => {}
        }
        self.shared.board.process(self.live_call(call));
        if call.paused_by.take().is_some() {
            self.order(Order::Resume {
                session: call.session,
                stream: None,
                to_ns: monotonic_ns(),
            });
        }
        let ended = call.recording;
        call.keeping = Keeping::Waiting;
        call.recording = RecordingId::mint(unix_ms(), random());
        let what = Mark::Stop;
        let why = Why::Stopped;
        let mut deeds = vec![
            Deed::Marked { what, who },
            Deed::Ended {
                recording: ended,
                why,
            },
        ];
        let beside = std::mem::take(&mut call.beside).into_values();
        deeds.extend(beside.map(|recording| Deed::Ended { recording, why }));
        self.show(call);
        let done = self.replying(call.session, ended, reply, false);
        self.turn(call.session, Some(false), deeds, done);
    }

    fn pause(&self, call: &mut Call, who: &str) -> Result<RecordingId, LiveError> {
        recorded(call)?;
        if call.paused_by.is_some() {
            return Err(LiveError::Paused);
        }
        let from_ns = monotonic_ns();
        // Whether the mark can be written or not: nobody may hear what follows.
        call.paused_by = Some(who.to_owned());
        self.order(Order::Pause {
            session: call.session,
            stream: None,
            from_ns,
        });
        self.mark_all(call, Mark::Pause, who, "")
    }

    fn resume(&self, call: &mut Call, who: &str) -> Result<RecordingId, LiveError> {
        if call.paused_by.is_none() {
            return Err(LiveError::NotPaused);
        }
        let marked = self.mark_all(call, Mark::Resume, who, "")?;
        call.paused_by = None;
        self.order(Order::Resume {
            session: call.session,
            stream: None,
            to_ns: monotonic_ns(),
        });
        Ok(marked)
    }

    fn mark_all(
        &self,
        call: &Call,
        what: Mark,
        who: &str,
        text: &str,
    ) -> Result<RecordingId, LiveError> {
        recorded(call)?;
        let entry = Entry::Mark {
            what,
            stream: None,
            who,
            text,
        };
        match append_all(&self.log, call.session, [entry]) {
            Ok(_) => Ok(call.recording),
            Err(error) => {
                tracing::error!(session.id = %call.session, %error, "a mark was not journalled");
                Err(LiveError::Unavailable)
            }
        }
    }

    pub(super) fn turn(&self, session: SessionId, on: Option<bool>, deeds: Vec<Deed>, done: Done) {
        self.order(Order::Turn(Turn {
            session,
            at_ns: monotonic_ns(),
            on,
            deeds,
            done: Some(done),
        }));
    }

    /// Answers when what was done is durable.
    fn replying(
        &self,
        session: SessionId,
        recording: RecordingId,
        reply: Reply,
        begins: bool,
    ) -> Done {
        let (log, events) = (self.log.clone(), self.events.clone());
        let closed = std::sync::Arc::clone(&self.closed);
        Box::new(move |written| match written {
            Ok(position) => {
                let tell = move |result: Result<(), journal::Error>| {
                    if let Err(error) = result {
                        tracing::error!(session.id = %session, %error,
                            "a start or stop is not safe");
                    }
                    answer(reply, Ok(recording));
                    closed();
                };
                log.on_commit(position, Box::new(tell));
            }
            Err(error) => {
                tracing::error!(session.id = %session, %error, "a start or stop was not written");
                if begins {
                    let _ = events.send(Event::NotBegun { session });
                }
                answer(reply, Err(LiveError::Unavailable));
            }
        })
    }

    /// The journal did not take the beginning of a recording: there is none.
    pub(super) fn not_begun(&mut self, session: SessionId) {
        let dialog = self.dialogs.get(&session).copied();
        let Some(mut call) = dialog.and_then(|dialog| self.calls.remove(&dialog)) else {
            return;
        };
        call.keeping = Keeping::Waiting;
        if call.stage == Stage::Live {
            let done: Done = Box::new(|_| ());
            self.turn(session, Some(false), Vec::new(), done);
        }
        self.show(&call);
        if let Some(dialog) = dialog {
            self.calls.insert(dialog, call);
        }
    }
}

/// Whether sound of the call is being written, so that it can be paused and marked.
fn recorded(call: &Call) -> Result<(), LiveError> {
    match call.keeping {
        Keeping::Kept | Keeping::Held => Ok(()),
        Keeping::Moving | Keeping::Waiting | Keeping::Never => Err(LiveError::NotLive),
    }
}

fn answer(reply: Reply, result: Result<RecordingId, LiveError>) {
    // Whoever asked may have gone.
    let _ = reply.send(result);
}
