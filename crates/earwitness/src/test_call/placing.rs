//! All calls at once, in one thread: every message and every packet has its time, and nothing
//! waits for anything else.

use super::call::{Call, Phase};
use super::messages::{Dialog, Names, Way};
use super::stream::{PACKET_MS, Stream};
use super::voice::Voices;
use super::wire::Wire;
use super::{Options, Outcome, Transport, sdp};
use anyhow::Context as _;
use jiff::Timestamp;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::collections::HashMap;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Packets leave at the next multiple of this: few wake-ups, and hardly any jitter.
const TICK: Duration = Duration::from_millis(5);
const PACKET: Duration = Duration::from_millis(PACKET_MS);
/// Where a recorder listens when its address names no port (RFC 3261 §19.1.2).
const DEFAULT_PORT: u16 = 5060;
/// The same, encrypted.
const DEFAULT_TLS_PORT: u16 = 5061;

/// A call on its way.
struct Placed {
    call: Call,
    streams: [Stream; 2],
    began_at: Timestamp,
    /// When it was answered.
    answered: Option<(Instant, Timestamp)>,
    /// From the answer to the end.
    lasted: Duration,
    next_packet: u64,
}

/// What all calls share.
struct Placing<'a> {
    options: &'a Options,
    wire: Wire,
    voices: Voices,
    packets: u64,
    calls: HashMap<String, Placed>,
    begun: u32,
    began: Instant,
    outcomes: Vec<Outcome>,
}

/// Places calls and returns when all have ended; `on_end` hears of each as it ends. Blocks: not
/// for an async thread.
///
/// # Errors
/// What keeps all of them from being placed; a call that fails is an [`Outcome`].
pub(crate) fn place(
    options: &Options,
    on_end: &mut dyn FnMut(&Outcome),
) -> anyhow::Result<Vec<Outcome>> {
    let host = options
        .to
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let secure = options.transport == Transport::Tls;
    let default = if secure {
        DEFAULT_TLS_PORT
    } else {
        DEFAULT_PORT
    };
    let port = options.to.port().unwrap_or(default);
    let mut peers = (host, port)
        .to_socket_addrs()
        .with_context(|| format!("{host} is unknown"))?;
    let peer: SocketAddr = peers
        .next()
        .with_context(|| format!("{host} has no address"))?;
    raise_descriptor_limit();
    let mut placing = Placing {
        options,
        wire: Wire::open(options.transport, options.tls.as_ref(), peer)?,
        voices: Voices::new(options.codec),
        packets: u64::try_from(options.duration.as_millis())?.div_ceil(PACKET_MS),
        calls: HashMap::new(),
        begun: 0,
        began: Instant::now(),
        outcomes: Vec::new(),
    };
    let mut reported = 0;
    loop {
        placing.turn()?;
        placing.outcomes[reported..].iter().for_each(&mut *on_end);
        reported = placing.outcomes.len();
        if placing.calls.is_empty() && placing.all_begun() {
            return Ok(placing.outcomes);
        }
        placing.wire.wait(placing.until_next_turn())?;
    }
}

impl Placing<'_> {
    /// Does everything whose time has come.
    fn turn(&mut self) -> anyhow::Result<()> {
        let now = Instant::now();
        while !self.all_begun() && self.next_begin() <= now {
            self.begin(now)?;
        }
        self.take_messages();
        let stopped = self.options.stop.load(Ordering::Relaxed);
        let length = PACKET.saturating_mul(u32::try_from(self.packets).unwrap_or(u32::MAX));
        for placed in self.calls.values_mut() {
            placed.send_sound(now, &self.voices, self.packets);
            let over = placed
                .answered
                .is_some_and(|(since, _)| now >= since + length);
            if stopped || over && placed.call.phase == Phase::Talking {
                placed.hang_up(now);
            }
            placed.call.wake(now);
        }
        self.send_messages();
        self.collect();
        Ok(())
    }

    fn all_begun(&self) -> bool {
        self.begun >= self.options.calls || self.options.stop.load(Ordering::Relaxed)
    }

    fn next_begin(&self) -> Instant {
        let seconds = f64::from(self.begun) / self.options.calls_per_second;
        self.began + Duration::from_secs_f64(seconds)
    }

    fn begin(&mut self, now: Instant) -> anyhow::Result<()> {
        self.begun += 1;
        let Options {
            transport, codec, ..
        } = *self.options;
        let local = self.wire.local;
        let bind = || Stream::bind(local.ip(), codec, self.options.srtp);
        let streams = [bind()?, bind()?];
        let described = [&streams[0], &streams[1]].map(|one| (one.port, one.crypto()));
        let began_at = Timestamp::now();
        let version = u64::try_from(began_at.as_second())?;
        let offer = sdp::offer(local.ip(), described, codec, version);
        let way = Way {
            to: self.options.to.clone(),
            transport,
            local,
        };
        let mut dialog = Dialog::new(Names::new()?, way);
        let invite = dialog.invite(self.options, &offer, &format!("{began_at:.3}"));
        let call = Call::begin(dialog, invite, offer, transport != Transport::Udp, now);
        let lasted = Duration::ZERO;
        let placed = Placed {
            call,
            streams,
            began_at,
            answered: None,
            lasted,
            next_packet: 0,
        };
        self.calls.insert(placed.call.id().to_owned(), placed);
        Ok(())
    }

    fn take_messages(&mut self) {
        let messages = match self.wire.receive() {
            Ok(messages) => messages,
            Err(error) => return self.all_unreachable(&error),
        };
        // A message that cannot be read is as good as lost.
        for parsed in messages.iter().filter_map(|bytes| sip::parse(bytes).ok()) {
            let message = parsed.message;
            let id = message.headers().call_id().unwrap_or_default().into_owned();
            if let Some(placed) = self.calls.get_mut(&id) {
                placed.receive(message);
            }
        }
    }

    fn send_messages(&mut self) {
        let out: Vec<Vec<u8>> = self
            .calls
            .values_mut()
            .flat_map(|placed| placed.call.out.drain(..))
            .collect();
        for bytes in out {
            if let Err(error) = self.wire.send(&bytes) {
                return self.all_unreachable(&error);
            }
        }
    }

    fn all_unreachable(&mut self, error: &std::io::Error) {
        let why = format!("{} does not listen: {error}", self.options.to.as_str());
        for placed in self.calls.values_mut() {
            placed.call.unreachable(&why);
        }
    }

    fn collect(&mut self) {
        let outcomes = &mut self.outcomes;
        self.calls.retain(|_, placed| {
            let ended = placed.call.phase == Phase::Ended;
            if ended {
                outcomes.push(placed.outcome());
            }
            !ended
        });
    }

    fn until_next_turn(&self) -> Duration {
        let now = Instant::now();
        let mut next = now + Duration::from_secs(1);
        if !self.all_begun() {
            next = next.min(self.next_begin());
        }
        for placed in self.calls.values() {
            next = next.min(placed.next_turn(now, self.packets));
        }
        next.saturating_duration_since(now)
    }
}

impl Placed {
    fn receive(&mut self, message: sip::Message) {
        self.call.receive(message);
        if let Some(answer) = self.call.sdp_answer.take() {
            self.answered = Some((Instant::now(), Timestamp::now()));
            let protected = self.streams[0].crypto().is_some();
            let targets = sdp::targets(&answer, protected);
            for (stream, target) in self.streams.iter_mut().zip(targets) {
                stream.target = target;
            }
        }
        self.note_end(Instant::now());
    }

    /// Sends every packet whose time has come; late ones too, so that nothing drifts.
    fn send_sound(&mut self, now: Instant, voices: &Voices, packets: u64) {
        let Some((since, at)) = self.answered else {
            return;
        };
        while self.call.phase == Phase::Talking
            && self.next_packet < packets
            && since + packet_time(self.next_packet) <= now
        {
            // Both parties talk by one clock: the schedule, not the moment of sending.
            let wall = at + packet_time(self.next_packet);
            for (side, stream) in self.streams.iter_mut().enumerate() {
                stream.send(
                    self.next_packet,
                    voices.packet(side, self.next_packet),
                    wall,
                );
            }
            self.next_packet += 1;
        }
    }

    fn hang_up(&mut self, now: Instant) {
        if self.call.phase == Phase::Talking {
            self.note_length(now);
        }
        self.call.leave(now);
    }

    fn note_end(&mut self, now: Instant) {
        if self.call.phase == Phase::Ended && self.lasted.is_zero() {
            self.note_length(now);
        }
    }

    fn note_length(&mut self, now: Instant) {
        self.lasted = self.answered.map_or(Duration::ZERO, |(since, _)| {
            now.saturating_duration_since(since)
        });
    }

    fn next_turn(&self, now: Instant, packets: u64) -> Instant {
        let far = now + Duration::from_secs(1);
        let wake = self.call.next_wake().unwrap_or(far);
        let sound = match self.answered {
            Some((since, _)) if self.call.phase == Phase::Talking => {
                let due = since + packet_time(self.next_packet.min(packets));
                due.max(now + TICK)
            }
            _ => far,
        };
        wake.min(sound)
    }

    fn outcome(&self) -> Outcome {
        Outcome {
            call_id: self.call.id().to_owned(),
            status: self.call.status,
            answered: self.answered.is_some(),
            ended: self.call.end_acknowledged,
            problem: self.call.problem.clone(),
            started_at: self.answered.map_or(self.began_at, |(_, at)| at),
            duration: self.lasted,
            packets_sent: [self.streams[0].sent, self.streams[1].sent],
        }
    }
}

/// When a packet is due, after the answer.
fn packet_time(index: u64) -> Duration {
    Duration::from_millis(index.saturating_mul(PACKET_MS))
}

/// Four sockets a call are more than many shells allow at first.
fn raise_descriptor_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_err()
    {
        // Then as many calls go out as there are descriptors for, and the next one says so.
    }
}
