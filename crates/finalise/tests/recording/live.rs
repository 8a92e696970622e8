//! What is heard of a call that goes on is what its recording will hold.

use crate::call::{Call, Event, MS, SECOND, answer, recording, samples, sdp, talk, two_people};
use crate::protected;
use finalise::{Known, Live, Profile};
use journal::Why;
use model::RecordingId;
use model::people::UserId;
use rtp::srtp::Suite;

const OURS: Option<UserId> = Some(UserId(3));
/// Packets of `talk` come when their last sample is said, and the first one at 100 ms.
const FIRST: usize = 960;

/// Everything of a call, heard as it would be while it goes on.
fn heard(call: &Call) -> Live {
    heard_of(call, recording())
}

fn heard_of(call: &Call, recording: RecordingId) -> Live {
    let journal = call.journal();
    let known = Known::read(&journal, recording).unwrap();
    let sides = finalise::sides(known.parties(), &[OURS, None]);
    let mut live = Live::new(known, &sides, &Profile::default());
    for frame in journal.frames() {
        live.take(&frame.unwrap());
    }
    live
}

fn channel(sound: &[i16], channel: usize) -> Vec<i16> {
    sound.chunks(2).map(|pair| pair[channel]).collect()
}

#[test]
fn it_is_the_same_sound_on_the_same_side() {
    for (labels, left) in [(["1", "2"], 0), (["2", "1"], 1)] {
        let mut call = Call::new(&labels, &two_people());
        let mut packets = talk(0, 100 * MS, 0..80_000);
        packets.extend(talk(1, 100 * MS, 0..80_000));
        // One packet is lost, two come in the wrong order.
        packets.retain(|(stream, at, _)| (*stream, *at) != (left, 6_120 * MS));
        for (stream, at, _) in &mut packets {
            if (*stream, *at) == (left, 7_120 * MS) {
                *at += 25 * MS;
            }
        }
        call.sweep(packets);
        let live = heard(&call);
        assert_eq!(live.sample_rate(), 8_000);
        let sound = live.sound(4_000, 10_000);
        call.close(12 * SECOND, Why::Bye);
        call.settle(&[OURS, None]);
        let recorded = call.render();
        for side in 0..2 {
            let later = &recorded.channel(side)[32_000 - FIRST..80_000 - FIRST];
            assert!(channel(&sound, side) == later, "{labels:?}, channel {side}");
        }
    }
}

#[test]
fn protected_sound_is_opened_with_the_keys_of_the_journal() {
    for suite in Suite::ALL {
        let live = heard(&protected::whole(suite));
        let sound = live.sound(1_000, 2_000);
        let expected = (8_000 - FIRST as u64)..(16_000 - FIRST as u64);
        assert_eq!(
            channel(&sound, 0),
            samples(0, expected.clone()),
            "{suite:?}"
        );
        assert_eq!(channel(&sound, 1), samples(1, expected), "{suite:?}");
    }
}

#[test]
fn what_is_long_ago_is_forgotten_and_what_never_came_is_silent() {
    let mut call = Call::new(&["1", "2"], &two_people());
    call.sweep(talk(0, 100 * MS, 0..400_000));
    let live = heard(&call);
    assert!(live.sound(0, 30_000).iter().all(|sample| *sample == 0));
    let now = live.sound(49_000, 50_000);
    assert!(channel(&now, 0).iter().any(|sample| *sample != 0));
    assert!(channel(&now, 1).iter().all(|sample| *sample == 0));
    let later = live.sound(60_000, 61_000);
    assert!(later.len() == 16_000 && later.iter().all(|sample| *sample == 0));
    let [left, right] = live.loudness(49_000, 50_000);
    assert!(left.level > -20, "{left:?}");
    assert_eq!((right.level, right.last_packet_ns), (-90, None));
    assert!(left.last_packet_ns.is_some());
}

#[test]
fn only_messages_and_keys_have_the_rest_read_again() {
    let mut call = Call::new(&["1", "2"], &two_people());
    let mut live = heard(&call);
    call.sweep(talk(0, 100 * MS, 0..1_600));
    let lines = sdp(&["1", "2"], "RTP/AVP 8 101", "recvonly");
    call.signal(3 * SECOND, true, answer(2, &lines));
    call.close(4 * SECOND, Why::Bye);
    let journal = call.journal();
    let frames = journal.frames().skip(4).map(|frame| frame.unwrap());
    let again: Vec<bool> = frames.map(|frame| live.take(&frame)).collect();
    assert_eq!(again, [false, false, true, false]);
}

#[test]
fn the_next_recording_of_a_call_is_heard_after_the_end_of_the_one_before() {
    let mut call = Call::new(&["1", "2"], &two_people());
    let next = RecordingId::mint(1_795_514_403_000, [8; 10]);
    let ended = Event::Ended(recording(), Why::Stopped);
    call.events.push((SECOND, ended));
    call.events.push((2 * SECOND, Event::Began(next)));
    call.sweep(talk(0, 2_100 * MS, 0..16_000));
    let sound = heard_of(&call, next).sound(1_000, 2_000);
    let expected = (8_000 - FIRST as u64)..(16_000 - FIRST as u64);
    assert_eq!(channel(&sound, 0), samples(0, expected));
}
