//! Query plans: what is asked at every request walks an index and sorts nothing.

use super::counterparts::{self, By};
use super::database::connect;
use super::keys;
use super::{
    audit, audit_rows, list, migrate, notes, numbers, objects, people, renderings, repeats, rows,
};
use super::{preferences, rules, sessions, sign_in, tokens, wanted};
use crate::recordings::Cursor;
use jiff::Timestamp;
use model::access::{Action, Level, Principal, Rights, Scope, scope};
use model::details::Quality;
use model::filter::{Filter, Sort, SortBy, Text, TimeFilter};
use model::people::{GroupId, UserId};
use model::{Direction, RecordingId, State};
use rusqlite::Connection;
use std::collections::BTreeSet;
use tempfile::TempDir;

/// So many that looking at all of them is out of the question.
const MANY: &str = "INSERT INTO recording_counts VALUES (1, 0, 0, 1, 0, 1000000)";

fn empty() -> (TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.db");
    std::fs::write(&path, "").unwrap();
    let mut connection = connect(&path).unwrap();
    migrate::migrate(&mut connection, &path).unwrap();
    (folder, connection)
}

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
    let (_folder, connection) = empty();
    for (statement, index) in [
        (
            rows::RECORDING,
            "SEARCH r USING INDEX sqlite_autoindex_recordings_1 (id=?)",
        ),
        (rows::TAGS, "SEARCH tags USING PRIMARY KEY (number=?)"),
        (rows::MARKS, "SEARCH marks USING INDEX marks_number"),
        (rows::USERNAME, "SEARCH users USING INTEGER PRIMARY KEY"),
        (notes::HISTORY, "SEARCH n USING INDEX notes_number"),
        (
            list::MEMBERS,
            "SEARCH users USING COVERING INDEX users_group",
        ),
        (
            list::NAMESAKES,
            "SEARCH users USING COVERING INDEX users_names",
        ),
        (
            keys::COUNTED,
            "USING PRIMARY KEY (owner_id=? AND deleted=?)",
        ),
        (
            wanted::LONGEST,
            "SEARCH recordings USING COVERING INDEX recordings_duration",
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
        (people::PERSON, "SEARCH u USING INTEGER PRIMARY KEY"),
        (sign_in::SIGN_IN, "SEARCH u USING INDEX users_username"),
        (sign_in::STANDING, "SEARCH u USING INTEGER PRIMARY KEY"),
        (
            tokens::BY_HASH,
            "SEARCH tokens USING INDEX sqlite_autoindex",
        ),
        (sessions::SESSION, "SEARCH s USING PRIMARY KEY (hash=?)"),
        (
            repeats::REQUEST,
            "SEARCH requests USING PRIMARY KEY (user_id=? AND key=?)",
        ),
        (
            renderings::BESIDE,
            "SEARCH recording_objects USING PRIMARY KEY (number=?)",
        ),
        (audit::HEAD, "SEARCH audit_head USING INTEGER PRIMARY KEY"),
        (
            audit_rows::KNOWN,
            "SEARCH audit USING INDEX audit_recording",
        ),
    ] {
        let plan = plan(&connection, statement);
        assert!(plan.contains(index), "{statement}\n{plan}");
        assert!(
            !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
            "{statement}\n{plan}"
        );
    }
    // All of a small table, and only what is to be removed: already in order.
    for statement in [rules::RULES, renderings::UNRENDERED] {
        let plan = plan(&connection, statement);
        assert!(plan.contains("USING INDEX"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{statement}\n{plan}");
    }
}

fn caller(level: Level) -> Principal {
    Principal {
        id: UserId(1),
        username: "ann".to_owned(),
        level,
        supervises: BTreeSet::from([GroupId(1)]),
        rights: Rights::default(),
    }
}

fn reach(level: Level) -> Scope {
    scope(&caller(level), Action::List).unwrap()
}

/// The plans of a list's statements behind some place.
fn plans(connection: &Connection, scope: &Scope, filter: &Filter, sort: Sort) -> Vec<String> {
    let place = Cursor {
        key: 1,
        id: RecordingId::from_bytes([1; 16]),
    };
    let texts = list::plan(connection, scope, filter, sort).unwrap();
    let texts = texts.texts(Some(place));
    texts.iter().map(|text| plan(connection, text)).collect()
}

fn walks(connection: &Connection, scope: &Scope, filter: &Filter, sort: Sort, index: &str) {
    for plan in plans(connection, scope, filter, sort) {
        assert!(plan.contains(index), "{index}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[test]
fn numbers_of_an_owner_are_a_piece_of_an_index() {
    let (_folder, connection) = empty();
    let owner = "USING COVERING INDEX recordings_owner (owner_id=? AND start_ms>? AND start_ms<?)";
    assert!(plan(&connection, numbers::BEGUN).contains(owner));
    let group = plan(&connection, numbers::GROUP);
    assert!(!group.contains("SCAN"), "{group}");
}

#[test]
fn what_is_a_persons_own_is_found_by_the_person() {
    let (_folder, connection) = empty();
    for (statement, index) in [
        (sessions::END, "SEARCH sessions USING INDEX sessions_user"),
        (
            preferences::PREFERENCES,
            "SEARCH preferences USING INTEGER PRIMARY KEY",
        ),
    ] {
        let plan = plan(&connection, statement);
        assert!(plan.contains(index), "{statement}\n{plan}");
    }
}

#[test]
fn lists_walk_an_index_from_their_place_on() {
    let (_folder, connection) = empty();
    let (all, own) = (reach(Level::COMPLETE), reach(Level::BASE));
    let any = Filter::default();
    let newest = "USING COVERING INDEX recordings_start ((start_ms,id)<(?,?))";
    walks(&connection, &all, &any, Sort::NEWEST, newest);
    let of_owner = "COVERING INDEX recordings_owner (owner_id=? AND (start_ms,id)<(?,?))";
    walks(&connection, &own, &any, Sort::NEWEST, of_owner);
    let deleted = Filter {
        states: vec![State::Deleted],
        ..Filter::default()
    };
    let start = "USING COVERING INDEX recordings_start_deleted";
    walks(&connection, &all, &deleted, Sort::NEWEST, start);
    let owner = "USING COVERING INDEX recordings_owner_deleted";
    walks(&connection, &own, &deleted, Sort::NEWEST, owner);
    for (by, index) in [
        (SortBy::Duration, "USING INDEX recordings_duration"),
        (SortBy::Updated, "USING INDEX recordings_updated"),
        (SortBy::Size, "USING INDEX recordings_size"),
    ] {
        for descending in [false, true] {
            let sort = Sort { by, descending };
            walks(&connection, &all, &any, sort, index);
        }
    }
}

#[test]
fn a_time_bounds_the_walk_on_both_sides() {
    let (_folder, connection) = empty();
    let (all, own) = (reach(Level::COMPLETE), reach(Level::BASE));
    let now = Timestamp::UNIX_EPOCH;
    let day = Filter {
        start: TimeFilter::between(now, now + jiff::SignedDuration::from_hours(24)),
        direction: Some(Direction::Incoming),
        ..Filter::default()
    };
    for (scope, index) in [
        (&all, "COVERING INDEX recordings_start"),
        (&own, "COVERING INDEX recordings_owner"),
    ] {
        walks(&connection, scope, &day, Sort::NEWEST, index);
        let texts = list::plan(&connection, scope, &day, Sort::NEWEST).unwrap();
        for text in texts.texts(None) {
            let plan = plan(&connection, &text);
            assert!(plan.contains("start_ms>? AND start_ms<?"), "{plan}");
        }
    }
}

#[test]
fn what_is_rare_is_walked_alone() {
    let (_folder, connection) = empty();
    let poor = Filter {
        quality: Some(Quality::Poor),
        masked: Some(true),
        direction: Some(Direction::Incoming),
        ..Filter::default()
    };
    let fair = Filter {
        quality: Some(Quality::Fair),
        ..Filter::default()
    };
    let good = Filter {
        quality: Some(Quality::Good),
        ..Filter::default()
    };
    let masked = Filter {
        masked: Some(true),
        ..Filter::default()
    };
    let (all, own) = (reach(Level::COMPLETE), reach(Level::BASE));
    for (filter, index) in [
        (&poor, "COVERING INDEX recordings_poor"),
        (&fair, "COVERING INDEX recordings_fair"),
        (&masked, "COVERING INDEX recordings_masked"),
        (&good, "COVERING INDEX recordings_start"),
    ] {
        walks(&connection, &all, filter, Sort::NEWEST, index);
        let owner = "COVERING INDEX recordings_owner (owner_id=? AND (start_ms,id)<(?,?))";
        walks(&connection, &own, filter, Sort::NEWEST, owner);
    }
    let failed = Filter {
        states: vec![State::Failed],
        ..Filter::default()
    };
    let unwell = "recordings_unwell (state=? AND (start_ms,id)<(?,?))";
    walks(&connection, &all, &failed, Sort::NEWEST, unwell);
}

#[test]
fn what_finds_few_rows_is_found() {
    const FOUND: &str = "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)";
    let (_folder, connection) = empty();
    connection.execute(MANY, []).unwrap();
    let equals = |number: &str| Some(Text::Equals(number.to_owned()));
    let contains = |number: &str| Some(Text::Contains(number.to_owned()));
    for (filter, index) in [
        (
            Filter {
                local_number: equals("225"),
                ..Filter::default()
            },
            "recordings_local (local_number=?",
        ),
        (
            Filter {
                remote_number: equals("225"),
                ..Filter::default()
            },
            "recordings_remote (remote_number=?",
        ),
        (
            Filter {
                pbx_call_id: Some("x".to_owned()),
                ..Filter::default()
            },
            "recordings_call (pbx_call_id=?",
        ),
        (
            Filter {
                remote_number: contains("0584"),
                ..Filter::default()
            },
            FOUND,
        ),
        (
            Filter {
                number_part: Some("0584".to_owned()),
                ..Filter::default()
            },
            FOUND,
        ),
        (
            Filter {
                text: Some("order".to_owned()),
                ..Filter::default()
            },
            FOUND,
        ),
        (
            Filter {
                tag: Some("vip".to_owned()),
                ..Filter::default()
            },
            "COVERING INDEX tags_key",
        ),
    ] {
        for scope in [reach(Level::COMPLETE), reach(Level::BASE)] {
            for plan in plans(&connection, &scope, &filter, Sort::NEWEST) {
                assert!(plan.contains(index), "{filter:?}\n{plan}");
                assert!(!plan.contains("SCAN r "), "{filter:?}\n{plan}");
                assert!(!plan.contains("recordings_start"), "{filter:?}\n{plan}");
                assert!(!plan.contains("recordings_owner"), "{filter:?}\n{plan}");
            }
        }
    }
}

/// Under three characters the list is walked in its order, as far as it is read.
#[test]
fn what_is_too_short_to_be_found_is_walked_to() {
    let (_folder, connection) = empty();
    connection.execute(MANY, []).unwrap();
    let short = Filter {
        remote_number: Some(Text::Contains("39".to_owned())),
        ..Filter::default()
    };
    let all = reach(Level::COMPLETE);
    walks(&connection, &all, &short, Sort::NEWEST, "recordings_start");
}

#[test]
fn a_kept_statement_is_planned_once() {
    let (_folder, connection) = empty();
    for statement in [rows::RECORDING, objects::OBJECT, audit_rows::KNOWN] {
        let mut statement = connection.prepare(statement).unwrap();
        for byte in 1..4_u8 {
            statement.raw_bind_parameter(1, [byte; 16]).unwrap();
            assert!(statement.raw_query().next().unwrap().is_none());
        }
        let again = statement.get_status(rusqlite::StatementStatus::RePrepare);
        assert_eq!(again, 0);
    }
}

#[test]
fn counterparts_walk_a_piece_of_one_index() {
    let (_folder, connection) = empty();
    for (by, index) in [
        (By::CallId, "recordings_call (pbx_call_id=? AND start_ms>?"),
        (By::Both, "recordings_local (local_number=? AND start_ms>?"),
        (By::Local, "recordings_local (local_number=? AND start_ms>?"),
        (
            By::Remote,
            "recordings_remote (remote_number=? AND start_ms>?",
        ),
    ] {
        let plan = plan(&connection, &counterparts::statement(by));
        assert!(plan.contains(index), "{by:?}\n{plan}");
        assert!(
            !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
    }
}
