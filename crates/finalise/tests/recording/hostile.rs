//! Nothing a network can send makes rendering panic, or long.

use crate::call::{Call, MS, SECOND, packet, talk, two_people};
use journal::Why;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_datagrams_give_a_recording_of_bounded_length(
        datagrams in proptest::collection::vec(
            (0_u16..5, 0..5 * SECOND, proptest::collection::vec(any::<u8>(), 0..200)),
            0..60,
        ),
        headers in proptest::collection::vec(
            (0_u16..3, 0..5 * SECOND, any::<u32>(), any::<u16>(), 0_u32..3, 0_u8..128),
            0..200,
        ),
    ) {
        let mut call = Call::new(&["1", "2"], &two_people());
        let mut packets = talk(0, 0, 0..24_000);
        packets.extend(datagrams);
        for (stream, at, time, number, ssrc, kind) in headers {
            packets.push((stream, at, packet(kind, number, time, ssrc, &[0; 100])));
        }
        call.sweep(packets);
        call.close(6 * SECOND, Why::Bye);
        call.left(&[0]);
        let recorded = call.render();
        prop_assert!(recorded.rendition.draft.duration_ms < 40_000);
    }
}

#[test]
fn a_flood_of_jumping_timestamps_lasts_as_long_as_it_came() {
    let mut call = Call::new(&["1"], "");
    let jump = |n: u32| {
        (
            0,
            u64::from(n) * 2 * MS,
            packet(8, n as u16, n << 20, 1, &[0; 160]),
        )
    };
    call.sweep((0..5_000).map(jump).collect());
    call.left(&[0]);
    let recorded = call.render();
    assert!(recorded.rendition.draft.duration_ms < 12_000);
    assert!(recorded.rendition.report.streams[0].discarded > 4_900);
}
