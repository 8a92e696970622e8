//! Brings a database up to the schema of this program, and never touches a newer one.

use super::database::cannot_open;
use crate::error::Error;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Every migration, oldest first. A released one is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_start.sql"),
    include_str!("../../migrations/sqlite/0002_whole_api.sql"),
    include_str!("../../migrations/sqlite/0003_objects.sql"),
    include_str!("../../migrations/sqlite/0004_preferences.sql"),
    include_str!("../../migrations/sqlite/0005_quality.sql"),
];

/// `EWct` in the header of the file: whose database it is.
const APPLICATION_ID: i64 = 0x4557_6374;

/// Tries to switch a new database to its write-ahead log while another process does the same.
const SWITCH_TRIES_MAX: u32 = 100;

pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    migrate_with(connection, path, MIGRATIONS)
}

fn migrate_with(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), Error> {
    let known = migrations.len();
    // Looked at before anything is written, the switch to WAL included.
    let present = version(connection, path, known)?;
    write_ahead(connection).map_err(|e| cannot_open(path, e))?;
    if present == known {
        return Ok(());
    }
    let mut apply = || {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have upgraded it meanwhile.
        let present: usize = transaction.pragma_query_value(None, "user_version", |r| r.get(0))?;
        for migration in migrations.iter().skip(present) {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", known.max(present))?;
        transaction.commit()?;
        Ok(present)
    };
    let from = apply().map_err(|e: rusqlite::Error| cannot_open(path, e))?;
    version(connection, path, known)?;
    if from > 0 {
        tracing::info!(from, to = known, "upgraded the catalogue");
    }
    Ok(())
}

/// The schema version, once the database is known to be ours and not newer.
fn version(connection: &Connection, path: &Path, known: usize) -> Result<usize, Error> {
    // One transaction: another process may be creating the database between two questions.
    let look = connection
        .unchecked_transaction()
        .map_err(|e| cannot_open(path, e))?;
    let read = |what: &str| -> Result<i64, Error> {
        look.pragma_query_value(None, what, |row| row.get(0))
            .map_err(|e| cannot_open(path, e))
    };
    let (application, found) = (read("application_id")?, read("user_version")?);
    let empty = read("schema_version")? == 0;
    if application != APPLICATION_ID && !(application == 0 && found == 0 && empty) {
        return Err(Error::Foreign {
            path: path.to_owned(),
        });
    }
    match usize::try_from(found) {
        Ok(version) if version <= known => Ok(version),
        _ => {
            let known = i64::try_from(known).unwrap_or(i64::MAX);
            Err(Error::Newer {
                path: path.to_owned(),
                found,
                known,
            })
        }
    }
}

/// Switches to the write-ahead log. The switch itself does not wait for other connections,
/// whatever the busy timeout.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = 1;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())) {
            Err(e)
                if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && tries < SWITCH_TRIES_MAX =>
            {
                tries += 1;
                thread::sleep(Duration::from_millis(20));
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Connection {
        Connection::open(path).unwrap()
    }

    #[test]
    fn upgrades_step_by_step_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.db");
        let steps = [
            "CREATE TABLE a (x)",
            "INSERT INTO a VALUES (1)",
            "INSERT INTO a VALUES (2)",
        ];
        for count in [1, 2, 2, 3, 3] {
            migrate_with(&mut open(&path), &path, &steps[..count]).unwrap();
        }
        let rows: i64 = open(&path)
            .query_row("SELECT COUNT(*) FROM a", [], |r| r.get(0))
            .unwrap();
        assert_eq!(rows, 2);
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.db");
        migrate_with(&mut open(&path), &path, &["CREATE TABLE a (x)"]).unwrap();
        let steps = ["", "CREATE TABLE b (x); CREATE TABLE a (x);"];
        assert!(migrate_with(&mut open(&path), &path, &steps).is_err());
        let tables: i64 = open(&path)
            .query_row("SELECT COUNT(*) FROM sqlite_schema", [], |r| r.get(0))
            .unwrap();
        assert_eq!(tables, 1);
    }

    /// What failed before keys were written down has its journal under the day of its row; it is
    /// still removed when the recording is, or was, deleted.
    #[test]
    fn journals_of_what_failed_before_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.db");
        std::fs::File::create(&path).unwrap();
        let mut connection = super::super::database::connect(&path).unwrap();
        migrate_with(&mut connection, &path, &MIGRATIONS[..2]).unwrap();
        for (number, state, key, deleted_ms) in [
            (1, "failed", "", None),
            (2, "failed", "", Some(1)),
            (3, "available", "", Some(1)),
            (4, "available", "2026/11/24/4.wav", Some(1)),
            (5, "available", "2026/11/24/5.wav", None),
        ] {
            let deleted = deleted_ms.map(|_: i64| "x");
            connection
                .execute(
                    "INSERT INTO recordings VALUES
                     (?1, unhex('019338a000007000800000000000000' || ?1), zeroblob(16),
                      '202600000000' || ?1, NULL, 1795564799999, 0, 0, '', '', NULL, 0, ?2, '',
                      0, 0, '[]', '[]', 'sip', 'always', '', '', '{}', 0, zeroblob(32), 'wav',
                      ?3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ?4, ?5, 0, 0, 1)",
                    rusqlite::params![number, state, key, deleted_ms, deleted],
                )
                .unwrap();
        }
        migrate(&mut connection, &path).unwrap();
        let keys = "SELECT group_concat(number || ' ' || object_key, ';') FROM recording_objects";
        let keys: String = connection.query_row(keys, [], |row| row.get(0)).unwrap();
        let key =
            |number| format!("{number} 2026/11/24/019338a0-0000-7000-8000-00000000000{number}.ewj");
        assert_eq!(keys, [key(1), key(2)].join(";"));
        let removals = "SELECT group_concat(number) FROM removals";
        let removals: String = connection
            .query_row(removals, [], |row| row.get(0))
            .unwrap();
        assert_eq!(removals, "2,4");
    }

    /// Old rows get the grade that the rule gives new ones, and are counted by it.
    #[test]
    fn what_was_recorded_before_is_graded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.db");
        std::fs::File::create(&path).unwrap();
        let mut connection = super::super::database::connect(&path).unwrap();
        migrate_with(&mut connection, &path, &MIGRATIONS[..4]).unwrap();
        let losses = [
            [0, 0, 0, 0],
            [100, 0, 0, 0],
            [98, 2, 0, 0],
            [100, 0, 1, 1],
            [95, 5, 0, 0],
            [100, 0, 0, 3],
        ];
        let mut expected = Vec::new();
        for (number, loss) in losses.into_iter().enumerate() {
            let pauses = if number % 2 == 0 {
                "[]"
            } else {
                r#"[[0,1,"ann"]]"#
            };
            let details = format!(r#"{{"loss":{loss:?},"pauses":{pauses}}}"#);
            let [packets, lost, discarded, gaps] = loss;
            let loss = model::details::Loss {
                packets,
                lost,
                discarded,
                gaps,
            };
            expected.push(format!("{} {}", loss.quality().number(), number % 2));
            connection
                .execute(
                    "INSERT INTO recordings VALUES
                     (?1, unhex('019338a000007000800000000000000' || ?1), zeroblob(16),
                      '202600000000' || ?1, NULL, 1795564799999, 0, 0, '', '', NULL, 0,
                      'available', '', 0, 0, '[]', '[]', 'sip', 'always', '', '', ?2, 0,
                      zeroblob(32), 'wav', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                      NULL, NULL, 0, 0, 1)",
                    rusqlite::params![number, details],
                )
                .unwrap();
        }
        migrate(&mut connection, &path).unwrap();
        let grades = "SELECT group_concat(quality || ' ' || masked, ';' ORDER BY number)
                        FROM recordings";
        let grades: String = connection.query_row(grades, [], |row| row.get(0)).unwrap();
        assert_eq!(grades, expected.join(";"));
        let poor = "SELECT sum(count) FROM recording_counts WHERE quality = 3";
        let poor: i64 = connection.query_row(poor, [], |row| row.get(0)).unwrap();
        assert_eq!(poor, 2);
    }

    #[test]
    fn a_newer_database_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.db");
        migrate_with(&mut open(&path), &path, &["CREATE TABLE a (x)", ""]).unwrap();
        let refused = migrate_with(&mut open(&path), &path, &["CREATE TABLE a (x)"]).unwrap_err();
        assert!(matches!(
            refused,
            Error::Newer {
                found: 2,
                known: 1,
                ..
            }
        ));
        assert!(
            refused.to_string().contains("newer version of Earwitness"),
            "{refused}"
        );
    }

    #[test]
    fn databases_of_others_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.db");
        open(&path)
            .execute_batch("CREATE TABLE bookmarks (x)")
            .unwrap();
        let refused = migrate(&mut open(&path), &path).unwrap_err();
        assert!(matches!(refused, Error::Foreign { .. }));

        let text = folder.path().join("text");
        std::fs::write(
            &text,
            "This is a letter, and a long one at that. ".repeat(40),
        )
        .unwrap();
        let refused = migrate(&mut open(&text), &text).unwrap_err();
        assert!(matches!(refused, Error::Open { .. }), "{refused}");
    }
}
