//! Query plans: what is asked at every request walks an index and sorts nothing.

use super::{list, migrate, objects, people, rows, sign_in};
use rusqlite::Connection;

fn plan(connection: &Connection, statement: &str) -> String {
    let mut explain = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .unwrap();
    let columns = vec![rusqlite::types::Null; explain.parameter_count()];
    let steps = explain
        .query_map(rusqlite::params_from_iter(columns), |row| {
            row.get::<_, String>(3)
        })
        .unwrap();
    steps.map(|step| step.unwrap() + "\n").collect()
}

#[test]
fn nothing_scans_a_table_or_sorts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.db");
    let mut connection = Connection::open(&path).unwrap();
    migrate::migrate(&mut connection, &path).unwrap();
    for (statement, index) in [
        (
            rows::RECORDING,
            "SEARCH r USING INDEX sqlite_autoindex_recordings_1 (id=?)",
        ),
        (
            list::KEYS,
            "SEARCH recordings USING COVERING INDEX recordings_start",
        ),
        (
            list::KEYS_OF_OWNER,
            "SEARCH recordings USING COVERING INDEX recordings_owner",
        ),
        (
            list::COUNT_OF_OWNER,
            "SEARCH recordings USING COVERING INDEX recordings_owner",
        ),
        (
            list::MEMBERS,
            "SEARCH users USING COVERING INDEX users_group",
        ),
        (
            objects::OBJECT,
            "SEARCH recordings USING INDEX sqlite_autoindex_recordings_1",
        ),
        (
            objects::OBJECTS,
            "SEARCH recordings USING INDEX sqlite_autoindex_recordings_1",
        ),
        (people::OWNER, "SEARCH numbers USING PRIMARY KEY (key=?)"),
        (sign_in::SIGN_IN, "SEARCH u USING INDEX users_username"),
        (sign_in::STANDING, "SEARCH u USING INTEGER PRIMARY KEY"),
    ] {
        let plan = plan(&connection, statement);
        assert!(plan.contains(index), "{statement}\n{plan}");
        assert!(
            !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
            "{statement}\n{plan}"
        );
    }
    // Counting everything reads the smallest index, not the rows.
    assert!(plan(&connection, list::COUNT).contains("USING COVERING INDEX"));
}

#[test]
fn a_list_starts_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.db");
    let mut connection = Connection::open(&path).unwrap();
    migrate::migrate(&mut connection, &path).unwrap();
    let plan = plan(&connection, list::KEYS_OF_OWNER);
    assert!(
        plan.contains("(owner_id=? AND (start_ms,id)<(?,?))"),
        "{plan}"
    );
}
