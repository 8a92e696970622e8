//! A list holds exactly what the policy admits, whatever happened to users and groups.

use super::{complete, draft, everything, move_to, principal, stored, user};
use crate::{Catalogue, Cursor, NewUser, Page};
use model::Recording;
use model::access::{Action, Level, Scope, scope};
use proptest::prelude::*;

const GROUPS: [&str; 3] = ["Sales", "Support", "Board"];

/// What happens before the lists are looked at. Numbers are indices, a group of 3 is none.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    users: Vec<NewUser>,
    owners: Vec<(Option<usize>, i64)>,
    moves: Vec<(usize, usize)>,
    removed: Vec<usize>,
    page: u64,
}

pub(crate) fn stories() -> impl Strategy<Value = Story> {
    let person = (
        prop_oneof![Just(1_u8), Just(2), Just(9), Just(10)],
        0..4_usize,
        0..8_u8,
    );
    let people = prop::collection::vec(person, 1..6);
    people.prop_flat_map(|people| {
        let count = people.len();
        let owner = (prop::option::of(0..count), 0..4_i64);
        (
            prop::collection::vec(owner, 0..16),
            prop::collection::vec((0..count, 0..4_usize), 0..3),
            prop::collection::vec(0..count, 0..3),
            1..7_u64,
        )
            .prop_map(move |(owners, moves, removed, page)| {
                let users = people
                    .iter()
                    .enumerate()
                    .map(|(i, p)| newcomer(i, *p))
                    .collect();
                Story {
                    users,
                    owners,
                    moves,
                    removed,
                    page,
                }
            })
    })
}

fn group(index: usize) -> &'static str {
    GROUPS.get(index).copied().unwrap_or_default()
}

fn newcomer(index: usize, (level, home, supervised): (u8, usize, u8)) -> NewUser {
    let supervised = (0..3).filter(|bit| supervised & (1 << bit) != 0);
    NewUser {
        supervises: supervised.map(|i| GROUPS[i].to_owned()).collect(),
        ..user(
            &format!("user{index}"),
            Level::new(level).unwrap(),
            group(home),
        )
    }
}

/// Lives through the story and compares every remaining user's lists with the policy.
pub(crate) async fn lists_hold_what_the_policy_admits(catalogue: &Catalogue, story: Story) {
    for group in GROUPS {
        catalogue.add_group(group).await.unwrap();
    }
    let mut ids = Vec::new();
    for user in story.users {
        ids.push(catalogue.add_user(user).await.unwrap().id);
    }
    for (number, (owner, second)) in story.owners.iter().enumerate() {
        let number = u8::try_from(number).unwrap();
        let draft = draft(number, second * 1000, owner.map(|index| ids[index]));
        catalogue.register(&draft, stored(number)).await.unwrap();
    }
    for (index, home) in story.moves {
        move_to(catalogue, &format!("user{index}"), group(home)).await;
    }
    for index in story.removed {
        // Twice is once: the second finds nobody.
        let _ = catalogue.remove_user(&format!("user{index}"), true).await;
    }
    let all = catalogue
        .recordings(&everything(), Page::default())
        .await
        .unwrap()
        .recordings;
    assert_eq!(all.len(), story.owners.len());
    for user in catalogue.users().await.unwrap() {
        let caller = principal(catalogue, &user.person.username).await;
        let Ok(scope) = scope(&caller, Action::List) else {
            assert!(caller.level < Level::BASE);
            continue;
        };
        let mut admitted = Vec::new();
        for row in &all {
            let sealed = catalogue.recording(row.draft.id).await.unwrap().unwrap();
            admitted.extend(sealed.open(&caller, Action::List));
        }
        compare(catalogue, &scope, &admitted, story.page).await;
    }
    compare(
        catalogue,
        &scope(&complete(), Action::List).unwrap(),
        &all,
        story.page,
    )
    .await;
}

/// The list at once, in pages and from place to place is this.
async fn compare(catalogue: &Catalogue, scope: &Scope, expected: &[Recording], size: u64) {
    let whole = catalogue.recordings(scope, Page::default()).await.unwrap();
    assert_eq!(whole.recordings, expected);
    assert_eq!(whole.total, expected.len() as u64);
    let (mut paged, mut walked) = (Vec::new(), Vec::new());
    for index in 0..=expected.len() as u64 / size {
        let page = catalogue
            .recordings(
                scope,
                Page {
                    index,
                    size: Some(size),
                },
            )
            .await
            .unwrap();
        assert_eq!(page.total, whole.total);
        paged.extend(page.recordings);
    }
    assert_eq!(paged, expected);
    loop {
        let place = walked.last().map(Cursor::after);
        let rows = catalogue
            .recordings_after(scope, place, size)
            .await
            .unwrap();
        let full = rows.len() as u64 == size;
        walked.extend(rows);
        if !full {
            break;
        }
    }
    assert_eq!(walked, expected);
}
