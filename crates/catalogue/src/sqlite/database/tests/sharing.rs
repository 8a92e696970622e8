//! Writers share commits, and what may wait for one is not lost.

use super::*;
use crate::{AuditFilter, AuditOrder};
use model::audit::AuditAction;
use rusqlite::TransactionBehavior;
use std::sync::atomic::{AtomicI64, Ordering};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_share_few_commits() {
    let (folder, catalogue) = catalogue();
    let mut tasks = Vec::new();
    for number in 0..400 {
        let catalogue = catalogue.clone();
        tasks.push(tokio::spawn(async move {
            let mut event = catalogue.event(AuditAction::SignIn);
            event.details = number.to_string();
            catalogue.audit(event).await
        }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let check = catalogue.verify_audit(None).await.unwrap();
    assert_eq!((check.rows, check.broken), (400, None));
    // The log has a frame that ends a transaction for each commit: far fewer than callers.
    let wal = std::fs::read(folder.path().join("catalogue.db-wal")).unwrap();
    let page = usize::try_from(u32::from_be_bytes(wal[8..12].try_into().unwrap())).unwrap();
    let frames = wal[32..].chunks(24 + page);
    let ends = frames.filter(|frame| frame[4..8] != [0; 4]).count();
    assert!(ends < 300, "{ends} commits");
}

#[tokio::test]
async fn a_job_that_fails_costs_only_itself_in_a_shared_commit() {
    let folder = tempfile::tempdir().unwrap();
    let database = Arc::new(database(folder.path()));
    let slow = {
        let database = Arc::clone(&database);
        tokio::spawn(async move {
            database
                .write(|rows| {
                    thread::sleep(Duration::from_millis(50));
                    add_group(rows, "first")
                })
                .await
        })
    };
    tokio::task::yield_now().await;
    let bad = database.write(|rows| -> Result<(), Error> {
        add_group(rows, "half")?;
        Err(Error::NoReason)
    });
    let panics = database.write(|rows| -> Result<(), Error> {
        add_group(rows, "quarter")?;
        panic!("a bug");
    });
    let good = database.write(|rows| add_group(rows, "last"));
    let (bad, panics, good) = tokio::join!(bad, panics, good);
    assert!(matches!(bad, Err(Error::NoReason)));
    assert!(matches!(panics, Err(Error::Database { .. })));
    good.unwrap();
    slow.await.unwrap().unwrap();
    let groups = database.read(crate::sqlite::groups::all).await.unwrap();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["first", "last"]);
}

#[tokio::test]
async fn what_waits_to_be_written_down_survives_the_end() {
    let (folder, catalogue) = catalogue();
    for second in 0..10 {
        let mut view = catalogue.event(AuditAction::ViewRecording);
        view.recording = Some(conformance::id(u8::from(second > 8)));
        catalogue.audit_soon(view).await.unwrap();
    }
    drop(catalogue);
    let catalogue = Catalogue::open(URL, folder.path()).unwrap();
    let all = AuditFilter::default();
    let rows = catalogue.audit_rows(&all, AuditOrder::Oldest, None, 9);
    let rows = rows.await.unwrap();
    let details: Vec<&str> = rows.iter().map(|row| row.event.details.as_str()).collect();
    assert_eq!(details, ["", "", "viewed 8 more times within five minutes"]);
}

#[tokio::test]
async fn counts_come_when_their_minutes_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicI64::new(1_795_514_400));
    let clock = {
        let now = Arc::clone(&now);
        Arc::new(move || Timestamp::from_second(now.load(Ordering::Relaxed)).unwrap())
    };
    let catalogue = Catalogue::open_at(URL, folder.path(), clock).unwrap();
    let view = || {
        let mut view = catalogue.event(AuditAction::ViewRecording);
        view.recording = Some(conformance::id(1));
        view
    };
    let all = AuditFilter::default();
    let written = async |count| {
        while catalogue.audit_count(&all).await.unwrap() < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    catalogue.audit_soon(view()).await.unwrap();
    written(1).await;
    catalogue.audit_soon(view()).await.unwrap();
    catalogue.audit_soon(view()).await.unwrap();
    let mut other = view();
    other.action = AuditAction::ViewSignalling;
    catalogue.audit_soon(other).await.unwrap();
    written(2).await;
    now.fetch_add(300, Ordering::Relaxed);
    written(3).await;
    let rows = catalogue.audit_rows(&all, AuditOrder::Newest, None, 1);
    let row = rows.await.unwrap().remove(0);
    assert_eq!(row.event.details, "viewed 2 more times within five minutes");
    assert_eq!(catalogue.verify_audit(None).await.unwrap().broken, None);
}

#[tokio::test]
async fn what_cannot_be_written_down_now_is_refused_or_waits_but_is_never_lost() {
    let (folder, catalogue) = catalogue();
    catalogue
        .database()
        .write(|rows| Ok(rows.busy_timeout(Duration::ZERO)?))
        .await
        .unwrap();
    let mut other = connect(&folder.path().join("catalogue.db")).unwrap();
    let lock = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let play = catalogue.event(AuditAction::PlayRecording);
    let refused = catalogue.audit(play).await.unwrap_err();
    assert!(
        refused.is_unavailable(),
        "what needs its row must not happen"
    );
    for _ in 0..10 {
        let look = catalogue.event(AuditAction::ViewSignalling);
        catalogue.audit_soon(look).await.unwrap();
    }
    // Long enough for the thread to have tried in vain.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let all = AuditFilter::default();
    assert_eq!(catalogue.audit_count(&all).await.unwrap(), 0);
    drop(lock);
    while catalogue.audit_count(&all).await.unwrap() < 10 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let check = catalogue.verify_audit(None).await.unwrap();
    assert_eq!((check.rows, check.broken), (10, None));
}
