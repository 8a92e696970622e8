//! RTP whose every byte can be computed again from who sent it and its number.

/// Samples, and bytes of G.711, in a packet of 20 ms.
pub(crate) const SAMPLES: usize = 160;
/// Bytes of a packet.
pub(crate) const BYTES: usize = 12 + SAMPLES;
/// Packets a second of one stream.
pub(crate) const PER_SECOND: u64 = 50;

/// Writes packet `number` of a stream. Streams are numbered through: two for each call.
pub(crate) fn write(stream: u32, number: u32, out: &mut [u8; BYTES]) {
    let [_, _, high, low] = number.to_be_bytes();
    out[..4].copy_from_slice(&[0x80, 0, high, low]);
    out[4..8].copy_from_slice(&number.wrapping_mul(SAMPLES as u32).to_be_bytes());
    out[8..12].copy_from_slice(&(0x5eed_0000 ^ stream).to_be_bytes());
    let mut state = seed(stream, number);
    for eight in out[12..].chunks_exact_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        eight.copy_from_slice(&state.to_le_bytes());
    }
}

fn seed(stream: u32, number: u32) -> u64 {
    let mixed = u64::from(stream) << 32 | u64::from(number);
    mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
}

/// The samples of packet `number` of a stream, as PCMU is decoded (ITU-T G.711).
pub(crate) fn samples(stream: u32, number: u32) -> Vec<i16> {
    let mut packet = [0; BYTES];
    write(stream, number, &mut packet);
    packet[12..].iter().map(|byte| decoded(*byte)).collect()
}

fn decoded(byte: u8) -> i16 {
    let byte = !byte;
    let (exponent, mantissa) = ((byte >> 4) & 7, i16::from(byte & 15));
    let magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84;
    if byte & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pcmu_is_decoded_as_the_standard_says() {
        // Table 2a of G.711: the ends and the middle of the code.
        let cases = [
            (0x00, -32_124),
            (0x80, 32_124),
            (0xff, 0),
            (0x7f, 0),
            (0xf0, 120),
        ];
        for (byte, sample) in cases {
            assert_eq!(decoded(byte), sample, "{byte:#x}");
        }
    }

    #[test]
    fn packets_differ_and_come_again_the_same() {
        let of = |stream, number| {
            let mut packet = [0; BYTES];
            write(stream, number, &mut packet);
            packet
        };
        assert_eq!(of(3, 70_000), of(3, 70_000));
        assert_ne!(of(3, 70_000)[12..], of(4, 70_000)[12..]);
        assert_ne!(of(3, 70_000)[12..], of(3, 70_001)[12..]);
        assert_eq!(of(3, 65_537)[2..4], [0, 1]);
    }
}
