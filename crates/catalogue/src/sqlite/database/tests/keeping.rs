//! What was answered is kept, whatever fails.

use super::*;
use crate::conformance::{draft, everything, stored, user};
use crate::{Changes, Page};
use model::access::Level;
use rusqlite::TransactionBehavior;

#[tokio::test]
async fn what_another_process_changes_holds_at_once() {
    let (folder, server) = catalogue();
    let id = server
        .add_user(user("ann", Level::BASE, ""))
        .await
        .unwrap()
        .id;
    let before = server.sign_in_version(id).await.unwrap().unwrap();
    let command = Catalogue::open(URL, folder.path()).unwrap();
    let demoted = Changes {
        level: Some(Level::NONE),
        ..Changes::default()
    };
    command.set_user("ann", demoted, false).await.unwrap();
    let after = server.sign_in_version(id).await.unwrap().unwrap();
    assert!(after.version > before.version);
    assert_eq!(after.principal.level, Level::NONE);
    command.remove_user("ann", false).await.unwrap();
    assert_eq!(server.sign_in_version(id).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let (folder, catalogue) = catalogue();
    let registered = catalogue
        .register(&draft(1, 0, None), stored(1))
        .await
        .unwrap();
    drop(catalogue);
    let catalogue = Catalogue::open(URL, folder.path()).unwrap();
    let listing = catalogue
        .recordings(&everything(), Page::default())
        .await
        .unwrap();
    assert_eq!(listing.recordings, [registered]);
    let next = catalogue
        .register(&draft(2, 0, None), stored(2))
        .await
        .unwrap();
    assert_eq!(next.reference_number, "2026000000002");
}

#[tokio::test]
async fn what_was_answered_is_on_the_disk_without_a_clean_end() {
    let (folder, catalogue) = catalogue();
    let registered = catalogue
        .register(&draft(1, 0, None), stored(1))
        .await
        .unwrap();
    // The files as a crash at this instant leaves them.
    let crashed = tempfile::tempdir().unwrap();
    for name in ["catalogue.db", "catalogue.db-wal"] {
        std::fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    let after = Catalogue::open(URL, crashed.path()).unwrap();
    let listing = after
        .recordings(&everything(), Page::default())
        .await
        .unwrap();
    assert_eq!(listing.recordings, [registered]);
}

#[tokio::test]
async fn every_commit_is_synced_and_every_reference_checked() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    let settings = |rows: &Connection| {
        let read = |name| rows.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let mode: String = rows.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok((mode, read("synchronous")?, read("foreign_keys")?))
    };
    let expected = ("wal".to_owned(), 2, 1);
    assert_eq!(
        database.write(move |rows| settings(rows)).await.unwrap(),
        expected
    );
    assert_eq!(database.read(settings).await.unwrap(), expected);
}

#[tokio::test]
async fn a_panic_is_rolled_back_and_costs_only_its_caller() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    let outcome = database
        .write(|rows| -> Result<(), Error> {
            add_group(rows, "half")?;
            panic!("a bug");
        })
        .await;
    assert!(matches!(outcome, Err(Error::Database { .. })));
    assert_eq!(database.read(crate::sqlite::groups::all).await.unwrap(), []);
    database
        .write(|rows| add_group(rows, "whole"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_locked_database_is_unavailable_rather_than_broken() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    database
        .write(|rows| Ok(rows.busy_timeout(Duration::ZERO)?))
        .await
        .unwrap();
    let mut other = connect(&folder.path().join("catalogue.db")).unwrap();
    let lock = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let refused = database.write(|_| Ok(())).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused}");
    assert_eq!(
        database.read(crate::sqlite::groups::all).await.unwrap(),
        [],
        "reading goes on"
    );
    drop(lock);
    database.write(|_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    let pages = |most: i64| {
        move |rows: &Transaction<'_>| {
            Ok(rows.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))?)
        }
    };
    // No fewer pages than there are.
    database.write(pages(1)).await.unwrap();
    let fill =
        |rows: &Transaction<'_>| (0..5000).try_for_each(|i| add_group(rows, &format!("g{i}")));
    let refused = database.write(fill).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused}");
    assert_eq!(database.read(crate::sqlite::groups::all).await.unwrap(), []);
    database.write(pages(1_000_000)).await.unwrap();
    database.write(fill).await.unwrap();
}
