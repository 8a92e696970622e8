//! Hearing calls in progress: how loud they are, and what is said.

use crate::office::{CALL, CHIEFS, Office, call};
use api::{Ears, Heard, LiveAnswer, Stretch};
use jiff::Timestamp;
use model::RecordingId;
use model::live::LiveCall;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Ears that hear what they are told, and nothing from the end of it on.
struct Told;

const UNTIL_MS: u64 = 5_000;

impl Ears for Told {
    fn heard(&self, calls: Vec<LiveCall>) -> LiveAnswer<'_, HashMap<RecordingId, Heard>> {
        let heard = Heard {
            levels: Some([-24, -90]),
            silent_since: [None, Some(Timestamp::UNIX_EPOCH)],
        };
        Box::pin(async move { calls.iter().map(|call| (call.recording, heard)).collect() })
    }

    fn listen(&self, _: LiveCall, from_ms: Option<u64>) -> LiveAnswer<'_, Option<Stretch>> {
        let from_ms = from_ms.unwrap_or(UNTIL_MS - 2_000);
        let stretch = (from_ms < UNTIL_MS).then(|| Stretch {
            from_ms,
            until_ms: UNTIL_MS,
            sample_rate: 8_000,
            samples: vec![1, -2, 3, -4],
        });
        Box::pin(async move { stretch })
    }
}

async fn office() -> Office {
    Office::with(|mut options| {
        options.ears = Some(Arc::new(Told));
        options
    })
    .await
}

fn path(more: &str) -> String {
    format!("/api/v1/live-recordings/{CALL}/media{more}")
}

#[tokio::test]
async fn calls_say_how_loud_they_are_where_somebody_listens() {
    let list = |office: Office| async move {
        let list = office.ask("john", "GET", "/api/v1/live-recordings");
        list.gives(200).await["items"][0].clone()
    };
    let item = list(office().await).await;
    assert_eq!(item["levels"], json!({"local": -24, "remote": -90}));
    let silent = json!({"local": null, "remote": "1970-01-01T00:00:00Z"});
    assert_eq!(
        (&item["silentSince"], &item["onHold"]),
        (&silent, &json!(false))
    );
    let item = list(Office::new().await).await;
    let silent = json!({"local": null, "remote": null});
    assert_eq!(
        (&item["levels"], &item["silentSince"]),
        (&Value::Null, &silent)
    );
}

#[tokio::test]
async fn a_call_that_its_client_pauses_is_on_hold() {
    let office = office().await;
    let mut held = call();
    held.paused = true;
    held.paused_by = Some("client".to_owned());
    office.recorder.begin(held);
    let list = office.ask("john", "GET", "/api/v1/live-recordings");
    let list = list.gives(200).await;
    let mut items = list["items"].as_array().unwrap().iter();
    assert!(items.any(|item| item["onHold"] == true), "{list}");
}

#[tokio::test]
async fn what_is_said_is_a_file_of_its_own_until_there_is_nothing_new() {
    let office = office().await;
    for (more, from) in [("", "3000"), ("?fromMs=1000", "1000")] {
        let answer = office.ask("john", "GET", &path(more)).answer().await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "audio/wav");
        assert_eq!(answer.header("x-from-ms"), from);
        assert_eq!(answer.header("x-until-ms"), "5000");
        assert_eq!(&answer.body[..4], b"RIFF");
        assert_eq!(&answer.body[44..], [1, 0, 254, 255, 3, 0, 252, 255]);
    }
    let nothing = office.ask("john", "GET", &path("?fromMs=5000")).answer();
    let nothing = nothing.await;
    assert_eq!((nothing.status, nothing.body.len()), (204, 0));
    let audit = "/api/v1/audit?action=PlayRecording";
    let audit = office.ask("chief", "GET", audit).gives(200).await;
    let rows = audit["items"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "one listening is one row: {rows:?}");
    assert_eq!(
        (&rows[0]["who"], &rows[0]["outcome"]),
        (&json!("john"), &json!("done"))
    );
}

#[tokio::test]
async fn only_who_may_hear_the_recording_hears_the_call() {
    let office = office().await;
    let mut chiefs = call();
    chiefs.local_keys = model::party::keys("200");
    chiefs.recording = RecordingId::parse(CHIEFS).unwrap();
    office.recorder.begin(chiefs);
    let of_chief = format!("/api/v1/live-recordings/{CHIEFS}/media");
    office.ask("chief", "GET", &of_chief).answer().await;
    assert_eq!(
        office.ask("john", "GET", &of_chief).refused(403).await,
        "not-yours"
    );
    let audit = "/api/v1/audit?action=PlayRecording&outcome=refused";
    let audit = office.ask("chief", "GET", audit);
    let ended = "/api/v1/live-recordings/019338a0-0000-7000-8000-0000000000ff/media";
    office.ask("chief", "GET", ended).refused(404).await;
    office
        .ask("chief", "GET", &path("?from=1"))
        .refused(400)
        .await;
    let rows = audit.gives(200).await["items"].as_array().unwrap().clone();
    assert!(rows.iter().all(|row| row["who"] == "john"), "{rows:?}");
}
