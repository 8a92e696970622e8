//! The header of a WAV file whose length is known before its sound.

/// Octets of one sample of both channels.
pub const FRAME_OCTETS: u64 = 4;

const CHANNELS: u16 = 2;
const BITS: u16 = 16;

/// The header for `samples` samples a channel of PCM, 16 bits, two channels. A file of more
/// than 4 GiB − 1 gets the header of RF64 (EBU Tech 3306), whose sizes have 64 bits.
#[must_use]
pub fn header(sample_rate: u32, samples: u64) -> Vec<u8> {
    let data = samples.saturating_mul(FRAME_OCTETS);
    let mut header = Vec::with_capacity(80);
    // 44 octets stand before the sound, 36 of them after the size of the RIFF chunk.
    if let Ok(size) = u32::try_from(data.saturating_add(44)) {
        header.extend(b"RIFF");
        header.extend(size.saturating_sub(8).to_le_bytes());
        header.extend(b"WAVE");
        format_chunk(&mut header, sample_rate);
        header.extend(b"data");
        header.extend(size.saturating_sub(44).to_le_bytes());
        return header;
    }
    header.extend(b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0");
    header.extend(data.saturating_add(72).to_le_bytes());
    header.extend(data.to_le_bytes());
    header.extend(samples.to_le_bytes());
    header.extend([0; 4]);
    format_chunk(&mut header, sample_rate);
    header.extend(b"data\xff\xff\xff\xff");
    header
}

fn format_chunk(header: &mut Vec<u8>, sample_rate: u32) {
    header.extend(b"fmt \x10\0\0\0\x01\0");
    header.extend(CHANNELS.to_le_bytes());
    header.extend(sample_rate.to_le_bytes());
    header.extend(
        sample_rate
            .saturating_mul(FRAME_OCTETS as u32)
            .to_le_bytes(),
    );
    header.extend((FRAME_OCTETS as u16).to_le_bytes());
    header.extend(BITS.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(bytes: &[u8], at: usize) -> u32 {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    fn long(bytes: &[u8], at: usize) -> u64 {
        u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn a_header_says_how_much_follows() {
        let bytes = header(8_000, 100);
        assert_eq!(bytes.len(), 44);
        assert_eq!(word(&bytes, 4), 36 + 400);
        assert_eq!(&bytes[8..22], b"WAVEfmt \x10\0\0\0\x01\0");
        assert_eq!((word(&bytes, 24), word(&bytes, 28)), (8_000, 32_000));
        assert_eq!(&bytes[32..40], b"\x04\0\x10\0data");
        assert_eq!(word(&bytes, 40), 400);
    }

    #[test]
    fn more_than_four_gibibytes_become_rf64() {
        let last = (u64::from(u32::MAX) - 44) / 4;
        assert_eq!(&header(8_000, last)[..4], b"RIFF");
        let bytes = header(8_000, last + 1);
        assert_eq!(bytes.len(), 80);
        assert_eq!(&bytes[..4], b"RF64");
        assert_eq!(long(&bytes, 20), 72 + (last + 1) * 4);
        assert_eq!(long(&bytes, 28), (last + 1) * 4);
        assert_eq!(long(&bytes, 36), last + 1);
        assert_eq!(&bytes[72..76], b"data");
    }
}
