//! The signalling loop: one closed set of events, one loop, no waiting inside.
//!
//! The loop never waits for the disk: the commit that covers an INVITE reports back as an event,
//! and only then the 200 leaves. It never touches media: that is the sweep's.

mod ask;
mod bridge;
mod contacts;
mod doors;
mod fault;
mod follow;
mod invite;
mod keys;
mod options;
mod recover;
mod request;
mod resume;
mod start;
mod transmit;
mod verdict;

pub use options::{Client, Options, Running};
pub use start::start;

use crate::admission::{Admission, Refusal};
use crate::calls::{Call, Keeping, Reply, Stage};
use crate::clearing::Clearing;
use crate::handle::Shared;
use crate::listen::{Heard, Line, Places, tcp, udp};
use crate::ports::Ports;
use crate::sweep::{Intake, Order, Report};
use crate::told::Told;
use journal::{Log, Position, Why};
use model::live::Which;
use model::rules::Snapshot;
use model::{RecordingId, SessionId};
use sip::{DialogId, Endpoint, Gone, Output};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender};

/// Messages waiting for the loop; beyond it listeners wait, and datagrams wait in their sockets.
const HEARD_MAX: usize = 8_192;
/// After the last call of a drain, answers to our BYEs are awaited for so long.
const FAREWELL: Duration = Duration::from_millis(500);

/// Everything the loop reacts to besides messages: a handful for each call, so that nobody who
/// reports has to wait.
pub(crate) enum Event {
    Sweep(Report),
    /// The commit that covers a call's INVITE has ended.
    Committed {
        dialog: DialogId,
        result: Result<(), journal::Error>,
    },
    /// The commit that covers a call's last frames has ended.
    Closed {
        session: SessionId,
    },
    /// Nothing more is written of a call that moves into the log, or is thrown away.
    Silent(Clearing),
    /// A call moved into the log, or was thrown away.
    Cleared(Clearing),
    /// A recording that was to begin could not be written.
    NotBegun {
        session: SessionId,
    },
    Rules(Arc<Snapshot>),
    Ask {
        ask: Ask,
        reply: Reply,
    },
    Drain {
        limit: Duration,
    },
}

/// What people ask of a call.
pub(crate) enum Ask {
    Start {
        which: Which,
        who: String,
    },
    Stop {
        which: Which,
        who: String,
    },
    Pause {
        recording: RecordingId,
        who: String,
    },
    Resume {
        recording: RecordingId,
        who: String,
    },
    Mark {
        recording: RecordingId,
        who: String,
        text: String,
    },
}

/// Listeners that are bound, and what they work with.
struct Listeners {
    tcp: Vec<(SocketAddr, TcpListener)>,
    hear: Sender<Heard>,
    places: Places,
}

/// The state of the loop.
pub(crate) struct Node {
    options: Options,
    advertised: Option<IpAddr>,
    endpoint: Endpoint,
    admission: Admission,
    ports: Ports,
    log: Log,
    /// Calls a crash left open wait for room on the disk to be closed; until then none is taken.
    interrupted: bool,
    calls: HashMap<DialogId, Call>,
    dialogs: HashMap<SessionId, DialogId>,
    orders: std_mpsc::Sender<Order>,
    clearing: std_mpsc::Sender<Clearing>,
    rules: Arc<Snapshot>,
    chains: bridge::Chains,
    events: UnboundedSender<Event>,
    udp: HashMap<SocketAddr, Arc<UdpSocket>>,
    connections: HashMap<u64, Line>,
    dialler: tcp::Dialler,
    /// Connections we opened ourselves, by where they lead.
    dialled: HashMap<transmit::Hop, u64>,
    shared: Arc<Shared>,
    closed: Arc<dyn Fn() + Send + Sync>,
    /// Requests of strangers that were refused.
    foreign: Told,
    /// Requests that were answered 503, by why.
    unavailable: HashMap<Refusal, Told>,
    drain_until: Option<Instant>,
    farewell_until: Option<Instant>,
}

/// After a drain's limit, ends that cannot be written are waited for so long.
const STUCK: Duration = Duration::from_secs(2);

/// What makes the loop turn once.
enum Step {
    Event(Event),
    Message(Heard),
    Wake,
    Second,
}

impl Node {
    async fn run(
        mut self,
        mut events: UnboundedReceiver<Event>,
        mut heard: Receiver<Heard>,
        listeners: Listeners,
    ) {
        // Nobody is answered before it is known whether there is room.
        self.look_around();
        self.listen(listeners);
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let wake = self.endpoint.next_wake();
            let step = tokio::select! {
                Some(event) = events.recv() => Step::Event(event),
                Some(message) = heard.recv() => Step::Message(message),
                () = sleep_until(wake) => Step::Wake,
                _ = second.tick() => Step::Second,
            };
            // A panic is a bug; it may cost the call it is about, and no other.
            if catch_unwind(AssertUnwindSafe(|| self.step(step))).is_err() {
                tracing::error!("a fault of the signalling loop: one message is lost");
                self.end_lost_calls();
            }
            if self.is_over() {
                return;
            }
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Event(event) => self.react(event),
            Step::Message(message) => self.hear(message),
            Step::Wake => self.endpoint.wake(Instant::now()),
            Step::Second => self.look_around(),
        }
        self.drain_endpoint();
    }

    /// Starts the listeners that have no thread of their own.
    fn listen(&self, listeners: Listeners) {
        let Listeners { tcp, hear, places } = listeners;
        for (local, socket) in &self.udp {
            tokio::spawn(udp::read(
                Arc::clone(socket),
                *local,
                hear.clone(),
                places.clone(),
            ));
        }
        for (local, listener) in tcp {
            let (hear, places) = (hear.clone(), places.clone());
            tokio::spawn(tcp::accept(listener, local, None, hear, places));
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Message { flow, bytes } => self.receive(flow, &bytes),
            Heard::Opened { connection, line } => {
                self.connections.insert(connection, line);
            }
            Heard::Unframed { flow, error } => self.endpoint.refuse(flow, &error),
            Heard::Closed { connection } => {
                self.connections.remove(&connection);
                self.dialled.retain(|_, dialled| *dialled != connection);
            }
        }
    }

    fn react(&mut self, event: Event) {
        match event {
            Event::Committed { dialog, result } => {
                self.admission.journal_stuck = false;
                self.committed(dialog, result);
            }
            Event::Closed { session } => {
                self.admission.journal_stuck = false;
                self.forget(session);
            }
            Event::Sweep(Report::Finished { session, written }) => self.finished(session, written),
            Event::Sweep(Report::Heard(calls)) => self.heard(&calls),
            Event::Sweep(Report::Journal(intake)) => {
                self.admission.journal_failing = intake != Intake::Open;
                // Who goes on talking believes to be recorded: what is written is kept, and the
                // client told so that it may go to another recorder (promise 4).
                if intake == Intake::Full {
                    self.hang_up_where(Why::DiskFull, |call| call.keeping != Keeping::Never);
                }
            }
            Event::Silent(clearing) => {
                // The thread lives as long as this sender.
                let _ = self.clearing.send(clearing);
            }
            Event::Cleared(clearing) => self.cleared(&clearing),
            Event::NotBegun { session } => self.not_begun(session),
            Event::Rules(rules) => self.rules = rules,
            Event::Ask { ask, reply } => self.asked(ask, reply),
            Event::Drain { limit } => {
                self.admission.draining = true;
                let until = Instant::now() + limit;
                self.drain_until = Some(self.drain_until.map_or(until, |old| old.min(until)));
                tracing::info!(
                    calls = self.dialogs.len(),
                    "draining: no new calls are taken"
                );
            }
        }
    }

    fn heard(&mut self, calls: &[(SessionId, Vec<(u16, u64)>)]) {
        let now = Instant::now();
        for (session, _) in calls {
            let dialog = self.dialogs.get(session);
            if let Some(call) = dialog.and_then(|dialog| self.calls.get_mut(dialog)) {
                call.heard = now;
                call.life_until = None;
                if let Some(bridge) = &mut call.bridge {
                    bridge.heard = now;
                }
            }
        }
        self.shared.board.count(calls);
    }

    /// Takes out of the endpoint what it has to say until it is silent.
    fn drain_endpoint(&mut self) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                Output::Transmit { flow, bytes } => self.transmit(flow, bytes),
                Output::Invite {
                    transaction,
                    dialog,
                    flow,
                    request,
                    raw,
                } => {
                    self.invited(transaction, dialog, flow, &request, &raw);
                }
                Output::InDialog {
                    transaction,
                    dialog,
                    request,
                    raw,
                } => {
                    self.requested(transaction, dialog, &request, &raw);
                }
                Output::Acked {
                    dialog,
                    request,
                    raw,
                } => self.acked(dialog, &request, &raw),
                Output::Cancelled {
                    transaction,
                    dialog,
                } => self.cancelled(transaction, dialog),
                Output::Options {
                    transaction, flow, ..
                } => self.pinged(transaction, flow),
                Output::Sent { dialog, bytes } => self.signal(dialog, true, &bytes),
                Output::Response {
                    dialog,
                    response,
                    raw,
                } => {
                    self.signal(dialog, false, &raw);
                    // Whoever answers is there, whatever the answer; an empty one is ours.
                    if !raw.is_empty() && response.status != 481 {
                        self.touch(dialog);
                    }
                }
                Output::Gone { dialog, why } => self.end(dialog, why_of(&why)),
            }
        }
    }

    /// Once a second: room, silent calls, the end of a drain.
    fn look_around(&mut self) {
        if self.interrupted && start::close_interrupted(&self.log, &[]).is_ok() {
            self.interrupted = false;
            self.admission.journal_failing = false;
            (self.closed)();
        }
        self.admission.journal_failing |= self.interrupted;
        self.admission.measure(self.log.spool_bytes());
        self.refuse_unwritten(Instant::now());
        self.shared.show(
            self.dialogs.len(),
            self.admission.refusal(self.dialogs.len()),
        );
        self.count_running();
        let before = self.endpoint.refused_invites();
        self.shared.counters.set_before(before);
        let now = Instant::now();
        let limit = self.options.silence_limit;
        let silent = |call: &Call| {
            call.stage == Stage::Live && now.saturating_duration_since(call.heard) >= limit
        };
        self.hang_up_where(Why::Silence, silent);
        let lifeless = |call: &Call| call.life_until.is_some_and(|until| now >= until);
        self.hang_up_where(Why::Crash, lifeless);
        self.hang_up_where(Why::Bye, |call| bridge::is_over(call, now));
        if self.drain_until.is_some_and(|until| now >= until) {
            self.hang_up_where(Why::Drained, |call| call.stage != Stage::Ending);
        }
    }

    fn hang_up_where(&mut self, why: Why, which: impl Fn(&Call) -> bool) {
        let dialogs: Vec<DialogId> = self
            .calls
            .iter()
            .filter(|(_, call)| call.number == 0 && which(call))
            .map(|(id, _)| *id)
            .collect();
        for dialog in dialogs {
            self.bye(dialog);
            self.end_session(dialog, why);
        }
    }

    /// A cancelled first INVITE ends its call; a cancelled re-INVITE changes nothing.
    fn cancelled(&mut self, transaction: sip::TransactionId, dialog: DialogId) {
        let opening = |call: &Call| call.stage == Stage::Opening(transaction);
        if self.calls.get(&dialog).is_some_and(opening) {
            self.end(dialog, Why::Cancelled);
        }
    }

    /// A dialog is over, and with it its call, unless it is half of a pair.
    fn end(&mut self, dialog: DialogId, why: Why) {
        if !self.part(dialog, why) {
            self.end_session(dialog, why);
        }
    }

    /// The call is over: the sweep reads what is there and writes the end.
    fn end_session(&mut self, dialog: DialogId, why: Why) {
        let Some(call) = self.calls.get_mut(&dialog) else {
            return;
        };
        if call.stage == Stage::Ending {
            return;
        }
        call.stage = Stage::Ending;
        let (session, keeping) = (call.session, call.keeping);
        self.end_other_half(dialog);
        tracing::info!(session.id = %session, why = why.text(), "a call has ended");
        self.show_end(dialog);
        if keeping == Keeping::Never {
            // Nothing of it is in the journal, not even an end.
            self.order(Order::Drop {
                session,
                done: Box::new(|| ()),
            });
            return self.forget(session);
        }
        self.order(Order::Finish { session, why });
    }

    /// The call's end is written: durable after the next commit.
    fn finished(&mut self, session: SessionId, written: Result<Position, journal::Error>) {
        self.say_goodbye(session);
        if self.is_held(session) {
            return self.last_verdict(session);
        }
        match written {
            Ok(position) => {
                self.log.on_commit(position, self.closing(session));
            }
            // The next start finds the call open and closes it; here nothing more can be done.
            Err(error) => {
                tracing::error!(session.id = %session, %error, "a call's end is not written");
                self.forget(session);
            }
        }
    }

    /// Tells the loop when the end of a call is durable.
    fn closing(
        &self,
        session: SessionId,
    ) -> Box<dyn FnOnce(Result<(), journal::Error>) + Send + 'static> {
        let events = self.events.clone();
        Box::new(move |result| {
            if let Err(error) = result {
                tracing::error!(session.id = %session, %error, "a call's end is not safe");
            }
            let _ = events.send(Event::Closed { session });
        })
    }

    fn forget(&mut self, session: SessionId) {
        self.shared.board.remove(session);
        if let Some(dialog) = self.dialogs.remove(&session) {
            let call = self.calls.remove(&dialog);
            let bridge = call.and_then(|call| call.bridge);
            if let Some(other) = bridge.and_then(|bridge| bridge.other) {
                self.calls.remove(&other);
            }
        }
        (self.closed)();
    }

    fn is_over(&mut self) -> bool {
        let now = Instant::now();
        // A disk that takes nothing does not hold up the end for ever: what cannot be written
        // now is closed by the next start.
        let stuck = self.drain_until.is_some_and(|until| now >= until + STUCK);
        if !self.admission.draining || !(self.calls.is_empty() || stuck) {
            return false;
        }
        now >= *self.farewell_until.get_or_insert(now + FAREWELL)
    }

    fn order(&self, order: Order) {
        // The sweep lives as long as this sender; when it is gone, so is the node.
        let _ = self.orders.send(order);
    }
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake.into()).await,
        None => std::future::pending().await,
    }
}

fn why_of(gone: &Gone) -> Why {
    match gone {
        Gone::NoAck => Why::NoAck,
        Gone::SessionExpired => Why::SessionTimer,
        Gone::Answered481 | Gone::Bye | Gone::Terminated => Why::Bye,
    }
}
