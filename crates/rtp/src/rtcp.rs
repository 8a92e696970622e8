//! RTCP as far as a recorder needs it (RFC 3550 §6): what senders say about their clock and
//! their name, and that they leave. Lenient: what cannot be read ends the reading.

/// Seconds, and their fractions in units of 2^-32, since 1900 (RFC 3550 §4).
pub type NtpTime = u64;

/// One packet of a compound datagram.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Report {
    /// A sender report: which timestamp its wall clock had, and how much it sent.
    Sender {
        /// Who reports.
        ssrc: u32,
        /// Wall clock of the sender.
        ntp: NtpTime,
        /// The RTP timestamp of the same instant.
        timestamp: u32,
        /// Packets sent so far, modulo 2^32.
        packets: u32,
        /// Payload octets sent so far, modulo 2^32.
        octets: u32,
        /// What it hears of others.
        blocks: Vec<Block>,
    },
    /// A receiver report.
    Receiver {
        /// Who reports.
        ssrc: u32,
        /// What it hears of others.
        blocks: Vec<Block>,
    },
    /// The name that stays when the SSRC changes (SDES CNAME).
    Name {
        /// Whose.
        ssrc: u32,
        /// The name; octets that are not UTF-8 replaced.
        cname: String,
    },
    /// Sources that leave.
    Bye {
        /// Which.
        ssrcs: Vec<u32>,
    },
}

/// What one source hears of another (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Block {
    /// Of whom.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost since the beginning; copies make it negative.
    pub lost: i32,
    /// Highest sequence number, with its count of wraps in the upper half.
    pub highest: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
}

/// Whether a datagram on an RTP port is RTCP (RFC 5761 §4: packet types 192 to 223).
#[must_use]
pub fn looks_like_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [first, 192..=223, _, _, _, _, _, _, ..] if first >> 6 == 2)
}

/// Reads a compound datagram as far as it can be read; unknown packets are passed over.
#[must_use]
pub fn parse(datagram: &[u8]) -> Vec<Report> {
    let mut reports = Vec::new();
    let mut rest = datagram;
    while let Some((&[first, packet_type, high, low], tail)) = rest.split_first_chunk::<4>() {
        if first >> 6 != 2 {
            break;
        }
        let octets = usize::from(u16::from_be_bytes([high, low])).saturating_mul(4);
        let (body, next) = tail.split_at_checked(octets).unwrap_or((tail, &[]));
        let count = usize::from(first & 0x1f);
        match packet_type {
            200 => reports.extend(sender(body, count)),
            201 => reports.extend(receiver(body, count)),
            202 => names(body, count, &mut reports),
            203 => reports.extend(bye(body, count)),
            _ => {}
        }
        rest = next;
    }
    reports
}

fn sender(body: &[u8], count: usize) -> Option<Report> {
    let (head, blocks) = body.split_first_chunk::<24>()?;
    let (words, _none) = head.as_chunks::<4>();
    let [ssrc, ntp_high, ntp_low, timestamp, packets, octets] = <[[u8; 4]; 6]>::try_from(words)
        .ok()?
        .map(u32::from_be_bytes);
    let ntp = (u64::from(ntp_high) << 32) | u64::from(ntp_low);
    Some(Report::Sender {
        ssrc,
        ntp,
        timestamp,
        packets,
        octets,
        blocks: read(blocks, count),
    })
}

fn receiver(body: &[u8], count: usize) -> Option<Report> {
    let (ssrc, blocks) = body.split_first_chunk::<4>()?;
    Some(Report::Receiver {
        ssrc: u32::from_be_bytes(*ssrc),
        blocks: read(blocks, count),
    })
}

fn read(blocks: &[u8], count: usize) -> Vec<Block> {
    let (blocks, _rest) = blocks.as_chunks::<24>();
    let block = |octets: &[u8; 24]| {
        let (words, _none) = octets.as_chunks::<4>();
        let [ssrc, lost, highest, jitter, ..] = <[[u8; 4]; 6]>::try_from(words)
            .unwrap_or_default()
            .map(u32::from_be_bytes);
        Block {
            ssrc,
            fraction_lost: (lost >> 24) as u8,
            // 24 bits with a sign: shifting up and down again copies the sign.
            lost: ((lost << 8) as i32) >> 8,
            highest,
            jitter,
        }
    };
    blocks.iter().take(count).map(block).collect()
}

/// RFC 3550 §6.5: per source a list of items, ended by a zero and padded to a word.
fn names(body: &[u8], count: usize, reports: &mut Vec<Report>) {
    let mut rest = body;
    for _ in 0..count {
        let Some((ssrc, mut items)) = rest.split_first_chunk::<4>() else {
            return;
        };
        let ssrc = u32::from_be_bytes(*ssrc);
        while let Some((&[kind @ 1..=255, length], tail)) = items.split_first_chunk::<2>() {
            let Some((text, next)) = tail.split_at_checked(usize::from(length)) else {
                return;
            };
            if kind == 1 {
                let cname = String::from_utf8_lossy(text).into_owned();
                reports.push(Report::Name { ssrc, cname });
            }
            items = next;
        }
        let used = body.len().saturating_sub(items.len());
        let padded = used.saturating_add(1).next_multiple_of(4);
        rest = body.get(padded..).unwrap_or_default();
    }
}

fn bye(body: &[u8], count: usize) -> Option<Report> {
    let (words, _reason) = body.as_chunks::<4>();
    let ssrcs: Vec<u32> = words
        .iter()
        .take(count)
        .map(|word| u32::from_be_bytes(*word))
        .collect();
    (!ssrcs.is_empty()).then_some(Report::Bye { ssrcs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compound() -> Vec<u8> {
        let mut bytes = vec![0x81, 200, 0, 12];
        for word in [7_u32, 0x1234_5678, 0x8000_0000, 160, 50, 8000] {
            bytes.extend(word.to_be_bytes());
        }
        for word in [9_u32, 0x40ff_ffff, 0x0001_0002, 3, 0, 0] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend(b"\x82\xca\0\x06\0\0\0\x07\x01\x03a@b\x02\x01x\0\0\0\0");
        bytes.extend(b"\0\0\0\x08\x01\x01c\0");
        bytes.extend(b"\x81\xcc\0\x01app!\x81\xcb\0\x01\0\0\0\x07");
        bytes
    }

    #[test]
    fn a_compound_datagram_is_read_whole() {
        let bytes = compound();
        assert!(looks_like_rtcp(&bytes));
        let block = Block {
            ssrc: 9,
            fraction_lost: 64,
            lost: -1,
            highest: 0x0001_0002,
            jitter: 3,
        };
        let name = |ssrc, cname: &str| Report::Name {
            ssrc,
            cname: cname.to_owned(),
        };
        assert_eq!(
            parse(&bytes),
            [
                Report::Sender {
                    ssrc: 7,
                    ntp: 0x1234_5678_8000_0000,
                    timestamp: 160,
                    packets: 50,
                    octets: 8000,
                    blocks: vec![block],
                },
                name(7, "a@b"),
                name(8, "c"),
                Report::Bye { ssrcs: vec![7] },
            ]
        );
    }

    #[test]
    fn sound_is_not_taken_for_rtcp() {
        assert!(!looks_like_rtcp(&[0x80, 0x80, 0, 1, 0, 0, 0, 0]));
        assert!(!looks_like_rtcp(&[0x80, 8, 0, 1, 0, 0, 0, 0]));
        assert!(!looks_like_rtcp(&[0x80, 200, 0, 1]));
    }

    proptest! {
        #[test]
        fn damage_never_panics(at in 0_usize..200, value: u8, cut in 0_usize..200) {
            let mut bytes = compound();
            let at = at % bytes.len();
            bytes[at] = value;
            bytes.truncate(cut.min(bytes.len()));
            prop_assert!(parse(&bytes).len() <= 8);
        }
    }
}
