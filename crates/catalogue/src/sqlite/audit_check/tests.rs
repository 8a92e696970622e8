//! What somebody with the database in hands can do to the audit, and that it shows.

use super::super::database::connect;
use crate::{AuditCheck, Catalogue};
use model::RecordingId;
use model::audit::{AuditAction, AuditEvent, Outcome};
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

const ROWS: u64 = 12;

/// An audit of twelve rows, and a connection that may do everything.
async fn audit() -> (TempDir, Catalogue, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::open("sqlite:c.db", folder.path()).unwrap();
    for number in 0..ROWS {
        let mut event = catalogue.event(AuditAction::PlayRecording);
        event.recording = (number % 2 == 0).then(|| RecordingId::from_bytes([1; 16]));
        event.from = (number % 3 == 0).then(|| [192, 0, 2, 1].into());
        event.details = format!("row {number}");
        event.outcome = Outcome::ALL[usize::try_from(number % 3).unwrap()];
        catalogue.audit(event).await.unwrap();
    }
    let vandal = connect(&folder.path().join("c.db")).unwrap();
    vandal
        .execute_batch(
            "DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened;",
        )
        .unwrap();
    (folder, catalogue, vandal)
}

async fn check(catalogue: &Catalogue) -> AuditCheck {
    catalogue.verify_audit(None).await.unwrap()
}

/// The first broken row after some statements.
async fn broken(statements: &str) -> (u64, String) {
    let (_folder, catalogue, vandal) = audit().await;
    assert_eq!(check(&catalogue).await.broken, None);
    vandal.execute_batch(statements).unwrap();
    let found = check(&catalogue).await.broken;
    let found = found.unwrap_or_else(|| panic!("{statements} does not show"));
    (found.row, found.why)
}

#[tokio::test]
async fn each_kind_of_tampering_is_found_and_named() {
    for (statements, row, why) in [
        ("DELETE FROM audit WHERE number = 5", 5, "missing"),
        ("DELETE FROM audit WHERE number = 1", 1, "missing"),
        ("DELETE FROM audit WHERE number IN (7, 9)", 7, "missing"),
        ("DELETE FROM audit WHERE number = 12", 12, "cut off"),
        ("DELETE FROM audit WHERE number > 8", 9, "cut off"),
        ("DELETE FROM audit", 1, "cut off"),
        // Closing the gap.
        (
            "DELETE FROM audit WHERE number = 5;
             UPDATE audit SET number = -number WHERE number > 5;
             UPDATE audit SET number = -number - 1 WHERE number < 0",
            5,
            "changed",
        ),
        // Two rows in each other's place.
        (
            "UPDATE audit SET number = 99 WHERE number = 3;
             UPDATE audit SET number = 3 WHERE number = 8;
             UPDATE audit SET number = 8 WHERE number = 99",
            3,
            "changed",
        ),
        // A row that was never written, at the end, in the middle, before the first.
        (
            "INSERT INTO audit SELECT 13, at_ms, who, who_key, user_id, source, app, action,
                    recording, details, outcome, hash FROM audit WHERE number = 12",
            13,
            "behind the head",
        ),
        (
            "INSERT INTO audit SELECT 0, at_ms, who, who_key, user_id, source, app, action,
                    recording, details, outcome, hash FROM audit WHERE number = 1",
            0,
            "no place",
        ),
        (
            "UPDATE audit SET hash = zeroblob(32) WHERE number = 4",
            4,
            "changed",
        ),
        ("UPDATE audit SET hash = x'' WHERE number = 4", 4, "changed"),
        // The head.
        (
            "UPDATE audit_head SET hash = zeroblob(32)",
            12,
            "another row",
        ),
        ("UPDATE audit_head SET number = 11", 12, "behind the head"),
        ("UPDATE audit_head SET number = 13", 13, "cut off"),
        ("DELETE FROM audit_head", 1, "head"),
    ] {
        let (found, told) = broken(statements).await;
        assert_eq!(found, row, "{statements}: {told}");
        assert!(told.contains(why), "{statements}: {told}");
    }
}

#[tokio::test]
async fn every_column_counts() {
    for change in [
        "at_ms = at_ms + 1",
        "who = 'nobody'",
        "who = who || ' '",
        "who_key = 'x'",
        "user_id = 7",
        "source = '192.0.2.9'",
        "source = NULL",
        "app = ''",
        "action = 'SignIn'",
        "recording = NULL",
        "recording = zeroblob(16)",
        "details = ''",
        "outcome = 'refused'",
        // What moves from one column into the next.
        "app = app || action, action = ''",
    ] {
        let (row, told) = broken(&format!("UPDATE audit SET {change} WHERE number = 7")).await;
        assert_eq!(row, 7, "{change}: {told}");
    }
}

#[tokio::test]
async fn the_program_itself_cannot_change_it() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::open("sqlite:c.db", folder.path()).unwrap();
    let event = catalogue.event(AuditAction::SignIn);
    catalogue.audit(event).await.unwrap();
    let rows = connect(&folder.path().join("c.db")).unwrap();
    for statement in ["UPDATE audit SET who = 'x'", "DELETE FROM audit"] {
        let refused = rows.execute(statement, []).unwrap_err();
        assert!(
            refused.to_string().contains("the audit is never"),
            "{refused}"
        );
    }
    assert_eq!(check(&catalogue).await.broken, None);
}

#[tokio::test]
async fn two_programs_share_one_chain() {
    let (folder, catalogue, _vandal) = audit().await;
    let other = Catalogue::open("sqlite:c.db", folder.path()).unwrap();
    let write = |catalogue: Catalogue| {
        tokio::spawn(async move {
            for _ in 0..20 {
                let event: AuditEvent = catalogue.event(AuditAction::SignIn);
                catalogue.audit(event).await.unwrap();
            }
        })
    };
    for task in [write(catalogue.clone()), write(other)] {
        task.await.unwrap();
    }
    let checked = check(&catalogue).await;
    assert_eq!((checked.rows, checked.broken), (ROWS + 40, None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// Any one byte of any column of any row.
    #[test]
    fn a_flipped_byte_is_found(row in 1..=ROWS, column in 0..11_usize, place in 0..64_usize) {
        let columns = [
            "at_ms", "who", "who_key", "source", "app", "action", "recording", "details",
            "outcome", "hash", "number",
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_folder, catalogue, vandal) = audit().await;
            let column = columns[column];
            let find = format!("SELECT CAST({column} AS BLOB), typeof({column}) FROM audit
                                 WHERE number = ?1");
            let (mut bytes, kind): (Option<Vec<u8>>, String) = vandal
                .query_row(&find, [row], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            let Some(bytes) = bytes.as_mut().filter(|bytes| !bytes.is_empty()) else {
                return;
            };
            // Digits stay digits, so that a number stays one.
            let place = place % bytes.len();
            bytes[place] ^= 1;
            let change = format!("UPDATE audit SET {column} = CAST(?2 AS {kind}) WHERE number = ?1");
            let Ok(_) = vandal.execute(&change, rusqlite::params![row, *bytes]) else {
                // Another row has this number.
                return;
            };
            let found = check(&catalogue).await.broken.unwrap();
            assert!(column == "number" || found.row == row, "{column}: {found:?}");
        });
    }
}
