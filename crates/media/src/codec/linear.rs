//! L16: linear samples of 16 bits in network order, channels in turn (RFC 3551 §4.5.11).

/// Decodes whole frames of `channels` samples, several channels as their mean, rounded towards
/// zero.
pub(super) fn decode(channels: u8, octets: &[u8], samples: &mut Vec<i16>) {
    let width = usize::from(channels.max(1)).saturating_mul(2);
    samples.extend(octets.chunks_exact(width).map(|frame| {
        let (pairs, _none) = frame.as_chunks::<2>();
        let sum: i32 = pairs.iter().fold(0, |sum, pair| {
            i32::from(i16::from_be_bytes(*pair)).saturating_add(sum)
        });
        sum.checked_div(i32::from(channels.max(1))).unwrap_or(0) as i16
    }));
}
