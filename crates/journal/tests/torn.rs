//! Torn and damaged logs: every call reads whole up to what is damaged and says what is
//! missing.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

#[expect(dead_code, reason = "each test file uses its part")]
mod common;

use common::*;
use journal::testing::FaultyDisk;
use journal::{Entry, Why};

const CALLS: [u8; 20] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
];

/// A log of one segment with twenty calls, all closed.
fn twenty_calls() -> FaultyDisk {
    let disk = FaultyDisk::new();
    calls(&open(&disk), &CALLS, 1);
    disk
}

#[test]
fn promise_02_cut_at_every_byte_every_complete_frame_is_read() {
    let disk = twenty_calls();
    let log = open(&disk);
    let whole: Vec<Vec<String>> = CALLS.iter().map(|call| read(&log, *call)).collect();
    drop(log);
    let bytes = disk.files().remove(&segment(0)).unwrap();
    let frames = frames_of(&bytes);
    for cut in 0..=bytes.len() {
        let torn = changed(&disk, &segment(0), |bytes| bytes.truncate(cut));
        let log = open(&torn);
        for (call, whole) in CALLS.iter().zip(&whole) {
            let complete = frames
                .iter()
                .filter(|(end, owner, _)| *end <= cut && *owner == session(*call))
                .count();
            let mut texts = read(&log, *call);
            // The frame the cut goes through may be told as lost: nothing follows it.
            texts.truncate(texts.len() - usize::from(texts.last().is_some_and(|t| is_lost(t))));
            assert_eq!(texts, whole[..complete], "cut at {cut}, call {call}");
        }
    }
}

#[test]
fn promise_02_after_a_cut_the_log_goes_on() {
    let disk = twenty_calls();
    let length = disk.files()[&segment(0)].len();
    for cut in (0..length).step_by(97) {
        let torn = changed(&disk, &segment(0), |bytes| bytes.truncate(cut));
        let log = open(&torn);
        for call in log.open_sessions() {
            let closed = Entry::Closed { why: Why::Crash };
            let entry = journal::Append {
                session: call,
                time_ns: 1,
                entry: closed,
            };
            log.append(&[entry]).unwrap();
        }
        assert!(log.open_sessions().is_empty());
        let unsettled = log.unsettled();
        drop(log);
        let log = open(&torn.kill());
        assert_eq!(log.unsettled(), unsettled, "cut at {cut}");
        for (call, _) in unsettled {
            let journal = log.journal(call).unwrap();
            assert!(
                texts(&journal).last().unwrap().contains("Closed"),
                "cut at {cut}"
            );
            assert!(
                journal
                    .recordings()
                    .unwrap()
                    .iter()
                    .all(|span| span.to_ns.is_some())
            );
        }
    }
}

#[test]
fn promise_02_one_flipped_byte_costs_one_call_one_gap() {
    let disk = twenty_calls();
    let log = open(&disk);
    let whole: Vec<Vec<String>> = CALLS.iter().map(|call| read(&log, *call)).collect();
    let unsettled = log.unsettled();
    assert_eq!(unsettled.len(), CALLS.len());
    drop(log);
    let length = disk.files()[&segment(0)].len();
    for place in 0..length {
        let damaged = changed(&disk, &segment(0), |bytes| bytes[place] ^= 1 << (place % 8));
        let log = open(&damaged);
        let read: Vec<Vec<String>> = CALLS.iter().map(|call| read(&log, *call)).collect();
        let hit: Vec<usize> = (0..CALLS.len())
            .filter(|call| read[*call] != whole[*call])
            .collect();
        assert!(hit.len() <= 1, "byte {place} hit {hit:?}");
        let Some(hit) = hit.first() else { continue };
        check_one_gap(&whole[*hit], &read[*hit], place);
        // Whatever was hit, the call is still there to be settled, or to be closed first.
        let call = session(CALLS[*hit]);
        let listed = log.unsettled().iter().any(|(session, _)| *session == call);
        assert!(
            listed || log.open_sessions().contains(&call),
            "byte {place}"
        );
        assert!(log.unsettled().len() >= unsettled.len() - 1, "byte {place}");
    }
}

#[test]
fn a_damaged_began_loses_no_recording() {
    for rounds in 0..2 {
        let disk = FaultyDisk::new();
        calls(&open(&disk), &[1], rounds);
        let ends = frames_of(&disk.files()[&segment(0)]);
        let damaged = changed(&disk, &segment(0), |bytes| bytes[ends[0].0 + 70] ^= 1);
        let log = open(&damaged);
        let recording = session(1).first_recording();
        assert_eq!(
            log.unsettled(),
            [(session(1), recording)],
            "{rounds} sweeps"
        );
        let spans = log.journal(session(1)).unwrap().recordings().unwrap();
        assert_eq!((spans[0].from_sequence, spans[0].from_ns), (0, 1));
        let settled = journal::Append {
            session: session(1),
            time_ns: 1,
            entry: Entry::Settled { recording },
        };
        log.append(&[settled]).unwrap();
        assert!(log.unsettled().is_empty());
    }
}

/// One frame is missing, and said to be missing unless it was the last one.
fn check_one_gap(whole: &[String], read: &[String], place: usize) {
    let kept: Vec<&String> = read.iter().filter(|text| !is_lost(text)).collect();
    let missing: Vec<usize> = (0..whole.len())
        .filter(|frame| !kept.contains(&&whole[*frame]))
        .collect();
    assert_eq!(missing.len(), 1, "byte {place}: {read:#?}");
    assert_eq!(kept.len(), whole.len() - 1, "byte {place}");
    let gap = format!("Lost {{ from: {0}, to: {0} }}", missing[0]);
    let lost: Vec<&String> = read.iter().filter(|text| is_lost(text)).collect();
    let last = missing[0] == whole.len() - 1;
    assert!(
        lost.len() == 1 || (last && lost.is_empty()),
        "byte {place}: {read:#?}"
    );
    assert!(
        lost.iter().all(|text| text.contains(&gap)),
        "byte {place}: {read:#?}"
    );
}

#[test]
fn a_page_of_zeros_in_the_middle_costs_what_stood_in_it() {
    let disk = twenty_calls();
    let bytes = disk.files().remove(&segment(0)).unwrap();
    let frames = frames_of(&bytes);
    let page = 4096..4096 + 512;
    let damaged = changed(&disk, &segment(0), |bytes| bytes[page.clone()].fill(0));
    let (before, after) = (open(&disk), open(&damaged));
    let mut start = 104;
    for (end, owner, sequence) in frames {
        let touched = start < page.end && end > page.start;
        start = end;
        let number = CALLS.iter().find(|call| session(**call) == owner).unwrap();
        let prefix = format!("{sequence} ");
        let of = |texts: Vec<String>| {
            texts
                .into_iter()
                .find(|text| text.starts_with(&prefix) && !is_lost(text))
        };
        let (was, is) = (of(read(&before, *number)), of(read(&after, *number)));
        assert_eq!(is, was.filter(|_| !touched));
    }
}

#[test]
fn a_frame_inside_a_packet_is_no_frame() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    begin(&log, 1).unwrap();
    let foreign = FaultyDisk::new();
    // Another log with the same segment number: all a stranger could guess.
    let clocks = journal::Clocks { wall_ns: 5, ..BOOT };
    let options = journal::Options::default();
    let other = journal::Log::open(
        &folder(),
        options,
        std::sync::Arc::new(foreign.clone()),
        clocks,
    );
    begin(&other.unwrap(), 9).unwrap();
    let stolen = foreign.files().remove(&segment(0)).unwrap();
    let mut builder = journal::PacketsBuilder::new();
    let packet = journal::Packet {
        stream: 0,
        rtcp: false,
        arrival_ns: 1,
        bytes: &stolen[104..],
    };
    builder.push(packet);
    log.append(&[item(1, 2, Entry::Packets(builder.packets()))])
        .unwrap();
    drop(log);
    let ends = frames_of(&disk.files()[&segment(0)]);
    let start_of_packets = ends[2].0;
    let damaged = changed(&disk, &segment(0), |bytes| {
        bytes[start_of_packets + 50] ^= 1
    });
    assert!(open(&damaged).journal(session(9)).is_none());
}

#[test]
fn a_lost_header_costs_no_frame_and_clocks_come_from_the_neighbours() {
    let disk = FaultyDisk::new();
    calls(&open(&disk), &[1], 2);
    calls(&open(&disk), &[2], 2);
    let whole = { read(&open(&disk), 2) };
    let damaged = changed(&disk, &segment(1), |bytes| bytes[..104].fill(0xFF));
    assert_eq!(read(&open(&damaged), 2), whole);
    // The first segment has no neighbour before it: unknown is said, nothing is guessed.
    let damaged = changed(&disk, &segment(0), |bytes| bytes[..104].fill(0xFF));
    let journal = open(&damaged).journal(session(1)).unwrap();
    assert!(
        journal
            .frames()
            .all(|frame| !frame.unwrap().clocks.are_known())
    );
    assert_eq!(texts(&journal).len(), 6);
}

#[test]
fn a_later_version_is_not_touched() {
    let disk = FaultyDisk::new();
    calls(&open(&disk), &[1], 1);
    let later = changed(&disk, &segment(0), |bytes| {
        for copy in [0, 52] {
            bytes[copy + 8] = 2;
            let sum = crc32c::crc32c(&bytes[copy..copy + 48]);
            bytes[copy + 48..copy + 52].copy_from_slice(&sum.to_le_bytes());
        }
    });
    let disk: std::sync::Arc<dyn journal::Disk> = std::sync::Arc::new(later.clone());
    let opened = journal::Log::open(&folder(), journal::Options::default(), disk, BOOT);
    assert!(matches!(
        opened,
        Err(journal::Error::Version { version: 2, .. })
    ));
    assert_eq!(later.steps(), 1, "one sync, no change");
}

#[test]
fn a_page_the_disk_cannot_read_is_never_deleted() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    calls(&log, &[1], 1);
    settle(&log, 1).unwrap();
    drop(log);
    disk.set_reads_fail(true);
    let log = open(&disk);
    assert_eq!(log.reclaim().unwrap(), 0);
    disk.set_reads_fail(false);
    drop(log);
    assert!(open(&disk).reclaim().unwrap() > 0);
}
