//! One session's journal: from the log, from a call file, from memory; what recordings it
//! holds; and that no bytes whatever make reading panic.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

#[expect(dead_code, reason = "each test file uses its part")]
mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::*;
use journal::testing::FaultyDisk;
use journal::{Clocks, Entry, Error, Journal, Log, Mark, Options, Why};
use model::RecordingId;
use proptest::prelude::*;

fn call_file(journal: &Journal) -> Vec<u8> {
    let mut bytes = Vec::new();
    journal.write_call_file(&mut bytes).unwrap();
    bytes
}

fn from_bytes(bytes: Vec<u8>) -> Result<Journal, Error> {
    let path = Path::new("/calls/x.ewj");
    let disk = FaultyDisk::with_files(BTreeMap::from([(path.to_owned(), bytes)]));
    Journal::from_file_on(path, &disk)
}

#[test]
fn a_call_file_reads_like_the_log() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 500);
    calls(&log, &[1, 2, 3], 6);
    let journal = log.journal(session(2)).unwrap();
    let copy = from_bytes(call_file(&journal)).unwrap();
    assert_eq!(copy.session(), session(2));
    assert_eq!(texts(&copy), texts(&journal));
    assert_eq!(copy.recordings().unwrap(), journal.recordings().unwrap());
    assert_eq!(
        call_file(&copy),
        call_file(&journal),
        "the same bytes again"
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.ewj");
    std::fs::write(&path, call_file(&journal)).unwrap();
    assert_eq!(texts(&Journal::from_file(&path).unwrap()), texts(&journal));
}

#[test]
fn a_call_file_keeps_gaps_and_the_clocks_of_two_boots() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    begin(&log, 1).unwrap();
    sweep(&log, &[1, 2], 0).unwrap();
    drop(log);
    let disk = changed(&disk, &segment(0), |bytes| {
        let ends = frames_of(bytes);
        bytes[ends[1].0 + 20] ^= 1;
    });
    let clocks = Clocks {
        boot: [8; 16],
        monotonic_ns: 5,
        wall_ns: BOOT.wall_ns + 1_000,
    };
    let shared = std::sync::Arc::new(disk);
    let log = Log::open(&folder(), Options::default(), shared, clocks).unwrap();
    log.append(&[item(1, 7, Entry::Closed { why: Why::Crash })])
        .unwrap();
    let journal = log.journal(session(1)).unwrap();
    let copy = from_bytes(call_file(&journal)).unwrap();
    let boots = |journal: &Journal| -> Vec<(u64, [u8; 16])> {
        journal
            .frames()
            .map(|f| f.unwrap())
            .map(|f| (f.sequence, f.clocks.boot))
            .collect()
    };
    let expected = [(0, 7), (1, 7), (2, 7), (3, 7), (4, 8)].map(|(s, b)| (s, [b; 16]));
    assert_eq!(boots(&journal), expected);
    assert_eq!(boots(&copy), expected);
    assert_eq!(texts(&copy), texts(&journal));
    assert!(is_lost(&texts(&copy)[2]));
    assert_eq!(clocks.wall_at(7), BOOT.wall_ns + 1_002);
    assert_eq!(log.last_time(session(1)), Some(7));

    // One flipped byte of the call file never gives a frame the clocks of another boot.
    let bytes = call_file(&journal);
    for place in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[place] ^= 0x10;
        let damaged = from_bytes(bytes).unwrap();
        let missing = expected
            .iter()
            .filter(|frame| !boots(&damaged).contains(frame))
            .count();
        assert!(missing <= 1, "byte {place}: {:?}", boots(&damaged));
    }
}

#[test]
fn what_was_heard_can_be_left_out() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 2_000);
    calls(&log, &[1, 2], 6);
    let read_again = open_with(&disk, 2_000);
    let journal = read_again.journal(session(2)).unwrap();
    let copy = from_bytes(call_file(&journal)).unwrap();
    for journal in [log.journal(session(2)).unwrap(), journal, copy] {
        let frames = journal.frames();
        let spoken = frames.map(|frame| frame.unwrap());
        let spoken = spoken.filter(|frame| !matches!(frame.entry(), Ok(Entry::Packets(_))));
        let spoken: Vec<u64> = spoken.map(|frame| frame.sequence).collect();
        let left = journal.frames().without_packets();
        let left: Vec<u64> = left.map(|frame| frame.unwrap().sequence).collect();
        assert_eq!(left, spoken);
        assert!(!left.is_empty());
    }
}

#[test]
fn the_tail_is_what_is_new_wherever_it_stands() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 500);
    calls(&log, &[1, 2], 6);
    let journal = log.journal(session(2)).unwrap();
    let all: Vec<u64> = journal.frames().map(|f| f.unwrap().sequence).collect();
    for from in 0..=all.len() as u64 {
        let (frames, next) = log.tail(session(2), from).unwrap();
        let new: Vec<u64> = frames.iter().map(|frame| frame.sequence).collect();
        let expected: Vec<u64> = all.iter().copied().filter(|s| *s >= from).collect();
        assert_eq!((new, next), (expected, all.len() as u64), "from {from}");
    }
    let (frames, _) = log.tail(session(2), u64::MAX).unwrap();
    assert!(frames.is_empty());
    assert!(log.tail(session(9), 0).is_none());
}

#[test]
fn what_is_no_call_file_is_refused() {
    assert!(matches!(
        from_bytes(Vec::new()),
        Err(Error::NotACallFile { .. })
    ));
    assert!(matches!(
        from_bytes(vec![b'x'; 500]),
        Err(Error::NotACallFile { .. })
    ));
    assert!(matches!(
        Journal::from_file(Path::new("/does/not/exist")),
        Err(Error::Io { .. })
    ));
}

#[test]
fn recordings_say_where_they_begin_and_end() {
    let second = RecordingId::from_bytes([9; 16]);
    let first = session(1).first_recording();
    let log = open(&FaultyDisk::new());
    begin(&log, 1).unwrap();
    let stopped = Entry::Ended {
        recording: first,
        why: Why::Stopped,
    };
    log.append(&[item(1, 50, stopped)]).unwrap();
    assert_eq!(log.unsettled(), [(session(1), first)]);
    let began = Entry::Began {
        recording: second,
        communication_session: "other",
    };
    let pause = Entry::Mark {
        what: Mark::Pause,
        stream: None,
        who: "john",
        text: "",
    };
    log.append(&[item(1, 60, began), item(1, 61, pause)])
        .unwrap();
    close(&log, 1).unwrap();
    assert_eq!(log.unsettled(), [(session(1), first), (session(1), second)]);
    settle(&log, 1).unwrap();
    assert_eq!(log.unsettled(), [(session(1), second)]);
    let spans = log.journal(session(1)).unwrap().recordings().unwrap();
    let brief: Vec<_> = spans
        .iter()
        .map(|s| (s.recording, s.from_ns, s.to_ns, s.why, s.settled))
        .collect();
    assert_eq!(
        brief,
        [
            (first, 1, Some(50), Some(Why::Stopped), true),
            (second, 60, Some(9_000), Some(Why::Bye), false)
        ]
    );
    assert_eq!(spans[1].communication_session, "other");
}

#[test]
fn a_journal_in_memory_reads_like_one() {
    let builder = sweep_of(1, 0);
    let entries = vec![
        (5, Entry::Closed { why: Why::Bye }),
        (6, Entry::Lost { from: 1, to: 9 }),
        (7, Entry::Packets(builder.packets())),
    ];
    let journal = Journal::in_memory(session(1), entries);
    let sequences: Vec<u64> = journal
        .frames()
        .map(|frame| frame.unwrap().sequence)
        .collect();
    assert_eq!(sequences, [0, 1, 10]);
    assert_eq!(
        texts(&from_bytes(call_file(&journal)).unwrap()),
        texts(&journal)
    );
    assert_eq!(texts(&journal), texts(&journal), "as often as one likes");
}

#[test]
fn appending_from_many_threads_keeps_each_session_in_order() {
    let disk = FaultyDisk::new();
    let log = open_with(&disk, 4_000);
    std::thread::scope(|scope| {
        for call in 1..=8 {
            let log = &log;
            scope.spawn(move || {
                begin(log, call).unwrap();
                for round in 0..50 {
                    let position = sweep(log, &[call], round).unwrap();
                    if round % 10 == 0 {
                        log.committed(position).unwrap();
                    } else {
                        log.request_commit();
                    }
                }
                log.committed(close(log, call).unwrap()).unwrap();
            });
        }
    });
    let live: Vec<_> = (1..=8).map(|call| read(&log, call)).collect();
    let log = open(&disk.power_cut());
    for (call, live) in (1..=8).zip(live) {
        let texts = read(&log, call);
        assert_eq!(texts, live);
        assert_eq!(texts.len(), 54);
        assert!(texts.iter().all(|text| !is_lost(text)), "{texts:#?}");
    }
    assert_eq!(log.unsettled().len(), 8);
}

#[test]
fn callbacks_run_once_each_and_a_panicking_one_harms_nobody() {
    let log = open(&FaultyDisk::new());
    let position = begin(&log, 1).unwrap();
    log.on_commit(position, Box::new(|_| panic!("a bug of one call")));
    let (sender, receiver) = std::sync::mpsc::channel();
    for number in 0..10 {
        let sender = sender.clone();
        log.on_commit(
            position,
            Box::new(move |outcome| sender.send((number, outcome.is_ok())).unwrap()),
        );
    }
    drop(sender);
    log.committed(position).unwrap();
    let mut answers: Vec<(i32, bool)> = receiver.iter().collect();
    answers.sort_unstable();
    assert_eq!(
        answers,
        (0..10).map(|number| (number, true)).collect::<Vec<_>>()
    );
}

#[test]
fn the_last_handle_may_be_dropped_in_a_callback() {
    let disk = FaultyDisk::new();
    let log = open(&disk);
    let position = begin(&log, 1).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let handle = log.clone();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let done = move |_| {
        wait.recv().unwrap();
        drop(handle);
        sender.send(()).unwrap();
    };
    log.on_commit(position, Box::new(done));
    drop(log);
    go.send(()).unwrap();
    receiver.recv().unwrap();
}

#[test]
fn files_of_others_in_the_folder_are_left_alone() {
    let strange = [
        "notes.txt",
        "1.seg",
        "00000001.seg.bak",
        "000000001.seg",
        "-0000001.seg",
    ];
    let files = strange.map(|name| (folder().join(name), b"mine".to_vec()));
    let disk = FaultyDisk::with_files(BTreeMap::from(files));
    let log = open(&disk);
    calls(&log, &[1], 1);
    log.committed(settle(&log, 1).unwrap()).unwrap();
    log.reclaim().unwrap();
    assert_eq!(disk.files().len(), strange.len() + 1);
    assert!(disk.files().contains_key(&segment(0)));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn arbitrary_bytes_never_panic_a_reader(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..30),
    ) {
        let disk = FaultyDisk::new();
        calls(&open_with(&disk, 800), &[1, 2, 3], 2);
        let mut files = disk.files();
        files.insert(segment(77), bytes.clone());
        let mut call = bytes;
        let damaged = files.get_mut(&segment(0)).unwrap();
        for (place, value) in edits {
            let place = place.index(damaged.len());
            damaged[place] = value;
        }
        let log = open(&FaultyDisk::with_files(files));
        let unsettled = log.unsettled().into_iter().map(|(session, _)| session);
        for session in log.open_sessions().into_iter().chain(unsettled) {
            let journal = log.journal(session).unwrap();
            prop_assert!(!texts(&journal).is_empty());
            let mut file = call_file(&journal);
            file.append(&mut call);
            prop_assert_eq!(texts(&from_bytes(file).unwrap()), texts(&journal));
        }
    }
}
