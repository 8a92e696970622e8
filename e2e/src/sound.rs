//! Sound in G.711 that can be told from any other, and looked for in a recording.
//!
//! It must never compare levels where it can compare samples: mu-law decoded is mu-law again, so
//! what a client was given comes back to the bit however often it is coded.

/// Codes in a packet of 20 ms.
pub const PACKET: usize = 160;

/// `count` mu-law codes, of which no stretch repeats another, and none is silence.
#[must_use]
pub fn codes(count: u32) -> Vec<u8> {
    // The high bits of a linear congruence of full period.
    let next = |state: &mut u32, _: u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let code = state.to_be_bytes()[0];
        Some(if linear(code) == 0 { 0 } else { code })
    };
    (0..count).scan(1, next).collect()
}

/// A sample of 16 bits, mu-law as ITU-T G.711 has it.
#[must_use]
pub fn linear(code: u8) -> i16 {
    let code = !code;
    let magnitude = (((i16::from(code & 0x0F)) << 3) + 0x84) << ((code >> 4) & 7);
    if code & 0x80 == 0 {
        magnitude - 0x84
    } else {
        0x84 - magnitude
    }
}

/// A WAV file of one channel at 8,000 Hz.
///
/// # Panics
/// When it is longer than such a file can be.
#[must_use]
pub fn wav(codes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(codes.len() * 2).unwrap();
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(length + 36).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend_from_slice(&8_000_u32.to_le_bytes());
    out.extend_from_slice(&16_000_u32.to_le_bytes());
    out.extend_from_slice(b"\x02\0\x10\0data");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend(codes.iter().flat_map(|code| linear(*code).to_le_bytes()));
    out
}

/// The samples of the left channel of a recording.
#[must_use]
pub fn left(media: &[u8]) -> Vec<i16> {
    let frames = media[44..].chunks_exact(4);
    frames
        .map(|frame| i16::from_le_bytes([frame[0], frame[1]]))
        .collect()
}

/// How many whole packets of the codes stand in the samples, in their order.
#[must_use]
pub fn packets_in(samples: &[i16], codes: &[u8]) -> usize {
    let (mut at, mut found) = (0, 0);
    for packet in codes.chunks_exact(PACKET) {
        let packet: Vec<i16> = packet.iter().map(|code| linear(*code)).collect();
        let mut places = samples[at..].windows(PACKET);
        if let Some(place) = places.position(|window| window == packet) {
            at += place + PACKET;
            found += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_found_in_their_order_alone() {
        let said = codes(3 * 160);
        let samples: Vec<i16> = said.iter().map(|code| linear(*code)).collect();
        let mut heard = vec![0; 77];
        heard.extend(&samples);
        assert_eq!(packets_in(&heard, &said), 3);
        heard[77 + 200] ^= 8;
        assert_eq!(packets_in(&heard, &said), 2);
        let turned = [&samples[160..320], &samples[..160]].concat();
        assert_eq!(packets_in(&turned, &said), 1);
    }
}
