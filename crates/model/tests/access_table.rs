//! The policy as a printed table: action × relation × level, compared with a committed file.
//! `UPDATE=1 cargo test -p model --test access_table` rewrites it.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use model::access::{
    Action, DeleteBy, Denied, Guarded, Level, Owned, Ownership, Principal, Rights, Stage, allowed,
    check, scope,
};
use model::people::{GroupId, UserId};
use std::collections::BTreeSet;
use std::fmt::Write as _;

struct Row(Ownership);

impl Owned for Row {
    fn ownership(&self) -> Ownership {
        self.0
    }
}

const CALLER: UserId = UserId(1);
const OTHER: UserId = UserId(2);
const GONE: UserId = UserId(3);
const OWN_GROUP: GroupId = GroupId(1);
const SUPERVISED: GroupId = GroupId(7);
const FOREIGN: GroupId = GroupId(9);

fn relations() -> Vec<(&'static str, Ownership)> {
    let of = Ownership::of;
    let own = of(Some(CALLER), Some(OWN_GROUP));
    let supervised = of(Some(OTHER), Some(SUPERVISED));
    let other = of(Some(OTHER), Some(FOREIGN));
    let preserved = |row, by| Ownership {
        preserved_by: Some(by),
        ..row
    };
    let at = |stage, row| Ownership { stage, ..row };
    let held = |row| Ownership { held: true, ..row };
    let restricted = |row| Ownership {
        pause_restricted: true,
        ..at(Stage::Live, row)
    };
    vec![
        ("own", own),
        ("own, blank group", of(Some(CALLER), None)),
        ("own, supervised too", of(Some(CALLER), Some(SUPERVISED))),
        ("own, preserved by caller", preserved(own, CALLER)),
        ("own, preserved by another", preserved(own, OTHER)),
        ("own, on hold", held(own)),
        ("supervised group", supervised),
        (
            "supervised, preserved by another",
            preserved(supervised, OTHER),
        ),
        ("supervised, on hold", held(supervised)),
        (
            "own group, not supervised",
            of(Some(OTHER), Some(OWN_GROUP)),
        ),
        ("other group", other),
        ("other's, blank group", of(Some(OTHER), None)),
        (
            "deleted owner, supervised",
            of(Some(GONE), Some(SUPERVISED)),
        ),
        ("deleted owner, other group", of(Some(GONE), Some(FOREIGN))),
        ("deleted owner, blank group", of(Some(GONE), None)),
        ("nobody's", of(None, None)),
        ("own, deleted", at(Stage::Deleted, own)),
        ("supervised, deleted", at(Stage::Deleted, supervised)),
        ("other group, deleted", at(Stage::Deleted, other)),
        ("own, live", at(Stage::Live, own)),
        ("own, live, pause restricted", restricted(own)),
        ("supervised, live", at(Stage::Live, supervised)),
        ("supervised, live, pause restricted", restricted(supervised)),
        ("other group, live", at(Stage::Live, other)),
        ("nobody's, live", at(Stage::Live, of(None, None))),
    ]
}

fn caller(level: u8, delete: DeleteBy) -> Principal {
    Principal {
        id: CALLER,
        username: "caller".to_owned(),
        level: Level::new(level).unwrap(),
        supervises: BTreeSet::from([SUPERVISED]),
        rights: Rights { delete },
    }
}

fn answer(outcome: Result<(), Denied>) -> char {
    match outcome {
        Ok(()) => 'y',
        Err(Denied::Level) => 'L',
        Err(Denied::NotYours) => '-',
        Err(Denied::Protected) => 'P',
        Err(Denied::Deleted) => 'D',
    }
}

fn lines(table: &mut String, action: Action, delete: DeleteBy, title: &str) {
    for (name, row) in relations() {
        let answers: String = (0..=10)
            .map(|level| {
                let caller = caller(level, delete);
                let outcome = check(&caller, action, row);
                let opened = Guarded::seal(Row(row)).open(&caller, action).map(drop);
                assert_eq!(opened, outcome, "opening and checking must agree");
                let listed = scope(&caller, action).is_ok_and(|scope| scope.admits(row));
                assert!(
                    listed || outcome.is_err(),
                    "what is not listed is not opened"
                );
                format!(" {}", answer(outcome))
            })
            .collect();
        writeln!(table, "{title:<22} {name:<36}{answers}").unwrap();
    }
}

#[test]
fn the_policy_is_the_committed_table() {
    let mut table = String::from(
        "y allowed, L level too low, - not the caller's, P protected, D deleted.\n\
         The caller is in a group of its own and supervises another one.\n\n\
         action                 relation \\ level                     0 1 2 3 4 5 6 7 8 9 10\n",
    );
    for action in Action::ALL {
        if action == Action::Delete {
            for delete in [DeleteBy::Complete, DeleteBy::Supervisor, DeleteBy::Owner] {
                let title = format!("delete ({})", delete.name());
                lines(&mut table, action, delete, &title);
            }
        } else {
            lines(&mut table, action, DeleteBy::default(), action.name());
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/access.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        table, committed,
        "run with UPDATE=1 and review the difference"
    );
}

#[test]
fn what_is_offered_is_allowed_and_would_change_something() {
    for level in 0..=10 {
        for delete in [DeleteBy::Complete, DeleteBy::Supervisor, DeleteBy::Owner] {
            let caller = caller(level, delete);
            for (name, row) in relations() {
                let offered = allowed(&caller, row);
                for &action in &offered {
                    assert_eq!(check(&caller, action, row), Ok(()), "{name} {action:?}");
                }
                let both = |a, b| offered.contains(&a) && offered.contains(&b);
                assert!(!both(Action::Preserve, Action::Release), "{name}");
                assert!(!both(Action::Hold, Action::Unhold), "{name}");
                let protected = row.held || row.preserved_by.is_some();
                assert!(!protected || !offered.contains(&Action::Delete), "{name}");
                if row.stage == Stage::Deleted {
                    let rest = offered
                        .iter()
                        .all(|a| matches!(a, Action::List | Action::Read));
                    assert!(rest, "a tombstone can only be looked at");
                }
            }
        }
    }
}

#[test]
fn the_words_of_the_setting_are_a_ladder() {
    let rank = |delete, row| check(&caller(2, delete), Action::Delete, row).is_ok();
    for (name, row) in relations() {
        let [complete, supervisor, owner] =
            [DeleteBy::Complete, DeleteBy::Supervisor, DeleteBy::Owner].map(|by| rank(by, row));
        assert!(!complete && (!supervisor || owner), "{name}");
    }
    for by in [DeleteBy::Complete, DeleteBy::Supervisor, DeleteBy::Owner] {
        assert_eq!(DeleteBy::from_name(by.name()), Some(by));
    }
    assert_eq!(DeleteBy::from_name("anybody"), None);
}
