//! Making, finding and upgrading the file.

use super::*;
use crate::conformance::everything;
use crate::{NewUser, Page};
use model::filter::Filter;
use std::os::unix::fs::PermissionsExt;

#[test]
fn other_schemes_are_refused_without_repeating_secrets() {
    let folder = tempfile::tempdir().unwrap();
    for url in [
        "postgres://user:secret@host/db",
        "mysql:x",
        "sqlite:",
        "sqlite::memory:",
        "",
    ] {
        let error = Catalogue::open(url, folder.path()).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{url}");
        assert!(error.to_string().contains("sqlite:FILE"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn files_are_for_the_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let _catalogue = Catalogue::open(URL, &data).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for name in ["catalogue.db", "catalogue.db-wal", "catalogue.db-shm"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    let absolute = format!("sqlite:{}", folder.path().join("elsewhere.db").display());
    let _other = Catalogue::open(&absolute, &data).unwrap();
    assert!(folder.path().join("elsewhere.db").exists());
}

#[test]
fn a_database_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = Catalogue::open("sqlite:file/catalogue.db", folder.path()).unwrap_err();
    assert!(matches!(error, Error::Open { .. }));
    assert!(error.to_string().contains("file/catalogue.db"), "{error}");
}

#[test]
fn several_processes_may_create_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| Catalogue::open(URL, folder.path()).unwrap());
        }
    });
}

#[tokio::test]
async fn ready_when_it_reads_and_writes() {
    let (_folder, catalogue) = catalogue();
    catalogue.ready().await.unwrap();
    catalogue.add_user(NewUser::new("a", "h")).await.unwrap();
    catalogue.ready().await.unwrap();
}

#[tokio::test]
async fn an_upgrade_keeps_every_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../../../migrations/sqlite/0001_start.sql"))
        .unwrap();
    old.execute_batch(
        "PRAGMA application_id = 1163354996; PRAGMA user_version = 1;
         INSERT INTO users (id, username, username_key, first_name, last_name, phone_number,
                            department, level, password_hash)
         VALUES (3, 'Ann', 'ann', '', '', '225', '', 2, 'h');
         INSERT INTO recordings
         VALUES (zeroblob(16), zeroblob(16), '2026000000001', 'call', 1000, 2000, 1, '225',
                 '+390584', 3, 0, 'available', 'bye', 900, 3100, '[]', '[]', 3, 'Straße', 3, 44,
                 zeroblob(32), 'wav', 'k.wav');
         INSERT INTO recordings
         VALUES (x'01010101010101010101010101010101', zeroblob(16), '2026000000002', NULL, 5000,
                 0, 0, '', '', NULL, 1, 'failed', 'x', 5000, 5000, '[]', '[]', NULL, NULL, NULL,
                 0, zeroblob(32), 'wav', '');",
    )
    .unwrap();
    drop(old);
    let catalogue = Catalogue::open(URL, folder.path()).unwrap();
    let listing = catalogue.recordings(&everything(), Page::default()).await;
    let rows = listing.unwrap().recordings;
    assert_eq!(rows.len(), 2);
    let ann = &rows[1];
    assert_eq!(ann.owner.as_ref().unwrap().username, "Ann");
    assert_eq!(ann.preserving_user.as_ref().unwrap().username, "Ann");
    assert_eq!(ann.note.as_ref().unwrap().text, "Straße");
    assert_eq!(ann.draft.details, model::Details::default());
    assert_eq!(catalogue.note_history(ann).await.unwrap().len(), 1);
    let found = Filter {
        text: Some("STRASSE".to_owned()),
        ..Filter::default()
    };
    assert_eq!(catalogue.count(&everything(), &found).await.unwrap(), 1);
}
