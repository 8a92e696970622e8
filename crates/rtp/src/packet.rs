//! One RTP packet (RFC 3550 §5.1), borrowed from the datagram it came in.

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The header, its list of contributing sources or its extension goes past the end.
    #[error("shorter than its header says")]
    Short,
    /// The version is not 2.
    #[error("version {0} instead of 2")]
    Version(u8),
    /// The padding is longer than what it pads, or says it is 0 long.
    #[error("padding does not fit the packet")]
    Padding,
}

/// A packet without its header extension and padding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Packet<'a> {
    /// What the profile makes of it: for audio, the first packet of a talk spurt.
    pub marker: bool,
    /// Names the format of the payload, 0 to 127.
    pub payload_type: u8,
    /// Counts packets, modulo 2^16.
    pub sequence: u16,
    /// Sampling instant of the first octet, in units of the format's clock, modulo 2^32.
    pub timestamp: u32,
    /// Names the source.
    pub ssrc: u32,
    /// What was sent.
    pub payload: &'a [u8],
    csrcs: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a datagram.
    ///
    /// # Errors
    /// [`Error`] when it is no RTP packet; RTCP is not told apart here, see
    /// [`looks_like_rtcp`](crate::looks_like_rtcp).
    pub fn parse(datagram: &'a [u8]) -> Result<Self, Error> {
        let (header, rest) = datagram.split_first_chunk::<12>().ok_or(Error::Short)?;
        let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *header;
        let version = first >> 6;
        if version != 2 {
            return Err(Error::Version(version));
        }
        let csrc_octets = usize::from(first & 0x0f).saturating_mul(4);
        let (csrcs, rest) = rest.split_at_checked(csrc_octets).ok_or(Error::Short)?;
        let rest = if first & 0x10 == 0 {
            rest
        } else {
            after_extension(rest)?
        };
        let payload = if first & 0x20 == 0 {
            rest
        } else {
            without_padding(rest)?
        };
        Ok(Self {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            payload,
            csrcs,
        })
    }

    /// The sources a mixer put together, at most 15.
    pub fn csrcs(&self) -> impl Iterator<Item = u32> + use<'a> {
        let (chunks, _none) = self.csrcs.as_chunks::<4>();
        chunks.iter().map(|octets| u32::from_be_bytes(*octets))
    }
}

/// RFC 3550 §5.3.1: two octets for the profile, two with the length in words.
fn after_extension(rest: &[u8]) -> Result<&[u8], Error> {
    let (&[_, _, high, low], rest) = rest.split_first_chunk::<4>().ok_or(Error::Short)?;
    let octets = usize::from(u16::from_be_bytes([high, low])).saturating_mul(4);
    rest.get(octets..).ok_or(Error::Short)
}

/// The last octet counts the padding, itself included.
fn without_padding(rest: &[u8]) -> Result<&[u8], Error> {
    let padding = usize::from(*rest.last().ok_or(Error::Padding)?);
    if padding == 0 {
        return Err(Error::Padding);
    }
    let end = rest.len().checked_sub(padding).ok_or(Error::Padding)?;
    rest.get(..end).ok_or(Error::Padding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: [u8; 12] = [0x80, 0x88, 1, 2, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef];

    fn with(first: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = PLAIN.to_vec();
        bytes[0] = first;
        bytes.extend_from_slice(rest);
        bytes
    }

    #[test]
    fn the_fields_are_where_the_rfc_puts_them() {
        let bytes = with(0x80, b"sound");
        let packet = Packet::parse(&bytes).unwrap();
        assert!(packet.marker);
        assert_eq!(packet.payload_type, 8);
        assert_eq!(packet.sequence, 0x0102);
        assert_eq!(packet.timestamp, 160);
        assert_eq!(packet.ssrc, 0xdead_beef);
        assert_eq!(packet.payload, b"sound");
        assert_eq!(packet.csrcs().count(), 0);
    }

    #[test]
    fn sources_extension_and_padding_are_no_payload() {
        let bytes = with(
            0xb2,
            b"\0\0\0\x01\0\0\0\x02\xbe\xde\0\x01\x10\x20\x30\x40sound\0\0\x03",
        );
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.csrcs().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(packet.payload, b"sound");
        let all_padding = with(0xa0, &[0, 0, 0, 4]);
        assert_eq!(Packet::parse(&all_padding).unwrap().payload, b"");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(Packet::parse(&PLAIN[..11]), Err(Error::Short));
        assert_eq!(Packet::parse(&with(0x40, b"")), Err(Error::Version(1)));
        assert_eq!(Packet::parse(&with(0x81, b"abc")), Err(Error::Short));
        assert_eq!(Packet::parse(&with(0x90, b"abc")), Err(Error::Short));
        assert_eq!(
            Packet::parse(&with(0x90, b"\0\0\0\x01abc")),
            Err(Error::Short)
        );
        assert_eq!(Packet::parse(&with(0xa0, b"")), Err(Error::Padding));
        assert_eq!(Packet::parse(&with(0xa0, b"abc\0")), Err(Error::Padding));
        assert_eq!(Packet::parse(&with(0xa0, b"abc\x05")), Err(Error::Padding));
    }

    proptest! {
        #[test]
        fn no_datagram_panics(first: u8, bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Packet::parse(&bytes);
            let bytes = with(0x80 | first, &bytes);
            if let Ok(packet) = Packet::parse(&bytes) {
                prop_assert!(packet.payload.len() <= bytes.len() - 12);
                prop_assert!(packet.csrcs().count() <= 15);
            }
        }
    }
}
