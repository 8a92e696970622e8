//! What people do with recordings.

use super::{draft, hands, id, principal, stored, user};
use crate::{AuditFilter, AuditOrder, Catalogue, Edit, Error, NewUser, Page, Uploaded};
use model::access::{Action, Denied, Level, scope};
use model::audit::AuditAction;
use model::details::{LiveMark, Source};
use model::filter::{Filter, Sort};
use model::{Recording, State};

/// Recording 1 is Ann's; Bob supervises her group, Eve does not; Root may do everything.
async fn house(catalogue: &Catalogue) -> Recording {
    catalogue.add_group("Sales").await.unwrap();
    let ann = user("ann", Level::BASE, "Sales");
    let ann = catalogue.add_user(ann).await.unwrap().id;
    let bob = NewUser {
        supervises: vec!["Sales".to_owned()],
        ..user("bob", Level::BASE, "")
    };
    catalogue.add_user(bob).await.unwrap();
    let eve = user("eve", Level::BASE, "Sales");
    catalogue.add_user(eve).await.unwrap();
    let root = user("root", Level::COMPLETE, "");
    catalogue.add_user(root).await.unwrap();
    let draft = draft(1, 0, Some(ann));
    catalogue.register(&draft, stored(1)).await.unwrap()
}

async fn edit(catalogue: &Catalogue, who: &str, edit: Edit) -> Result<Recording, Error> {
    let hands = hands(catalogue, who).await;
    hands.edit(id(1), vec![edit], None).await
}

fn note(text: &str) -> Edit {
    Edit::Note(Some(text.to_owned()))
}

fn delete(reason: &str) -> Edit {
    Edit::Delete {
        reason: reason.to_owned(),
    }
}

fn denied(outcome: Result<Recording, Error>, expected: Denied) {
    assert!(matches!(outcome, Err(Error::Denied(denied)) if denied == expected));
}

/// What the audit says was done to recording 1, oldest first.
async fn done(catalogue: &Catalogue) -> Vec<AuditAction> {
    let filter = AuditFilter {
        recording: Some(id(1)),
        ..AuditFilter::default()
    };
    let rows = catalogue.audit_rows(&filter, AuditOrder::Oldest, None, 100);
    let rows = rows.await.unwrap();
    rows.iter().map(|row| row.event.action).collect()
}

pub(crate) async fn notes_name_their_last_editor_and_are_kept(catalogue: &Catalogue) {
    let before = house(catalogue).await;
    let first = edit(catalogue, "ann", note("Ordered 3")).await.unwrap();
    assert!(first.version > before.version);
    let again = edit(catalogue, "bob", note("Ordered 3")).await.unwrap();
    assert_eq!(again, first, "the same text again is no edit");
    let second = edit(catalogue, "bob", note("Ordered 4\nor 5"))
        .await
        .unwrap();
    let shown = second.note.clone().unwrap();
    assert_eq!(
        (shown.owner.username.as_str(), shown.text.as_str()),
        ("bob", "Ordered 4\nor 5")
    );
    let gone = edit(catalogue, "ann", Edit::Note(None)).await.unwrap();
    assert_eq!(gone.note, None);
    let blank = edit(catalogue, "ann", note("  ")).await.unwrap();
    assert_eq!(blank.version, gone.version, "a blank note is none");
    let history = catalogue.note_history(&gone).await.unwrap();
    let history: Vec<_> = history
        .iter()
        .map(|version| (version.by.username.as_str(), version.text.as_deref()))
        .collect();
    assert_eq!(
        history,
        [
            ("ann", Some("Ordered 3")),
            ("bob", Some("Ordered 4\nor 5")),
            ("ann", None)
        ]
    );
    assert_eq!(
        done(catalogue).await,
        [
            AuditAction::AddNote,
            AuditAction::EditNote,
            AuditAction::DeleteNote
        ]
    );
    denied(edit(catalogue, "eve", note("x")).await, Denied::NotYours);
    let long = edit(catalogue, "ann", note(&"x".repeat(10_001))).await;
    assert!(matches!(long, Err(Error::BadText { .. })));
    let hands = hands(catalogue, "root").await;
    let missing = hands.edit(id(9), vec![note("x")], None).await;
    assert!(matches!(missing, Err(Error::NoSuchRecording(_))));
    denied(
        catalogue.edit(id(1), vec![note("x")], None).await,
        Denied::Level,
    );
}

pub(crate) async fn tags_are_a_set_without_case(catalogue: &Catalogue) {
    house(catalogue).await;
    let tags = |tags: &[&str]| Edit::Tags(tags.iter().map(|&tag| tag.to_owned()).collect());
    let tagged = edit(catalogue, "ann", tags(&["vip", "Order", " VIP "]))
        .await
        .unwrap();
    assert_eq!(tagged.tags, ["Order", "vip"]);
    let same = edit(catalogue, "ann", tags(&["Order", "vip"]))
        .await
        .unwrap();
    assert_eq!(same, tagged);
    assert!(matches!(
        edit(catalogue, "ann", tags(&[" "])).await,
        Err(Error::Empty(_))
    ));
    let many: Vec<String> = (0..101).map(|i| i.to_string()).collect();
    let many = edit(catalogue, "ann", Edit::Tags(many)).await;
    assert!(matches!(many, Err(Error::TooMany { .. })));
    let none = edit(catalogue, "ann", tags(&[])).await.unwrap();
    assert!(none.tags.is_empty());
    assert_eq!(done(catalogue).await, [AuditAction::EditTags; 2]);
}

pub(crate) async fn marks_are_by_place(catalogue: &Catalogue) {
    house(catalogue).await;
    let mark = |offset_ms, text: &str| Edit::AddMark {
        offset_ms,
        text: text.to_owned(),
    };
    edit(catalogue, "ann", mark(5000, "late")).await.unwrap();
    let marked = edit(catalogue, "bob", mark(1000, "early")).await.unwrap();
    let texts: Vec<_> = marked
        .marks
        .iter()
        .map(|m| (m.text.as_str(), m.who.as_str()))
        .collect();
    assert_eq!(texts, [("early", "bob"), ("late", "ann")]);
    let early = marked.marks[0].id;
    let left = edit(catalogue, "ann", Edit::DeleteMark(early))
        .await
        .unwrap();
    assert_eq!(left.marks, marked.marks[1..]);
    let again = edit(catalogue, "ann", Edit::DeleteMark(early)).await;
    assert!(matches!(again, Err(Error::NoSuchMark(_))));
}

pub(crate) async fn preserving_protects_until_whoever_did_it_releases(catalogue: &Catalogue) {
    house(catalogue).await;
    let preserved = edit(catalogue, "bob", Edit::Preserve).await.unwrap();
    assert_eq!(preserved.preserving_user.as_ref().unwrap().username, "bob");
    assert!(preserved.preserved_at.is_some());
    let again = edit(catalogue, "ann", Edit::Preserve).await.unwrap();
    assert_eq!(again, preserved, "the first one stays the one who did");
    denied(
        edit(catalogue, "root", delete("old")).await,
        Denied::Protected,
    );
    denied(
        edit(catalogue, "ann", Edit::Release).await,
        Denied::NotYours,
    );
    let released = edit(catalogue, "bob", Edit::Release).await.unwrap();
    assert_eq!(
        (released.preserving_user, released.preserved_at),
        (None, None)
    );
    edit(catalogue, "ann", Edit::Preserve).await.unwrap();
    edit(catalogue, "root", Edit::Release).await.unwrap();
    let idle = edit(catalogue, "ann", Edit::Release).await.unwrap();
    assert_eq!(idle.preserving_user, None);
    use AuditAction::{PreserveRecording as P, ReleaseRecording as R};
    assert_eq!(done(catalogue).await, [P, R, P, R]);
}

pub(crate) async fn a_hold_protects_and_has_a_reason(catalogue: &Catalogue) {
    house(catalogue).await;
    let hold = |reason: &str| Edit::Hold {
        reason: reason.to_owned(),
    };
    let unhold = || Edit::Unhold {
        reason: "over".to_owned(),
    };
    denied(edit(catalogue, "ann", hold("case 1")).await, Denied::Level);
    assert!(matches!(
        edit(catalogue, "root", hold(" ")).await,
        Err(Error::NoReason)
    ));
    let held = edit(catalogue, "root", hold("case 1")).await.unwrap();
    let shown = held.hold.as_ref().unwrap();
    assert_eq!(
        (shown.by.username.as_str(), shown.reason.as_str()),
        ("root", "case 1")
    );
    assert!(held.ownership.held);
    assert_eq!(edit(catalogue, "root", hold("case 1")).await.unwrap(), held);
    denied(
        edit(catalogue, "root", delete("old")).await,
        Denied::Protected,
    );
    denied(
        catalogue.edit(id(1), vec![delete("old")], None).await,
        Denied::Protected,
    );
    let both = hands(catalogue, "root").await;
    let both = both
        .edit(id(1), vec![unhold(), delete("old")], None)
        .await
        .unwrap();
    assert_eq!(both.draft.state, State::Deleted, "one after the other");
    use AuditAction::{DeleteRecording, HoldRecording, UnholdRecording};
    assert_eq!(
        done(catalogue).await,
        [HoldRecording, UnholdRecording, DeleteRecording]
    );
}

pub(crate) async fn a_deleted_recording_is_a_tombstone(catalogue: &Catalogue) {
    let before = house(catalogue).await;
    denied(edit(catalogue, "ann", delete("mine")).await, Denied::Level);
    assert!(matches!(
        edit(catalogue, "root", delete("")).await,
        Err(Error::NoReason)
    ));
    let deleted = edit(catalogue, "root", delete("asked for")).await.unwrap();
    let stone = deleted.tombstone.as_ref().unwrap();
    assert_eq!(
        (stone.by.username.as_str(), stone.reason.as_str()),
        ("root", "asked for")
    );
    assert_eq!((deleted.sha256, deleted.size), (before.sha256, before.size));
    assert_eq!(
        deleted.object_key, before.object_key,
        "for whoever removes the file"
    );

    assert!(catalogue.recording(id(1)).await.unwrap().is_none());
    let ann = principal(catalogue, "ann").await;
    let sealed = catalogue
        .recording_or_tombstone(id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(sealed.open(&ann, Action::Read).unwrap(), deleted);
    let sealed = catalogue
        .recording_or_tombstone(id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        sealed.open(&ann, Action::Listen).unwrap_err(),
        Denied::Deleted
    );
    denied(edit(catalogue, "ann", note("x")).await, Denied::Deleted);
    let known = catalogue.register(&deleted.draft, stored(1)).await.unwrap();
    assert!(
        known.tombstone.is_some(),
        "settling again brings nothing back"
    );
    let all = AuditFilter::default();
    let rows = catalogue.audit_rows(&all, AuditOrder::Newest, None, 1);
    let row = rows.await.unwrap().remove(0);
    assert!(row.event.details.contains(&before.sha256.to_string()));
}

pub(crate) async fn what_was_deleted_is_listed_only_when_asked_for(catalogue: &Catalogue) {
    let before = house(catalogue).await;
    let deleted = edit(catalogue, "root", delete("asked for")).await.unwrap();
    let ann = principal(catalogue, "ann").await;
    let scope = scope(&ann, Action::List).unwrap();
    let listing = catalogue.recordings(&scope, Page::default()).await.unwrap();
    assert_eq!((listing.total, listing.recordings.len()), (0, 0));
    let wanted = Filter {
        states: vec![State::Deleted],
        ..Filter::default()
    };
    let listed = catalogue.recordings_filtered(&scope, &wanted, Sort::NEWEST, Page::default());
    assert_eq!(listed.await.unwrap().recordings, vec![deleted]);

    let object = catalogue.object(id(1)).await.unwrap().unwrap();
    assert_eq!(object.state, State::Deleted);
    assert!(catalogue.objects_after(None, 9).await.unwrap().is_empty());
    let removals = catalogue.removals(9).await.unwrap();
    assert_eq!(removals[0].object_key, before.object_key);
    catalogue.removed(id(1)).await.unwrap();
    assert!(catalogue.removals(9).await.unwrap().is_empty());
}

pub(crate) async fn another_owner_is_another_reach(catalogue: &Catalogue) {
    house(catalogue).await;
    let to = |name: &str| Edit::Reassign {
        username: (!name.is_empty()).then(|| name.to_owned()),
    };
    denied(edit(catalogue, "ann", to("eve")).await, Denied::Level);
    let moved = edit(catalogue, "root", to("EVE")).await.unwrap();
    assert_eq!(moved.owner.as_ref().unwrap().username, "eve");
    denied(edit(catalogue, "ann", note("x")).await, Denied::NotYours);
    edit(catalogue, "eve", note("mine now")).await.unwrap();
    let unknown = edit(catalogue, "root", to("nobody")).await;
    assert!(matches!(unknown, Err(Error::NoSuchUser(_))));
    let nobodys = edit(catalogue, "root", to("")).await.unwrap();
    assert_eq!((nobodys.owner, nobodys.draft.owner), (None, None));
    for (name, total) in [("ann", 0), ("eve", 0), ("root", 1)] {
        let caller = principal(catalogue, name).await;
        let scope = scope(&caller, Action::List).unwrap();
        let count = catalogue.count(&scope, &Filter::default()).await.unwrap();
        assert_eq!(count, total, "{name}");
    }
}

pub(crate) async fn what_is_stored_is_counted_without_what_was_deleted(catalogue: &Catalogue) {
    let nothing = catalogue.occupied(jiff::Timestamp::MIN).await.unwrap();
    assert_eq!((nothing.bytes, nothing.first), (0, None));
    let first = house(catalogue).await;
    let second = draft(2, 1_000, None);
    catalogue.register(&second, stored(2)).await.unwrap();
    let all = catalogue.occupied(second.start_time).await.unwrap();
    assert_eq!(all.bytes, first.size + stored(2).size);
    assert_eq!(all.recent_bytes, stored(2).size);
    assert_eq!(all.first, Some(first.draft.start_time));
    edit(catalogue, "root", delete("old")).await.unwrap();
    let left = catalogue.occupied(jiff::Timestamp::MIN).await.unwrap();
    assert_eq!(
        (left.bytes, left.first),
        (stored(2).size, Some(second.start_time))
    );
}

pub(crate) async fn edits_are_all_or_none_and_of_one_version(catalogue: &Catalogue) {
    let before = house(catalogue).await;
    let ann = hands(catalogue, "ann").await;
    let half = vec![note("kept?"), Edit::DeleteMark(77)];
    assert!(ann.edit(id(1), half, None).await.is_err());
    let sealed = catalogue.recording(id(1)).await.unwrap().unwrap();
    let now = sealed
        .open(&principal(catalogue, "ann").await, Action::Read)
        .unwrap();
    assert_eq!(now, before);
    assert!(
        done(catalogue).await.is_empty(),
        "nor does the audit say otherwise"
    );

    let both = vec![note("a"), Edit::Tags(vec!["b".to_owned()])];
    let after = ann.edit(id(1), both, Some(before.version)).await.unwrap();
    assert_eq!(after.version, before.version + 1);
    let late = ann.edit(id(1), vec![note("c")], Some(before.version)).await;
    assert!(matches!(late, Err(Error::Changed)));
    let eve = hands(catalogue, "eve").await;
    let late = eve.edit(id(1), vec![note("c")], Some(before.version)).await;
    assert!(matches!(late, Err(Error::Denied(Denied::NotYours))));
}

pub(crate) async fn uploads_carry_what_the_uploader_says(catalogue: &Catalogue) {
    house(catalogue).await;
    let ann = principal(catalogue, "ann").await.id;
    let mut draft = draft(2, 0, Some(ann));
    draft.details.source = Source::Upload;
    draft.details.stated_duration = Some("PT1M30S".to_owned());
    let uploaded = Uploaded {
        note: Some("from tape".to_owned()),
        preserved: true,
    };
    let bob = hands(catalogue, "bob").await;
    let kept = bob
        .register_upload(&draft, stored(2), uploaded.clone())
        .await
        .unwrap();
    assert_eq!(kept.draft, draft);
    assert_eq!(kept.note.as_ref().unwrap().owner.username, "bob");
    assert_eq!(kept.preserving_user.as_ref().unwrap().username, "bob");
    // What the system brings in is signed by the owner; without one it cannot be.
    let mut bare = super::draft(3, 0, Some(ann));
    let own = catalogue
        .register_upload(&bare, stored(3), uploaded.clone())
        .await
        .unwrap();
    assert_eq!(own.note.as_ref().unwrap().owner.username, "ann");
    bare = super::draft(4, 0, None);
    let refused = catalogue.register_upload(&bare, stored(4), uploaded.clone());
    denied(refused.await, Denied::Level);
    assert!(catalogue.object(id(4)).await.unwrap().is_none());
    let again = bob
        .register_upload(&draft, stored(2), uploaded)
        .await
        .unwrap();
    assert_eq!(again, kept);
    let filter = AuditFilter {
        action: Some(AuditAction::UploadRecording),
        ..AuditFilter::default()
    };
    assert_eq!(catalogue.audit_count(&filter).await.unwrap(), 2);
}

pub(crate) async fn marks_of_a_live_call_become_rows(catalogue: &Catalogue) {
    let mut draft = draft(1, 0, None);
    let mark = LiveMark {
        offset_ms: 1500,
        text: "here".to_owned(),
        who: "ann".to_owned(),
        at: draft.start_time,
    };
    draft.details.marks = vec![mark.clone()];
    let row = catalogue.register(&draft, stored(1)).await.unwrap();
    let kept = &row.marks[0];
    assert_eq!(
        (kept.offset_ms, &kept.text, &kept.who, kept.at),
        (mark.offset_ms, &mark.text, &mark.who, mark.at)
    );
    assert!(row.draft.details.marks.is_empty());
}
