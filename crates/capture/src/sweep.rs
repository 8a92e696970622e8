//! The sweep: reads every media socket in batches, a few times a second, and writes what came
//! to the journal. Never a wake-up per packet, never a look inside a payload.
//!
//! One thread owns all media sockets. The signalling loop sends it [`Order`]s; it answers only
//! through the journal and through [`Report`]s. What must not be kept is dropped here, by
//! arrival time, before it reaches the disk.

mod orders;

pub(crate) use orders::{NewStream, Order, Report, Switch};

use crate::clocks::{Now, arrival_ns};
use crate::ports::{Pair, within};
use crate::receive::{Receiver, dropped_by_kernel};
use crate::source::{Source, Verdict};
use journal::{Append, Entry, Log, Packet, PacketsBuilder, Why};
use model::SessionId;
use model::network::Network;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver as Orders, RecvTimeoutError};
use std::time::{Duration, Instant};

/// RTCP sockets are read every so many sweeps.
const SWEEPS_PER_RTCP: u32 = 5;
/// Datagrams taken from one socket in one sweep; the rest waits for the next.
const DATAGRAMS_PER_SWEEP_MAX: usize = 4_096;
/// Packets of one sweep are written in batches of about so many bytes.
const BATCH_BYTES: usize = 4 << 20;

/// Reads all media sockets until its orders end.
pub(crate) struct Sweep {
    log: Log,
    interval: Duration,
    receiver: Receiver,
    calls: HashMap<SessionId, Call>,
    sweeps: u32,
    failing: bool,
    report: Box<dyn FnMut(Report) + Send>,
}

struct Call {
    streams: Vec<Stream>,
    packets: Gathered,
    counted: Vec<Counted>,
    finishing: Option<Why>,
}

/// Packets since the last sweep, and how many bytes they are.
#[derive(Default)]
struct Gathered {
    builder: PacketsBuilder,
    bytes: usize,
}

impl Gathered {
    fn push(&mut self, packet: Packet<'_>) {
        self.bytes += packet.bytes.len();
        self.builder.push(packet);
    }

    fn clear(&mut self) {
        self.builder.clear();
        self.bytes = 0;
    }
}

struct Stream {
    index: u16,
    pair: Pair,
    source: Source,
    permitted: Arc<[Network]>,
    pauses: Vec<(u64, Option<u64>)>,
    looked_ns: u64,
    rtcp_looked_ns: u64,
    stray: u64,
    cut: u64,
    removing: bool,
}

struct Counted {
    stream: u16,
    stray: u64,
    dropped: u64,
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
            calls: HashMap::new(),
            sweeps: 0,
            failing: false,
            report: Box::new(report),
        }
    }

    /// Sweeps until every sender of orders is gone.
    pub(crate) fn run(mut self, orders: &Orders<Order>) {
        let mut next = Instant::now() + self.interval;
        loop {
            match orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Disconnected) => break self.sweep(),
                Err(RecvTimeoutError::Timeout) => {
                    self.sweep();
                    next = (next + self.interval).max(Instant::now());
                }
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Add(new) => self.add(*new),
            Order::Offer {
                session,
                stream,
                offered,
                payload_types,
            } => {
                if let Some(stream) = self.stream(session, stream) {
                    stream.source.offer(offered, &payload_types);
                }
            }
            Order::Pause {
                session,
                stream,
                from_ns,
            } => {
                if let Some(stream) = self.stream(session, stream) {
                    stream.pauses.push((from_ns, None));
                }
            }
            Order::Resume {
                session,
                stream,
                to_ns,
            } => {
                let open = self
                    .stream(session, stream)
                    .and_then(|s| s.pauses.last_mut());
                if let Some(pause) = open.filter(|pause| pause.1.is_none()) {
                    pause.1 = Some(to_ns);
                }
            }
            Order::Remove { session, stream } => {
                if let Some(stream) = self.stream(session, stream) {
                    stream.removing = true;
                }
            }
            Order::Switch(switch) => self.switch(&switch),
            Order::Finish { session, why } => {
                self.calls
                    .entry(session)
                    .or_insert_with(Call::new)
                    .finishing = Some(why);
            }
        }
    }

    fn add(&mut self, new: NewStream) {
        let mut source = Source::new(new.accept);
        source.offer(new.offered, &new.payload_types);
        let now_ns = Now::read().monotonic_ns;
        let call = self.calls.entry(new.session).or_insert_with(Call::new);
        call.streams.push(Stream {
            index: new.stream,
            pair: new.pair,
            source,
            permitted: new.permitted,
            pauses: new
                .paused_from_ns
                .map(|from| (from, None))
                .into_iter()
                .collect(),
            looked_ns: now_ns.saturating_sub(nanos(self.interval)),
            rtcp_looked_ns: now_ns.saturating_sub(nanos(self.interval)),
            stray: 0,
            cut: 0,
            removing: false,
        });
    }

    fn switch(&mut self, switch: &Switch) {
        let session = switch.session;
        let call = self.calls.entry(session).or_insert_with(Call::new);
        call.read(&mut self.receiver, false);
        let (mut before, mut after) = (PacketsBuilder::new(), PacketsBuilder::new());
        for packet in call.packets.builder.packets() {
            let early = packet.arrival_ns < switch.at_ns;
            if early { &mut before } else { &mut after }.push(packet);
        }
        call.packets.clear();
        let ended = Entry::Ended {
            recording: switch.ended,
            why: Why::NewCommunicationSession,
        };
        let began = Entry::Began {
            recording: switch.began,
            communication_session: &switch.communication_session,
        };
        let mut batch = Vec::new();
        let mut push = |entry| {
            batch.push(Append {
                session,
                time_ns: switch.at_ns,
                entry,
            });
        };
        if !before.is_empty() {
            push(Entry::Packets(before.packets()));
        }
        push(ended);
        push(began);
        if !after.is_empty() {
            push(Entry::Packets(after.packets()));
        }
        let written = self.log.append(&batch);
        drop(batch);
        self.note_journal(written.as_ref().err());
        (self.report)(Report::Switched { session, written });
    }

    fn stream(&mut self, session: SessionId, index: u16) -> Option<&mut Stream> {
        let streams = &mut self.calls.get_mut(&session)?.streams;
        streams
            .iter_mut()
            .find(|stream| stream.index == index && !stream.removing)
    }

    /// Reads everything once and writes it.
    fn sweep(&mut self) {
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
            if call.read(&mut self.receiver, rtcp_due) {
                heard.push(session);
            }
            if !call.packets.builder.is_empty()
                || !call.counted.is_empty()
                || call.finishing.is_some()
            {
                bytes += call.packets.bytes;
                waiting.push(session);
            }
            if bytes >= BATCH_BYTES {
                self.write(&std::mem::take(&mut waiting));
                bytes = 0;
            }
        }
        self.write(&waiting);
        if !heard.is_empty() {
            (self.report)(Report::Heard(heard));
        }
    }

    /// Appends what the named calls have gathered, and their ends.
    fn write(&mut self, sessions: &[SessionId]) {
        if sessions.is_empty() {
            return;
        }
        let time_ns = Now::read().monotonic_ns;
        let mut batch = Vec::with_capacity(sessions.len());
        for session in sessions {
            let Some(call) = self.calls.get(session) else {
                continue;
            };
            call.entries(|entry| {
                batch.push(Append {
                    session: *session,
                    time_ns,
                    entry,
                })
            });
        }
        let written = self.log.append(&batch);
        drop(batch);
        self.note_journal(written.as_ref().err());
        self.log.request_commit();
        for session in sessions {
            let Some(call) = self.calls.get_mut(session) else {
                continue;
            };
            call.packets.clear();
            call.counted.clear();
            if call.finishing.is_some() {
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
        let failing = error.is_some();
        if failing == self.failing {
            return;
        }
        self.failing = failing;
        match error {
            Some(error) => tracing::error!(%error, "the journal takes no packets: sound is lost"),
            None => tracing::info!("the journal takes packets again"),
        }
        (self.report)(Report::Journal { failing });
    }
}

impl Call {
    fn new() -> Self {
        Self {
            streams: Vec::new(),
            packets: Gathered::default(),
            counted: Vec::new(),
            finishing: None,
        }
    }

    /// Reads the call's sockets; true when a packet was kept.
    fn read(&mut self, receiver: &mut Receiver, rtcp_due: bool) -> bool {
        let last = self.finishing.is_some();
        for stream in &mut self.streams {
            stream.read_rtp(receiver, &mut self.packets);
            if rtcp_due || last || stream.removing {
                stream.read_rtcp(receiver, &mut self.packets);
            }
        }
        let counted = &mut self.counted;
        self.streams.retain(|stream| {
            let over = last || stream.removing;
            if over {
                counted.push(stream.counted());
            }
            !over
        });
        !self.packets.builder.is_empty()
    }

    /// Hands out the entries of this sweep, the end of the call last.
    fn entries<'a>(&'a self, mut push: impl FnMut(Entry<'a>)) {
        if !self.packets.builder.is_empty() {
            push(Entry::Packets(self.packets.builder.packets()));
        }
        for Counted {
            stream,
            stray,
            dropped,
        } in &self.counted
        {
            push(Entry::Counted {
                stream: *stream,
                stray: *stray,
                dropped: *dropped,
            });
        }
        if let Some(why) = self.finishing {
            push(Entry::Closed { why });
        }
    }
}

impl Stream {
    fn read_rtp(&mut self, receiver: &mut Receiver, packets: &mut Gathered) {
        let (index, last_look) = (self.index, self.looked_ns);
        self.looked_ns = Now::read().monotonic_ns;
        let Self {
            pair,
            source,
            permitted,
            pauses,
            stray,
            cut,
            ..
        } = self;
        let permitted = |address| within(permitted, address);
        receiver.read(&pair.rtp, DATAGRAMS_PER_SWEEP_MAX, |datagram| {
            let Some(from) = datagram.from else { return };
            if datagram.truncated {
                *cut += 1;
                return;
            }
            let arrival = arrival_ns(datagram.now, datagram.stamp_ns, last_look);
            match source.judge(from, arrival, datagram.bytes, permitted) {
                Verdict::Hold => {}
                Verdict::Stray => *stray += 1,
                Verdict::Record => keep(packets, pauses, index, arrival, datagram.bytes),
                Verdict::RecordHeld(held) => {
                    for held in held {
                        keep(packets, pauses, index, held.arrival_ns, &held.bytes);
                    }
                    keep(packets, pauses, index, arrival, datagram.bytes);
                }
            }
        });
        self.forget_old_pauses();
    }

    fn read_rtcp(&mut self, receiver: &mut Receiver, packets: &mut Gathered) {
        let (index, last_look) = (self.index, self.rtcp_looked_ns);
        self.rtcp_looked_ns = Now::read().monotonic_ns;
        let (source, stray) = (&self.source, &mut self.stray);
        receiver.read(
            &self.pair.rtcp,
            DATAGRAMS_PER_SWEEP_MAX,
            |datagram| match datagram
                .from
                .map(|from: SocketAddr| source.is_peer(from.ip()))
            {
                Some(true) if !datagram.truncated => {
                    let arrival = arrival_ns(datagram.now, datagram.stamp_ns, last_look);
                    packets.push(Packet {
                        stream: index,
                        rtcp: true,
                        arrival_ns: arrival,
                        bytes: datagram.bytes,
                    });
                }
                _ => *stray += 1,
            },
        );
    }

    fn counted(&self) -> Counted {
        let kernel = dropped_by_kernel(&self.pair.rtp);
        Counted {
            stream: self.index,
            stray: self.stray,
            dropped: kernel + self.cut,
        }
    }

    /// A pause that ended longer ago than any packet can have waited needs no memory.
    fn forget_old_pauses(&mut self) {
        let horizon = self.looked_ns.saturating_sub(10_000_000_000);
        self.pauses
            .retain(|(_, to)| to.is_none_or(|to| to > horizon));
    }
}

fn keep(
    packets: &mut Gathered,
    pauses: &[(u64, Option<u64>)],
    stream: u16,
    arrival_ns: u64,
    bytes: &[u8],
) {
    let paused = |(from, to): &(u64, Option<u64>)| {
        arrival_ns >= *from && to.is_none_or(|to| arrival_ns < to)
    };
    if !pauses.iter().any(paused) {
        packets.push(Packet {
            stream,
            rtcp: false,
            arrival_ns,
            bytes,
        });
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
