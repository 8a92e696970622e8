//! Rendering again, and what goes with a recording when it is deleted.

use super::{complete, draft, hands, id, stored, user};
use crate::{AuditFilter, AuditOrder, Beside, BesideKind, Catalogue, Edit, Error, Stored};
use model::access::{Action, Level};
use model::audit::AuditAction;
use model::{Draft, State};

fn nothing() -> Stored {
    Stored {
        size: 0,
        object_key: String::new(),
        ..stored(0)
    }
}

fn failed(number: u8) -> Draft {
    Draft {
        state: State::Failed,
        ..draft(number, 0, None)
    }
}

fn undecoded(number: u8, names: &[&str], profile: u32) -> Draft {
    let mut draft = draft(number, 0, None);
    draft.undecoded = names.iter().map(|&name| name.to_owned()).collect();
    draft.details.profile = profile;
    draft
}

fn other(number: u8) -> Stored {
    Stored {
        object_key: format!("2026/11/24/{number}.other.wav"),
        sha256: model::Sha256([200; 32]),
        ..stored(number)
    }
}

async fn beside(catalogue: &Catalogue, number: u8) -> Vec<Beside> {
    catalogue.beside(id(number)).await.unwrap()
}

fn sound(stored: Stored) -> Beside {
    Beside {
        key: stored.object_key,
        kind: BesideKind::Sound,
    }
}

async fn rendered(catalogue: &Catalogue) -> Vec<String> {
    let filter = AuditFilter {
        action: Some(AuditAction::RenderRecording),
        ..AuditFilter::default()
    };
    let rows = catalogue
        .audit_rows(&filter, AuditOrder::Oldest, None, 10)
        .await
        .unwrap();
    rows.into_iter().map(|row| row.event.details).collect()
}

async fn delete(catalogue: &Catalogue, number: u8) {
    let edit = Edit::Delete {
        reason: "x".to_owned(),
    };
    catalogue.edit(id(number), vec![edit], None).await.unwrap();
}

pub(crate) async fn a_better_rendering_replaces_a_failed_one(catalogue: &Catalogue) {
    let new = user("ann", Level::BASE, "");
    let ann = catalogue.add_user(new).await.unwrap().id;
    let before = Draft {
        owner: Some(ann),
        ..failed(1)
    };
    let journal = "2026/11/24/1.ewj".to_owned();
    let first = catalogue.register_with_journal(&before, nothing(), journal.clone());
    let first = first.await.unwrap();
    let known = catalogue.rendering(id(1)).await.unwrap().unwrap();
    assert_eq!(
        (known.state, &known.journal_key),
        (State::Failed, &Some(journal))
    );
    let note = Edit::Note(Some("keep me".to_owned()));
    hands(catalogue, "ann")
        .await
        .edit(id(1), vec![note], None)
        .await
        .unwrap();
    let better = draft(1, 250, Some(ann));
    let key = stored(1).object_key;
    catalogue.intend_sound(id(1), key).await.unwrap();
    assert!(beside(catalogue, 1).await.contains(&sound(stored(1))));
    let replaced = catalogue
        .replace_rendering(&better, stored(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(replaced.draft, better);
    assert_eq!(replaced.reference_number, first.reference_number);
    assert_eq!(replaced.note.as_ref().unwrap().text, "keep me");
    assert_eq!(
        (replaced.size, replaced.sha256),
        (stored(1).size, stored(1).sha256)
    );
    assert!(replaced.version > first.version);
    assert!(
        !beside(catalogue, 1).await.contains(&sound(stored(1))),
        "the row names it"
    );
    let again = catalogue
        .replace_rendering(&draft(1, 9, None), other(1))
        .await
        .unwrap();
    assert_eq!(again, Some(replaced), "what did not fail is not replaced");
    let said = rendered(catalogue).await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains(&stored(1).sha256.to_string()), "{said:?}");
    let missing = catalogue
        .replace_rendering(&draft(2, 0, None), stored(2))
        .await;
    assert!(matches!(missing, Err(Error::NoSuchRecording(_))));
}

pub(crate) async fn what_decodes_more_takes_the_place_and_the_old_sound_is_known(
    catalogue: &Catalogue,
) {
    let first = undecoded(1, &["G729", "iLBC"], 1);
    catalogue.register(&first, stored(1)).await.unwrap();
    let same = undecoded(1, &["G729", "iLBC"], 2);
    let row = catalogue
        .replace_rendering(&same, other(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.object_key, stored(1).object_key, "no better");
    let better = undecoded(1, &["iLBC"], 2);
    let row = catalogue
        .replace_rendering(&better, other(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (&row.object_key, row.sha256),
        (&other(1).object_key, other(1).sha256)
    );
    assert_eq!(beside(catalogue, 1).await, [sound(stored(1))]);
    let said = rendered(catalogue).await;
    for hash in [stored(1).sha256, other(1).sha256] {
        assert!(said[0].contains(&hash.to_string()), "{said:?}");
    }
}

pub(crate) async fn what_is_to_be_rendered_again_is_found(catalogue: &Catalogue) {
    for (row, object) in [
        (failed(1), nothing()),
        (undecoded(2, &[], 1), stored(2)),
        (undecoded(3, &["G729"], 1), stored(3)),
        (undecoded(4, &["G729"], 2), stored(4)),
        (failed(5), nothing()),
    ] {
        catalogue.register(&row, object).await.unwrap();
    }
    delete(catalogue, 5).await;
    let found = async |profile, after, limit| {
        let found = catalogue.unrendered(profile, after, limit).await;
        found.unwrap()
    };
    assert_eq!(found(1, None, 9).await, [id(1)]);
    assert_eq!(found(2, None, 9).await, [id(1), id(3)]);
    assert_eq!(found(3, None, 2).await, [id(1), id(3)]);
    assert_eq!(found(3, Some(id(3)), 2).await, [id(4)]);
    let before = catalogue.recording(id(3)).await.unwrap().unwrap();
    let before = before.open(&complete(), Action::Read).unwrap();
    catalogue.rendered_no_better(id(3), 2).await.unwrap();
    assert_eq!(found(2, None, 9).await, [id(1)]);
    let after = catalogue.recording(id(3)).await.unwrap().unwrap();
    let mut after = after.open(&complete(), Action::Read).unwrap();
    after.draft.details.profile = 1;
    assert_eq!(after, before, "nothing else has changed");
    assert_eq!(catalogue.rendering(id(5)).await.unwrap(), None);
}

pub(crate) async fn everything_of_a_deleted_recording_is_to_be_removed(catalogue: &Catalogue) {
    let journal = "2026/11/24/1.ewj".to_owned();
    let draft_of_one = failed(1);
    let kept = catalogue.register_with_journal(&draft_of_one, nothing(), journal.clone());
    kept.await.unwrap();
    delete(catalogue, 1).await;
    let waiting = async || {
        let removals = catalogue.removals(9).await.unwrap();
        removals.iter().map(|object| object.id).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, [id(1)], "although it has no sound");
    let lying = Beside {
        key: journal,
        kind: BesideKind::Journal,
    };
    assert_eq!(beside(catalogue, 1).await, [lying]);
    catalogue.removed(id(1)).await.unwrap();
    assert!(waiting().await.is_empty() && beside(catalogue, 1).await.is_empty());
    // A rendering that was under way when it was deleted.
    let late = catalogue.intend_sound(id(1), stored(1).object_key).await;
    assert!(matches!(late, Err(Error::NoSuchRecording(_))));
    let late = catalogue
        .replace_rendering(&draft(1, 0, None), stored(1))
        .await;
    assert_eq!(late.unwrap(), None);
    assert_eq!(waiting().await, [id(1)]);
    assert_eq!(beside(catalogue, 1).await, [sound(stored(1))]);
    catalogue.removed(id(1)).await.unwrap();
    assert!(waiting().await.is_empty());
}
