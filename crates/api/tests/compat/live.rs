//! `LiveRecordings`: the list, starting, stopping, and every published reason.

use crate::calls::{ALWAYS, Calls, NEVER, OVER, STARTED, UNOWNED, WAITING};
use crate::house::{Answer, House, request};
use axum::body::Body;
use model::access::Level;
use model::audit::AuditAction;
use model::live::LiveError;
use serde_json::{Value, json};
use std::sync::Arc;

const LIVE: &str = "/fw/Apps/Recorder/WebAPI/LiveRecordings";

async fn house() -> (House, Arc<Calls>) {
    let calls = Calls::new();
    let recorder = Arc::clone(&calls);
    let house = House::with(|mut options| {
        options.live = Some(recorder);
        options
    });
    let house = house.await;
    house.people().await;
    (house, calls)
}

async fn ask(house: &House, method: &str, username: &str, rest: &str, body: &str) -> Answer {
    let request = request(method, username, &format!("{LIVE}{rest}"));
    let body = Body::from(body.to_owned());
    house.send(request.body(body).unwrap()).await
}

/// Status and `reason`.
fn verdict(answer: &Answer) -> (u16, Option<u64>) {
    let status = answer.status.as_u16();
    if answer.body.is_empty() {
        return (status, None);
    }
    (status, answer.json()["reason"].as_u64())
}

async fn ids(house: &House, query: &str) -> Vec<String> {
    let answer = ask(house, "GET", "chief", query, "").await;
    assert_eq!(answer.status, 200, "{query}");
    let json = answer.json();
    let items = json.as_array().expect("a bare array").iter();
    items
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_list_is_a_bare_array_of_calls_that_are_kept() {
    let (house, _) = house().await;
    let answer = ask(&house, "GET", "chief", "", "").await;
    assert_eq!(answer.header("content-type"), "application/json");
    // The lengths until now are those of calls that began in 2019.
    let mut text = answer.text().to_owned();
    for item in answer.json().as_array().unwrap() {
        let length = item["duration"].as_str().unwrap();
        // Whole minutes end without seconds, and one length may begin with another.
        assert!(length.starts_with("PT") && length.contains('H'));
        text = text.replace(&format!("\"{length}\""), "\"PT…S\"");
    }
    assert_eq!(
        text,
        concat!(
            r#"[{"id":"0b0f3c1e-6a55-4d0b-9f5e-1f1f6d0a7f13","duration":"PT…S","#,
            r#""startedAt":"2019-01-30T10:15:30Z","localParty":{"username":"chief"},"#,
            r#""remoteParty":{"firstName":"John","lastName":"Doe","phoneNumber":"225"},"#,
            r#""isPaused":false},"#,
            r#"{"id":"0b0f3c1e-6a55-4d0b-9f5e-1f1f6d0a7f12","duration":"PT…S","#,
            r#""startedAt":"2019-01-30T10:15:20Z","localParty":{"username":"jane_roe"},"#,
            r#""remoteParty":{"firstName":"Anna","lastName":"Maria Verdi","#,
            r#""phoneNumber":"+390584943232"},"isPaused":true}]"#
        )
    );
}

#[tokio::test]
async fn live_filters_are_anded_and_names_have_no_case() {
    let (house, _) = house().await;
    let changes = catalogue::Changes {
        numeric_id: Some(Some(4711)),
        ..catalogue::Changes::default()
    };
    let changed = house.catalogue.set_user("jane_roe", changes, false).await;
    changed.unwrap();
    let both = [STARTED, ALWAYS];
    for (query, expected) in [
        ("", &both[..]),
        ("/", &both),
        ("?", &both),
        ("?deviceName=", &both),
        ("?other=x", &both),
        ("?deviceName=SEP226", &[ALWAYS]),
        ("?DEVICENAME=sep226", &[ALWAYS]),
        ("?directoryNumber=200", &[STARTED]),
        ("?directoryNumber=2-0-0", &[STARTED]),
        ("?username=JANE_ROE", &[ALWAYS]),
        ("?numericUserId=4711", &[ALWAYS]),
        (
            "?numericUserId=4711&username=jane_roe&deviceName=SEP226",
            &[ALWAYS],
        ),
        ("?numericUserId=4711&username=chief", &[]),
        ("?numericUserId=x", &[]),
        ("?deviceName=SEP226&directoryNumber=200", &[]),
        ("?deviceName=SEP225", &[]),
        ("?username=nobody", &[]),
    ] {
        assert_eq!(ids(&house, query).await, expected, "{query}");
    }
    let answer = ask(&house, "GET", "chief", "?username=nobody", "").await;
    assert_eq!(answer.text(), "[]");
}

#[tokio::test]
async fn live_levels_are_asked_before_anything_else() {
    let (house, _) = house().await;
    for username in ["john_doe", "jane_roe", "recorder", "outsider"] {
        for (method, rest, body) in [
            ("GET", "", ""),
            ("GET", "?numericUserId=x", ""),
            ("POST", "", r#"{"deviceName":"SEP225"}"#),
            ("POST", "", "{}"),
            ("POST", "", "x"),
            ("DELETE", "", ""),
            ("DELETE", "?deviceName=SEP225", ""),
            ("DELETE", "/x", ""),
            ("DELETE", &format!("/{STARTED}"), ""),
        ] {
            let answer = ask(&house, method, username, rest, body).await;
            assert_eq!(verdict(&answer), (403, None), "{username} {method} {rest}");
        }
    }
    for (method, rest) in [("POST", ""), ("DELETE", "/Mine")] {
        let answer = ask(&house, method, "outsider", rest, "").await;
        assert_eq!(answer.status, 403, "{method}");
        let answer = ask(&house, method, "stranger", rest, "").await;
        assert_eq!(answer.status, 401, "{method}");
        assert!(answer.header("www-authenticate").starts_with("Basic "));
    }
}

#[tokio::test]
async fn starting_the_own_line_needs_no_body() {
    for body in ["", "  \r\n", "null"] {
        let (house, calls) = house().await;
        let answer = ask(&house, "POST", "john_doe", "", body).await;
        assert_eq!(answer.status, 201, "{body:?}");
        assert_eq!(answer.json(), json!({ "id": WAITING }));
        assert!(calls.is_kept(WAITING));
        assert_eq!(ask(&house, "POST", "john_doe", "", body).await.status, 429);
        let written = house.audit(AuditAction::StartRecording).await;
        let john = |outcome: &str| ("john_doe".to_owned(), outcome.to_owned());
        assert_eq!(written, [john("done"), john("failed")]);
        let answer = ask(&house, "DELETE", "john_doe", "/Mine", "").await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        assert!(!calls.is_kept(WAITING));
        assert_eq!(
            ask(&house, "DELETE", "john_doe", "/mine", "").await.status,
            409
        );
    }
}

#[tokio::test]
async fn record_only_is_enough_for_the_own_line() {
    let (house, calls) = house().await;
    let answer = ask(&house, "POST", "recorder", "", "").await;
    assert_eq!(verdict(&answer), (400, Some(3)), "no number");
    let answer = ask(&house, "DELETE", "recorder", "/Mine", "").await;
    assert_eq!(verdict(&answer), (400, Some(1)));
    assert_eq!(answer.json()["deviceName"], "");
    let changes = catalogue::Changes {
        numbers: Some(vec!["298".to_owned()]),
        ..catalogue::Changes::default()
    };
    let changed = house.catalogue.set_user("recorder", changes, false).await;
    assert_eq!(changed.unwrap().level, Level::RECORD);
    assert_eq!(ask(&house, "POST", "recorder", "", "").await.status, 201);
    assert!(calls.is_kept(UNOWNED));
    assert_eq!(
        ask(&house, "DELETE", "recorder", "/Mine", "").await.status,
        204
    );
}

#[tokio::test]
async fn starting_any_line_has_the_published_answers() {
    let (house, calls) = house().await;
    for (body, status, reason) in [
        // Neither given, or nothing that can be read.
        (json!({}), 400, Some(0)),
        (
            json!({ "deviceName": "", "directoryNumber": null }),
            400,
            Some(0),
        ),
        (json!({ "mode": 0 }), 400, Some(0)),
        (json!([]), 400, Some(0)),
        (json!("SEP225"), 400, Some(0)),
        (json!({ "deviceName": 5 }), 400, Some(0)),
        // A way of recording that is not offered.
        (json!({ "deviceName": "SEP225", "mode": 1 }), 400, Some(2)),
        (json!({ "deviceName": "SEP225", "mode": "0" }), 400, Some(2)),
        (json!({ "deviceName": "SEP225", "mode": -1 }), 400, Some(2)),
        // A line that cannot be recorded.
        (json!({ "deviceName": "SEP299" }), 400, Some(1)),
        // Recorded automatically.
        (json!({ "directoryNumber": "226" }), 400, Some(4)),
        // No call; both must match; no user.
        (json!({ "deviceName": "SEP000" }), 409, None),
        (json!({ "directoryNumber": "999" }), 409, None),
        (
            json!({ "deviceName": "SEP225", "directoryNumber": "226" }),
            409,
            None,
        ),
        (json!({ "deviceName": "SEP298" }), 409, None),
        // Already.
        (json!({ "deviceName": "SEP200" }), 429, None),
        // And done.
        (
            json!({ "DeviceName": "sep225", "directoryNumber": "2-2-5", "mode": 0 }),
            201,
            None,
        ),
        (json!({ "deviceName": "SEP225", "mode": null }), 429, None),
    ] {
        let answer = ask(&house, "POST", "chief", "", &body.to_string()).await;
        assert_eq!(verdict(&answer), (status, reason), "{body}");
        let json = answer.json();
        let named = json.get("deviceName").map(Value::as_str);
        let expected = (reason == Some(1)).then_some(Some("SEP299"));
        assert_eq!(named, expected, "{body}");
        assert!(status == 201 || json["message"].is_string());
    }
    assert!(calls.is_kept(WAITING) && !calls.is_kept(NEVER));
    for body in ["x", "{", "\u{0}"] {
        let answer = ask(&house, "POST", "chief", "/", body).await;
        assert_eq!(verdict(&answer), (400, Some(0)));
    }
    let long = format!("{{\"deviceName\":\"{}\"}}", "x".repeat(70_000));
    let answer = ask(&house, "POST", "chief", "", &long).await;
    assert_eq!(verdict(&answer), (400, Some(0)));
}

#[tokio::test]
async fn stopping_by_id_has_the_published_answers() {
    let (house, calls) = house().await;
    let unknown = "014309c0-cc7c-4be1-b6ee-6011a67441aa";
    for (id, status, reason) in [
        ("xyz", 400, Some(0)),
        ("%20", 400, Some(0)),
        (unknown, 409, None),
        (OVER, 409, None),
        (WAITING, 409, None),
        (NEVER, 400, Some(1)),
        (ALWAYS, 400, Some(2)),
        (&STARTED.to_uppercase(), 204, None),
        (STARTED, 409, None),
    ] {
        let answer = ask(&house, "DELETE", "chief", &format!("/{id}"), "").await;
        assert_eq!(verdict(&answer), (status, reason), "{id}");
    }
    assert!(!calls.is_kept(STARTED));
    let written = house.audit(AuditAction::StopRecording).await;
    let outcomes: Vec<&str> = written.iter().map(|row| row.1.as_str()).collect();
    assert_eq!(outcomes, ["failed", "failed", "done", "failed"]);
}

#[tokio::test]
async fn stopping_a_line_has_the_published_answers() {
    for rest in ["", "/"] {
        let (house, _) = house().await;
        for (query, status, reason) in [
            ("", 400, Some(0)),
            ("?", 400, Some(0)),
            ("?deviceName=&directoryNumber=", 400, Some(0)),
            ("?username=chief", 400, Some(0)),
            ("?deviceName=SEP299", 400, Some(1)),
            ("?deviceName=SEP226", 400, Some(2)),
            ("?deviceName=SEP000", 409, None),
            ("?deviceName=SEP225", 409, None),
            ("?deviceName=SEP200&directoryNumber=225", 409, None),
            ("?DeviceName=sep200&directorynumber=200", 204, None),
            ("?directoryNumber=200", 409, None),
        ] {
            let answer = ask(&house, "DELETE", "chief", &format!("{rest}{query}"), "").await;
            assert_eq!(verdict(&answer), (status, reason), "{query}");
        }
    }
}

#[tokio::test]
async fn stopping_the_own_automatic_line_is_refused() {
    let (house, _) = house().await;
    let answer = ask(&house, "DELETE", "jane_roe", "/Mine", "").await;
    assert_eq!(verdict(&answer), (400, Some(2)));
    let answer = ask(&house, "POST", "jane_roe", "", "").await;
    assert_eq!(verdict(&answer), (400, Some(4)));
}

#[tokio::test]
async fn a_recorder_that_cannot_is_503_and_none_at_all_504() {
    let (house, calls) = house().await;
    *calls.fault.lock().unwrap() = Some(LiveError::Unavailable);
    let body = r#"{"deviceName":"SEP225"}"#;
    let full = ask(&house, "POST", "chief", "", body).await;
    assert_eq!(
        (full.status.as_u16(), full.header("retry-after")),
        (503, "3")
    );
    assert_eq!(
        ask(&house, "DELETE", "chief", "?deviceName=SEP225", "")
            .await
            .status,
        503
    );
    let house = House::of_people().await;
    for (method, rest, body) in [
        ("GET", "", ""),
        ("POST", "", ""),
        ("POST", "", body),
        ("DELETE", "/Mine", ""),
        ("DELETE", "?deviceName=SEP225", ""),
        ("DELETE", &format!("/{STARTED}"), ""),
    ] {
        let answer = ask(&house, method, "chief", rest, body).await;
        assert_eq!(answer.status, 504, "{method} {rest}");
    }
    // What is wrong with the request is told all the same.
    assert_eq!(
        verdict(&ask(&house, "POST", "chief", "", "{}").await),
        (400, Some(0))
    );
    assert_eq!(
        verdict(&ask(&house, "DELETE", "chief", "/x", "").await),
        (400, Some(0))
    );
}

#[tokio::test]
async fn live_paths_have_no_case_and_wrong_methods_are_405() {
    let (house, _) = house().await;
    for path in [
        "/FW/apps/recorder/webapi/liverecordings",
        "/fw/Apps/Recorder/WebAPI/LIVErecordings/",
    ] {
        assert_eq!(house.get("chief", path).await.status, 200);
    }
    for (method, rest, allow) in [
        ("PUT", "", "GET,HEAD,POST,DELETE"),
        ("PATCH", "/", "GET,HEAD,POST,DELETE"),
        ("GET", "/Mine", "DELETE"),
        ("POST", "/mine", "DELETE"),
        ("GET", "/x", "DELETE"),
    ] {
        let answer = ask(&house, method, "stranger", rest, "").await;
        assert_eq!(answer.status, 405, "{method} {rest}");
        assert_eq!(answer.header("allow"), allow);
    }
    let head = ask(&house, "HEAD", "chief", "", "").await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}
