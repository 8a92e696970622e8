//! Old segments make room: what is unsettled in them goes into call files, and everything reads
//! as before, whatever step the machine stops at.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

#[expect(dead_code, reason = "each test file uses its part")]
mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::*;
use journal::testing::FaultyDisk;
use journal::{Append, Clocks, Entry, Error, Journal, Log, Options, Why};

fn options() -> Options {
    Options {
        segment_bytes: 600,
        spill_after: Duration::from_nanos(100),
        ..Options::default()
    }
}

fn open_small(disk: &FaultyDisk, clocks: Clocks) -> Result<Log, Error> {
    Log::open(
        &folder(),
        options(),
        std::sync::Arc::new(disk.clone()),
        clocks,
    )
}

fn call_file(number: u8) -> PathBuf {
    PathBuf::from(format!("/spool/calls/{}.ewj", session(number)))
}

fn segments(disk: &FaultyDisk) -> usize {
    let files = disk.files();
    files
        .keys()
        .filter(|path| path.parent() == Some(Path::new("/spool/log")))
        .count()
}

/// What was promised when the machine stopped.
#[derive(Default)]
struct Promised {
    kept: BTreeMap<u8, Vec<String>>,
    settled: Vec<u8>,
}

/// Two calls that are never settled, one that is in the end, and short ones between.
fn workload(disk: &FaultyDisk, promised: &mut Promised) -> Result<(), Error> {
    let log = open_small(disk, BOOT)?;
    for call in [1, 2, 3] {
        log.committed(begin(&log, call)?)?;
        promised.kept.insert(call, read(&log, call));
    }
    for (round, short) in [4, 5, 6].into_iter().enumerate() {
        log.committed(begin(&log, short)?)?;
        sweep(&log, &[1, 2, 3, short], round.try_into().unwrap())?;
        log.committed(close(&log, short)?)?;
        for call in [1, 2, 3, short] {
            promised.kept.insert(call, read(&log, call));
        }
        finish(&log, short, promised)?;
        log.spill(u64::MAX)?;
    }
    log.committed(close(&log, 3)?)?;
    promised.kept.insert(3, read(&log, 3));
    finish(&log, 3, promised)?;
    log.spill(u64::MAX)?;
    Ok(())
}

fn finish(log: &Log, call: u8, promised: &mut Promised) -> Result<(), Error> {
    promised.kept.remove(&call);
    log.committed(settle(log, call)?)?;
    promised.settled.push(call);
    Ok(())
}

fn check(disk: &FaultyDisk, promised: &Promised, what: &str) {
    let log = open_small(disk, BOOT).unwrap();
    for call in &promised.settled {
        let back = log.unsettled().iter().any(|(id, _)| *id == session(*call));
        assert!(!back, "{what}: {call} comes back");
        assert!(
            !log.open_sessions().contains(&session(*call)),
            "{what}: {call} is open"
        );
    }
    for (call, kept) in &promised.kept {
        let texts = read(&log, *call);
        assert!(
            texts.starts_with(kept),
            "{what}: {call}: {kept:#?} became {texts:#?}"
        );
    }
    // It goes on, and in the end everything can be settled.
    for session in log.open_sessions() {
        let entry = Entry::Closed { why: Why::Crash };
        let time_ns = 1;
        log.append(&[Append {
            session,
            time_ns,
            entry,
        }])
        .unwrap();
    }
    log.spill(u64::MAX).unwrap();
    for (call, kept) in &promised.kept {
        let texts = read(&log, *call);
        assert!(
            texts.starts_with(kept),
            "{what}: {call} after another spill"
        );
    }
    for (session, recording) in log.unsettled() {
        let entry = Entry::Settled { recording };
        let time_ns = 1;
        log.append(&[Append {
            session,
            time_ns,
            entry,
        }])
        .unwrap();
    }
    log.committed(log.append(&[]).unwrap()).unwrap();
    log.reclaim().unwrap();
    assert_eq!(disk.files().len(), 1, "{what}: {:?}", disk.files().keys());
}

#[test]
fn promise_01_stopping_at_any_step_of_spilling_keeps_what_was_promised() {
    let disk = FaultyDisk::new();
    workload(&disk, &mut Promised::default()).unwrap();
    for stop in 0..disk.steps() {
        let run = || {
            let (disk, mut promised) = (FaultyDisk::new(), Promised::default());
            disk.stop_after(stop);
            drop(workload(&disk, &mut promised));
            (disk, promised)
        };
        let (disk, promised) = run();
        check(&disk.kill(), &promised, &format!("kill at {stop}"));
        check(
            &disk.power_cut(),
            &promised,
            &format!("power cut at {stop}"),
        );
        for seed in 0..8 {
            let cut = disk.power_cut_by_chance(seed);
            check(&cut, &promised, &format!("power cut {seed} at {stop}"));
            let (disk, promised) = run();
            let killed = disk.kill();
            drop(open_small(&killed, BOOT).map(|log| log.spill(u64::MAX)));
            let cut = killed.power_cut_by_chance(seed);
            let what = format!("power cut {seed} after a start at {stop}");
            check(&cut, &promised, &what);
        }
    }
}

#[test]
fn a_call_that_is_never_settled_holds_no_segment() {
    let disk = FaultyDisk::new();
    let log = open_small(&disk, BOOT).unwrap();
    begin(&log, 1).unwrap();
    for call in 2..20 {
        calls(&log, &[call], 2);
        settle(&log, call).unwrap();
    }
    log.committed(log.append(&[]).unwrap()).unwrap();
    let whole = read(&log, 1);
    assert_eq!(log.reclaim().unwrap(), 0);
    assert_eq!(log.spill(0).unwrap(), 0, "not old yet");
    assert!(log.spill(u64::MAX).unwrap() > 10);
    assert_eq!(segments(&disk), 1);
    assert_eq!(read(&log, 1), whole);
    assert!(log.spool_bytes() > 0);
    sweep(&log, &[1], 5).unwrap();
    let longer = read(&log, 1);
    assert_eq!(longer.len(), whole.len() + 1);
    drop(log);
    let log = open_small(&disk, BOOT).unwrap();
    assert_eq!(read(&log, 1), longer);
    assert_eq!(log.open_sessions(), [session(1)]);
}

#[test]
fn a_log_that_is_too_large_spills_what_is_young_too() {
    let disk = FaultyDisk::new();
    let options = Options {
        segment_bytes: 600,
        log_bytes_max: 2_000,
        ..Options::default()
    };
    let log = Log::open(&folder(), options, std::sync::Arc::new(disk.clone()), BOOT).unwrap();
    calls(&log, &[1, 2, 3], 20);
    let whole = [1, 2, 3].map(|call| read(&log, call));
    assert!(log.spill(0).unwrap() > 0);
    assert!(segments(&disk) <= 4);
    assert_eq!([1, 2, 3].map(|call| read(&log, call)), whole);
    assert_eq!(log.unsettled().len(), 3);
}

#[test]
fn a_journal_that_is_being_read_keeps_its_segments() {
    let disk = FaultyDisk::new();
    let log = open_small(&disk, BOOT).unwrap();
    calls(&log, &[1], 20);
    let journal = log.journal(session(1)).unwrap();
    let whole = texts(&journal);
    let before = segments(&disk);
    assert_eq!(log.spill(u64::MAX).unwrap(), 0);
    assert_eq!(segments(&disk), before);
    assert_eq!(texts(&journal), whole);
    assert_eq!(
        read(&log, 1),
        whole,
        "in the file and in the log, read once"
    );
    drop(journal);
    assert!(log.spill(u64::MAX).unwrap() > 1);
    assert_eq!(read(&log, 1), whole);
}

#[test]
fn a_full_disk_leaves_the_segment_where_it_is() {
    let disk = FaultyDisk::new();
    let log = open_small(&disk, BOOT).unwrap();
    calls(&log, &[1, 2], 10);
    let whole = read(&log, 2);
    let before = segments(&disk);
    for room in [0, 50, 150, 300] {
        disk.set_room(Some(room));
        assert!(log.spill(u64::MAX).unwrap_err().is_disk_full());
        assert_eq!(segments(&disk), before);
        assert_eq!(read(&log, 2), whole);
    }
    disk.set_room(None);
    log.spill(u64::MAX).unwrap();
    assert_eq!(segments(&disk), 1);
    assert_eq!(read(&log, 2), whole);
    // What was in the last segment only was never committed.
    let log = open_small(&disk.power_cut(), BOOT).unwrap();
    assert!(read(&log, 2).starts_with(&whole[..whole.len() - 2]));
}

#[test]
fn frames_of_two_boots_keep_their_clocks_in_a_call_file() {
    let disk = FaultyDisk::new();
    let log = open_small(&disk, BOOT).unwrap();
    begin(&log, 1).unwrap();
    sweep(&log, &[1], 0).unwrap();
    drop(log);
    let next = Clocks {
        boot: [8; 16],
        monotonic_ns: 5,
        wall_ns: BOOT.wall_ns + 9_000,
    };
    let log = open_small(&disk, next).unwrap();
    sweep(&log, &[1], 1).unwrap();
    close(&log, 1).unwrap();
    sweep(&log, &[2], 9).unwrap();
    sweep(&log, &[2], 10).unwrap();
    sweep(&log, &[2, 3, 4, 5], 10).unwrap();
    let clocks = |log: &Log| -> Vec<Clocks> {
        let journal = log.journal(session(1)).unwrap();
        journal
            .frames()
            .map(|frame| frame.unwrap().clocks)
            .collect()
    };
    let whole = clocks(&log);
    assert!(whole.contains(&BOOT) && whole.contains(&next));
    log.spill(u64::MAX).unwrap();
    assert!(disk.files().contains_key(&call_file(1)));
    assert_eq!(clocks(&log), whole);
    drop(log);
    assert_eq!(clocks(&open_small(&disk, BOOT).unwrap()), whole);
    let alone = Journal::from_file_on(&call_file(1), &disk).unwrap();
    assert_eq!(alone.session(), session(1));
}

#[test]
fn a_damaged_byte_of_a_call_file_costs_one_frame() {
    let disk = FaultyDisk::new();
    let log = open_small(&disk, BOOT).unwrap();
    calls(&log, &[1, 2], 6);
    log.spill(u64::MAX).unwrap();
    drop(log);
    let whole = read(&open_small(&disk, BOOT).unwrap(), 1);
    let path = call_file(1);
    let bytes = disk.files()[&path].len();
    for at in 0..bytes {
        let log = open_small(&changed(&disk, &path, |bytes| bytes[at] ^= 0x40), BOOT).unwrap();
        let texts = read(&log, 1);
        let there = texts.iter().filter(|text| !is_lost(text));
        let clocks_gone = |text: &String| text.replacen(" unknown ", " now ", 1);
        let whole: Vec<String> = whole.iter().map(clocks_gone).collect();
        let there: Vec<String> = there.map(clocks_gone).collect();
        assert!(there.len() + 1 >= whole.len(), "byte {at}: {texts:#?}");
        assert!(there.iter().all(|text| whole.contains(text)), "byte {at}");
        assert_eq!(
            read(&log, 2).len(),
            whole.len(),
            "byte {at}: the other call"
        );
    }
}

#[test]
fn a_call_file_of_a_later_version_is_not_misread() {
    let disk = FaultyDisk::new();
    let log = open_small(&disk, BOOT).unwrap();
    calls(&log, &[1], 6);
    log.spill(u64::MAX).unwrap();
    drop(log);
    let later = changed(&disk, &call_file(1), |bytes| {
        for copy in [0, 52] {
            bytes[copy + 8] = 9;
            let sum = crc32c::crc32c(&bytes[copy..copy + 48]);
            bytes[copy + 48..copy + 52].copy_from_slice(&sum.to_le_bytes());
        }
    });
    assert!(matches!(
        open_small(&later, BOOT),
        Err(Error::Version { version: 9, .. })
    ));
}
