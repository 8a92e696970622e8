//! What is known of a call besides its sound.

use crate::call::{Call, Event, MS, SECOND, invite, person, recording, samples, sdp, session};
use crate::call::{sides_of, talk, two_people};
use finalise::{Candidate, Error, Parties, Profile};
use journal::{Sides, Why};
use model::people::UserId;
use model::{Direction, RecordingId, State};

const OURS: Option<UserId> = Some(UserId(3));
const OTHERS: Option<UserId> = Some(UserId(4));

fn talking() -> Call {
    let mut call = Call::new(&["1", "2"], &two_people());
    let mut packets = talk(1, 500 * MS, 0..16_000);
    packets.extend(talk(0, 750 * MS, 0..16_000));
    call.sweep(packets);
    call
}

#[test]
fn times_are_wall_clock_in_whole_milliseconds() {
    let mut call = talking();
    call.close(4 * SECOND, Why::Bye);
    call.settle(&[OURS, None]);
    let rendition = call.render().rendition;
    let draft = &rendition.draft;
    // The first packet of stream 1 came 520 ms after the INVITE.
    assert_eq!(draft.start_time.to_string(), "2026-11-24T10:00:00.643Z");
    assert_eq!(draft.answered_at.to_string(), "2026-11-24T10:00:00.133Z");
    assert_eq!(draft.ended_at.to_string(), "2026-11-24T10:00:04.123Z");
    assert_eq!(draft.duration_ms, 2_250);
    assert_eq!((draft.id, draft.session), (recording(), session()));
    assert_eq!(
        (draft.local_number.as_str(), draft.remote_number.as_str()),
        ("225", "5550102")
    );
    assert_eq!(draft.owner, OURS);
    assert_eq!(draft.reason, "ended by the client");
    assert!(!draft.sides_assumed);
    assert!(draft.pbx_call_id.is_some());
    assert_eq!(rendition.signalling.len(), 2);
    assert!(rendition.signalling[0].text.starts_with("INVITE ") && !rendition.signalling[0].sent);
    assert_eq!(
        rendition.signalling[1].time_ms - rendition.signalling[0].time_ms,
        10
    );
    assert_eq!(&rendition.peaks[..4], b"EWPK");
}

#[test]
fn a_fault_on_our_side_interrupts() {
    for (why, state) in [
        (Why::Bye, State::Available),
        (Why::Drained, State::Available),
        (Why::DiskFull, State::Interrupted),
        (Why::Crash, State::Interrupted),
    ] {
        let mut call = talking();
        call.close(900 * SECOND, why);
        call.settle(&[OURS, None]);
        let draft = call.render().rendition.draft;
        assert_eq!((draft.state, draft.reason.as_str()), (state, why.text()));
        // Whoever finds a dead session closes it long after its end.
        let crashed = why == Why::Crash;
        assert_eq!(
            draft.ended_at.as_second() - 1_795_514_400 < 10,
            crashed,
            "{why:?}"
        );
    }
}

#[test]
fn lost_frames_are_silence_and_said() {
    let mut call = talking();
    let lost = call.events.remove(5);
    assert!(matches!(lost.1, Event::Packets(_)));
    call.events.insert(5, (lost.0, Event::Lost(6, 6)));
    call.events.push((3 * SECOND, Event::Counted(1, 4, 9)));
    call.close(4 * SECOND, Why::Bye);
    call.settle(&[OURS, None]);
    let recorded = call.render();
    let rendition = &recorded.rendition;
    assert_eq!(rendition.draft.state, State::Interrupted);
    assert_eq!(
        rendition.draft.reason,
        "ended by the client; part of the journal was lost"
    );
    assert_eq!(rendition.draft.duration_ms, 2_250);
    assert_eq!(rendition.report.lost_frames, 1);
    assert_eq!(rendition.report.streams[1].lost, 10);
    assert_eq!(
        (
            rendition.report.streams[1].stray,
            rendition.report.streams[1].dropped
        ),
        (4, 9)
    );
    let left = recorded.channel(0).split_off(2_000);
    let heard: Vec<bool> = left.iter().map(|&sample| sample != 0).collect();
    let missing = heard.iter().position(|heard| !heard).unwrap();
    assert_eq!(heard.iter().filter(|heard| !**heard).count(), 1_600);
    assert_eq!(left[..missing], samples(0, 0..missing as u64));
    let missing = missing as u64 + 1_600;
    assert_eq!(left[missing as usize..], samples(0, missing..16_000));
}

#[test]
fn a_stream_whose_offer_is_lost_has_its_side() {
    // Of the local party, and heard when the only one that is known has talked already.
    let mut call = Call::new(&["2"], &two_people());
    call.sweep(talk(0, 100 * MS, 0..16_000));
    call.sweep(talk(1, 3 * SECOND, 0..16_000));
    for stream in [0, 1] {
        let counted = Event::Counted(stream, 0, 0);
        call.events.push((6 * SECOND, counted));
    }
    call.close(6 * SECOND, Why::Bye);
    let parties = finalise::parties(&call.journal(), recording()).unwrap();
    assert_eq!(parties.talked, [0, 1]);
    let sides = call.settle(&[OURS, None]);
    assert_eq!((sides.left, sides.assumed), (vec![1], true));
}

#[test]
fn two_recordings_of_a_session_share_no_packet() {
    let next = RecordingId::mint(5, [5; 10]);
    let mut call = Call::new(&["1", "2"], &two_people());
    let metadata = (person("a", "225", "1") + &person("z", "777", "2")).replace("s1'", "s9'");
    call.sweep(talk(0, 0, 0..16_000));
    let split = 900 * MS;
    let at = call
        .events
        .iter()
        .position(|(time, _)| *time > split)
        .unwrap();
    let announcement = invite(2, &sdp(&["1", "2"], "RTP/AVP 8", "sendonly"), &metadata)
        .replace("session_id='s1'", "session_id='s9'");
    call.events.insert(at, (split, Event::Began(next)));
    let ended = Event::Ended(recording(), Why::NewCommunicationSession);
    call.events.insert(at, (split, ended));
    let signal = Event::Signal {
        sent: false,
        text: announcement,
    };
    call.events.insert(at, (split, signal));
    call.close(3 * SECOND, Why::Bye);
    let first = finalise::parties(&call.journal(), recording()).unwrap();
    let numbers: Vec<&str> = first.candidates.iter().map(|c| c.number.as_str()).collect();
    assert_eq!(numbers, ["225", "5550102"]);
    for id in [recording(), next] {
        call.events
            .push((9 * SECOND, Event::Sides(sides_of(id, &[0]))));
    }
    let (first, second) = (call.render(), call.render_one(next));
    // Packets of 20 ms; that of 880 ms is the last one before the split.
    assert_eq!(first.channel(0), samples(0, 0..7_040));
    assert_eq!(second.channel(0), samples(0, 7_040..16_000));
    assert_eq!(
        first.rendition.draft.reason,
        Why::NewCommunicationSession.text()
    );
    assert_eq!(second.rendition.draft.reason, Why::Bye.text());
    assert_eq!(
        second.rendition.draft.answered_at.to_string(),
        "2026-11-24T10:00:01.023Z"
    );
}

#[test]
fn the_first_sides_stand() {
    let mut call = talking();
    call.left(&[1]);
    call.left(&[0]);
    assert_eq!(call.render().channel(0)[..16_000], samples(1, 0..16_000));
}

#[test]
fn without_sides_or_a_beginning_there_is_no_recording() {
    let call = talking();
    let profile = Profile::default();
    let mut out = Vec::new();
    let error = finalise::render(&call.journal(), recording(), &profile, &mut out).unwrap_err();
    assert!(matches!(error, Error::NoSides(_)));
    let other = RecordingId::mint(9, [9; 10]);
    let error = finalise::render(&call.journal(), other, &profile, &mut out).unwrap_err();
    assert!(matches!(error, Error::NotBegun(_)));
}

fn candidate(number: &str, stream: u16, caller: Option<bool>) -> Candidate {
    Candidate {
        keys: vec![number.to_owned()],
        number: number.to_owned(),
        streams: vec![stream],
        caller,
        recorded: false,
    }
}

fn parties(candidates: Vec<Candidate>) -> Parties {
    let (first_audio, talked) = (Some(0), vec![0, 1]);
    Parties {
        recording: recording(),
        candidates,
        first_audio,
        talked,
        keep: true,
    }
}

fn brief(sides: &Sides) -> (&str, &str, &[u16], bool, u8) {
    let Sides {
        local,
        remote,
        left,
        assumed,
        direction,
        ..
    } = sides;
    (local, remote, left, *assumed, direction.number())
}

#[test]
fn the_local_party_is_found_by_evidence() {
    let two = |first, second| vec![candidate("1", 0, first), candidate("2", 1, second)];
    // One user: that one, and the direction is what is said of either party.
    let sides = finalise::sides(&parties(two(None, None)), &[None, OURS]);
    assert_eq!(brief(&sides), ("2", "1", &[1_u16][..], false, 0));
    assert_eq!(sides.owner, OURS);
    let sides = finalise::sides(&parties(two(Some(true), Some(false))), &[None, OURS]);
    assert_eq!(brief(&sides), ("2", "1", &[1_u16][..], false, 1));
    let sides = finalise::sides(&parties(two(Some(true), None)), &[None, OURS]);
    assert_eq!(sides.direction, Direction::Incoming);
    // Two users: the caller; else, assumed, who sends the first m-line.
    let sides = finalise::sides(&parties(two(Some(false), Some(true))), &[OTHERS, OURS]);
    assert_eq!(brief(&sides), ("2", "1", &[1_u16][..], false, 2));
    let sides = finalise::sides(&parties(two(None, None)), &[OTHERS, OURS]);
    assert_eq!(
        (brief(&sides), sides.owner),
        (("1", "2", &[0_u16][..], true, 0), OTHERS)
    );
    // Nobody: who sends the first m-line, assumed.
    let swapped = vec![candidate("2", 1, None), candidate("1", 0, Some(true))];
    let sides = finalise::sides(&parties(swapped), &[None, None]);
    assert_eq!(brief(&sides), ("1", "2", &[0_u16][..], true, 2));
    // What the vendor says wins.
    let mut named = two(None, None);
    named[1].recorded = true;
    let sides = finalise::sides(&parties(named), &[OURS, None]);
    assert_eq!(
        (brief(&sides), sides.owner),
        (("2", "1", &[1_u16][..], false, 0), None)
    );
}

#[test]
fn streams_that_metadata_gives_to_nobody_or_to_everybody_are_shared_out() {
    let with = |streams: [&[u16]; 2]| {
        let of = |number, streams: &[u16]| Candidate {
            streams: streams.to_vec(),
            ..candidate(number, 0, None)
        };
        let parties = parties(vec![of("1", streams[0]), of("2", streams[1])]);
        let sides = finalise::sides(&parties, &[OURS, None]);
        (sides.left, sides.assumed)
    };
    assert_eq!(with([&[1], &[0]]), (vec![1], false));
    assert_eq!(with([&[], &[0]]), (vec![1], true));
    assert_eq!(with([&[], &[]]), (vec![0], true));
    assert_eq!(with([&[0, 1], &[0, 1]]), (vec![0], true));
    assert_eq!(with([&[0, 1], &[0]]), (vec![1], true));
    assert_eq!(with([&[0, 1], &[]]), (vec![0, 1], false));
}

#[test]
fn the_remote_number_is_the_first_that_talked() {
    let three = || {
        vec![
            candidate("1", 0, None),
            candidate("2", 1, None),
            candidate("3", 2, None),
        ]
    };
    let mut heard = parties(three());
    heard.talked = vec![0, 2, 1];
    assert_eq!(finalise::sides(&heard, &[OURS, None, None]).remote, "3");
    heard.talked = Vec::new();
    assert_eq!(finalise::sides(&heard, &[OURS, None, None]).remote, "2");
    let sides = finalise::sides(&parties(Vec::new()), &[]);
    assert_eq!(brief(&sides), ("", "", &[0_u16][..], true, 0));
}

#[test]
fn an_invite_that_was_never_answered_is_not_kept_unless_nobody_can_tell() {
    for (why, kept) in [
        (Why::Cancelled, false),
        (Why::Error, false),
        (Why::Crash, true),
    ] {
        let mut call = Call::new(&["1"], "");
        call.events
            .retain(|(_, event)| !matches!(event, Event::Signal { sent: true, .. }));
        call.close(SECOND, why);
        let parties = finalise::parties(&call.journal(), recording()).unwrap();
        assert_eq!(parties.keep, kept, "{why:?}");
        call.sweep(talk(0, 0, 0..160));
        let parties = finalise::parties(&call.journal(), recording()).unwrap();
        assert!(parties.keep, "{why:?}: what was heard is kept");
    }
}

#[test]
fn nothing_accepted_and_nothing_heard_is_not_kept() {
    let call = Call::new(&[], "");
    assert!(
        !finalise::parties(&call.journal(), recording())
            .unwrap()
            .keep
    );
    let call = Call::new(&["1"], "");
    assert!(
        finalise::parties(&call.journal(), recording())
            .unwrap()
            .keep
    );
    let mut call = Call::new(&[], "");
    call.sweep(talk(0, 0, 0..160));
    let parties = finalise::parties(&call.journal(), recording()).unwrap();
    assert!(parties.keep);
    assert_eq!((parties.first_audio, parties.talked), (Some(0), vec![0]));
    let call = talking();
    let parties = finalise::parties(&call.journal(), recording()).unwrap();
    assert_eq!(parties.talked, [1, 0]);
    assert_eq!(parties.candidates[0].keys, ["225", "225@example.org"]);
    assert_eq!(parties.candidates[1].streams, [1]);
}

#[test]
fn siprec_28_everything_that_was_sent_is_kept_as_it_was_sent() {
    let unknown = "<x:Extension xmlns:x='urn:example:nobody'  a=\"1\">\t\u{fc} &amp; <b/>\
                   </x:Extension>";
    let metadata = format!("{}{unknown}", two_people());
    let mut call = Call::new(&["1", "2"], &metadata);
    call.sweep(talk(0, 0, 0..1_600));
    call.close(SECOND, Why::Bye);
    call.settle(&[OURS, None]);
    let rendition = call.render().rendition;
    let kept = &rendition.signalling[0].text;
    let sent = invite(1, &sdp(&["1", "2"], "RTP/AVP 8 101", "sendonly"), &metadata);
    assert_eq!(kept, &sent);
    assert!(kept.contains(unknown));
}
