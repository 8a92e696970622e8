//! Sessions apart from the log: kept whole or destroyed, whatever step of it the machine stops
//! at. Their sound is recognisable, so that the whole disk can be searched for it.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

#[expect(dead_code, reason = "each test file uses its part")]
mod common;

use std::path::PathBuf;

use common::*;
use journal::testing::{FaultyDisk, Sync};
use journal::{Append, Disk, Entry, Error, Log, Mark, Packet, PacketsBuilder, Why};

const SECRET: &[u8] = b"a card number, spoken slowly";

fn call_file(number: u8) -> PathBuf {
    PathBuf::from(format!("/spool/calls/{}.ewj", session(number)))
}

fn keep(log: &Log, number: u8) -> Result<(), Error> {
    wait(|done| log.keep(session(number), 50, "john", done))
}

/// One sweep's sound, more than a page of it.
fn sound() -> PacketsBuilder {
    let mut builder = PacketsBuilder::new();
    for arrival_ns in 0..40 {
        builder.push(Packet {
            stream: 0,
            rtcp: false,
            arrival_ns,
            bytes: SECRET,
        });
    }
    builder
}

fn speak(log: &Log, number: u8) -> Result<(), Error> {
    let sound = sound();
    let batch = [item(number, 40, Entry::Packets(sound.packets()))];
    log.append(&batch).map(drop)
}

fn holds_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET)
}

/// Nothing that was spoken is in the shared log.
fn check_log(disk: &FaultyDisk, what: &str) {
    for (path, bytes) in disk.files() {
        assert!(
            !path.starts_with(folder()) || !holds_secret(&bytes),
            "{what}: {}",
            path.display()
        );
    }
}

fn check_gone(disk: &FaultyDisk, what: &str) {
    assert!(
        !disk.image().iter().any(|bytes| holds_secret(bytes)),
        "{what}"
    );
}

/// Runs some work on a machine that stops at every step, and hands out what `kill -9` and
/// power cuts leave. `work` says how far it came.
fn at_every_step<T: Default>(
    work: impl Fn(&FaultyDisk, &mut T) -> Result<(), Error>,
    check: impl Fn(FaultyDisk, &T, &str),
) {
    let disk = FaultyDisk::new();
    work(&disk, &mut T::default()).unwrap();
    for stop in 0..disk.steps() {
        let run = || {
            let (disk, mut done) = (FaultyDisk::new(), T::default());
            disk.stop_after(stop);
            drop(work(&disk, &mut done));
            (disk, done)
        };
        let (disk, done) = run();
        check(disk.kill(), &done, &format!("kill at {stop}"));
        check(disk.power_cut(), &done, &format!("power cut at {stop}"));
        for seed in 0..8 {
            let cut = disk.power_cut_by_chance(seed);
            check(cut, &done, &format!("power cut {seed} at {stop}"));
        }
    }
}

#[derive(Default)]
struct Discarded {
    begun: bool,
}

fn discarding(disk: &FaultyDisk, done: &mut Discarded) -> Result<(), Error> {
    let log = Log::open(&folder(), small(), std::sync::Arc::new(disk.clone()), BOOT)?;
    log.committed(begin(&log, 9)?)?;
    begin_apart(&log, 1)?;
    done.begun = true;
    speak(&log, 1)?;
    sweep(&log, &[9], 1)?;
    speak(&log, 1)?;
    log.append(&[item(1, 60, Entry::Closed { why: Why::Bye })])?;
    log.discard(session(1), 70, "")
}

#[test]
fn promise_12_a_discarded_call_is_nowhere_on_the_disk() {
    let disk = FaultyDisk::new();
    discarding(&disk, &mut Discarded::default()).unwrap();
    check_gone(&disk, "discarded");
    assert!(!disk.files().contains_key(&call_file(1)));
}

#[test]
fn promise_12_a_discard_that_was_begun_is_finished() {
    at_every_step(discarding, |disk, done, what| {
        check_log(&disk, what);
        let log = open(&disk);
        assert!(log.unsettled().is_empty(), "{what}");
        assert!(!log.open_sessions().contains(&session(1)), "{what}");
        if log.held().contains(&session(1)) {
            // Nobody has thrown it away for good: it is as it was, and is thrown away now.
            assert!(done.begun || !read(&log, 1).is_empty(), "{what}");
            log.discard(session(1), 90, "").unwrap();
        }
        assert!(
            log.journal(session(1))
                .is_none_or(|_| log.held().is_empty()),
            "{what}"
        );
        log.reclaim().unwrap();
        check_gone(&disk, what);
        assert!(!disk.files().contains_key(&call_file(1)), "{what}");
        let log = open(&disk.kill());
        assert!(
            log.held().is_empty() && log.unsettled().is_empty(),
            "{what}"
        );
    });
}

#[test]
fn what_fails_to_be_marked_or_synced_is_destroyed_all_the_same() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    begin_apart(&log, 1).unwrap();
    speak(&log, 1).unwrap();
    disk.set_room(Some(0));
    assert!(log.discard(session(1), 70, "").unwrap_err().is_disk_full());
    check_gone(&disk, "no room for the mark");
    disk.set_room(None);
    begin_apart(&log, 2).unwrap();
    speak(&log, 2).unwrap();
    disk.set_sync(Sync::Failing);
    log.discard(session(2), 70, "").unwrap_err();
    disk.set_sync(Sync::Honest);
    assert!(log.held().iter().all(|held| log.journal(*held).is_some()));
    log.reclaim().unwrap();
    check_gone(&disk, "after a failed sync");
    assert!(log.held().is_empty() && log.unsettled().is_empty());
}

#[test]
fn nothing_is_written_of_a_discarded_call_any_more() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    begin_apart(&log, 1).unwrap();
    log.discard(session(1), 70, "").unwrap();
    speak(&log, 1).unwrap();
    check_gone(&disk, "spoken later");
    begin(&log, 2).unwrap();
    log.discard(session(2), 70, "").unwrap();
    assert!(
        log.journal(session(2)).is_some(),
        "what is not held is not discarded"
    );
}

/// What was promised when the machine stopped.
#[derive(Default)]
struct Kept {
    begun: bool,
    kept: Option<Vec<String>>,
    later: Vec<String>,
}

fn keeping(disk: &FaultyDisk, done: &mut Kept) -> Result<(), Error> {
    let log = Log::open(&folder(), small(), std::sync::Arc::new(disk.clone()), BOOT)?;
    begin_apart(&log, 1)?;
    done.begun = true;
    speak(&log, 1)?;
    keep(&log, 1)?;
    done.kept = Some(read(&log, 1));
    for _ in 0..5 {
        speak(&log, 1)?;
        log.committed(log.append(&[])?)?;
        done.later = read(&log, 1);
        log.spill(u64::MAX)?;
    }
    log.committed(close(&log, 1)?)?;
    done.later = read(&log, 1);
    Ok(())
}

fn small() -> journal::Options {
    journal::Options {
        segment_bytes: 2_500,
        ..journal::Options::default()
    }
}

#[test]
fn promise_01_what_began_apart_is_there_and_what_is_kept_stays_whole() {
    at_every_step(keeping, |disk, done, what| {
        let log = open(&disk);
        let texts = read(&log, 1);
        if let Some(kept) = &done.kept {
            assert!(log.held().is_empty(), "{what}");
            assert!(texts.starts_with(kept), "{what}: {texts:#?}");
            assert!(texts.starts_with(&done.later), "{what}");
        } else if done.begun {
            assert!(texts.len() >= 3, "{what}");
        }
        if log.held().is_empty() && !texts.is_empty() {
            assert!(texts[..3].iter().all(|text| !is_lost(text)), "{what}");
        }
        // Whatever it is, it can be finished.
        if log.held().contains(&session(1)) {
            keep(&log, 1).unwrap();
        }
        if log.open_sessions().contains(&session(1)) {
            close(&log, 1).unwrap();
        }
        if !texts.is_empty() {
            let queue = [(session(1), session(1).first_recording())];
            assert_eq!(log.unsettled(), queue, "{what}");
            log.committed(settle(&log, 1).unwrap()).unwrap();
        }
        log.spill(u64::MAX).unwrap();
        assert!(!disk.files().contains_key(&call_file(1)), "{what}");
        assert!(
            log.journal(session(1))
                .is_none_or(|_| log.unsettled().is_empty()),
            "{what}"
        );
    });
}

#[test]
fn no_damaged_byte_undoes_that_a_call_is_kept() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    begin_apart(&log, 1).unwrap();
    keep(&log, 1).unwrap();
    drop(log);
    let path = call_file(1);
    let bytes = disk.files()[&path].len();
    for at in 0..bytes {
        let log = open(&changed(&disk, &path, |bytes| bytes[at] ^= 0x10));
        assert!(log.held().is_empty(), "byte {at}");
        assert_eq!(log.open_sessions(), [session(1)], "byte {at}");
    }
}

#[test]
fn a_kept_call_goes_on_in_the_log() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    begin_apart(&log, 1).unwrap();
    assert_eq!(
        (log.held(), log.open_sessions()),
        (vec![session(1)], Vec::new())
    );
    speak(&log, 1).unwrap();
    keep(&log, 1).unwrap();
    assert_eq!(
        (log.held(), log.open_sessions()),
        (Vec::new(), vec![session(1)])
    );
    check_log(&disk, "held");
    sweep(&log, &[1], 3).unwrap();
    close(&log, 1).unwrap();
    let whole = read(&log, 1);
    assert!(!whole.iter().any(|text| is_lost(text)), "{whole:#?}");
    assert_eq!(whole.iter().filter(|text| text.contains("Keep")).count(), 1);
    log.committed(log.append(&[]).unwrap()).unwrap();
    let check = |log: &Log| {
        assert_eq!(read(log, 1), whole);
        assert_eq!(
            log.unsettled(),
            [(session(1), session(1).first_recording())]
        );
        assert!(log.last_time(session(1)).is_some());
    };
    check(&log);
    check(&open(&disk.power_cut()));
}

#[test]
fn a_call_held_at_the_end_is_kept_by_the_next_start() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    begin_apart(&log, 1).unwrap();
    speak(&log, 1).unwrap();
    log.append(&[item(1, 60, Entry::Closed { why: Why::Bye })])
        .unwrap();
    assert!(log.unsettled().is_empty(), "nobody has decided");
    let log = open(&disk.kill());
    assert_eq!(log.held(), [session(1)]);
    keep(&log, 1).unwrap();
    assert_eq!(
        log.unsettled(),
        [(session(1), session(1).first_recording())]
    );
}

#[derive(Default)]
struct Again {
    begun: bool,
    done: bool,
}

fn beginning_again(disk: &FaultyDisk, done: &mut Again) -> Result<(), Error> {
    let log = Log::open(&folder(), small(), std::sync::Arc::new(disk.clone()), BOOT)?;
    begin_apart(&log, 1)?;
    done.begun = true;
    speak(&log, 1)?;
    let verdict = Entry::Verdict {
        mode: "on-demand",
        undecided: false,
        rule: "r",
    };
    log.append(&[item(1, 60, verdict)])?;
    log.begin_again(session(1))?;
    done.done = true;
    log.append(&[item(1, 80, Entry::Closed { why: Why::Bye })])?;
    Ok(())
}

#[test]
fn promise_12_a_call_begun_again_has_no_sound_from_before() {
    let disk = FaultyDisk::new();
    beginning_again(&disk, &mut Again::default()).unwrap();
    check_gone(&disk, "begun again");
    let log = open(&disk);
    let texts = read(&log, 1);
    assert_eq!(texts.len(), 4, "{texts:#?}");
    assert!(!texts.iter().any(|text| is_lost(text)), "{texts:#?}");
    assert!(log.unsettled().is_empty() && log.open_sessions().is_empty());
    at_every_step(beginning_again, |disk, done, what| {
        check_log(&disk, what);
        let log = open(&disk);
        let texts = read(&log, 1);
        if done.begun {
            assert!(
                texts
                    .iter()
                    .any(|text| text.contains("INVITE") || text.contains("Signal"))
            );
        }
        let held = log.held().contains(&session(1));
        assert!(!(held && done.done), "{what}");
        if !held {
            log.reclaim().unwrap();
            check_gone(&disk, what);
            assert!(
                !texts.iter().any(|text| is_lost(text)),
                "{what}: {texts:#?}"
            );
        }
    });
}

#[test]
fn a_full_disk_begins_no_call_and_costs_a_held_one_its_sweep() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    for room in [0, 10, 150, 200] {
        disk.set_room(Some(room));
        assert!(begin_apart(&log, 1).unwrap_err().is_disk_full());
        assert!(log.journal(session(1)).is_none());
        assert_eq!(disk.files().len(), 1, "nothing of a refused call is kept");
    }
    disk.set_room(None);
    begin_apart(&log, 1).unwrap();
    disk.set_room(Some(700));
    speak(&log, 1).unwrap_err();
    disk.set_room(None);
    speak(&log, 1).unwrap();
    let texts = read(&log, 1);
    assert_eq!(
        texts.iter().filter(|text| is_lost(text)).count(),
        1,
        "{texts:#?}"
    );
    log.discard(session(1), 90, "").unwrap();
    check_gone(&disk, "torn bytes too");
}

#[test]
fn a_held_call_that_could_not_be_made_durable_is_said_to_be() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    disk.set_sync(Sync::Failing);
    assert!(matches!(
        begin_apart(&log, 1),
        Err(Error::NotDurable { .. })
    ));
    disk.set_sync(Sync::Honest);
    log.discard(session(1), 1, "").unwrap();
    assert!(log.held().is_empty());
}

#[test]
fn a_real_disk_discards_and_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let disk: std::sync::Arc<dyn Disk> = std::sync::Arc::new(journal::RealDisk);
        Log::open(&folder.path().join("spool/log"), small(), disk, BOOT).unwrap()
    };
    let log = open();
    for call in [1, 2, 3] {
        begin_apart(&log, call).unwrap();
        speak(&log, call).unwrap();
    }
    keep(&log, 1).unwrap();
    let names = || {
        std::fs::read_dir(folder.path().join("spool/calls"))
            .unwrap()
            .count()
    };
    assert_eq!(names(), 3);
    let file = folder
        .path()
        .join(format!("spool/calls/{}.ewj", session(2)));
    // A second name keeps the blocks after the unlinking, so that they can be looked at.
    let other = folder.path().join("other");
    std::fs::hard_link(&file, &other).unwrap();
    assert!(holds_secret(&std::fs::read(&other).unwrap()));
    log.discard(session(2), 90, "").unwrap();
    let left = std::fs::read(&other).unwrap();
    assert!(!left.is_empty() && left.iter().all(|byte| *byte == 0));
    drop(log);
    let log = open();
    assert_eq!(log.held(), [session(3)]);
    let begun = Entry::Mark {
        what: Mark::Flag,
        stream: None,
        who: "",
        text: "",
    };
    let append = Append {
        session: session(3),
        time_ns: 5,
        entry: begun,
    };
    log.append(&[append]).unwrap();
    log.discard(session(3), 90, "").unwrap();
    log.begin_again(session(1)).unwrap();
    close(&log, 1).unwrap();
    log.committed(settle(&log, 1).unwrap()).unwrap();
    log.spill(u64::MAX).unwrap();
    assert_eq!(names(), 0);
}
