//! Notes, tags, marks, owners, preserving and holds.

use crate::office::{JOHNS, ORPHAN, Office};
use serde_json::{Value, json};

fn path(end: &str) -> String {
    format!("/api/v1/recordings/{JOHNS}{end}")
}

#[tokio::test]
async fn notes_and_tags_are_changed_together_and_kept() {
    let office = Office::new().await;
    let change = json!({"note": "first", "tags": ["quote", "Quote", "vip"]});
    let seen = office
        .ask("jane", "PATCH", &path(""))
        .json(&change)
        .gives(200)
        .await;
    assert_eq!(seen["note"]["text"], "first");
    assert_eq!(seen["note"]["editedBy"]["username"], "jane");
    assert_eq!(seen["tags"].as_array().unwrap().len(), 2);
    let change = json!({"note": "second"});
    office
        .ask("john", "PATCH", &path(""))
        .json(&change)
        .gives(200)
        .await;
    let gone = office
        .ask("john", "PATCH", &path(""))
        .json(&json!({"note": null}));
    let gone = gone.gives(200).await;
    assert_eq!(gone["note"], Value::Null);
    assert_eq!(gone["tags"].as_array().unwrap().len(), 2);
    let history = office.ask("john", "GET", &path("/notes")).gives(200).await;
    let texts: Vec<&Value> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| &n["text"])
        .collect();
    assert_eq!(texts, [&json!("first"), &json!("second"), &Value::Null]);
    let audited = office.audited().await;
    for line in [
        "jane AddNote done",
        "jane EditTags done",
        "john EditNote done",
        "john DeleteNote done",
    ] {
        assert!(audited.iter().any(|it| it == line), "{line}: {audited:?}");
    }
}

#[tokio::test]
async fn a_change_of_what_was_changed_since_is_refused() {
    let office = Office::new().await;
    let first = office.ask("john", "GET", &path("")).answer().await;
    let tag = first.header("etag").to_owned();
    let change = office
        .ask("jane", "PATCH", &path(""))
        .header("if-match", &tag);
    let changed = change.json(&json!({"note": "jane's"})).answer().await;
    assert_eq!(changed.status, 200);
    let late = office
        .ask("john", "PATCH", &path(""))
        .header("if-match", &tag);
    let code = late.json(&json!({"note": "john's"})).refused(412).await;
    assert_eq!(code, "changed");
    let now = changed.header("etag").to_owned();
    let again = office
        .ask("john", "PATCH", &path(""))
        .header("if-match", &now);
    again.json(&json!({"note": "john's"})).gives(200).await;
}

#[tokio::test]
async fn only_administrators_give_recordings_away() {
    let office = Office::new().await;
    let to_jane = json!({"owner": "jane"});
    let code = office
        .ask("john", "PATCH", &path(""))
        .json(&to_jane)
        .refused(403)
        .await;
    assert_eq!(code, "level-too-low");
    let seen = office
        .ask("chief", "PATCH", &path(""))
        .json(&to_jane)
        .gives(200)
        .await;
    assert_eq!(seen["owner"]["username"], "jane");
    assert_eq!(
        office.ask("john", "GET", &path("")).refused(403).await,
        "not-yours"
    );
    let nobody = json!({"owner": null});
    let seen = office
        .ask("chief", "PATCH", &path(""))
        .json(&nobody)
        .gives(200)
        .await;
    assert_eq!(seen["owner"], Value::Null);
    let unknown = json!({"owner": "ghost"});
    office
        .ask("chief", "PATCH", &path(""))
        .json(&unknown)
        .refused(400)
        .await;
    assert!(
        office
            .audited()
            .await
            .contains(&"chief ReassignRecording done".to_owned())
    );
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let office = Office::new().await;
    for body in [
        json!({"notes": "x"}),
        json!([]),
        json!({"tags": "x"}),
        json!(null),
    ] {
        let code = office
            .ask("john", "PATCH", &path(""))
            .json(&body)
            .refused(400)
            .await;
        assert_eq!(code, "bad-request", "{body}");
    }
    let plain = office
        .ask("john", "PATCH", &path(""))
        .header("content-type", "text/plain");
    assert_eq!(plain.refused(415).await, "wrong-type");
    let large = json!({"note": "x".repeat(300_000)});
    let code = office
        .ask("john", "PATCH", &path(""))
        .json(&large)
        .refused(413)
        .await;
    assert_eq!(code, "too-large");
}

#[tokio::test]
async fn marks_are_set_once_for_a_key_and_taken_away() {
    let office = Office::new().await;
    let mark = json!({"offsetMs": 61_500, "text": "price agreed"});
    for round in 0..2 {
        let ask = office
            .ask("john", "POST", &path("/marks"))
            .header("idempotency-key", "k1");
        let answer = ask.json(&mark).answer().await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.header("idempotency-replayed") == "true", round == 1);
        assert_eq!(answer.json()["marks"].as_array().unwrap().len(), 1);
    }
    let other = office
        .ask("john", "POST", &path("/marks"))
        .header("idempotency-key", "k1");
    let other = other.json(&json!({"offsetMs": 1, "text": "other"}));
    assert_eq!(other.refused(409).await, "key-reused");
    let janes = office
        .ask("jane", "POST", &path("/marks"))
        .header("idempotency-key", "k1");
    let seen = janes.json(&mark).gives(201).await;
    assert_eq!(seen["marks"].as_array().unwrap().len(), 2);
    let id = seen["marks"][0]["id"].as_i64().unwrap();
    let one = path(&format!("/marks/{id}"));
    let left = office.ask("john", "DELETE", &one).gives(200).await;
    assert_eq!(left["marks"].as_array().unwrap().len(), 1);
    assert_eq!(
        office.ask("john", "DELETE", &one).refused(404).await,
        "not-found"
    );
    assert_eq!(
        office
            .ask("john", "DELETE", &path("/marks/x"))
            .refused(400)
            .await,
        "bad-request"
    );
}

#[tokio::test]
async fn a_key_whose_request_failed_may_be_used_again() {
    let office = Office::new().await;
    let ask = |body: Value| {
        let ask = office.ask(
            "john",
            "POST",
            "/api/v1/recordings/019338a0-0000-7000-8000-000000000001/marks",
        );
        ask.header("idempotency-key", "k2").json(&body)
    };
    ask(json!({"offsetMs": 1, "text": ""})).refused(400).await;
    ask(json!({"offsetMs": 1, "text": "now"})).gives(201).await;
}

#[tokio::test]
async fn preserving_is_taken_back_by_whoever_did_it() {
    let office = Office::new().await;
    let seen = office
        .ask("jane", "PUT", &path("/preservation"))
        .gives(200)
        .await;
    assert_eq!(seen["preservedBy"]["username"], "jane");
    let again = office
        .ask("john", "PUT", &path("/preservation"))
        .gives(200)
        .await;
    assert_eq!(again["preservedBy"]["username"], "jane");
    assert_eq!(
        office
            .ask("john", "DELETE", &path("/preservation"))
            .refused(403)
            .await,
        "not-yours"
    );
    let seen = office
        .ask("jane", "DELETE", &path("/preservation"))
        .gives(200)
        .await;
    assert_eq!(seen["preservedBy"], Value::Null);
    office
        .ask("john", "PUT", &path("/preservation"))
        .gives(200)
        .await;
    office
        .ask("chief", "DELETE", &path("/preservation"))
        .gives(200)
        .await;
}

#[tokio::test]
async fn a_hold_is_for_administrators_and_needs_a_reason() {
    let office = Office::new().await;
    let why = json!({"reason": "case 4711"});
    let code = office
        .ask("john", "PUT", &path("/hold"))
        .json(&why)
        .refused(403)
        .await;
    assert_eq!(code, "level-too-low");
    office
        .ask("chief", "PUT", &path("/hold"))
        .json(&json!({"reason": " "}))
        .refused(400)
        .await;
    let seen = office
        .ask("chief", "PUT", &path("/hold"))
        .json(&why)
        .gives(200)
        .await;
    assert_eq!(seen["hold"]["reason"], "case 4711");
    let delete = path("?reason=old");
    assert_eq!(
        office.ask("chief", "DELETE", &delete).refused(403).await,
        "protected"
    );
    office
        .ask("chief", "DELETE", &path("/hold"))
        .refused(400)
        .await;
    let seen = office
        .ask("chief", "DELETE", &path("/hold?reason=closed"))
        .gives(200)
        .await;
    assert_eq!(seen["hold"], Value::Null);
    office.ask("chief", "DELETE", &delete).gives(204).await;
    let orphan = format!("/api/v1/recordings/{ORPHAN}/hold");
    office
        .ask("chief", "PUT", &orphan)
        .json(&why)
        .gives(200)
        .await;
}
