//! Segments go strictly oldest first, and nothing settled comes back: whatever step of
//! rolling, committing and deleting the machine stops at.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

#[expect(dead_code, reason = "each test file uses its part")]
mod common;

use std::collections::BTreeMap;

use common::*;
use journal::testing::FaultyDisk;
use journal::{Entry, Error, Log, Options, Why};
use model::{RecordingId, SessionId};

/// What has been promised so far.
#[derive(Default)]
struct Promised {
    /// What a call must at least read as.
    kept: BTreeMap<u8, Vec<String>>,
    settled: Vec<SessionId>,
}

/// Three long calls and three short ones over many small segments; stops at the first error.
fn workload(disk: &FaultyDisk, promised: &mut Promised) -> Result<(), Error> {
    let options = Options {
        segment_bytes: 600,
        ..Options::default()
    };
    let log = Log::open(&folder(), options, std::sync::Arc::new(disk.clone()), BOOT)?;
    let long = [1, 2, 3];
    for call in long {
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
    }
    for call in long {
        close(&log, call)?;
        finish(&log, call, promised)?;
    }
    log.reclaim()?;
    Ok(())
}

fn finish(log: &Log, call: u8, promised: &mut Promised) -> Result<(), Error> {
    log.committed(settle(log, call)?)?;
    promised.settled.push(session(call));
    log.reclaim().map(drop)
}

fn check(disk: &FaultyDisk, promised: &Promised, what: &str) {
    let log = open(disk);
    let ids = |list: Vec<(SessionId, RecordingId)>| -> Vec<SessionId> {
        list.into_iter().map(|(session, _)| session).collect()
    };
    for settled in &promised.settled {
        assert!(
            !ids(log.unsettled()).contains(settled),
            "{what}: settled comes back"
        );
        assert!(
            !log.open_sessions().contains(settled),
            "{what}: settled is open"
        );
    }
    for (call, kept) in &promised.kept {
        if promised.settled.contains(&session(*call)) {
            continue;
        }
        // Its `Settled` may be on the disk although nobody was told: then frames may be gone.
        let known = log.open_sessions().contains(&session(*call))
            || ids(log.unsettled()).contains(&session(*call));
        if known {
            assert!(read(&log, *call).starts_with(kept), "{what}: call {call}");
        } else {
            let last = kept.last().unwrap();
            assert!(
                last.contains("Closed") || *call <= 3,
                "{what}: call {call} is gone"
            );
        }
    }
    // Closing what is open and settling what is not frees all but the newest segment.
    for session in log.open_sessions() {
        let entry = Entry::Closed { why: Why::Crash };
        log.append(&[journal::Append {
            session,
            time_ns: 1,
            entry,
        }])
        .unwrap();
    }
    for (session, recording) in log.unsettled() {
        let entry = Entry::Settled { recording };
        log.append(&[journal::Append {
            session,
            time_ns: 1,
            entry,
        }])
        .unwrap();
    }
    log.committed(log.append(&[]).unwrap()).unwrap();
    log.reclaim().unwrap();
    assert_eq!(disk.files().len(), 1, "{what}");
}

#[test]
fn promise_01_stopping_at_any_step_keeps_what_was_promised() {
    let disk = FaultyDisk::new();
    workload(&disk, &mut Promised::default()).unwrap();
    for stop in 0..disk.steps() {
        let run = || {
            let (disk, mut promised) = (FaultyDisk::new(), Promised::default());
            disk.stop_after(stop);
            workload(&disk, &mut promised).unwrap_err();
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
            // A start after `kill -9` must not rest on what is in memory only.
            let (disk, promised) = run();
            let killed = disk.kill();
            drop(open(&killed).reclaim());
            let cut = killed.power_cut_by_chance(seed);
            check(
                &cut,
                &promised,
                &format!("power cut {seed} after a start at {stop}"),
            );
        }
    }
}

#[test]
fn a_segment_waits_for_the_oldest_call_in_it() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 600);
    begin(&log, 1).unwrap();
    for call in 2..10 {
        calls(&log, &[call], 2);
        settle(&log, call).unwrap();
    }
    log.committed(log.append(&[]).unwrap()).unwrap();
    assert_eq!(log.reclaim().unwrap(), 0);
    close(&log, 1).unwrap();
    assert_eq!(log.unsettled().len(), 1);
    assert_eq!(log.reclaim().unwrap(), 0, "not settled");
    settle(&log, 1).unwrap();
    log.committed(log.append(&[]).unwrap()).unwrap();
    let files = disk.files().len();
    assert_eq!(log.reclaim().unwrap(), files - 1);
}

#[test]
fn a_settled_not_yet_durable_frees_nothing() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 400);
    calls(&log, &[1], 3);
    settle(&log, 1).unwrap();
    close(&log, 2).unwrap();
    assert_eq!(log.reclaim().unwrap(), 0);
    log.committed(log.append(&[]).unwrap()).unwrap();
    assert!(log.reclaim().unwrap() > 0);
}

#[test]
fn what_comes_after_settled_is_not_kept() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    calls(&log, &[1], 1);
    settle(&log, 1).unwrap();
    let whole = read(&log, 1);
    sweep(&log, &[1, 2], 3).unwrap();
    assert_eq!(read(&log, 1), whole);
    assert_eq!(read(&log, 2).len(), 1);
}

#[test]
fn a_failed_deletion_is_tried_again_before_the_next_one() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 400);
    calls(&log, &[1], 3);
    log.committed(settle(&log, 1).unwrap()).unwrap();
    disk.set_sync(journal::testing::Sync::Failing);
    let before = disk.files().len();
    for _ in 0..3 {
        log.reclaim().unwrap_err();
    }
    assert_eq!(disk.files().len(), before - 1);
    disk.set_sync(journal::testing::Sync::Honest);
    log.reclaim().unwrap();
    assert!(open(&disk.power_cut()).unsettled().is_empty());
}
