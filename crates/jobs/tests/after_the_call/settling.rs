//! From a journal to a row: what is kept becomes a recording, whoever decided it and wherever
//! its frames are, and then the journal is empty again.

use crate::calls::{START_NS, administrator, begin, close, item, open, session, speak};
use archive::Archive;
use catalogue::Catalogue;
use finalise::Profile;
use jobs::{KeepJournal, Settler};
use journal::{Entry, Log, Mark};
use model::access::Action;
use model::{Mode, RecordingId, SessionId};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use tokio::sync::Notify;

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Three calls: one in the log, one kept late, one that nobody has decided about.
fn calls(log: &Log) {
    begin(log, 1, Mode::Always);
    begin(log, 2, Mode::KeepLate);
    begin(log, 3, Mode::KeepLate);
    for number in 1..=3 {
        speak(log, number, 0..50);
    }
    let (told, wait) = mpsc::channel();
    let done = Box::new(move |outcome: Result<(), journal::Error>| told.send(outcome).unwrap());
    log.keep(session(2), START_NS + 1_000_000_000, "john", done)
        .unwrap();
    wait.recv().unwrap().unwrap();
    let flag = Entry::Mark {
        what: Mark::Flag,
        stream: None,
        who: "jane",
        text: "price",
    };
    log.append(&[item(session(2), 1_500, flag)]).unwrap();
    for number in 1..=3 {
        speak(log, number, 50..100);
        close(log, number);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_becomes_a_row_and_the_journal_empties() {
    let data = tempfile::tempdir().unwrap();
    let log = open(data.path());
    calls(&log);
    let catalogue = Catalogue::open("sqlite:catalogue.db", data.path()).unwrap();
    let archive = Archive::open("file:archive", data.path()).unwrap();
    let options = jobs::Options {
        profile: Profile::default(),
        keep_journal: KeepJournal::Always,
        clock_ns: || START_NS + 1_000_000_000_000,
    };
    let settled: Arc<Mutex<Vec<(SessionId, RecordingId)>>> = Arc::default();
    let nudge = Arc::new(Notify::new());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let tell = Arc::clone(&settled);
    let settler = Settler::new(log.clone(), catalogue.clone(), archive, options).on_settled(
        Arc::new(move |session, recording| {
            tell.lock().unwrap().push((session, recording));
        }),
    );
    let running = tokio::spawn(settler.run(nudge, async move {
        let _ = stopped.await;
    }));
    let (segments, calls) = (
        data.path().join("spool/log"),
        data.path().join("spool/calls"),
    );
    let is_over = || files(&segments) == 1 && files(&calls) == 1;
    let mut looks = 0;
    while !(is_over() && settled.lock().unwrap().len() == 2) {
        looks += 1;
        assert!(looks < 2_000, "{} {}", files(&segments), files(&calls));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.send(()).unwrap();
    running.await.unwrap();
    let mut told = settled.lock().unwrap().clone();
    told.sort_unstable();
    let ours = [1, 2].map(|number| (session(number), session(number).first_recording()));
    assert_eq!(told, ours);
    assert_eq!(log.held(), [session(3)], "nobody has decided");

    let everything = administrator();
    for (number, trigger) in [(1, Mode::Always), (2, Mode::KeepLate)] {
        let id = session(number).first_recording();
        let row = catalogue.recording(id).await.unwrap().unwrap();
        let row = row.open(&everything, Action::Read).unwrap();
        let details = &row.draft.details;
        assert_eq!((details.trigger, details.rule.as_str()), (trigger, "sales"));
        assert_eq!(
            (details.node.as_str(), details.client.as_str()),
            ("north", "sbc")
        );
        assert_eq!(details.codecs, ["PCMA"]);
        assert_eq!(row.draft.duration_ms, 2_000);
        let marks: Vec<&str> = row.marks.iter().map(|mark| mark.text.as_str()).collect();
        assert_eq!(
            marks,
            if number == 2 {
                vec!["price"]
            } else {
                Vec::new()
            }
        );
    }
    let undecided = session(3).first_recording();
    assert!(catalogue.recording(undecided).await.unwrap().is_none());
}
