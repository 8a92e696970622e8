//! What senders are told of what came: receiver reports, our name, and our goodbye (RFC 3550 §6,
//! RFC 7866 §8.1). With SRTP they are protected with the key of our own answer.
//!
//! A few times a minute for each stream, never for a packet. They leave from the port that was
//! told, and go only to addresses that have sent media or reports of this stream, or that are
//! the signalling peer's own: what is merely written in an SDP is no reason to send there.

use super::Terms;
use crate::ports::{Pair, in_family_of};
use crate::source::Source;
use rtp::receipt::{Head, Receipts};
use rtp::rtcp::{self, NtpTime, Report};
use rtp::srtp::{Protect, Suite, Unprotect};
use siprec::MediaKey;
use std::net::{IpAddr, SocketAddr};

/// Shortest interval between reports (RFC 3550 §6.2); the first comes after half of it.
const INTERVAL_NS: u64 = 5_000_000_000;
/// What the interval is divided by, in thousandths: e − 3/2 (RFC 3550 §6.3.1).
const COMPENSATION: u64 = 1_218;
/// Octets of our name that are random (RFC 7022 §4.2).
const NAME_OCTETS: usize = 12;

/// What all streams share: buffers, and chance that is good enough to spread reports.
pub(super) struct Desk {
    random: u64,
    plain: Vec<u8>,
    sealed: Vec<u8>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            random: u64::from_be_bytes(random()),
            plain: Vec::new(),
            sealed: Vec::new(),
        }
    }

    /// When the next report is due: 0.5 to 1.5 intervals from now, so that the reports of many
    /// streams that began together part (RFC 3550 §6.3.1).
    fn due(&mut self, now_ns: u64, interval_ns: u64) -> u64 {
        // Marsaglia's xorshift; zero would stay zero.
        let mut x = self.random | 1 << 63;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random = x;
        let wait = interval_ns / 2 + x % interval_ns;
        now_ns + wait / COMPENSATION * 1_000
    }
}

/// Our name in all streams of one recording session: it says nothing of host or people.
pub(super) fn name() -> String {
    let octets: [u8; NAME_OCTETS] = random();
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Good randomness; zeros where the system has none, which costs no call its sound.
fn random<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    if getrandom::fill(&mut octets).is_err() {
        tracing::error!("the system gives no random bytes");
    }
    octets
}

/// An instant at which a stream may have something to say.
pub(super) struct Occasion<'a> {
    pub(super) pair: &'a Pair,
    pub(super) source: &'a Source,
    pub(super) cname: &'a str,
    pub(super) now_ns: u64,
    /// Nothing of the stream is recorded now: nothing is said of it but that we are there, which
    /// keeps the way open (RFC 6263 §4.6).
    pub(super) silent: bool,
}

/// One stream's reports.
pub(super) struct Reports {
    ssrc: u32,
    receipts: Receipts,
    /// Payload types and their clocks; the first is that of unknown ones.
    clocks: Vec<(u8, u32)>,
    /// Where the offer wants them.
    told: Option<SocketAddr>,
    /// They leave from the RTP port.
    mux: bool,
    /// Who signals for this stream.
    peer: IpAddr,
    /// Where reports for us last came from.
    heard: Option<SocketAddr>,
    offered: Option<SocketAddr>,
    due_ns: u64,
    /// At least one has left.
    begun: bool,
    protection: Option<Protection>,
}

/// What opens their reports and protects ours.
struct Protection {
    own: Option<(MediaKey, Protect)>,
    theirs: Vec<(MediaKey, Unprotect)>,
}

impl Reports {
    pub(super) fn new(terms: &Terms, peer: IpAddr, now_ns: u64, desk: &mut Desk) -> Self {
        let mut reports = Self {
            ssrc: u32::from_be_bytes(random()),
            receipts: Receipts::default(),
            clocks: Vec::new(),
            told: None,
            mux: false,
            peer,
            heard: None,
            offered: None,
            due_ns: desk.due(now_ns, INTERVAL_NS / 2),
            begun: false,
            protection: None,
        };
        reports.offer(terms);
        reports
    }

    /// A new offer.
    pub(super) fn offer(&mut self, terms: &Terms) {
        if terms.mux != self.mux || terms.offered.is_some() && terms.offered != self.offered {
            self.heard = None;
        }
        self.offered = terms.offered;
        self.told = terms.rtcp.filter(|_| !terms.mux);
        self.mux = terms.mux;
        self.clocks.clone_from(&terms.clocks);
        let before = self.protection.take();
        self.protection = terms.protected.then(|| Protection::new(terms, before));
    }

    /// Takes a packet that came to the RTP port.
    pub(super) fn took(&mut self, packet: &[u8], arrival_ns: u64) {
        let Some(head) = Head::read(packet) else {
            return;
        };
        let mut clocks = self.clocks.iter();
        let clock = clocks.find(|(payload_type, _)| *payload_type == head.payload_type);
        let rate = clock
            .or_else(|| self.clocks.first())
            .map_or(8_000, |(_, rate)| *rate);
        self.receipts.take(&head, arrival_ns, rate);
    }

    /// Takes RTCP of this stream's sender; `muxed`: it came to the RTP port.
    pub(super) fn heard(&mut self, from: SocketAddr, muxed: bool, packet: &[u8], at_ns: u64) {
        if muxed == self.mux {
            self.heard = Some(from);
        }
        let plain = match &mut self.protection {
            Some(protection) => protection.open(packet),
            None => sender_report(packet),
        };
        if let Some((ssrc, ntp)) = plain {
            self.receipts.sender_said(ssrc, ntp, at_ns);
        }
    }

    /// Sends a report when it is time.
    pub(super) fn look(&mut self, at: &Occasion<'_>, desk: &mut Desk) {
        if at.now_ns < self.due_ns {
            return;
        }
        self.due_ns = desk.due(at.now_ns, INTERVAL_NS);
        if let Some(to) = self.destination(at.source) {
            self.begun = true;
            self.send(at, to, false, desk);
        }
    }

    /// Says goodbye, where anything was said before (RFC 3550 §6.3.7).
    pub(super) fn leave(&mut self, at: &Occasion<'_>, desk: &mut Desk) {
        if let Some(to) = self.destination(at.source).filter(|_| self.begun) {
            self.send(at, to, true, desk);
        }
    }

    fn send(&mut self, at: &Occasion<'_>, to: SocketAddr, leaving: bool, desk: &mut Desk) {
        if self.receipts.knows(self.ssrc) {
            // Another source has our number (RFC 3550 §8.2).
            self.ssrc = u32::from_be_bytes(random());
        }
        let Desk { plain, sealed, .. } = desk;
        // What is not reported now counts in the next report.
        let sources = if at.silent { 0 } else { usize::MAX };
        let received = self.receipts.report(at.now_ns).take(sources);
        rtp::receipt::write(self.ssrc, received, at.cname, leaving, plain);
        let datagram = match &mut self.protection {
            None => Some(plain.as_slice()),
            Some(protection) => protection.seal(plain, sealed),
        };
        // What cannot be protected is not said.
        let Some(datagram) = datagram else { return };
        let Pair {
            rtp, rtcp, address, ..
        } = at.pair;
        let socket = if self.mux { rtp } else { rtcp };
        if let Err(error) = socket.send_to(datagram, in_family_of(*address, to)) {
            tracing::debug!(%error, "a receiver report was not sent");
        }
    }

    /// Where reports go: back to where theirs come from, or where the offer says, or behind the
    /// port media come from.
    fn destination(&self, source: &Source) -> Option<SocketAddr> {
        let current = source.current();
        let beside = |media: SocketAddr| {
            let port = media.port().checked_add(u16::from(!self.mux))?;
            Some(SocketAddr::new(media.ip(), port))
        };
        let known = |at: &SocketAddr| {
            at.ip() == self.peer || current.is_some_and(|current| current.ip() == at.ip())
        };
        let heard = self.heard.filter(|heard| {
            // Who sends media now may be another than who sent reports before.
            current.is_none() || source.is_peer(heard.ip())
        });
        heard
            .or_else(|| self.told.filter(known))
            .or_else(|| current.and_then(beside))
            .or_else(|| self.offered.filter(known).and_then(beside))
    }
}

impl Protection {
    /// Keys that are in use stay in use with all they have counted: an index of SRTCP must not
    /// come twice (RFC 3711 §3.4).
    fn new(terms: &Terms, before: Option<Self>) -> Self {
        let (own, mut theirs) = before.map_or((None, Vec::new()), |b| (b.own, b.theirs));
        let suite = |key: &MediaKey| Suite::from_name(key.suite);
        let own = terms.own_key.as_ref().and_then(|key| match own {
            Some((known, protect)) if known == *key => Some((known, protect)),
            Some(_) | None => {
                let protect = Protect::new(suite(key)?, &key.master).ok()?;
                Some((key.clone(), protect))
            }
        });
        theirs.retain(|(known, _)| terms.keys.contains(known));
        for key in &terms.keys {
            let known = theirs.iter().any(|(known, _)| known == key);
            let opens = suite(key).filter(|_| !known);
            let opens =
                opens.map(|suite| Unprotect::new(suite, &key.master, key.mki_octets.into()));
            theirs.extend(opens.and_then(Result::ok).map(|opens| (key.clone(), opens)));
        }
        Self { own, theirs }
    }

    fn seal<'a>(&mut self, plain: &[u8], sealed: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        let (_, key) = self.own.as_mut()?;
        key.rtcp(plain, sealed).ok()?;
        Some(sealed)
    }

    fn open(&mut self, packet: &[u8]) -> Option<(u32, NtpTime)> {
        let mut plain = Vec::new();
        let mut theirs = self.theirs.iter_mut();
        theirs
            .any(|(_, key)| key.rtcp(packet, &mut plain).is_ok())
            .then(|| sender_report(&plain))?
    }
}

/// Who reports, and the time it says, of a compound packet that begins with a sender report.
fn sender_report(packet: &[u8]) -> Option<(u32, NtpTime)> {
    // What stands behind it says nothing here, and a flood of long ones costs no more.
    let mut reports = rtcp::parse(packet.get(..SENDER_REPORT_OCTETS)?).into_iter();
    match reports.next()? {
        Report::Sender { ssrc, ntp, .. } => Some((ssrc, ntp)),
        Report::Receiver { .. } | Report::Name { .. } | Report::Bye { .. } => None,
    }
}

/// Octets of a sender report that reports on nobody (RFC 3550 §6.4.1).
const SENDER_REPORT_OCTETS: usize = 28;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{PortRange, Ports};
    use crate::source::Accept;
    use crate::sweep::tests::terms;
    use std::net::UdpSocket;
    use std::time::Duration;

    const SECOND_NS: u64 = 1_000_000_000;

    /// A stream between sockets of this machine, with the sender's even port and the next.
    struct Scene {
        pair: Pair,
        source: Source,
        reports: Reports,
        desk: Desk,
        sender: Pair,
        now_ns: u64,
    }

    fn scene(first: u16) -> Scene {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        let last = first + 7;
        let ports = Ports::new(PortRange { first, last }, vec![loopback]);
        let bind = || ports.bind(loopback).unwrap();
        let (pair, sender, mut desk) = (bind(), bind(), Desk::new());
        let terms = terms(Some(sender.address));
        let reports = Reports::new(&terms, loopback, 0, &mut desk);
        let mut source = Source::new(Accept::Any);
        source.offer(terms.offered, &terms.payload_types);
        Scene {
            pair,
            source,
            reports,
            desk,
            sender,
            now_ns: 0,
        }
    }

    impl Scene {
        fn offer(&mut self, terms: &Terms) {
            self.source.offer(terms.offered, &terms.payload_types);
            self.reports.offer(terms);
        }

        fn take(&mut self, ssrc: u32, number: u16) {
            let mut packet = vec![0x80, 0];
            packet.extend(number.to_be_bytes());
            packet.extend([0; 4]);
            packet.extend(ssrc.to_be_bytes());
            self.reports.took(&packet, self.now_ns);
        }

        /// Lets the time of the next report come; what it was, read at `socket`.
        fn said(&mut self, silent: bool, socket: &UdpSocket) -> Vec<u8> {
            self.now_ns += 10 * SECOND_NS;
            let at = Occasion {
                pair: &self.pair,
                source: &self.source,
                cname: "name",
                now_ns: self.now_ns,
                silent,
            };
            self.reports.look(&at, &mut self.desk);
            read(socket)
        }
    }

    fn read(socket: &UdpSocket) -> Vec<u8> {
        socket.set_nonblocking(false).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut bytes = [0; 500];
        let length = socket.recv(&mut bytes).unwrap();
        bytes[..length].to_vec()
    }

    fn blocks(report: &[u8]) -> u8 {
        assert_eq!(report[1], 201);
        report[0] & 31
    }

    #[test]
    fn what_is_not_recorded_is_not_reported_and_counts_in_the_next_report() {
        let mut scene = scene(41_200);
        for number in [0, 1, 4] {
            scene.take(7, number);
        }
        let rtcp = scene.sender.rtcp.try_clone().unwrap();
        assert_eq!(blocks(&scene.said(true, &rtcp)), 0);
        scene.take(7, 5);
        let report = scene.said(false, &rtcp);
        assert_eq!(blocks(&report), 1);
        // Two of six.
        assert_eq!(report[12..16], [85, 0, 0, 2]);
        assert_eq!(blocks(&scene.said(false, &rtcp)), 0, "none came since");
    }

    #[test]
    fn siprec_41_a_held_stream_is_spoken_to_where_it_was_and_a_moved_one_where_it_is() {
        let mut scene = scene(41_210);
        let elsewhere = UdpSocket::bind("127.0.0.1:0").unwrap();
        let from = elsewhere.local_addr().unwrap();
        let at = |scene: &Scene| scene.reports.destination(&scene.source);
        let rtcp = scene.sender.rtcp.local_addr().unwrap();
        assert_eq!(at(&scene), Some(rtcp));
        // On the RTP port, while they do not share it: that is not where ours go.
        scene.reports.heard(from, true, &[], 0);
        assert_eq!(at(&scene), Some(rtcp));
        scene.reports.heard(from, false, &[], 0);
        assert_eq!(at(&scene), Some(from));
        // Hold by an address of zeros says nothing of a new place.
        scene.offer(&terms(None));
        assert_eq!(at(&scene), Some(from));
        let moved: SocketAddr = "127.0.0.1:5000".parse().unwrap();
        scene.offer(&terms(Some(moved)));
        assert_eq!(at(&scene).unwrap().port(), 5_001);
        let mux = true;
        scene.offer(&Terms {
            mux,
            ..terms(Some(moved))
        });
        assert_eq!(at(&scene), Some(moved));
        let last: SocketAddr = "127.0.0.1:65535".parse().unwrap();
        scene.offer(&terms(Some(last)));
        assert_eq!(at(&scene), None, "there is no port behind it");
        scene.offer(&terms(Some("192.0.2.7:5000".parse().unwrap())));
        assert_eq!(at(&scene), None, "nobody has heard of it");
    }

    #[test]
    fn our_number_is_never_that_of_a_sender() {
        let mut scene = scene(41_220);
        let rtcp = scene.sender.rtcp.try_clone().unwrap();
        let ours = scene.reports.ssrc;
        assert_eq!(scene.said(false, &rtcp)[4..8], ours.to_be_bytes());
        scene.take(ours, 1);
        let report = scene.said(false, &rtcp);
        assert_ne!(report[4..8], ours.to_be_bytes());
        assert_eq!(report[8..12], ours.to_be_bytes(), "theirs by now");
    }

    #[test]
    fn siprec_50_an_index_of_srtcp_never_comes_twice_under_one_key() {
        let mut scene = scene(41_230);
        let rtcp = scene.sender.rtcp.try_clone().unwrap();
        let key = |octet| MediaKey {
            suite: "AES_CM_128_HMAC_SHA1_80",
            master: vec![octet; 30],
            mki_octets: 0,
        };
        let address = scene.sender.address;
        let protected = |octet| Terms {
            protected: true,
            own_key: Some(key(octet)),
            ..terms(Some(address))
        };
        let (first, second) = (protected(1), protected(2));
        let without = Terms {
            own_key: None,
            ..protected(1)
        };
        // Before the index there is the mark of what is encrypted, behind it ten octets of tag.
        let index = |report: &[u8]| report[report.len() - 14..report.len() - 10].to_vec();
        for (terms, expected) in [(&first, 1), (&first, 2), (&first, 3), (&second, 1)] {
            scene.offer(terms);
            assert_eq!(index(&scene.said(false, &rtcp)), [0x80, 0, 0, expected]);
        }
        // Without a key of ours nothing is said, and in the clear only where all is.
        scene.offer(&without);
        scene.now_ns += 10 * SECOND_NS;
        rtcp.set_nonblocking(true).unwrap();
        let at = Occasion {
            pair: &scene.pair,
            source: &scene.source,
            cname: "name",
            now_ns: scene.now_ns,
            silent: false,
        };
        scene.reports.look(&at, &mut scene.desk);
        assert!(rtcp.recv(&mut [0; 9]).is_err());
    }

    #[test]
    fn reports_of_many_streams_part() {
        let mut desk = Desk::new();
        let unit = INTERVAL_NS as f64 / 1.21828;
        let share = |due: u64| due as f64 / unit;
        let dues: Vec<f64> = (0..2_000)
            .map(|_| share(desk.due(0, INTERVAL_NS)))
            .collect();
        assert!(
            dues.iter().all(|due| (0.49..=1.51).contains(due)),
            "{dues:?}"
        );
        for tenth in 0..10 {
            let from = 0.5 + f64::from(tenth) / 10.0;
            let within = dues.iter().filter(|due| (from..from + 0.1).contains(*due));
            // 200 are expected; 120 or fewer are chance once in a billion runs.
            assert!(within.count() > 120, "{from}");
        }
    }
}
