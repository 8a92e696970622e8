//! One call being received: its streams, read in batches.

use super::report::{self, Desk, Occasion, Reports};
use super::sound::{Off, Sound, Spare, begin, end, forget};
use super::{DATAGRAMS_PER_SWEEP_MAX, NewStream, Terms};
use crate::clocks::{Now, arrival_ns};
use crate::ports::{Pair, within};
use crate::receive::{Receiver, dropped_by_kernel};
use crate::source::{Source, Verdict};
use journal::{Entry, Packet, Why};
use model::network::Network;
use std::net::SocketAddr;
use std::sync::Arc;

/// No packet waits in its socket for longer.
const WAITS_NS_MAX: u64 = 10_000_000_000;

#[derive(Default)]
pub(super) struct Call {
    streams: Vec<Stream>,
    pub(super) sound: Sound,
    counted: Vec<Counted>,
    /// What we are called in all its streams, once there is one.
    cname: String,
    pub(super) finishing: Option<Why>,
    /// A turn came that the sockets were not read for yet: what came before it must be written
    /// before it.
    pub(super) unread: bool,
    /// Where a test wants this call to panic.
    #[cfg(test)]
    pub(super) fault: Option<super::tests::Fault>,
}

/// Packets taken of a protected stream in one second. What is forged is found out only when
/// it is rendered, and until then it fills the journal.
const PROTECTED_PER_SECOND_MAX: u32 = 500;

/// Packets of a protected stream in the second of the newest one.
#[derive(Default)]
struct Rate {
    second: u64,
    packets: u32,
}

impl Rate {
    fn allows(&mut self, arrival_ns: u64) -> bool {
        let second = arrival_ns / 1_000_000_000;
        if second > self.second {
            (self.second, self.packets) = (second, 0);
        }
        self.packets = self.packets.saturating_add(1);
        self.packets <= PROTECTED_PER_SECOND_MAX
    }
}

fn allowed(protected: &mut Option<Rate>, arrival_ns: u64) -> bool {
    protected
        .as_mut()
        .is_none_or(|rate| rate.allows(arrival_ns))
}

struct Stream {
    index: u16,
    pair: Pair,
    source: Source,
    reports: Reports,
    permitted: Arc<[Network]>,
    pauses: Vec<Off>,
    looked_ns: u64,
    rtcp_looked_ns: u64,
    /// Packets kept.
    packets: u64,
    stray: u64,
    cut: u64,
    removing: bool,
    protected: Option<Rate>,
}

struct Counted {
    stream: u16,
    stray: u64,
    dropped: u64,
}

impl Call {
    /// A new stream; it may have waited for `interval_ns` to be read.
    pub(super) fn add(&mut self, new: NewStream, interval_ns: u64, desk: &mut Desk) {
        let (mut source, terms) = (Source::new(new.accept), &new.terms);
        source.offer(terms.offered, &terms.payload_types);
        let now_ns = Now::read().monotonic_ns;
        let looked_ns = now_ns.saturating_sub(interval_ns);
        if self.cname.is_empty() {
            self.cname = report::name();
        }
        self.streams.push(Stream {
            index: new.stream,
            pair: new.pair,
            source,
            reports: Reports::new(terms, new.peer, now_ns, desk),
            permitted: new.permitted,
            pauses: new
                .paused_from_ns
                .map(|from| (from, None))
                .into_iter()
                .collect(),
            looked_ns,
            rtcp_looked_ns: looked_ns,
            packets: 0,
            stray: 0,
            cut: 0,
            removing: false,
            protected: terms.protected.then(Rate::default),
        });
    }

    /// What is left of a call after a fault: nothing but its end.
    pub(super) fn broken() -> Self {
        Self {
            finishing: Some(Why::Error),
            ..Self::default()
        }
    }

    fn stream(&mut self, index: u16) -> Option<&mut Stream> {
        let mut streams = self.streams.iter_mut();
        streams.find(|stream| stream.index == index && !stream.removing)
    }

    pub(super) fn offer(&mut self, index: u16, terms: &Terms) {
        if let Some(stream) = self.stream(index) {
            stream.source.offer(terms.offered, &terms.payload_types);
            stream.reports.offer(terms);
            if terms.protected != stream.protected.is_some() {
                stream.protected = terms.protected.then(Rate::default);
            }
        }
    }

    /// Pauses one stream, or with `None` all that there are and will be.
    pub(super) fn pause(&mut self, index: Option<u16>, from_ns: u64) {
        match index {
            None => self.sound.pause(from_ns),
            Some(index) => {
                if let Some(stream) = self.stream(index) {
                    begin(&mut stream.pauses, from_ns);
                }
            }
        }
        self.refile();
    }

    pub(super) fn resume(&mut self, index: Option<u16>, to_ns: u64) {
        match index {
            None => self.sound.resume(to_ns),
            Some(index) => {
                if let Some(stream) = self.stream(index) {
                    end(&mut stream.pauses, to_ns);
                }
            }
        }
    }

    pub(super) fn turn(&mut self, turn: super::Turn) {
        self.sound.turn(turn);
        self.unread = true;
        self.refile();
    }

    pub(super) fn remove(&mut self, index: u16) {
        if let Some(stream) = self.stream(index) {
            stream.removing = true;
        }
    }

    /// Looks again at what was gathered before the last order came.
    fn refile(&mut self) {
        for part in self.sound.gathered() {
            for packet in part.packets() {
                let stream = self.streams.iter().find(|s| s.index == packet.stream);
                let pauses = stream.map_or(&[][..], |stream| &stream.pauses);
                self.sound.take(packet, pauses);
            }
        }
    }

    /// Packets kept of each stream.
    pub(super) fn packets(&self) -> Vec<(u16, u64)> {
        let streams = self.streams.iter();
        streams
            .map(|stream| (stream.index, stream.packets))
            .collect()
    }

    /// Reads the call's sockets, and reports what came; true when a packet came.
    pub(super) fn read(
        &mut self,
        receiver: &mut Receiver,
        desk: &mut Desk,
        rtcp_due: bool,
    ) -> bool {
        #[cfg(test)]
        super::tests::fail(self.fault, super::tests::Fault::Reading);
        let last = self.finishing.is_some();
        let rtcp_due = rtcp_due || last || self.sound.has_turns();
        self.sound.heard = false;
        self.unread = false;
        for stream in &mut self.streams {
            stream.read_rtp(receiver, &mut self.sound);
            if rtcp_due || stream.removing {
                stream.read_rtcp(receiver, &mut self.sound);
                let over = last || stream.removing;
                stream.report(&self.sound, &self.cname, over, desk);
            }
        }
        let horizon = self.streams.iter().map(Stream::horizon).min();
        if let Some(horizon) = horizon {
            self.sound.forget_before(horizon);
        }
        let counted = &mut self.counted;
        self.streams.retain(|stream| {
            let over = last || stream.removing;
            if over {
                counted.push(stream.counted());
            }
            !over
        });
        self.sound.heard
    }

    /// Says goodbye to the senders of a call that is not to be received.
    pub(super) fn leave(mut self, desk: &mut Desk) {
        for stream in &mut self.streams {
            stream.report(&self.sound, &self.cname, true, desk);
        }
    }

    /// Whether there is anything to be written.
    pub(super) fn is_waiting(&self) -> bool {
        !self.sound.is_empty() || !self.counted.is_empty() || self.finishing.is_some()
    }

    /// Hands out the entries of this sweep, the end of the call last.
    pub(super) fn entries<'a>(&'a self, mut push: impl FnMut(Option<u64>, Entry<'a>)) {
        self.sound.entries(&mut push);
        #[cfg(test)]
        super::tests::fail(self.fault, super::tests::Fault::Writing);
        for Counted {
            stream,
            stray,
            dropped,
        } in &self.counted
        {
            let entry = Entry::Counted {
                stream: *stream,
                stray: *stray,
                dropped: *dropped,
            };
            push(None, entry);
        }
        if let Some(why) = self.finishing {
            push(None, Entry::Closed { why });
        }
    }

    /// Forgets what was handed out; returns whoever wants to know.
    pub(super) fn written(&mut self, spare: &mut Spare) -> Vec<super::Done> {
        self.counted.clear();
        self.sound.written(spare)
    }
}

impl Stream {
    fn read_rtp(&mut self, receiver: &mut Receiver, sound: &mut Sound) {
        let (stream, last_look) = (self.index, self.looked_ns);
        self.looked_ns = Now::read().monotonic_ns;
        let Self {
            pair,
            source,
            reports,
            permitted,
            pauses,
            packets,
            stray,
            cut,
            protected,
            ..
        } = self;
        let permitted = |address| within(permitted, address);
        let mut over = 0;
        let mut keep = |arrival_ns, bytes: &[u8], rtcp| {
            if !allowed(protected, arrival_ns) {
                over += 1;
                return false;
            }
            let packet = Packet {
                stream,
                rtcp,
                arrival_ns,
                bytes,
            };
            let kept = sound.take(packet, pauses);
            *packets += u64::from(kept && !rtcp);
            true
        };
        let local = pair.address.ip();
        receiver.read(&pair.rtp, local, DATAGRAMS_PER_SWEEP_MAX, |datagram| {
            let Some(from) = datagram.from else { return };
            if datagram.truncated {
                *cut += 1;
                return;
            }
            let bytes = datagram.bytes;
            let arrival = arrival_ns(datagram.now, datagram.stamp_ns, last_look);
            if source.is_report(bytes) {
                if !source.is_peer(from.ip()) {
                    *stray += 1;
                } else if keep(arrival, bytes, true) {
                    reports.heard(from, true, bytes, arrival);
                }
                return;
            }
            let mut take = |arrival, bytes: &[u8]| {
                if keep(arrival, bytes, false) {
                    reports.took(bytes, arrival);
                }
            };
            match source.judge(from, arrival, bytes, permitted) {
                Verdict::Hold => {}
                Verdict::Stray => *stray += 1,
                Verdict::Record => take(arrival, bytes),
                Verdict::RecordHeld(held) => {
                    for held in held {
                        take(held.arrival_ns, &held.bytes);
                    }
                    take(arrival, bytes);
                }
            }
        });
        self.cut += over;
        let horizon = self.horizon();
        forget(&mut self.pauses, horizon);
    }

    fn read_rtcp(&mut self, receiver: &mut Receiver, sound: &mut Sound) {
        let (index, last_look) = (self.index, self.rtcp_looked_ns);
        self.rtcp_looked_ns = Now::read().monotonic_ns;
        let (source, stray) = (&self.source, &mut self.stray);
        let (protected, cut) = (&mut self.protected, &mut self.cut);
        let reports = &mut self.reports;
        let (socket, local) = (&self.pair.rtcp, self.pair.address.ip());
        receiver.read(socket, local, DATAGRAMS_PER_SWEEP_MAX, |datagram| {
            let peer = |from: &SocketAddr| source.is_peer(from.ip());
            let from = datagram.from.filter(peer);
            let Some(from) = from.filter(|_| !datagram.truncated) else {
                *stray += 1;
                return;
            };
            let arrival = arrival_ns(datagram.now, datagram.stamp_ns, last_look);
            if !allowed(protected, arrival) {
                *cut += 1;
                return;
            }
            let packet = Packet {
                stream: index,
                rtcp: true,
                arrival_ns: arrival,
                bytes: datagram.bytes,
            };
            sound.take(packet, &[]);
            reports.heard(from, false, datagram.bytes, arrival);
        });
    }

    /// Says what came, when it is time; at the end of the stream, goodbye.
    fn report(&mut self, sound: &Sound, cname: &str, over: bool, desk: &mut Desk) {
        let now_ns = self.rtcp_looked_ns;
        let at = Occasion {
            pair: &self.pair,
            source: &self.source,
            cname,
            now_ns,
            silent: sound.is_silent(&self.pauses, now_ns),
        };
        if over {
            self.reports.leave(&at, desk);
        } else {
            self.reports.look(&at, desk);
        }
    }

    fn counted(&self) -> Counted {
        let kernel = dropped_by_kernel(&self.pair.rtp);
        Counted {
            stream: self.index,
            stray: self.stray,
            dropped: kernel + self.cut,
        }
    }

    /// Nothing that arrived earlier can still come: it would have waited too long in its
    /// socket, and what waits for its source to be believed is younger.
    fn horizon(&self) -> u64 {
        let oldest = self.source.oldest_held_ns().unwrap_or(u64::MAX);
        self.looked_ns.saturating_sub(WAITS_NS_MAX).min(oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_stream_takes_five_hundred_packets_a_second() {
        let mut rate = Some(Rate::default());
        let mut taken = |second: u64, packets: u64| {
            let arrival = |number| second * 1_000_000_000 + number * 1_000_000_000 / packets;
            let allowed = |number: &u64| allowed(&mut rate, arrival(*number));
            (0..packets).filter(allowed).count()
        };
        assert_eq!(taken(7, 5_000), 500);
        // The old second is over, whatever still comes of it.
        assert_eq!(taken(8, 400), 400);
        assert_eq!(taken(7, 1_000), 100);
        assert_eq!(taken(90, 50), 50);
        let mut plain = None;
        assert!((0..5_000).all(|number| allowed(&mut plain, number)));
    }
}
