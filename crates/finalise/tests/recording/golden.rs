//! The same journal gives the same octets, however it was written, today and tomorrow.

use crate::call::{Call, Event, MS, SECOND, session, talk, two_people};
use journal::{Entry, Journal, Why};
use model::Sha256;
use proptest::prelude::*;

/// Two streams with loss, a hold, a change of source and a packet that came late.
fn eventful() -> Call {
    let mut call = Call::new(&["1", "2"], &two_people());
    let mut packets = talk(0, 30 * MS, 0..40_000);
    packets.extend(talk(1, 1_234 * MS, 0..24_000));
    packets.extend(talk(0, 30 * MS, 80_000..120_000));
    let mut other = talk(1, 1_234 * MS, 24_000..80_000);
    for packet in &mut other {
        packet.2[8..12].copy_from_slice(&[9, 9, 9, 9]);
    }
    packets.extend(other);
    let mut number = 0;
    packets.retain(|_| {
        number += 1;
        number % 23 != 0
    });
    packets[40].1 += 150 * MS;
    call.sweep(packets);
    call.close(20 * SECOND, Why::Bye);
    call.left(&[0]);
    call
}

#[test]
fn the_hash_is_the_committed_one() {
    let recorded = eventful().render();
    let golden = "1fb0a8535379f7a9bbf2128859453d7a9745bee0eab8a40ea29996179d7511c8";
    assert_eq!(
        recorded.rendition.sha256,
        Sha256::parse(golden).unwrap(),
        "{recorded:?}"
    );
    assert_eq!(recorded, eventful().render());
}

#[test]
fn a_journal_that_was_settled_renders_as_before() {
    let mut call = eventful();
    let before = call.render();
    call.left(&[1]);
    assert_eq!(call.render(), before);
}

#[test]
fn copies_change_no_sample() {
    let mut call = eventful();
    let before = call.render();
    for (_, event) in &mut call.events {
        if let Event::Packets(packets) = event {
            let copies: Vec<_> = packets
                .iter()
                .step_by(3)
                .map(|(stream, at, bytes)| (*stream, at + 7 * MS, bytes.clone()))
                .collect();
            packets.extend(copies);
        }
    }
    let copied = call.render();
    assert_eq!(copied.file, before.file);
    assert!(
        copied
            .rendition
            .report
            .streams
            .iter()
            .all(|stream| stream.duplicates > 50)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn how_sweeps_cut_and_order_packets_does_not_matter(
        sizes in proptest::collection::vec(1_usize..60, 1..40),
        rotate in 0_usize..60,
    ) {
        let mut call = eventful();
        let before = call.render();
        let mut packets = Vec::new();
        call.events.retain_mut(|(_, event)| {
            if let Event::Packets(some) = event {
                packets.append(some);
            }
            !matches!(event, Event::Packets(_))
        });
        let mut at = 3;
        let mut sizes = sizes.iter().cycle();
        while !packets.is_empty() {
            let size = packets.len().min(*sizes.next().unwrap());
            let mut frame: Vec<_> = packets.drain(..size).collect();
            let time = frame.iter().map(|packet| packet.1).max().unwrap();
            frame.rotate_left(rotate % size);
            call.events.insert(at, (time, Event::Packets(frame)));
            at += 1;
        }
        prop_assert_eq!(call.render(), before);
    }
}

#[test]
fn a_journal_without_its_beginning_is_rendered_from_what_is_left() {
    let call = eventful();
    let before = call.render();
    let journal = call.journal();
    let frames: Vec<_> = journal.frames().skip(2).map(Result::unwrap).collect();
    let mut entries = vec![(frames[0].time_ns, Entry::Lost { from: 0, to: 1 })];
    entries.extend(
        frames
            .iter()
            .map(|frame| (frame.time_ns, frame.entry().unwrap())),
    );
    let journal = Journal::in_memory(session(), entries);
    let mut file = Vec::new();
    let id = session().first_recording();
    let rendition =
        finalise::render(&journal, id, &finalise::Profile::default(), &mut file).unwrap();
    assert_eq!(file, before.file);
    assert_eq!(rendition.report.lost_frames, 2);
}
