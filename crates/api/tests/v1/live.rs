//! Calls in progress.

use crate::office::{CALL, JOHNS, Office, call};
use axum::body::BodyDataStream;
use futures_util::StreamExt;
use model::live::{LiveError, LiveEvent};
use model::{Mode, Pause};
use serde_json::{Value, json};

fn path(end: &str) -> String {
    format!("/api/v1/live-recordings/{CALL}{end}")
}

#[tokio::test]
async fn everybody_sees_calls_in_reach_with_what_may_be_done() {
    let office = Office::new().await;
    for (who, allowed) in [
        (
            "john",
            json!(["annotate", "seeLive", "start", "stop", "pause", "listen"]),
        ),
        ("jane", json!(["annotate", "seeLive", "pause", "listen"])),
        (
            "chief",
            json!(["annotate", "seeLive", "start", "stop", "pause", "listen"]),
        ),
    ] {
        let list = office
            .ask(who, "GET", "/api/v1/live-recordings")
            .gives(200)
            .await;
        assert_eq!(list["items"][0]["id"], CALL, "{who}");
        assert_eq!(list["items"][0]["owner"]["username"], "john", "{who}");
        assert_eq!(list["items"][0]["allowed"], allowed, "{who}");
    }
    let ask = office.ask("recorder", "GET", "/api/v1/live-recordings");
    assert_eq!(ask.refused(403).await, "level-too-low");
}

#[tokio::test]
async fn calls_of_others_are_not_in_the_list() {
    let office = Office::new().await;
    let mut chiefs = call();
    chiefs.local_keys = model::party::keys("200");
    chiefs.recording = model::RecordingId::parse(JOHNS).unwrap();
    office.recorder.begin(chiefs);
    let list = |who| office.ask(who, "GET", "/api/v1/live-recordings");
    assert_eq!(
        list("john").gives(200).await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        list("chief").gives(200).await["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let other = format!("/api/v1/live-recordings/{JOHNS}/stop");
    assert_eq!(
        office.ask("john", "POST", &other).refused(403).await,
        "not-yours"
    );
    office.audits("john StopRecording refused").await;
}

#[tokio::test]
async fn start_stop_pause_resume_mark() {
    let office = Office::new().await;
    let started = office.ask("john", "POST", &path("/start")).gives(201).await;
    assert_eq!(started["id"], CALL);
    office.ask("jane", "POST", &path("/pause")).gives(204).await;
    office
        .ask("john", "POST", &path("/resume"))
        .gives(204)
        .await;
    let mark = json!({"text": "here"});
    office
        .ask("jane", "POST", &path("/marks"))
        .json(&mark)
        .gives(204)
        .await;
    office
        .ask("jane", "POST", &path("/marks"))
        .json(&json!({"text": " "}))
        .refused(400)
        .await;
    let stopped = office.ask("john", "POST", &path("/stop")).gives(200).await;
    assert_eq!(stopped["id"], CALL);
    assert_eq!(
        office.recorder.told(),
        [
            "start john",
            "pause jane",
            "resume john",
            "mark jane here",
            "stop john"
        ]
    );
    let audited = office.audited().await;
    for line in [
        "john StartRecording done",
        "jane PauseRecording done",
        "john ResumeRecording done",
        "jane AddMark done",
        "john StopRecording done",
    ] {
        assert!(audited.iter().any(|it| it == line), "{line}");
    }
}

#[tokio::test]
async fn a_line_is_started_by_phone_number_or_as_ones_own() {
    let office = Office::new().await;
    let start = |who, body: Value| {
        office
            .ask(who, "POST", "/api/v1/live-recordings")
            .json(&body)
    };
    start("john", json!({})).gives(201).await;
    start("chief", json!({"number": "225"})).gives(201).await;
    start("chief", json!({"deviceName": "sep123456789abc"}))
        .gives(201)
        .await;
    start("john", json!({"number": "225"})).gives(201).await;
    assert_eq!(
        start("jane", json!({"number": "225"})).refused(403).await,
        "not-yours"
    );
    assert_eq!(start("recorder", json!({})).refused(409).await, "no-call");
    let both = json!({"number": "225", "deviceName": "other"});
    assert_eq!(start("chief", both).refused(409).await, "no-call");
    assert_eq!(
        start("outsider", json!({})).refused(403).await,
        "level-too-low"
    );
    let twice = || start("john", json!({})).header("idempotency-key", "s");
    twice().gives(201).await;
    let told = office.recorder.told().len();
    twice().gives(201).await;
    assert_eq!(office.recorder.told().len(), told);
}

#[tokio::test]
async fn what_the_recorder_refuses_is_told_and_written_down() {
    let office = Office::new().await;
    for (error, status, code) in [
        (LiveError::NoCall, 409, "no-call"),
        (LiveError::AlreadyRecorded, 409, "already-recorded"),
        (LiveError::Automatic, 409, "automatic"),
        (LiveError::NotLive, 409, "conflict"),
        (LiveError::Paused, 409, "conflict"),
        (LiveError::NotPaused, 409, "conflict"),
        (LiveError::Unavailable, 503, "unavailable"),
    ] {
        *office.recorder.refuses.lock().unwrap() = Some(error);
        for end in ["/start", "/stop", "/pause", "/resume"] {
            let refused = office.ask("john", "POST", &path(end)).refused(status);
            assert_eq!(refused.await, code, "{end}");
        }
    }
    assert!(
        office
            .audited()
            .await
            .contains(&"john StartRecording failed".to_owned())
    );
    let none = format!("/api/v1/live-recordings/{JOHNS}/stop");
    assert_eq!(
        office.ask("john", "POST", &none).refused(404).await,
        "not-found"
    );
    assert_eq!(
        office
            .ask("john", "POST", "/api/v1/live-recordings/x/stop")
            .refused(400)
            .await,
        "bad-request"
    );
}

#[tokio::test]
async fn a_call_recorded_by_rule_is_paused_by_administrators_unless_the_rule_says_so() {
    let office = Office::new().await;
    let mut always = call();
    always.mode = Mode::Always;
    always.recording = model::RecordingId::parse(JOHNS).unwrap();
    office.recorder.begin(always.clone());
    let path = format!("/api/v1/live-recordings/{JOHNS}/pause");
    assert_eq!(
        office.ask("john", "POST", &path).refused(403).await,
        "level-too-low"
    );
    office.ask("chief", "POST", &path).gives(204).await;
    let office = Office::new().await;
    always.pause = Pause::Own;
    office.recorder.begin(always);
    office.ask("john", "POST", &path).gives(204).await;
}

#[tokio::test]
async fn a_node_without_a_recorder_says_so() {
    let office = Office::with(|mut options| {
        options.live = None;
        options
    })
    .await;
    let ask = office.ask("john", "GET", "/api/v1/live-recordings");
    assert_eq!(ask.refused(503).await, "no-recorder");
}

/// The next event's name and data.
async fn next(stream: &mut BodyDataStream) -> (String, Value) {
    let mut text = String::new();
    while !text.ends_with("\n\n") {
        let block = stream.next().await.unwrap().unwrap();
        text.push_str(str::from_utf8(&block).unwrap());
    }
    let line = |name: &str| {
        let lines = text.lines();
        let mut found = lines.filter_map(|line| line.strip_prefix(name));
        found.next().unwrap().to_owned()
    };
    (
        line("event: "),
        serde_json::from_str(&line("data: ")).unwrap(),
    )
}

#[tokio::test]
async fn events_tell_what_happens_to_calls_in_reach() {
    let office = Office::new().await;
    let ask = office.ask("john", "GET", "/api/v1/live-recordings/events");
    let response = office.send(ask.request()).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let (name, data) = next(&mut stream).await;
    assert_eq!(
        (name.as_str(), &data["items"][0]["id"]),
        ("snapshot", &json!(CALL))
    );
    let mut chiefs = call();
    chiefs.local_keys = model::party::keys("200");
    office.recorder.begin(chiefs);
    let mut paused = call();
    paused.paused = true;
    office.recorder.happens(LiveEvent::Changed(paused.clone()));
    let (name, data) = next(&mut stream).await;
    assert_eq!((name.as_str(), &data["paused"]), ("changed", &json!(true)));
    office.recorder.happens(LiveEvent::Ended(paused.clone()));
    assert_eq!(next(&mut stream).await.0, "ended");
    office.recorder.happens(LiveEvent::Settled {
        session: paused.session,
        recording: paused.recording,
    });
    let (name, data) = next(&mut stream).await;
    assert_eq!((name.as_str(), &data["id"]), ("settled", &json!(CALL)));
    for _ in 0..40 {
        office.recorder.happens(LiveEvent::Changed(call()));
    }
    assert_eq!(next(&mut stream).await.0, "snapshot");
}
