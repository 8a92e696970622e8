//! What holds of the readers in this crate whatever bytes they are given.
//!
//! Each function takes what a fuzzer or the replay of its seeds makes up, and panics when a
//! property does not hold. The product never calls them.

use std::cell::RefCell;

use crate::rtcp::{Block, Report};
use crate::sequence::{Sequence, WINDOW_PACKETS, extend16, extend32};
use crate::srtp::{Error, Protect, Suite, Unprotect};
use crate::{Packet, looks_like_rtcp, rtcp};

/// A datagram as a packet: its payload lies inside it, and the packet made of what was read
/// reads the same. Its octets also serve as sequence numbers.
///
/// # Panics
/// When one of these does not hold.
pub fn packet(data: &[u8]) {
    if let Ok(packet) = Packet::parse(data) {
        fills(&packet, data);
        let written = written(&packet);
        let again = Packet::parse(&written);
        assert!(again.is_ok_and(|again| is_same(&again, &packet)));
    }
    let mut numbers = data.chunks_exact(2);
    if let Some(first) = numbers.next() {
        counted(number(first), numbers.map(number));
    }
}

/// A compound datagram: reports written down again read the same, and there are no more than
/// the octets can hold.
///
/// # Panics
/// When one of these does not hold.
pub fn control(data: &[u8]) {
    if looks_like_rtcp(data) {
        let head = data.first_chunk::<8>().expect("a header and a source");
        let [first, packet_type, ..] = *head;
        assert!(first >> 6 == 2 && (192..=223).contains(&packet_type));
    }
    let reports = rtcp::parse(data);
    assert!(reports.len().saturating_mul(2) <= data.len());
    for report in &reports {
        let octets = match report {
            Report::Sender { blocks, .. } | Report::Receiver { blocks, .. } => {
                assert!(blocks.iter().all(|block| block.lost.abs() <= 1 << 23));
                blocks.len().saturating_mul(24)
            }
            Report::Name { cname, .. } => cname.chars().count(),
            Report::Bye { ssrcs } => ssrcs.len().saturating_mul(4),
        };
        assert!(octets <= data.len(), "more than there was");
    }
    let writable =
        |report: &Report| !matches!(report, Report::Name { cname, .. } if cname.len() > 255);
    if reports.iter().all(writable) {
        let written: Vec<u8> = reports.iter().flat_map(written_report).collect();
        assert_eq!(
            rtcp::parse(&written),
            reports,
            "written, they read the same"
        );
    }
}

thread_local! {
    /// Opened with the same keys, and never given a packet that is theirs. Kept, because of the
    /// searches for a rollover counter only the first few cost anything.
    static STRANGERS: RefCell<Vec<Unprotect>> = RefCell::new(
        Suite::ALL.iter().filter_map(|suite| Unprotect::new(*suite, key(*suite), 0).ok()).collect(),
    );
}

/// The first octet chooses a suite, the second a length of master key identifiers, the third a
/// bit; the rest is a packet. Made up it never opens; protected it opens once, as it was; with
/// one bit changed it never does.
///
/// # Panics
/// When one of these does not hold.
pub fn protected(data: &[u8]) {
    let Some((&[suite, mki, bit], packet)) = data.split_first_chunk::<3>() else {
        return;
    };
    let choice = usize::from(suite)
        .checked_rem(Suite::ALL.len())
        .unwrap_or(0);
    let suite = Suite::ALL.get(choice).copied().unwrap_or(Suite::AesGcm128);
    let mki = usize::from(mki & 3);
    STRANGERS.with_borrow_mut(|strangers| {
        if let Some(stranger) = strangers.get_mut(choice) {
            never_opens(stranger, suite, packet);
        }
    });
    let opened = (
        Protect::new(suite, key(suite)),
        Unprotect::new(suite, key(suite), mki),
    );
    let (Ok(mut protect), Ok(mut unprotect)) = opened else {
        panic!("the key has the length its suite wants");
    };
    let (mut wire, mut plain) = (Vec::new(), Vec::new());
    if protect.rtp(packet, &mut wire).is_ok() {
        damaged_never_opens(choice, suite, &wire, bit);
        let wire = identified(&wire, suite, mki, false);
        assert_eq!(unprotect.rtp(&wire, None, &mut plain), Ok(()));
        assert_eq!(plain, packet, "it opens as it was");
        let again = unprotect.rtp(&wire, None, &mut plain);
        assert_eq!(again, Err(Error::Replayed));
    }
    if protect.rtcp(packet, &mut wire).is_ok() {
        let wire = identified(&wire, suite, mki, true);
        assert_eq!(unprotect.rtcp(&wire, &mut plain), Ok(()));
        assert_eq!(plain, packet, "it opens as it was");
        assert_eq!(unprotect.rtcp(&wire, &mut plain), Err(Error::Replayed));
    }
}

/// Octets of a key and salt that nobody uses.
const KEY: [u8; 46] = [0xa5; 46];

fn key(suite: Suite) -> &'static [u8] {
    KEY.get(..suite.master_octets()).unwrap_or(&KEY)
}

/// A tag of 32 bits is met by chance once in so many tries that a fuzzer gets there.
fn is_short(suite: Suite) -> bool {
    suite.name().ends_with("_32")
}

fn never_opens(stranger: &mut Unprotect, suite: Suite, packet: &[u8]) {
    let mut plain = Vec::new();
    let opened = stranger.rtp(packet, None, &mut plain);
    assert!(opened.is_err() || is_short(suite), "nobody knows the key");
    assert!(
        stranger.rtcp(packet, &mut plain).is_err(),
        "nobody knows the key"
    );
}

fn damaged_never_opens(choice: usize, suite: Suite, wire: &[u8], bit: u8) {
    let mut damaged = wire.to_vec();
    let place = usize::from(bit >> 3)
        .checked_rem(damaged.len())
        .unwrap_or(0);
    if let Some(octet) = damaged.get_mut(place) {
        *octet ^= 1 << (bit & 7);
    }
    STRANGERS.with_borrow_mut(|strangers| {
        if let Some(stranger) = strangers.get_mut(choice) {
            never_opens(stranger, suite, &damaged);
        }
    });
}

/// The packet with a master key identifier, which stands before the tag.
fn identified(wire: &[u8], suite: Suite, mki: usize, control: bool) -> Vec<u8> {
    let tag = match suite.name() {
        name if name.starts_with("AEAD") => 0,
        name if name.ends_with("_32") && !control => 4,
        _ => 10,
    };
    let (front, tag) = wire
        .split_at_checked(wire.len().saturating_sub(tag))
        .unwrap_or((wire, &[]));
    [front, [7; 3].get(..mki).unwrap_or(&[]), tag].concat()
}

/// RFC 3550 section 5.1: header, sources, extension, payload and padding, and nothing else.
fn fills(packet: &Packet<'_>, data: &[u8]) {
    let octet = |place: usize| usize::from(data.get(place).copied().unwrap_or(0));
    assert_eq!(octet(0) >> 6, 2, "version 2");
    let sources = (octet(0) & 0x0f).saturating_mul(4);
    assert_eq!(packet.csrcs().count().saturating_mul(4), sources);
    let header = sources.saturating_add(12);
    let words = (octet(header.saturating_add(2)) << 8) | octet(header.saturating_add(3));
    let extension = match octet(0) & 0x10 {
        0 => 0,
        _ => words.saturating_add(1).saturating_mul(4),
    };
    let padding = match octet(0) & 0x20 {
        0 => 0,
        _ => octet(data.len().saturating_sub(1)),
    };
    let before = header.saturating_add(extension);
    let payload = packet.payload.len();
    assert_eq!(
        before.saturating_add(payload).saturating_add(padding),
        data.len(),
        "nothing else"
    );
    let rest = data.get(before..).unwrap_or_default();
    assert!(rest.starts_with(packet.payload), "the payload is its own");
}

fn is_same(left: &Packet<'_>, right: &Packet<'_>) -> bool {
    let fields = |packet: &Packet<'_>| {
        let Packet {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc,
            ..
        } = *packet;
        (marker, payload_type, sequence, timestamp, ssrc)
    };
    fields(left) == fields(right) && left.payload == right.payload && left.csrcs().eq(right.csrcs())
}

fn written(packet: &Packet<'_>) -> Vec<u8> {
    let sources = packet.csrcs().count() as u8;
    let second = packet.payload_type | if packet.marker { 0x80 } else { 0 };
    let mut octets = vec![0x80 | sources, second];
    octets.extend(packet.sequence.to_be_bytes());
    octets.extend(packet.timestamp.to_be_bytes());
    octets.extend(packet.ssrc.to_be_bytes());
    octets.extend(packet.csrcs().flat_map(u32::to_be_bytes));
    octets.extend(packet.payload);
    octets
}

fn number(pair: &[u8]) -> u16 {
    <[u8; 2]>::try_from(pair).map_or(0, u16::from_be_bytes)
}

/// What comes is counted once, what is missing never more than what was passed over.
fn counted(first: u16, numbers: impl Iterator<Item = u16>) {
    let mut sequence = Sequence::new(first);
    let mut came = 1_u64;
    for number in numbers {
        let near = i64::from(first).saturating_add(sequence.distance(number));
        assert_eq!(
            extend16(near, number) as u16,
            number,
            "it ends in the number"
        );
        assert_eq!(extend32(near, number.into()) as u32, number.into());
        let ahead = sequence.distance(number);
        assert!(ahead >= i64::from(i16::MIN) && ahead <= i64::from(i16::MAX));
        let before = sequence.stats();
        sequence.push(number);
        came = came.saturating_add(1);
        let after = sequence.stats();
        let passed = ahead.max(0).unsigned_abs();
        assert!(
            after.lost
                <= before
                    .lost
                    .saturating_add(passed)
                    .saturating_add(WINDOW_PACKETS)
        );
        assert!(after.packets.saturating_add(after.duplicates) <= came);
    }
}

fn written_report(report: &Report) -> Vec<u8> {
    let (count, packet_type, body) = match report {
        Report::Sender {
            ssrc,
            ntp,
            timestamp,
            packets,
            octets,
            blocks,
        } => {
            let mut body = ssrc.to_be_bytes().to_vec();
            body.extend(ntp.to_be_bytes());
            body.extend(
                [timestamp, packets, octets]
                    .iter()
                    .flat_map(|word| word.to_be_bytes()),
            );
            body.extend(blocks.iter().flat_map(written_block));
            (blocks.len(), 200, body)
        }
        Report::Receiver { ssrc, blocks } => {
            let mut body = ssrc.to_be_bytes().to_vec();
            body.extend(blocks.iter().flat_map(written_block));
            (blocks.len(), 201, body)
        }
        Report::Name { ssrc, cname } => {
            let mut body = ssrc.to_be_bytes().to_vec();
            body.extend([1, cname.len() as u8]);
            body.extend(cname.as_bytes());
            body.push(0);
            body.resize(body.len().next_multiple_of(4), 0);
            (1, 202, body)
        }
        Report::Bye { ssrcs } => (
            ssrcs.len(),
            203,
            ssrcs.iter().flat_map(|ssrc| ssrc.to_be_bytes()).collect(),
        ),
    };
    let words = (body.len() / 4) as u16;
    let mut octets = vec![0x80 | count as u8, packet_type];
    octets.extend(words.to_be_bytes());
    octets.extend(body);
    octets
}

fn written_block(block: &Block) -> Vec<u8> {
    let lost = (u32::from(block.fraction_lost) << 24) | (block.lost as u32 & 0x00ff_ffff);
    let words = [block.ssrc, lost, block.highest, block.jitter, 0, 0];
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}
