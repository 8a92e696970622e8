//! What a receiver says of what it hears: how much was lost on the way and how unevenly it came
//! (RFC 3550 §6.4.2, appendices A.1, A.3 and A.8), and the packet that says so.
//!
//! Only headers count, so that protected packets are counted like others. Taking a packet costs
//! a few additions and never memory, whatever comes. Integers only; time is an argument.

use crate::rtcp::{Block, NtpTime};

/// Sources of one stream that are counted at once; beyond it the one silent for longest goes.
pub const SOURCES_MAX: usize = 4;
/// Most blocks of one report: its count has five bits.
const BLOCKS_MAX: usize = 31;
/// Longest name in octets (RFC 3550 §6.5).
const NAME_OCTETS_MAX: usize = 255;

/// A step ahead that is a loss; one that is longer is a sender that counts anew (appendix A.1).
const DROPOUT_MAX: u16 = 3_000;
/// A step back that is a packet which comes late.
const MISORDER_MAX: u16 = 100;

const SECOND_NS: u64 = 1_000_000_000;

/// What counts of a packet, in the clear also where the payload is not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// Names the format of the payload, 0 to 127.
    pub payload_type: u8,
    /// Counts packets, modulo 2^16.
    pub sequence: u16,
    /// In units of the format's clock, modulo 2^32.
    pub timestamp: u32,
    /// Names the source.
    pub ssrc: u32,
}

impl Head {
    /// Reads the fixed header of a datagram (RFC 3550 §5.1); `None`: it is no RTP packet.
    #[must_use]
    pub fn read(datagram: &[u8]) -> Option<Self> {
        let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *datagram.first_chunk()?;
        (first >> 6 == 2).then_some(Self {
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
        })
    }
}

/// What came of each source of one stream.
#[derive(Clone, Debug, Default)]
pub struct Receipts {
    sources: Vec<Receipt>,
}

/// What came of one source.
#[derive(Clone, Debug)]
struct Receipt {
    ssrc: u32,
    /// Ticks of the source's clock in a second.
    rate: u32,
    /// Sequence numbers that run on.
    first: i64,
    highest: i64,
    received: i64,
    /// A number far from all others came; this one behind it says that the sender counts anew.
    anew: Option<u16>,
    /// Expected and received when it was last reported.
    reported: (i64, i64),
    /// Arrival of the last packet less its timestamp, in ticks modulo 2^32.
    transit: Option<u32>,
    /// In sixteenths of a tick, so that rounding does not stop it.
    jitter: u64,
    /// The middle of the last sender report's time, and when that came.
    sender: Option<(u32, u64)>,
    heard_ns: u64,
    /// Since it was last reported.
    heard: bool,
}

/// What is said of one source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Received {
    /// The counts.
    pub block: Block,
    /// Of its last sender report, the middle 32 bits of the time (LSR) and for how long that has
    /// been here, in units of 2^-16 seconds (DLSR); `None`: none came.
    pub sender: Option<(u32, u32)>,
}

impl Receipts {
    /// Takes the next packet in the order of arrival; `rate` are its clock's ticks in a second.
    pub fn take(&mut self, head: &Head, arrival_ns: u64, rate: u32) {
        let rate = rate.max(1);
        let known = self.sources.iter_mut().find(|one| one.ssrc == head.ssrc);
        if let Some(source) = known {
            return source.take(head, arrival_ns, rate);
        }
        let new = Receipt::new(head, arrival_ns, rate);
        if self.sources.len() < SOURCES_MAX {
            self.sources.push(new);
        } else if let Some(oldest) = self.sources.iter_mut().min_by_key(|one| one.heard_ns) {
            *oldest = new;
        }
    }

    /// Whether a source of this name is known.
    #[must_use]
    pub fn knows(&self, ssrc: u32) -> bool {
        self.sources.iter().any(|one| one.ssrc == ssrc)
    }

    /// Takes note of a sender report of one of the sources.
    pub fn sender_said(&mut self, ssrc: u32, ntp: NtpTime, arrival_ns: u64) {
        if let Some(source) = self.sources.iter_mut().find(|one| one.ssrc == ssrc) {
            source.sender = Some(((ntp >> 16) as u32, arrival_ns));
        }
    }

    /// What to report now, of the sources heard since the last report (RFC 3550 §6.4). The next
    /// report's fractions begin here.
    pub fn report(&mut self, now_ns: u64) -> impl Iterator<Item = Received> {
        let heard = self.sources.iter_mut().filter(|source| source.heard);
        heard.map(move |source| source.report(now_ns))
    }
}

impl Receipt {
    fn new(head: &Head, arrival_ns: u64, rate: u32) -> Self {
        let first = i64::from(head.sequence);
        Self {
            ssrc: head.ssrc,
            rate,
            first,
            highest: first,
            received: 1,
            anew: None,
            reported: (0, 0),
            transit: Some(ticks(arrival_ns, rate).wrapping_sub(head.timestamp)),
            jitter: 0,
            sender: None,
            heard_ns: arrival_ns,
            heard: true,
        }
    }

    fn take(&mut self, head: &Head, arrival_ns: u64, rate: u32) {
        self.heard_ns = arrival_ns;
        let ahead = head.sequence.wrapping_sub((self.highest & 0xffff) as u16);
        if ahead < DROPOUT_MAX {
            self.highest = self.highest.saturating_add(i64::from(ahead));
        } else if ahead <= MISORDER_MAX.wrapping_neg() {
            if self.anew != Some(head.sequence) {
                self.anew = Some(head.sequence.wrapping_add(1));
                return;
            }
            let (jitter, sender) = (self.jitter, self.sender);
            let anew = Self::new(head, arrival_ns, rate);
            *self = Self {
                jitter,
                sender,
                ..anew
            };
            return;
        }
        self.heard = true;
        self.received = self.received.saturating_add(1);
        if self.rate != rate {
            // Another format of another clock: what was measured goes on in its ticks.
            let before = u64::from(self.rate);
            let same = self.jitter.saturating_mul(rate.into()).checked_div(before);
            (self.rate, self.transit, self.jitter) = (rate, None, same.unwrap_or(0));
        }
        let transit = ticks(arrival_ns, rate).wrapping_sub(head.timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let change = (transit.wrapping_sub(before) as i32).unsigned_abs();
            let faded = self.jitter.saturating_add(8) >> 4;
            let grown = self.jitter.saturating_add(change.into());
            self.jitter = grown.saturating_sub(faded);
        }
    }

    fn report(&mut self, now_ns: u64) -> Received {
        self.heard = false;
        let span = self.highest.saturating_sub(self.first);
        let expected = span.saturating_add(1);
        let (expected_before, received_before) = self.reported;
        self.reported = (expected, self.received);
        let expected_now = expected.saturating_sub(expected_before);
        let received_now = self.received.saturating_sub(received_before);
        let lost_now = expected_now.saturating_sub(received_now).max(0);
        let share = lost_now.saturating_mul(256).checked_div(expected_now);
        let lost = expected.saturating_sub(self.received);
        let block = Block {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(share.unwrap_or(0)).unwrap_or(u8::MAX),
            lost: i32::try_from(lost.clamp(-0x80_0000, 0x7f_ffff)).unwrap_or(0),
            // Modulo 2^32: the count of wraps has 16 bits.
            highest: self.highest as u32,
            jitter: u32::try_from(self.jitter >> 4).unwrap_or(u32::MAX),
        };
        let delay = |arrival: u64| {
            let delay = u128::from(now_ns.saturating_sub(arrival)) << 16;
            let units = delay.checked_div(SECOND_NS.into()).unwrap_or(0);
            u32::try_from(units).unwrap_or(u32::MAX)
        };
        let sender = self.sender.map(|(middle, at_ns)| (middle, delay(at_ns)));
        Received { block, sender }
    }
}

/// Ticks of a clock at an instant, modulo 2^32.
fn ticks(at_ns: u64, rate: u32) -> u32 {
    let (seconds, rest) = (at_ns / SECOND_NS, at_ns % SECOND_NS);
    let rate = u64::from(rate);
    let whole = seconds.wrapping_mul(rate);
    // Both factors are below 2^32.
    whole.wrapping_add(rest.wrapping_mul(rate) / SECOND_NS) as u32
}

/// Writes the compound packet of a receiver into `out`: its report, its name, which is cut at
/// 255 octets, and, `leaving`, its goodbye (RFC 3550 §6.1, §6.4.2, §6.5, §6.6). A report of
/// nobody is one that only shows that the receiver is there.
pub fn write(
    ssrc: u32,
    received: impl IntoIterator<Item = Received>,
    cname: &str,
    leaving: bool,
    out: &mut Vec<u8>,
) {
    out.clear();
    // The first word is written when their number is known.
    out.extend([0; 4]);
    word(out, ssrc);
    let mut blocks = 0_usize;
    for Received { block, sender } in received.into_iter().take(BLOCKS_MAX) {
        blocks = blocks.saturating_add(1);
        let lost = (block.lost as u32) & 0x00ff_ffff;
        let (last, delay) = sender.unwrap_or_default();
        word(out, block.ssrc);
        word(out, (u32::from(block.fraction_lost) << 24) | lost);
        word(out, block.highest);
        word(out, block.jitter);
        word(out, last);
        word(out, delay);
    }
    if let Some(first) = out.first_chunk_mut::<4>() {
        let words = blocks.saturating_mul(6).saturating_add(1);
        *first = header(201, blocks, words).to_be_bytes();
    }
    let name = cname.as_bytes();
    let name = name.get(..NAME_OCTETS_MAX).unwrap_or(name);
    // An item's kind and length, and at least one zero behind the last.
    let octets = name.len().saturating_add(3).next_multiple_of(4);
    let end = out.len().saturating_add(octets).saturating_add(8);
    word(out, header(202, 1, (octets / 4).saturating_add(1)));
    word(out, ssrc);
    out.extend([1, u8::try_from(name.len()).unwrap_or(u8::MAX)]);
    out.extend_from_slice(name);
    out.resize(end, 0);
    if leaving {
        word(out, header(203, 1, 1));
        word(out, ssrc);
    }
}

fn word(out: &mut Vec<u8>, word: u32) {
    out.extend_from_slice(&word.to_be_bytes());
}

/// The first word of a packet: version 2, a count, a type, how many words follow.
fn header(packet_type: u32, count: usize, words: usize) -> u32 {
    let count = u32::try_from(count).unwrap_or(0) & 0x1f;
    let words = u32::try_from(words).unwrap_or(0) & 0xffff;
    0x8000_0000 | (count << 24) | (packet_type << 16) | words
}
