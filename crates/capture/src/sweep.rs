//! The sweep: reads every media socket in batches, a few times a second, and writes what came
//! to the journal. Never a wake-up per packet, never a look inside a payload.
//!
//! One thread owns all media sockets. The signalling loop sends it [`Order`]s; it answers only
//! through the journal and through [`Report`]s. What must not be kept is dropped here, by
//! arrival time, before it reaches the disk.

mod call;
mod report;
mod sound;
#[cfg(test)]
mod tests;

pub(crate) use sound::{Deed, Done, Turn};

use crate::clocks::Now;
use crate::ports::Pair;
use crate::receive::Receiver;
use crate::source::Accept;
use call::Call;
use journal::{Append, Log, Position, Why};
use model::SessionId;
use model::network::Network;
use report::Desk;
use siprec::{Line, MediaKey};
use sound::Spare;
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver as Orders, RecvTimeoutError};
use std::time::{Duration, Instant};

/// RTCP sockets are read every so many sweeps.
const SWEEPS_PER_RTCP: u32 = 5;
/// Datagrams taken from one socket in one sweep; the rest waits for the next.
const DATAGRAMS_PER_SWEEP_MAX: usize = 4_096;
/// Packets of one sweep are written in batches of about so many bytes: few enough to be in the
/// processor's cache still, many enough that the calls to the system do not count.
const BATCH_BYTES: usize = 128 << 10;

/// What the signalling loop wants of the sweep.
pub(crate) enum Order {
    /// Read a new stream.
    Add(Box<NewStream>),
    /// An offer changed where a stream comes from or what it may carry.
    Offer {
        session: SessionId,
        stream: u16,
        terms: Terms,
    },
    /// Keep no sound of a stream that arrives from this instant on; `None`: of any stream.
    Pause {
        session: SessionId,
        stream: Option<u16>,
        from_ns: u64,
    },
    /// Keep what arrives from this instant on.
    Resume {
        session: SessionId,
        stream: Option<u16>,
        to_ns: u64,
    },
    /// Something happens between the packets of a call: a recording begins or ends.
    Turn(Turn),
    /// The call is not to be received: close its sockets, write nothing more.
    Drop {
        session: SessionId,
        done: Box<dyn FnOnce() + Send>,
    },
    /// The stream was taken out of the call: read what is there, then close its sockets.
    Remove { session: SessionId, stream: u16 },
    /// The call is over: read what is there, close everything, write why.
    Finish { session: SessionId, why: Why },
}

/// A stream to be read.
pub(crate) struct NewStream {
    pub(crate) session: SessionId,
    /// Index of the m-line.
    pub(crate) stream: u16,
    pub(crate) pair: Pair,
    pub(crate) terms: Terms,
    /// Who signals for it.
    pub(crate) peer: IpAddr,
    pub(crate) accept: Accept,
    pub(crate) permitted: Arc<[Network]>,
    pub(crate) paused_from_ns: Option<u64>,
}

/// What offer and answer say of a stream.
pub(crate) struct Terms {
    /// Where its media come from.
    pub(crate) offered: Option<SocketAddr>,
    /// Where its reports are wanted.
    pub(crate) rtcp: Option<SocketAddr>,
    /// RTP and RTCP share one port.
    pub(crate) mux: bool,
    pub(crate) payload_types: Vec<u8>,
    /// Clock rates of the payload types, where known.
    pub(crate) clocks: Vec<(u8, u32)>,
    /// Whether packets can be judged only when they are rendered: SRTP.
    pub(crate) protected: bool,
    /// Of what they send.
    pub(crate) keys: Vec<MediaKey>,
    /// Of what we send.
    pub(crate) own_key: Option<MediaKey>,
}

impl From<&Line> for Terms {
    fn from(line: &Line) -> Self {
        let types = line.payload_types.iter().copied();
        let clocks = types.zip(line.clock_rates.iter().copied());
        Self {
            offered: line.remote,
            rtcp: line.rtcp,
            mux: line.mux,
            payload_types: line.payload_types.clone(),
            clocks: clocks.filter(|(_, rate)| *rate != 0).collect(),
            protected: line.protected,
            keys: line.keys.clone(),
            own_key: line.own_key.clone(),
        }
    }
}

/// What the sweep tells the signalling loop.
pub(crate) enum Report {
    /// The call's last frames are written; durable once the position is committed.
    Finished {
        session: SessionId,
        written: Result<Position, journal::Error>,
    },
    /// Calls that brought a packet in this sweep, and how many were kept of each stream.
    Heard(Vec<(SessionId, Vec<(u16, u64)>)>),
    /// Whether the journal takes packets is no longer what it was.
    Journal(Intake),
}

/// Whether the journal takes packets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Intake {
    Open,
    /// A full disk is why not.
    Full,
    /// Another fault of the disk, which may go away.
    Failing,
}

/// Reads all media sockets until its orders end.
pub(crate) struct Sweep {
    log: Log,
    interval: Duration,
    receiver: Receiver,
    desk: Desk,
    spare: Spare,
    calls: HashMap<SessionId, Call>,
    /// Orders that came during a sweep and wait for its end.
    orders: VecDeque<Order>,
    sweeps: u32,
    intake: Intake,
    report: Box<dyn FnMut(Report) + Send>,
}

impl Sweep {
    pub(crate) fn new(
        log: Log,
        interval: Duration,
        report: impl FnMut(Report) + Send + 'static,
    ) -> Self {
        Self {
            log,
            interval,
            receiver: Receiver::new(),
            desk: Desk::new(),
            spare: Spare::default(),
            calls: HashMap::new(),
            orders: VecDeque::new(),
            sweeps: 0,
            intake: Intake::Open,
            report: Box::new(report),
        }
    }

    /// Sweeps until every sender of orders is gone.
    pub(crate) fn run(mut self, orders: &Orders<Order>) {
        let mut next = Instant::now() + self.interval;
        loop {
            while let Some(order) = self.orders.pop_front() {
                self.obey_safely(order);
            }
            match orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(order) => self.obey_safely(order),
                Err(RecvTimeoutError::Disconnected) => break self.sweep(orders),
                Err(RecvTimeoutError::Timeout) => {
                    self.sweep(orders);
                    next = (next + self.interval).max(Instant::now());
                }
            }
        }
    }

    /// Obeys an order; a fault in it costs that order and no other call.
    fn obey_safely(&mut self, order: Order) {
        if catch_unwind(AssertUnwindSafe(|| self.obey(order))).is_err() {
            tracing::error!("a fault of the sweep: one order was not obeyed");
        }
    }

    fn obey(&mut self, order: Order) {
        let session = match &order {
            Order::Add(new) => new.session,
            Order::Turn(turn) => turn.session,
            Order::Offer { session, .. }
            | Order::Pause { session, .. }
            | Order::Resume { session, .. }
            | Order::Drop { session, .. }
            | Order::Remove { session, .. }
            | Order::Finish { session, .. } => *session,
        };
        if let Order::Drop { done, .. } = order {
            if let Some(call) = self.calls.remove(&session) {
                call.leave(&mut self.desk);
            }
            return done();
        }
        let begins = matches!(order, Order::Add(_) | Order::Turn(_) | Order::Finish { .. });
        if !begins && !self.calls.contains_key(&session) {
            // The call is over already.
            return;
        }
        let interval_ns = nanos(self.interval);
        let call = self.calls.entry(session).or_default();
        match order {
            Order::Add(new) => call.add(*new, interval_ns, &mut self.desk),
            Order::Offer { stream, terms, .. } => call.offer(stream, &terms),
            Order::Pause {
                stream, from_ns, ..
            } => call.pause(stream, from_ns),
            Order::Resume { stream, to_ns, .. } => call.resume(stream, to_ns),
            Order::Turn(turn) => call.turn(turn),
            Order::Remove { stream, .. } => call.remove(stream),
            Order::Finish { why, .. } => call.finishing = Some(why),
            Order::Drop { .. } => {}
        }
    }

    /// Obeys what says that gathered packets must not be written, before they are; anything
    /// else waits for the end of the sweep, and so does what comes after it.
    fn obey_at_once(&mut self, orders: &Orders<Order>) {
        while let Ok(order) = orders.try_recv() {
            let at_once = matches!(order, Order::Pause { .. } | Order::Turn(_));
            if at_once && self.orders.is_empty() {
                self.obey_safely(order);
            } else {
                self.orders.push_back(order);
            }
        }
    }

    /// Reads everything once and writes it.
    fn sweep(&mut self, orders: &Orders<Order>) {
        self.sweeps = self.sweeps.wrapping_add(1);
        let rtcp_due = self.sweeps.is_multiple_of(SWEEPS_PER_RTCP);
        let mut heard = Vec::new();
        let mut waiting: Vec<SessionId> = Vec::new();
        let mut bytes = 0;
        let sessions: Vec<SessionId> = self.calls.keys().copied().collect();
        for session in sessions {
            let Some(call) = self.calls.get_mut(&session) else {
                continue;
            };
            call.sound.prepare(&mut self.spare);
            let (receiver, desk) = (&mut self.receiver, &mut self.desk);
            match catch_unwind(AssertUnwindSafe(|| call.read(receiver, desk, rtcp_due))) {
                Ok(true) => heard.push((session, call.packets())),
                Ok(false) => {}
                Err(_) => give_up(session, call),
            }
            call.sound.rest(&mut self.spare);
            if call.is_waiting() {
                bytes += call.sound.bytes();
                waiting.push(session);
            }
            if bytes >= BATCH_BYTES {
                self.obey_at_once(orders);
                self.write(&std::mem::take(&mut waiting));
                bytes = 0;
            }
        }
        self.obey_at_once(orders);
        self.write(&waiting);
        // Once for all batches: each would wait for a sync of a part of them.
        self.log.request_commit();
        if !heard.is_empty() {
            (self.report)(Report::Heard(heard));
        }
    }

    /// Appends what the named calls have gathered, and their ends.
    fn write(&mut self, sessions: &[SessionId]) {
        let unread = |id: &&SessionId| self.calls.get(id).is_some_and(|call| call.unread);
        let sessions: Vec<SessionId> = sessions.iter().filter(|id| !unread(id)).copied().collect();
        if sessions.is_empty() {
            return;
        }
        let time_ns = Now::read().monotonic_ns;
        let mut batch = Vec::with_capacity(sessions.len());
        let mut faulty = Vec::new();
        for session in &sessions {
            let Some(call) = self.calls.get(session) else {
                continue;
            };
            let before = batch.len();
            let push = |at_ns: Option<u64>, entry| {
                batch.push(Append {
                    session: *session,
                    time_ns: at_ns.unwrap_or(time_ns),
                    entry,
                })
            };
            if catch_unwind(AssertUnwindSafe(|| call.entries(push))).is_err() {
                batch.truncate(before);
                faulty.push(*session);
            }
        }
        let written = self.log.append(&batch);
        drop(batch);
        self.note_journal(written.as_ref().err());
        for session in &sessions {
            let Some(call) = self.calls.get_mut(session) else {
                continue;
            };
            if faulty.contains(session) {
                // Its end is written by the next sweep.
                give_up(*session, call);
                continue;
            }
            for done in call.written(&mut self.spare) {
                done(written.clone());
            }
            if let (Some(why), Err(error)) = (call.finishing, &written) {
                // Tried again at every sweep: an end that is not written is a call that never
                // becomes a recording while the process lives.
                call.finishing = Some(if error.is_disk_full() {
                    Why::DiskFull
                } else {
                    why
                });
            } else if call.finishing.is_some() {
                self.calls.remove(session);
                let written = written.clone();
                (self.report)(Report::Finished {
                    session: *session,
                    written,
                });
            }
        }
    }

    fn note_journal(&mut self, error: Option<&journal::Error>) {
        let intake = match error {
            None => Intake::Open,
            Some(error) if error.is_disk_full() => Intake::Full,
            Some(_) => Intake::Failing,
        };
        if intake == self.intake {
            return;
        }
        self.intake = intake;
        match error {
            Some(error) => tracing::error!(%error, "the journal takes no packets: sound is lost"),
            None => tracing::info!("the journal takes packets again"),
        }
        (self.report)(Report::Journal(intake));
    }
}

/// A fault costs the call it is in, and that call keeps what was written of it.
fn give_up(session: SessionId, call: &mut Call) {
    tracing::error!(session.id = %session, "a fault of the sweep ends one call");
    *call = Call::broken();
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
