//! The policy as a printed table: level × action × relation, compared with a committed file.
//! `UPDATE=1 cargo test -p model --test access_table` rewrites it.

use model::access::{Action, Guarded, Level, Owned, Ownership, Principal, scope};
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

fn relations() -> [(&'static str, Ownership); 7] {
    let row = |owner, group| Ownership { owner, group };
    [
        ("own", row(Some(CALLER), Some(GroupId(1)))),
        ("own, blank group", row(Some(CALLER), None)),
        ("supervised group", row(Some(OTHER), Some(GroupId(7)))),
        (
            "own group, not supervised",
            row(Some(OTHER), Some(GroupId(1))),
        ),
        ("other group", row(Some(OTHER), Some(GroupId(9)))),
        ("other's, blank group", row(Some(OTHER), None)),
        ("nobody's", row(None, None)),
    ]
}

#[test]
fn the_policy_is_the_committed_table() {
    let mut table = String::from("level  action  relation                   answer\n");
    for level in 0..=10 {
        let caller = Principal {
            id: CALLER,
            username: "caller".to_owned(),
            level: Level::new(level).unwrap(),
            supervises: BTreeSet::from([GroupId(7)]),
        };
        for action in Action::ALL {
            for (name, ownership) in relations() {
                let opened = Guarded::seal(Row(ownership)).open(&caller, action).is_ok();
                let listed = scope(&caller, action).is_ok_and(|s| s.admits(ownership));
                assert_eq!(opened, listed, "opening and listing must agree");
                let answer = if opened { "yes" } else { "no" };
                let action = format!("{action:?}").to_lowercase();
                writeln!(table, "{level:<6} {action:<7} {name:<26} {answer}").unwrap();
            }
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
