//! Registering, reading and listing recordings.

use super::{MORNING, complete, draft, everything, move_to, principal, stored, user};
use crate::{Catalogue, Cursor, Error, NewUser, Page};
use jiff::Timestamp;
use model::access::{Action, Level, Ownership};
use model::people::UserId;
use model::{RecordingId, State};

async fn open(catalogue: &Catalogue, number: u8) -> model::Recording {
    let id = RecordingId::from_bytes([number; 16]);
    let row = catalogue.recording(id).await.unwrap().unwrap();
    row.open(&complete(), Action::Read).unwrap()
}

pub(crate) async fn a_recording_is_returned_as_registered(catalogue: &Catalogue) {
    catalogue.add_group("Sales").await.unwrap();
    let john = NewUser {
        numbers: vec!["225".to_owned()],
        ..user("john_doe", Level::BASE, "Sales")
    };
    let john = catalogue.add_user(john).await.unwrap();
    let draft = draft(1, 0, Some(john.id));
    let registered = catalogue.register(&draft, stored(1)).await.unwrap();
    assert_eq!(registered.draft, draft);
    assert_eq!(registered.reference_number, "2026000000001");
    assert_eq!(registered.owner, Some(john.person));
    assert_eq!(registered.ownership.owner, Some(john.id));
    assert_eq!(
        (&registered.preserving_user, &registered.note),
        (&None, &None)
    );
    assert_eq!(registered.size, 960_384);
    assert_eq!(registered.sha256, stored(1).sha256);
    assert_eq!(registered.object_key, stored(1).object_key);
    assert_eq!(open(catalogue, 1).await, registered);
    assert!(
        catalogue
            .recording(RecordingId::from_bytes([9; 16]))
            .await
            .unwrap()
            .is_none()
    );
}

pub(crate) async fn registering_again_changes_nothing(catalogue: &Catalogue) {
    let first = catalogue
        .register(&draft(1, 0, None), stored(1))
        .await
        .unwrap();
    let mut other = draft(1, 5_000, None);
    other.state = State::Interrupted;
    let again = catalogue.register(&other, stored(2)).await.unwrap();
    assert_eq!(again, first);
    let second = catalogue
        .register(&draft(2, 0, None), stored(2))
        .await
        .unwrap();
    assert_eq!(second.reference_number, "2026000000002");
}

pub(crate) async fn each_year_counts_by_itself(catalogue: &Catalogue) {
    let mut numbers = Vec::new();
    for (number, start) in [
        "2026-12-31T23:59:59.999Z",
        "2027-01-01T00:00:00Z",
        "2026-12-31T23:30:00-01:00",
        "2026-01-01T00:00:00Z",
        "0007-06-01T00:00:00Z",
    ]
    .iter()
    .enumerate()
    {
        let mut draft = draft(u8::try_from(number).unwrap(), 0, None);
        draft.start_time = start.parse().unwrap();
        numbers.push(
            catalogue
                .register(&draft, stored(0))
                .await
                .unwrap()
                .reference_number,
        );
    }
    assert_eq!(
        numbers,
        [
            "2026000000001",
            "2027000000001",
            "2027000000002",
            "2026000000002",
            "0007000000001"
        ]
    );
    let mut ancient = draft(9, 0, None);
    ancient.start_time = Timestamp::MIN;
    let refused = catalogue.register(&ancient, stored(0)).await;
    assert!(matches!(refused, Err(Error::NoReferenceNumber(_))));
}

pub(crate) async fn an_unknown_owner_does_not_lose_the_call(catalogue: &Catalogue) {
    let registered = catalogue
        .register(&draft(1, 0, Some(UserId(77))), stored(1))
        .await
        .unwrap();
    assert_eq!(registered.owner, None);
    assert_eq!(registered.draft.owner, None);
    assert_eq!(registered.ownership, Ownership::default());
}

pub(crate) async fn recordings_outlive_their_users(catalogue: &Catalogue) {
    for group in ["Sales", "Support"] {
        catalogue.add_group(group).await.unwrap();
    }
    let bob = NewUser {
        numbers: vec!["225".to_owned()],
        ..user("bob", Level::BASE, "Sales")
    };
    let bob = catalogue.add_user(bob).await.unwrap().id;
    catalogue
        .register(&draft(1, 0, Some(bob)), stored(1))
        .await
        .unwrap();
    move_to(catalogue, "bob", "Support").await;
    let now = open(catalogue, 1).await;
    assert_eq!(
        now.owner.as_ref().unwrap().group,
        "Support",
        "the group of now counts"
    );

    catalogue.remove_user("bob", false).await.unwrap();
    catalogue
        .add_user(user("bob", Level::BASE, "Sales"))
        .await
        .unwrap();
    assert_eq!(open(catalogue, 1).await, now, "shown as at deletion");
    let namesake = principal(catalogue, "bob").await;
    let row = catalogue.recording(now.draft.id).await.unwrap().unwrap();
    assert!(
        row.open(&namesake, Action::Read).is_err(),
        "a new user inherits nothing"
    );

    // Even when the group goes too, and one of its name comes.
    catalogue.remove_group("Support").await.unwrap();
    catalogue.add_group("Support").await.unwrap();
    let boss = NewUser {
        supervises: vec!["Support".to_owned()],
        ..user("boss", Level::BASE, "")
    };
    catalogue.add_user(boss).await.unwrap();
    assert_eq!(open(catalogue, 1).await, now);
    let boss = principal(catalogue, "boss").await;
    let row = catalogue.recording(now.draft.id).await.unwrap().unwrap();
    assert!(row.open(&boss, Action::Read).is_err());
}

pub(crate) async fn lists_are_newest_first_in_pages(catalogue: &Catalogue) {
    // Two begin at the same instant: the greater id comes first.
    for (number, after_ms) in [(1, 0), (2, 3_000), (3, -60_000), (4, 3_000), (5, 1)] {
        catalogue
            .register(&draft(number, after_ms, None), stored(number))
            .await
            .unwrap();
    }
    let list = async |index, size| {
        let listing = catalogue
            .recordings(&everything(), Page { index, size })
            .await
            .unwrap();
        assert_eq!(listing.total, 5);
        listing
            .recordings
            .iter()
            .map(|r| r.draft.id.to_bytes()[0])
            .collect::<Vec<_>>()
    };
    assert_eq!(list(0, None).await, [4, 2, 5, 1, 3]);
    assert_eq!(list(0, Some(2)).await, [4, 2]);
    assert_eq!(list(2, Some(2)).await, [3]);
    assert_eq!(list(3, Some(2)).await, [0_u8; 0]);
    assert_eq!(list(u64::MAX, Some(u64::MAX)).await, [0_u8; 0]);
    assert_eq!(list(0, Some(0)).await, [0_u8; 0]);

    let after = async |place, limit| {
        let rows = catalogue
            .recordings_after(&everything(), place, limit)
            .await
            .unwrap();
        (
            rows.iter()
                .map(|r| r.draft.id.to_bytes()[0])
                .collect::<Vec<_>>(),
            rows.last().map(Cursor::after),
        )
    };
    let (first, place) = after(None, 1).await;
    assert_eq!(first, [4]);
    // What comes in front of a place does not move what is behind it.
    catalogue
        .register(&draft(6, 9_000, None), stored(6))
        .await
        .unwrap();
    let (next, place) = after(place, 2).await;
    assert_eq!(next, [2, 5]);
    assert_eq!(after(place, 9).await.0, [1, 3]);
}

pub(crate) async fn objects_are_listed_by_id(catalogue: &Catalogue) {
    for number in [7, 3, 5] {
        let mut draft = draft(number, 0, None);
        let mut stored = stored(number);
        if number == 5 {
            draft.state = State::Failed;
            (stored.size, stored.object_key) = (0, String::new());
        }
        catalogue.register(&draft, stored).await.unwrap();
    }
    let objects = catalogue.objects_after(None, 2).await.unwrap();
    let brief: Vec<_> = objects
        .iter()
        .map(|o| (o.id.to_bytes()[0], o.state, o.size))
        .collect();
    assert_eq!(
        brief,
        [(3, State::Available, 960_384), (5, State::Failed, 0)]
    );
    let rest = catalogue
        .objects_after(Some(objects[1].id), 2)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].object_key, "2026/11/24/7.wav");
    assert_eq!(rest[0].sha256, stored(7).sha256);
    assert_eq!(rest[0].reference_number, "2026000000001");
    assert_eq!(
        catalogue.object(rest[0].id).await.unwrap().as_ref(),
        Some(&rest[0])
    );
    assert_eq!(
        catalogue
            .object(RecordingId::from_bytes([9; 16]))
            .await
            .unwrap(),
        None
    );
}

pub(crate) async fn times_before_1970_are_kept(catalogue: &Catalogue) {
    let early = draft(1, -MORNING - 1, None);
    let registered = catalogue.register(&early, stored(1)).await.unwrap();
    assert_eq!(registered.draft.start_time.as_millisecond(), -1);
    assert_eq!(registered.reference_number, "1969000000001");
}
