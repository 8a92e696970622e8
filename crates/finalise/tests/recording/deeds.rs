//! What rules and people did: when a recording begins that waited for Start, and what is said
//! of pauses and marks.

use crate::call::{Call, Event, MS, SECOND, recording, samples, talk, two_people};
use journal::{Mark, Why};
use model::people::UserId;
use model::{Mode, RecordingId};

const OURS: Option<UserId> = Some(UserId(3));
const OTHER: Option<UserId> = Some(UserId(4));

fn mark(what: Mark, stream: Option<u16>, who: &'static str, text: &'static str) -> Event {
    Event::Mark {
        what,
        stream,
        who,
        text,
    }
}

/// A call nothing is written of before somebody presses Start after five seconds.
fn on_demand(first: RecordingId) -> Call {
    let mut call = Call::new(&["1", "2"], &two_people());
    call.events.remove(0);
    call.events
        .insert(0, (0, Event::Verdict("on-demand", "sales")));
    call.events
        .push((4 * SECOND, mark(Mark::Flag, None, "jane", "too early")));
    call.events
        .push((5 * SECOND, mark(Mark::Keep, None, "john", "")));
    call.events.push((5 * SECOND, Event::Began(first)));
    call
}

#[test]
fn a_recording_that_waited_for_start_begins_there() {
    let mut call = on_demand(recording());
    let mut packets = talk(0, 5 * SECOND, 0..16_000);
    packets.extend(talk(1, 5 * SECOND, 0..16_000));
    call.sweep(packets);
    call.close(9 * SECOND, Why::Bye);
    call.settle(&[OURS, OTHER]);
    let recorded = call.render();
    assert_eq!(recorded.channel(0), samples(0, 0..16_000));
    let draft = &recorded.rendition.draft;
    assert_eq!(draft.duration_ms, 2_000);
    let after_invite = draft.start_time.as_millisecond() - call_time_ms();
    assert!((5_000..5_100).contains(&after_invite), "{after_invite}");
    assert_eq!(draft.answered_at, draft.start_time.min(draft.answered_at));
    let details = &draft.details;
    assert_eq!(
        (details.trigger, details.rule.as_str()),
        (Mode::OnDemand, "sales")
    );
    assert_eq!((details.node.as_str(), details.channels), ("one", 2));
    assert_eq!(
        (details.sample_rate, details.codecs.as_slice()),
        (8_000, &["PCMA".to_owned()][..])
    );
    assert!(details.marks.is_empty(), "{:?}", details.marks);
    let who = |p: &model::details::Participant| (p.number.clone(), p.user, p.local);
    let people: Vec<_> = details.participants.iter().map(who).collect();
    let expected = [
        ("225".to_owned(), OURS, true),
        ("5550102".to_owned(), OTHER, false),
    ];
    assert_eq!(people, expected);
}

/// Wall clock of the INVITE in milliseconds.
fn call_time_ms() -> i64 {
    crate::call::WALL_NS / 1_000_000
}

#[test]
fn without_sound_it_begins_at_start_too() {
    let mut call = on_demand(recording());
    call.close(9 * SECOND, Why::Bye);
    call.settle(&[OURS, None]);
    let draft = call.render().rendition.draft;
    assert_eq!(draft.duration_ms, 0);
    assert_eq!(draft.start_time.as_millisecond() - call_time_ms(), 5_000);
    let details = &draft.details;
    assert_eq!((details.trigger, details.pauses.len()), (Mode::OnDemand, 0));
}

#[test]
fn a_second_start_is_another_recording_with_its_own_marks() {
    let second = RecordingId::mint(1_795_514_500_000, [9; 10]);
    let mut call = on_demand(recording());
    call.sweep(talk(0, 5 * SECOND, 0..16_000));
    call.events
        .push((6 * SECOND, mark(Mark::Flag, None, "jane", "one")));
    call.events
        .push((8 * SECOND, mark(Mark::Stop, None, "john", "")));
    call.events
        .push((8 * SECOND, Event::Ended(recording(), Why::Stopped)));
    // Written by the loop at once, before the sweep has written the beginning.
    call.events
        .push((10 * SECOND + MS, mark(Mark::Flag, None, "jane", "two")));
    call.events.push((10 * SECOND, Event::Began(second)));
    call.sweep(talk(0, 10 * SECOND, 40_000..56_000));
    call.close(13 * SECOND, Why::Bye);
    for recording in [recording(), second] {
        let sides = crate::call::sides_of(recording, &[0]);
        call.events.push((99_999 * SECOND, Event::Sides(sides)));
    }
    for (recording, sound, marked) in [
        (recording(), 0..16_000, "one"),
        (second, 40_000..56_000, "two"),
    ] {
        let recorded = call.render_one(recording);
        assert_eq!(recorded.channel(0), samples(0, sound));
        let marks = &recorded.rendition.draft.details.marks;
        let texts: Vec<&str> = marks.iter().map(|mark| mark.text.as_str()).collect();
        assert_eq!(texts, [marked]);
    }
}

#[test]
fn pauses_and_marks_have_their_places_in_the_sound() {
    let mut call = Call::new(&["1", "2"], &two_people());
    call.events.insert(0, (0, Event::Verdict("always", "")));
    let mut packets = talk(0, 0, 0..16_000);
    packets.extend(talk(0, 0, 40_000..80_000));
    packets.extend(talk(1, 0, 0..80_000));
    packets.retain(|(_, at, _)| !(2 * SECOND + 20 * MS..=5 * SECOND).contains(at));
    call.sweep(packets);
    call.events
        .push((2 * SECOND, mark(Mark::Pause, None, "jane", "")));
    call.events
        .push((5 * SECOND, mark(Mark::Resume, None, "john", "")));
    call.events
        .push((7 * SECOND, mark(Mark::Flag, None, "jane", "price")));
    call.events
        .push((8 * SECOND, mark(Mark::Pause, Some(0), "client", "")));
    call.events
        .push((9 * SECOND, mark(Mark::Pause, None, "jane", "")));
    call.close(12 * SECOND, Why::Bye);
    call.settle(&[OURS, None]);
    let recorded = call.render();
    assert_eq!(recorded.rendition.draft.duration_ms, 10_000);
    assert_eq!(recorded.channel(0)[16_160..40_000], [0; 23_840]);
    let details = recorded.rendition.draft.details;
    // The first packet comes 20 ms after the INVITE, and the sound begins with it.
    let pauses = details.pauses.iter();
    let pauses: Vec<_> = pauses
        .map(|p| (p.span.from_ms, p.span.to_ms, p.by.as_str()))
        .collect();
    assert_eq!(pauses, [(1_980, 4_980, "jane"), (8_980, 10_000, "jane")]);
    let [mark] = &details.marks[..] else {
        panic!("{:?}", details.marks)
    };
    assert_eq!(
        (mark.offset_ms, mark.text.as_str(), mark.who.as_str()),
        (6_980, "price", "jane")
    );
    assert_eq!(mark.at.as_millisecond() - call_time_ms(), 7_000);
    assert_eq!(
        details.loss.packets,
        recorded
            .rendition
            .report
            .streams
            .iter()
            .map(|s| s.packets)
            .sum()
    );
}
