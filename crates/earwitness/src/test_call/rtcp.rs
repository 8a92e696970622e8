//! Sender reports (RFC 3550 §6.4.1): which wall-clock time a timestamp stands for.

use jiff::Timestamp;

/// From 1900, where NTP begins, to 1970.
const NTP_TO_UNIX_SECONDS: i64 = 2_208_988_800;
/// Both streams of a call come from one clock and say so (RFC 3550 §6.5.1).
const CNAME: &[u8; 20] = b"earwitness-test-call";

/// What a sender says about its stream.
pub(super) struct Report {
    /// The stream.
    pub(super) ssrc: u32,
    /// The time of `timestamp`.
    pub(super) wall: Timestamp,
    /// The RTP timestamp at that time.
    pub(super) timestamp: u32,
    /// Packets sent.
    pub(super) packets: u64,
    /// Octets of sound sent.
    pub(super) octets: u64,
}

impl Report {
    /// A compound packet: the report and the source's name.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let fraction = (i64::from(self.wall.subsec_nanosecond()) << 32) / 1_000_000_000;
        // Every field is modulo 2^32 (RFC 3550 §4, §6.4.1).
        let words = [
            0x80C8_0006,
            self.ssrc,
            (self.wall.as_second() + NTP_TO_UNIX_SECONDS) as u32,
            fraction as u32,
            self.timestamp,
            self.packets as u32,
            self.octets as u32,
            0x81CA_0007,
            self.ssrc,
        ];
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend_from_slice(&[1, CNAME.len() as u8]);
        bytes.extend_from_slice(CNAME);
        // The item list ends with a zero, filled up to a whole word.
        bytes.extend_from_slice(&[0; 2]);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_agree_with_the_headers() {
        let report = Report {
            ssrc: 7,
            wall: Timestamp::from_millisecond(1_500).unwrap(),
            timestamp: 9,
            packets: 1,
            octets: 160,
        };
        let bytes = report.to_bytes();
        assert_eq!(bytes.len(), 28 + 32);
        assert_eq!(bytes[8..16], [0x83, 0xAA, 0x7E, 0x81, 0x80, 0, 0, 0]);
        assert!(rtp::looks_like_rtcp(&bytes));
    }
}
