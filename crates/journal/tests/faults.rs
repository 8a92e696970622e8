//! Disks that are full, slow to take bytes, or fail to sync: what was answered is kept, what
//! failed is said, and what comes after is sound.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

#[expect(dead_code, reason = "each test file uses its part")]
mod common;

use common::*;
use journal::testing::{FaultyDisk, Sync};
use journal::{Disk, Entry, Error, PAYLOAD_BYTES_MAX, Packet, PacketsBuilder};

fn gaps(texts: &[String]) -> Vec<&str> {
    texts
        .iter()
        .filter(|text| is_lost(text))
        .filter_map(|text| text.split("Lost ").nth(1))
        .collect()
}

#[test]
fn a_full_disk_costs_the_batch_that_did_not_fit() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    for call in [1, 2] {
        begin(&log, call).unwrap();
    }
    let before = disk.files();
    for room in 0..200 {
        disk.set_room(Some(room));
        let error = sweep(&log, &[1, 2], 0).unwrap_err();
        assert!(error.is_disk_full(), "{error}");
        assert_eq!(disk.files(), before, "torn bytes are cut off");
    }
    disk.set_room(Some(10));
    assert!(begin(&log, 3).unwrap_err().is_disk_full());
    assert!(
        log.journal(session(3)).is_none(),
        "nothing of a refused call is kept"
    );
    disk.set_room(None);
    let position = sweep(&log, &[1, 2], 1).unwrap();
    log.committed(position).unwrap();
    begin(&log, 3).unwrap();
    for log in [&log, &open(&after_a_commit(&disk, &log))] {
        assert_eq!(gaps(&read(log, 1)), ["{ from: 3, to: 202 }"]);
        assert_eq!(read(log, 2).len(), 5);
        assert_eq!(gaps(&read(log, 3)), [""; 0]);
    }
}

/// What a power cut leaves after everything was committed; the log stays open.
fn after_a_commit(disk: &FaultyDisk, log: &journal::Log) -> FaultyDisk {
    log.committed(log.append(&[]).unwrap()).unwrap();
    FaultyDisk::with_files(disk.files())
}

#[test]
fn a_full_disk_at_a_new_segment_leaves_nothing_behind() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 400);
    begin(&log, 1).unwrap();
    disk.set_room(Some(50));
    for _ in 0..3 {
        assert!(sweep(&log, &[1], 0).unwrap_err().is_disk_full());
    }
    assert_eq!(disk.files().len(), 1);
    disk.set_room(None);
    sweep(&log, &[1], 1).unwrap();
    assert_eq!(gaps(&read(&log, 1)), ["{ from: 3, to: 5 }"]);
}

#[test]
fn a_full_disk_keeps_nobody_from_starting_and_reclaiming() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 400);
    calls(&log, &[1, 2], 3);
    settle(&log, 1).unwrap();
    settle(&log, 2).unwrap();
    begin(&log, 3).unwrap();
    drop(log);
    disk.set_room(Some(0));
    let log = open_with(&disk, 400);
    assert!(close(&log, 3).unwrap_err().is_disk_full());
    assert!(log.reclaim().unwrap() > 0);
    disk.set_room(None);
    log.committed(close(&log, 3).unwrap()).unwrap();
    let unsettled = [(session(3), session(3).first_recording())];
    assert_eq!(log.unsettled(), unsettled);
    assert_eq!(open(&disk.power_cut()).unsettled(), unsettled);
}

#[test]
fn torn_bytes_that_cannot_be_cut_off_harm_nobody() {
    for room in 0..200 {
        let disk = FaultyDisk::new();
        let log = open(&disk);
        begin(&log, 1).unwrap();
        disk.set_room(Some(room));
        disk.set_truncate_fails(true);
        sweep(&log, &[1, 2], 0).unwrap_err();
        disk.set_room(None);
        sweep(&log, &[1, 2], 1).unwrap();
        let (one, two) = (read(&log, 1), read(&log, 2));
        assert_eq!(gaps(&one), ["{ from: 3, to: 3 }"]);
        drop(log);
        let log = open(&disk.kill());
        let whole = |texts: Vec<String>| -> Vec<String> {
            texts.into_iter().filter(|text| !is_lost(text)).collect()
        };
        // What was reported as failed may turn out to be whole; nothing else may change.
        let (one, two) = (whole(one), whole(two));
        let (one_again, two_again) = (whole(read(&log, 1)), whole(read(&log, 2)));
        assert!(
            one.iter().all(|text| one_again.contains(text)),
            "room {room}"
        );
        assert!(
            two.iter().all(|text| two_again.contains(text)),
            "room {room}"
        );
        assert!(one_again.len() <= one.len() + 1 && two_again.len() <= two.len() + 1);
    }
}

#[test]
fn short_writes_are_continued() {
    for bytes in [1, 2, 3, 7, 59, 61, 100] {
        let disk = FaultyDisk::new();
        disk.set_write_max(Some(bytes));
        calls(&open(&disk), &[1, 2, 3], 3);
        let healthy = FaultyDisk::new();
        calls(&open(&healthy), &[1, 2, 3], 3);
        assert_eq!(disk.files(), healthy.files());
    }
}

#[test]
fn more_slices_than_one_writev_takes_are_written() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 1 << 20);
    begin(&log, 1).unwrap();
    let many: Vec<_> = (0..2_000)
        .map(|_| {
            item(
                1,
                5,
                Entry::Counted {
                    stream: 0,
                    stray: 1,
                    dropped: 2,
                },
            )
        })
        .collect();
    let steps = disk.steps();
    log.append(&many).unwrap();
    assert_eq!(disk.steps() - steps, 4, "4,000 slices, 1,024 a call");
    assert_eq!(read(&log, 1).len(), 2_003);
}

#[test]
fn a_failed_sync_is_never_called_durable() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    let first = begin(&log, 1).unwrap();
    log.committed(first).unwrap();
    disk.set_sync(Sync::Failing);
    let second = sweep(&log, &[1], 0).unwrap();
    assert!(matches!(
        log.committed(second),
        Err(Error::NotDurable { .. })
    ));
    disk.set_sync(Sync::Honest);
    let third = sweep(&log, &[1], 1).unwrap();
    log.committed(third).unwrap();
    assert!(
        matches!(log.committed(second), Err(Error::NotDurable { .. })),
        "not even later"
    );
    log.committed(first).unwrap();
    assert_eq!(
        disk.files().len(),
        2,
        "nothing is appended to a file that failed to sync"
    );
    let texts = read(&open(&disk.power_cut()), 1);
    assert_eq!(gaps(&texts), ["{ from: 3, to: 3 }"]);
    assert_eq!(texts.len(), 5);
}

#[test]
fn a_settled_that_failed_to_sync_frees_nothing() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 400);
    calls(&log, &[1], 3);
    log.committed(close(&log, 2).unwrap()).unwrap();
    disk.set_sync(Sync::Failing);
    let settled = settle(&log, 1).unwrap();
    log.committed(settled).unwrap_err();
    disk.set_sync(Sync::Honest);
    assert_eq!(log.reclaim().unwrap(), 0);
    log.committed(settle(&log, 1).unwrap()).unwrap();
    assert!(log.reclaim().unwrap() > 0);
    assert!(open(&disk.power_cut()).unsettled().is_empty());
}

#[test]
fn a_lying_sync_may_lose_much_but_reads_soundly() {
    // The clocks may go with the headers; nothing else of a frame may change.
    let without_clocks = |log: &journal::Log, call: u8| -> Vec<String> {
        read(log, call)
            .iter()
            .map(|text| text.replacen(" unknown ", " now ", 1))
            .collect()
    };
    for seed in 0..50 {
        let disk = FaultyDisk::new();
        let log = open_with(&disk, 1_000);
        disk.set_sync(Sync::Lying);
        calls(&log, &[1, 2, 3], 5);
        log.committed(settle(&log, 1).unwrap()).unwrap();
        let whole = [1, 2, 3].map(|call| without_clocks(&log, call));
        let log = open(&disk.power_cut_by_chance(seed));
        for (call, whole) in [1, 2, 3].into_iter().zip(&whole) {
            let texts = without_clocks(&log, call);
            let changed = texts
                .iter()
                .find(|text| !is_lost(text) && !whole.contains(text));
            assert_eq!(changed, None, "seed {seed}: {whole:#?}");
        }
    }
}

#[test]
fn a_batch_larger_than_a_segment_is_written_over_several() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 500);
    let calls: Vec<u8> = (1..=20).collect();
    sweep(&log, &calls, 0).unwrap();
    assert!(disk.files().len() > 3);
    for call in calls {
        assert_eq!(read(&log, call).len(), 1, "call {call}");
    }
}

#[test]
fn a_frame_larger_than_a_segment_has_one_of_its_own() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 500);
    begin(&log, 1).unwrap();
    let bytes = vec![b'x'; 5_000];
    log.append(&[item(
        1,
        5,
        Entry::Signal {
            sent: true,
            dialog: 0,
            bytes: &bytes,
        },
    )])
    .unwrap();
    sweep(&log, &[1], 0).unwrap();
    drop(log);
    assert_eq!(read(&open(&disk), 1).len(), 5);
}

#[test]
fn too_many_packets_are_split_and_too_large_an_entry_is_refused() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    begin(&log, 1).unwrap();
    let mut builder = PacketsBuilder::new();
    let bytes = vec![1; 60_000];
    for arrival_ns in 0..80 {
        builder.push(Packet {
            stream: 0,
            rtcp: false,
            arrival_ns,
            bytes: &bytes,
        });
    }
    log.append(&[item(1, 5, Entry::Packets(builder.packets()))])
        .unwrap();
    let journal = log.journal(session(1)).unwrap();
    let mut arrivals = Vec::new();
    for frame in journal.frames() {
        if let Entry::Packets(packets) = frame.unwrap().entry().unwrap() {
            arrivals.push(
                packets
                    .iter()
                    .map(|packet| packet.arrival_ns)
                    .collect::<Vec<_>>(),
            );
        }
    }
    assert_eq!(arrivals.len(), 3);
    assert_eq!(arrivals.concat(), (0..80).collect::<Vec<_>>());
    let bytes = vec![0; PAYLOAD_BYTES_MAX];
    let entry = Entry::Signal {
        sent: true,
        dialog: 0,
        bytes: &bytes,
    };
    let refused = log.append(&[item(1, 6, entry)]);
    assert!(matches!(refused, Err(Error::TooLarge { .. })));
    sweep(&log, &[1], 1).unwrap();
    assert_eq!(gaps(&read(&log, 1)), [""; 0], "nothing was used up");
}

#[test]
fn what_was_committed_survives_any_power_cut() {
    for seed in 0..100 {
        let disk = FaultyDisk::new();
        let log = open_with(&disk, 700);
        begin(&log, 1).unwrap();
        sweep(&log, &[1], 0).unwrap();
        let position = begin(&log, 2).unwrap();
        log.committed(position).unwrap();
        let committed = [read(&log, 1), read(&log, 2)];
        for round in 1..10 {
            sweep(&log, &[1, 2], round).unwrap();
        }
        let log = open(&disk.power_cut_by_chance(seed));
        for (call, committed) in [1, 2].into_iter().zip(&committed) {
            assert!(read(&log, call).starts_with(committed), "seed {seed}");
        }
        assert_eq!(log.open_sessions(), [session(1), session(2)]);
    }
}

#[test]
fn a_real_disk_does_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("spool/log");
    let open = || {
        let disk: std::sync::Arc<dyn Disk> = std::sync::Arc::new(journal::RealDisk);
        let options = journal::Options {
            segment_bytes: 900,
            ..journal::Options::default()
        };
        journal::Log::open(&folder, options, disk, BOOT).unwrap()
    };
    let log = open();
    calls(&log, &[1, 2], 5);
    log.committed(settle(&log, 1).unwrap()).unwrap();
    let memory = FaultyDisk::new();
    let same = open_with(&memory, 900);
    calls(&same, &[1, 2], 5);
    settle(&same, 1).unwrap();
    assert_eq!(read(&log, 1), read(&same, 1));
    drop(log);
    let log = open();
    assert_eq!(read(&log, 2), read(&same, 2));
    assert_eq!(
        log.unsettled(),
        [(session(2), session(2).first_recording())]
    );
    log.committed(settle(&log, 2).unwrap()).unwrap();
    let before = log.spool_bytes();
    assert!(log.reclaim().unwrap() > 1);
    assert!(log.spool_bytes() < before);
    drop(log);
    assert!(open().unsettled().is_empty());
}
