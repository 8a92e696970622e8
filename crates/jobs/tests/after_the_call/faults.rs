//! Settling under faults: whatever breaks it off or is away for a while, each recording is
//! registered exactly once, and nothing of the journal is given up before.

use crate::calls::{START_NS, administrator, begin, close, interrupted, open, session, speak};
use archive::Archive;
use catalogue::{Catalogue, Page};
use finalise::Profile;
use jobs::{Error, KeepJournal, Settler};
use journal::Log;
use model::Mode;
use model::access::{Action, scope};
use std::path::Path;
use tempfile::TempDir;

/// More steps than settling has.
const STEPS_MAX: usize = 100;

/// A folder with a call that has ended.
fn over() -> (TempDir, Log) {
    let data = tempfile::tempdir().unwrap();
    let log = open(data.path());
    begin(&log, 1, Mode::Always);
    speak(&log, 1, 0..100);
    close(&log, 1);
    (data, log)
}

fn settler(log: &Log, data: &Path) -> Settler {
    let catalogue = Catalogue::open("sqlite:catalogue.db", data).unwrap();
    let archive = Archive::open("file:archive", data).unwrap();
    let options = jobs::Options {
        profile: Profile::default(),
        keep_journal: KeepJournal::Always,
        clock_ns: || START_NS + 1_000_000_000_000,
    };
    Settler::new(log.clone(), catalogue, archive, options)
}

/// There is one row, its file is what it says, and nothing is left to settle.
async fn is_settled_once(log: &Log, data: &Path) {
    let catalogue = Catalogue::open("sqlite:catalogue.db", data).unwrap();
    let reach = scope(&administrator(), Action::List).unwrap();
    let listed = catalogue.recordings(&reach, Page::default()).await.unwrap();
    assert_eq!((listed.total, listed.recordings.len()), (1, 1));
    let row = &listed.recordings[0];
    assert_eq!(row.draft.duration_ms, 2_000);
    assert!(row.reference_number.ends_with("000000001"), "one number");
    let archive = Archive::open("file:archive", data).unwrap();
    let stored = archive.verify(&row.object_key).await.unwrap();
    assert_eq!((stored.size, stored.sha256), (row.size, row.sha256));
    assert!(log.unsettled().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_any_two_steps_registers_once() {
    for steps in 0..STEPS_MAX {
        let (data, log) = over();
        let recording = session(1).first_recording();
        let work = settler(&log, data.path());
        let done = interrupted(work.settle(session(1), recording), steps).await;
        // The next start: the journal says whether there is anything left to do.
        for (session, recording) in log.unsettled() {
            let again = settler(&log, data.path());
            again.settle(session, recording).await.unwrap();
        }
        is_settled_once(&log, data.path()).await;
        if done.is_some() {
            assert!(steps > 6, "{steps} places to break off");
            return;
        }
    }
    panic!("settling has no end");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_away_costs_nothing_but_time() {
    let (data, log) = over();
    let recording = session(1).first_recording();
    let work = settler(&log, data.path());
    let (there, away) = (data.path().join("archive"), data.path().join("away"));
    for _ in 0..3 {
        std::fs::rename(&there, &away).unwrap();
        let failed = work.settle(session(1), recording).await;
        assert!(matches!(failed, Err(Error::Archive { .. })), "{failed:?}");
        assert_eq!(log.unsettled(), [(session(1), recording)]);
        std::fs::rename(&away, &there).unwrap();
    }
    work.settle(session(1), recording).await.unwrap();
    is_settled_once(&log, data.path()).await;
    // What is told twice is done once.
    work.settle(session(1), recording).await.unwrap();
    is_settled_once(&log, data.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_settlers_at_once_register_once() {
    let (data, log) = over();
    let recording = session(1).first_recording();
    let (one, other) = (settler(&log, data.path()), settler(&log, data.path()));
    let both = tokio::join!(
        one.settle(session(1), recording),
        other.settle(session(1), recording)
    );
    both.0.unwrap();
    both.1.unwrap();
    is_settled_once(&log, data.path()).await;
}
