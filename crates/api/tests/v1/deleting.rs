//! Deleting: a tombstone stays, the files go.

use crate::office::{JOHNS, Office};
use model::access::{DeleteBy, Rights};
use serde_json::{Value, json};
use std::future::Future;
use std::task::Poll;

fn path(end: &str) -> String {
    format!("/api/v1/recordings/{JOHNS}{end}")
}

#[tokio::test]
async fn a_tombstone_stays_and_the_files_go() {
    let office = Office::new().await;
    let before = office.ask("chief", "GET", &path("")).gives(200).await;
    office.ask("chief", "DELETE", &path("")).refused(400).await;
    office
        .ask("chief", "DELETE", &path("?reason="))
        .refused(400)
        .await;
    let code = office
        .ask("john", "DELETE", &path("?reason=x"))
        .refused(403)
        .await;
    assert_eq!(code, "level-too-low");
    office
        .ask("chief", "DELETE", &path("?reason=asked%20for"))
        .gives(204)
        .await;
    for (who, end) in [
        ("chief", ""),
        ("john", ""),
        ("john", "/media"),
        ("chief", "/peaks"),
    ] {
        let gone = office.ask(who, "GET", &path(end)).gives(410).await;
        assert_eq!(gone["code"], "deleted");
        assert_eq!(gone["tombstone"]["reason"], "asked for");
        assert_eq!(gone["tombstone"]["by"]["username"], "chief");
        assert_eq!(gone["tombstone"]["sha256"], before["media"]["sha256"]);
    }
    let code = office
        .ask("chief", "DELETE", &path("?reason=again"))
        .refused(410)
        .await;
    assert_eq!(code, "deleted");
    let note = json!({"note": "too late"});
    office
        .ask("john", "PATCH", &path(""))
        .json(&note)
        .refused(410)
        .await;
    for ending in ["wav", "peaks", "quality.json", "signalling.json"] {
        let key = format!("{JOHNS}.{ending}");
        assert!(
            office.archive.size(&key).await.is_err(),
            "{key} is still there"
        );
    }
    assert!(office.catalogue.removals(10).await.unwrap().is_empty());
    assert!(
        office
            .audited()
            .await
            .contains(&"chief DeleteRecording done".to_owned())
    );
}

#[tokio::test]
async fn deleted_ones_are_listed_only_when_asked_for() {
    let office = Office::new().await;
    office
        .ask("chief", "DELETE", &path("?reason=x"))
        .gives(204)
        .await;
    let all = office
        .ask("john", "GET", "/api/v1/recordings?total=true")
        .gives(200)
        .await;
    assert_eq!(all["total"], 0);
    let deleted = office.ask("john", "GET", "/api/v1/recordings?state=deleted&total=true");
    let deleted = deleted.gives(200).await;
    assert_eq!(deleted["total"], 1);
    assert_eq!(deleted["items"][0]["state"], "deleted");
    assert_eq!(deleted["items"][0]["allowed"], json!(["list", "read"]));
}

#[tokio::test]
async fn strangers_learn_nothing_of_what_was_deleted() {
    let office = Office::new().await;
    let chiefs = "/api/v1/recordings/019338a0-0000-7000-8000-000000000002";
    office
        .ask("chief", "DELETE", &format!("{chiefs}?reason=x"))
        .gives(204)
        .await;
    let refused = office.ask("john", "GET", chiefs).gives(403).await;
    assert_eq!(refused["tombstone"], Value::Null);
}

#[tokio::test]
async fn a_setting_lets_owners_and_supervisors_delete() {
    for (by, john, jane) in [
        (DeleteBy::Complete, 403, 403),
        (DeleteBy::Supervisor, 403, 204),
        (DeleteBy::Owner, 204, 204),
    ] {
        for (who, status) in [("john", john), ("jane", jane)] {
            let office = Office::with(|mut options| {
                options.rights = Rights { delete: by };
                options
            })
            .await;
            let answer = office.ask(who, "DELETE", &path("?reason=x")).answer().await;
            assert_eq!(answer.status, status, "{by:?} {who}");
        }
    }
}

#[tokio::test]
async fn files_left_over_are_removed_later() {
    let office = Office::new().await;
    let edit = catalogue::Edit::Delete {
        reason: "x".to_owned(),
    };
    let id = model::RecordingId::parse(JOHNS).unwrap();
    office.catalogue.edit(id, vec![edit], None).await.unwrap();
    assert!(office.archive.size(&format!("{JOHNS}.wav")).await.is_ok());
    let finished = api::finish_deletions(&office.catalogue, &office.archive).await;
    assert_eq!(finished.unwrap(), 1);
    assert!(office.archive.size(&format!("{JOHNS}.wav")).await.is_err());
    let finished = api::finish_deletions(&office.catalogue, &office.archive).await;
    assert_eq!(finished.unwrap(), 0);
}

#[tokio::test]
async fn if_match_protects_from_deleting_something_else() {
    let office = Office::new().await;
    let tag = office.ask("chief", "GET", &path("")).answer().await;
    let tag = tag.header("etag").to_owned();
    office
        .ask("john", "PATCH", &path(""))
        .json(&json!({"note": "keep it"}))
        .gives(200)
        .await;
    let delete = path("?reason=x");
    let late = office
        .ask("chief", "DELETE", &delete)
        .header("if-match", &tag);
    assert_eq!(late.refused(412).await, "changed");
}

const FAILED: &str = "019338a0-0000-7000-8000-0000000000fa";

/// Registers a recording that could not be rendered, whose journal was kept, and whose better
/// rendering was broken off before the row knew of it; and says what lies in the archive.
async fn failed(office: &Office) -> Vec<String> {
    let john = office.user("john").await;
    let mut failed = crate::office::draft(FAILED, "2026-11-24T23:59:59.999Z", Some(john));
    failed.state = model::State::Failed;
    let stored = catalogue::Stored {
        size: 0,
        sha256: model::Sha256([0; 32]),
        format: model::Format::Wav,
        object_key: String::new(),
    };
    let base = format!("2026/11/24/{FAILED}");
    let journal = format!("{base}.ewj");
    let registered = office
        .catalogue
        .register_with_journal(&failed, stored, journal.clone());
    registered.await.unwrap();
    let late = format!("2026/11/25/{FAILED}.wav");
    let intended = office.catalogue.intend_sound(failed.id, late.clone());
    intended.await.unwrap();
    let peaks = format!("2026/11/25/{FAILED}.peaks");
    for key in [&journal, &late, &peaks] {
        office
            .archive
            .put_bytes(key, b"what was said")
            .await
            .unwrap();
    }
    vec![journal, late, peaks]
}

#[tokio::test]
async fn the_journal_of_what_could_not_be_rendered_goes_too() {
    let office = Office::new().await;
    let lying = failed(&office).await;
    let path = format!("/api/v1/recordings/{FAILED}");
    let seen = office.ask("chief", "GET", &path).gives(200).await;
    assert_eq!(
        (&seen["state"], &seen["media"]),
        (&json!("failed"), &Value::Null)
    );
    let media = office.ask("chief", "GET", &format!("{path}/media"));
    assert_eq!(media.refused(404).await, "no-sound");
    office
        .ask("chief", "DELETE", &format!("{path}?reason=x"))
        .gives(204)
        .await;
    for key in lying {
        assert!(office.archive.size(&key).await.is_err(), "{key} is there");
    }
}

/// Runs work until it has had to wait `steps` times, and then drops it, as a crash or a client
/// that goes away would. `None`: it was broken off.
async fn interrupted<T>(work: impl Future<Output = T>, mut steps: usize) -> Option<T> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(move |context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if steps == 0 => Poll::Ready(None),
        Poll::Pending => {
            steps -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn what_a_crash_leaves_of_a_deleted_recording_goes_at_the_next_start() {
    for by_request in [true, false] {
        let mut steps = 0;
        loop {
            let office = Office::new().await;
            let lying = failed(&office).await;
            let id = model::RecordingId::parse(FAILED).unwrap();
            let path = format!("/api/v1/recordings/{FAILED}?reason=x");
            let ended = if by_request {
                let request = office.ask("chief", "DELETE", &path).gives(204);
                interrupted(request, steps).await.is_some()
            } else {
                let edit = catalogue::Edit::Delete {
                    reason: "x".to_owned(),
                };
                office.catalogue.edit(id, vec![edit], None).await.unwrap();
                let finishing = api::finish_deletions(&office.catalogue, &office.archive);
                interrupted(finishing, steps).await.is_some()
            };
            // Whatever was done of it: either it is not deleted yet, or everything goes.
            let deleted = office.catalogue.recording(id).await.unwrap().is_none();
            let finished = api::finish_deletions(&office.catalogue, &office.archive).await;
            finished.unwrap();
            if deleted {
                for key in &lying {
                    let left = office.archive.size(key).await;
                    assert!(left.is_err(), "{key} after {steps} steps");
                }
                assert!(office.catalogue.beside(id).await.unwrap().is_empty());
            } else {
                assert!(by_request && !ended);
            }
            if ended {
                assert!(steps > 3, "{steps} places to break off");
                break;
            }
            steps += 1;
        }
    }
}
