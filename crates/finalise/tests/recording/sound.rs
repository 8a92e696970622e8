//! What is heard.

use crate::call::{Call, MS, SECOND, packet, person, sample, samples, talk, talk_as, two_people};
use journal::Why;
use model::State;
use model::people::UserId;

const OURS: Option<UserId> = Some(UserId(3));

#[test]
fn local_is_left_and_remote_right_whatever_the_order_of_lines() {
    for (labels, left, right) in [(["1", "2"], 0, 1), (["2", "1"], 1, 0)] {
        let mut call = Call::new(&labels, &two_people());
        let mut packets = talk(0, 100 * MS, 0..80_000);
        packets.extend(talk(1, 100 * MS, 0..80_000));
        call.sweep(packets);
        call.close(12 * SECOND, Why::Bye);
        let sides = call.settle(&[OURS, None]);
        assert_eq!(sides.left, [left]);
        let recorded = call.render();
        assert_eq!(recorded.channel(0), samples(left, 0..80_000));
        assert_eq!(recorded.channel(1), samples(right, 0..80_000));
        assert_eq!(recorded.rendition.draft.duration_ms, 10_000);
        assert_eq!(recorded.rendition.draft.state, State::Available);
        let lost: u64 = recorded
            .rendition
            .report
            .streams
            .iter()
            .map(|s| s.lost)
            .sum();
        assert_eq!(lost, 0);
    }
}

#[test]
fn a_late_stream_silence_and_loss_keep_their_places() {
    let mut call = Call::new(&["1", "2"], &two_people());
    let mut packets = talk(0, 0, 0..16_000);
    packets.extend(talk(0, 0, 40_000..80_000));
    packets.extend(talk(1, 3 * SECOND, 0..40_000));
    // The eleventh packet of the second stream is lost.
    packets.retain(|(stream, at, _)| (*stream, *at) != (1, 3 * SECOND + 220 * MS));
    call.sweep(packets);
    call.close(12 * SECOND, Why::Bye);
    call.settle(&[OURS, None]);
    let recorded = call.render();
    let (left, right) = (recorded.channel(0), recorded.channel(1));
    assert_eq!((left.len(), right.len()), (80_000, 80_000));
    assert_eq!(left[..16_000], samples(0, 0..16_000));
    assert_eq!(left[16_000..40_000], [0; 24_000]);
    assert_eq!(left[40_000..], samples(0, 40_000..80_000));
    assert_eq!(right[..24_000], [0; 24_000]);
    assert_eq!(right[24_000..25_600], samples(1, 0..1_600));
    assert_eq!(right[25_600..25_760], [0; 160]);
    assert_eq!(right[25_760..64_000], samples(1, 1_760..40_000));
    assert_eq!(right[64_000..], [0; 16_000]);
    let streams = &recorded.rendition.report.streams;
    assert_eq!(
        (streams[0].lost, streams[0].gaps, streams[1].lost),
        (150, 1, 1)
    );
}

#[test]
fn several_remote_streams_are_added() {
    let people = two_people() + &person("c", "5550103", "3");
    let mut call = Call::new(&["1", "2", "3"], &people);
    for stream in 0..3 {
        call.sweep(talk(stream, 0, 0..16_000));
    }
    call.close(3 * SECOND, Why::Bye);
    call.settle(&[OURS, None, None]);
    let recorded = call.render();
    let sum = |n| sample(1, n).saturating_add(sample(2, n));
    assert_eq!(recorded.channel(0), samples(0, 0..16_000));
    assert_eq!(
        recorded.channel(1),
        (0..16_000).map(sum).collect::<Vec<_>>()
    );
}

#[test]
fn one_mixed_stream_is_on_both_channels_and_a_separate_one_on_its_own() {
    let mixed = two_people().replace("<send>s2</send>", "<send>s1</send>");
    for (people, owners, left, right) in [
        (mixed.as_str(), [OURS, None], true, true),
        // Without metadata the sender of the INVITE is who speaks.
        ("", [None, None], true, false),
        (&person("a", "225", "1"), [OURS, None], true, false),
        (&person("a", "225", "9"), [OURS, None], true, true),
    ] {
        let mut call = Call::new(&["1"], people);
        call.sweep(talk(0, 0, 0..8_000));
        call.close(2 * SECOND, Why::Bye);
        call.settle(&owners);
        let recorded = call.render();
        let heard = |channel: usize| recorded.channel(channel) == samples(0, 0..8_000);
        let silent = |channel: usize| recorded.channel(channel) == [0; 8_000];
        assert!(if left { heard(0) } else { silent(0) }, "{people}");
        assert!(if right { heard(1) } else { silent(1) }, "{people}");
    }
    let mut call = Call::new(
        &["1"],
        &(person("a", "225", "9") + &person("b", "5550102", "1")),
    );
    call.sweep(talk(0, 0, 0..8_000));
    call.settle(&[OURS, None]);
    let recorded = call.render();
    assert_eq!(recorded.channel(0), [0; 8_000]);
    assert_eq!(recorded.channel(1), samples(0, 0..8_000));
}

#[test]
fn what_cannot_be_decoded_is_silence_and_named() {
    let mut call = Call::with_formats(&["1", "2"], "RTP/AVP 97 8", &two_people());
    call.sweep(talk_as(0, 1, 97, 0, 0..16_000));
    call.sweep(
        talk(0, 0, 0..8_000)
            .into_iter()
            .map(|p| (1, p.1, p.2))
            .collect(),
    );
    call.close(3 * SECOND, Why::Bye);
    call.settle(&[OURS, None]);
    let recorded = call.render();
    assert_eq!(recorded.channel(0), [0; 16_000]);
    assert_eq!(recorded.channel(1)[..8_000], samples(0, 0..8_000));
    assert_eq!(recorded.rendition.draft.undecoded, ["ILBC"]);
    assert_eq!(recorded.rendition.report.streams[0].encodings, ["ILBC"]);
    assert_eq!(recorded.rendition.report.streams[1].encodings, ["PCMA"]);
}

#[test]
fn a_format_may_change_and_come_back() {
    let mut call = Call::with_formats(&["1"], "RTP/AVP 8 0", "");
    let mut packets = talk_as(0, 1, 8, 0, 0..8_000);
    packets.extend(talk_as(0, 1, 0, 0, 8_000..16_000));
    packets.extend(talk_as(0, 1, 8, 0, 16_000..24_000));
    call.sweep(packets);
    call.left(&[0]);
    let recorded = call.render();
    let left = recorded.channel(0);
    assert_eq!(left.len(), 24_000);
    assert_eq!(left[..8_000], samples(0, 0..8_000));
    assert_ne!(left[8_000..16_000], samples(0, 8_000..16_000));
    assert_eq!(left[16_000..], samples(0, 16_000..24_000));
    assert_eq!(
        recorded.rendition.report.streams[0].encodings,
        ["PCMA", "PCMU"]
    );
}

#[test]
fn key_presses_and_comfort_noise_are_silence() {
    let mut call = Call::with_formats(&["1"], "RTP/AVP 8 101 13", "");
    let mut packets = talk_as(0, 1, 8, 0, 0..8_000);
    for number in 0..5_u16 {
        let [high, low] = (160 * (number + 1)).to_be_bytes();
        let bytes = packet(101, 50 + number, 8_000 + 4_000, 1, &[5, 10, high, low]);
        packets.push((0, SECOND + u64::from(number + 1) * 20 * MS, bytes));
    }
    packets.push((0, 1_120 * MS, packet(13, 55, 8_800 + 4_000, 1, &[60])));
    packets.extend(talk_as(0, 1, 8, 0, 16_000..24_000));
    call.sweep(packets);
    call.left(&[0]);
    let recorded = call.render();
    let left = recorded.channel(0);
    assert_eq!(left[..8_000], samples(0, 0..8_000));
    assert_eq!(left[8_000..16_000], [0; 8_000]);
    assert_eq!(left[16_000..], samples(0, 16_000..24_000));
    assert_eq!(recorded.rendition.draft.undecoded, [""; 0]);
    assert_eq!(
        recorded.rendition.report.streams[0].encodings,
        ["PCMA", "TELEPHONE-EVENT", "CN"]
    );
}

#[test]
fn without_a_packet_there_is_a_header() {
    let mut call = Call::new(&["1", "2"], &two_people());
    call.close(SECOND, Why::Bye);
    call.settle(&[OURS, None]);
    let recorded = call.render();
    assert_eq!(recorded.file.len(), 44);
    assert_eq!(recorded.rendition.draft.duration_ms, 0);
    assert_eq!(
        recorded.rendition.draft.start_time,
        recorded.rendition.draft.answered_at
    );
    assert_eq!(recorded.rendition.report.streams.len(), 2);
}
