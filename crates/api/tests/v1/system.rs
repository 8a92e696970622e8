//! How the system is, and the reference.

use crate::office::{JOHNS, Office, basic};
use api::{Condition, Counting, Finding, Grade, Listener, Numbers, Probe, RefusedCalls, Storage};
use axum::extract::ConnectInfo;
use catalogue::NewToken;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

#[tokio::test]
async fn administrators_see_how_the_node_is() {
    let office = Office::new().await;
    let system = office
        .ask("chief", "GET", "/api/v1/system")
        .gives(200)
        .await;
    assert_eq!(
        (&system["node"], &system["ready"]),
        (&json!("recorder-1"), &json!(true))
    );
    assert_eq!(system["records"], true);
    assert_eq!(
        office
            .ask("jane", "GET", "/api/v1/system")
            .refused(403)
            .await,
        "level-too-low"
    );
    let office = Office::with(|mut options| {
        options.readiness = Arc::new(|| vec!["the disk is full".to_owned()]);
        options
    })
    .await;
    let system = office
        .ask("chief", "GET", "/api/v1/system")
        .gives(200)
        .await;
    assert_eq!(system["missing"], json!(["the disk is full"]));
}

fn found(grade: Grade, area: &'static str, fact: &str) -> Finding {
    Finding {
        grade,
        area,
        fact: fact.to_owned(),
        consequence: "New calls are refused.".to_owned(),
        advice: "Add space.".to_owned(),
    }
}

fn condition() -> Condition {
    Condition {
        storage: Storage {
            spool_bytes: 1,
            archive_bytes: 2,
            disk_free_bytes: 3,
            disk_total_bytes: 4,
            per_day_bytes: Some(5),
            full_at: None,
        },
        waiting_calls: 6,
        oldest_ended_at: Some(Timestamp::UNIX_EPOCH),
        spool_limit_bytes: Some(7),
        health: vec![
            found(Grade::Ok, "clock", "It is right"),
            found(Grade::Warn, "disk", "Disk full in 12 days"),
            found(Grade::Error, "capture", "New calls are refused"),
        ],
    }
}

#[tokio::test]
async fn how_the_node_stands_is_told_and_only_those_who_manage_get_notices() {
    let office = Office::with(|mut options| {
        options.condition = Some(Arc::new(|| Box::pin(async { Arc::new(condition()) })));
        options.advertised = Some("recorder.example".to_owned());
        options.listeners = vec![Listener {
            kind: "sip-udp",
            address: "192.0.2.1:5060".parse().unwrap(),
        }];
        options
    })
    .await;
    let system = office
        .ask("chief", "GET", "/api/v1/system")
        .gives(200)
        .await;
    let storage = json!({
        "spoolBytes": 1, "archiveBytes": 2, "diskFreeBytes": 3, "diskTotalBytes": 4,
        "perDayBytes": 5, "fullAt": null,
    });
    assert_eq!(system["storage"], storage);
    let waiting = json!({"calls": 6, "oldestEndedAt": "1970-01-01T00:00:00Z"});
    assert_eq!(system["waiting"], waiting);
    assert_eq!(system["spoolLimitBytes"], 7);
    let listeners = json!([{"kind": "sip-udp", "address": "192.0.2.1:5060"}]);
    assert_eq!(system["listeners"], listeners);
    assert_eq!(system["advertised"], "recorder.example");
    let disk = json!({
        "level": "warn", "area": "disk", "fact": "Disk full in 12 days",
        "consequence": "New calls are refused.", "advice": "Add space.",
    });
    assert_eq!(system["health"][1], disk);
    let chief = office.ask("chief", "GET", "/api/v1/me").gives(200).await;
    let facts = |me: &Value| {
        let notices = me["notices"].as_array().unwrap().iter();
        notices
            .map(|notice| notice["fact"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        facts(&chief),
        ["New calls are refused", "Disk full in 12 days"]
    );
    let jane = office.ask("jane", "GET", "/api/v1/me").gives(200).await;
    assert!(facts(&jane).is_empty());
}

#[tokio::test]
async fn numbers_are_about_what_one_may_see() {
    let office = Office::new().await;
    for (who, recordings, outgoing) in [("chief", 3, 1), ("john", 1, 1)] {
        let numbers = office
            .ask(who, "GET", "/api/v1/system/statistics")
            .gives(200)
            .await;
        assert_eq!(numbers["recordings"], recordings, "{who}");
        assert_eq!(numbers["byDirection"]["outgoing"], outgoing, "{who}");
        assert_eq!(numbers["byState"]["available"], recordings, "{who}");
        assert_eq!(numbers["live"], 1, "{who}");
    }
}

#[tokio::test]
async fn the_reference_needs_no_sign_in_and_nothing_from_elsewhere() {
    let office = Office::new().await;
    let document = office
        .anonymous("GET", "/api/v1/openapi.json")
        .answer()
        .await;
    assert_eq!(document.json()["openapi"], "3.1.0");
    let page = office.anonymous("GET", "/api/docs").answer().await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        String::from_utf8(page.body)
            .unwrap()
            .contains("<h1>Earwitness API</h1>")
    );
    let other = office
        .anonymous("GET", "/api/openapi-compatible.json")
        .answer()
        .await;
    assert!(other.json()["paths"]["/fw/Apps/Recorder/WebAPI/Recordings"].is_object());
}

fn counted() -> Numbers {
    Numbers {
        calls_taken: 7,
        calls_refused: vec![RefusedCalls {
            status: 503,
            reason: "disk",
            requests: 3,
        }],
        refusing: Some("disk"),
        available: 5,
        one_way: 1,
        packets_lost: 11,
        probe: Some(Probe {
            ran_at: Timestamp::UNIX_EPOCH,
            calls: 2,
            good: 1,
            last_good_at: None,
            failed_rounds: 4,
        }),
        ..Numbers::default()
    }
}

fn counting() -> Counting {
    Arc::new(counted)
}

#[tokio::test]
async fn what_was_counted_is_shown_where_calls_are_recorded() {
    let office = Office::new().await;
    let system = office.ask("chief", "GET", "/api/v1/system").gives(200);
    assert_eq!(system.await["counted"], Value::Null);
    let office = Office::with(|mut options| {
        options.counting = Some(counting());
        options
    })
    .await;
    let system = office.ask("chief", "GET", "/api/v1/system").gives(200);
    let counted = &system.await["counted"];
    let refused = json!([{"status": 503, "reason": "disk", "requests": 3}]);
    assert_eq!(counted["callsRefused"], refused);
    assert_eq!(
        (&counted["callsTaken"], &counted["oneWay"]),
        (&json!(7), &json!(1))
    );
    assert_eq!(counted["packets"]["lost"], 11);
    assert_eq!(counted["probe"]["failedRounds"], 4);
    assert_eq!(counted["probe"]["ranAt"], "1970-01-01T00:00:00Z");
}

/// Status and text of `/metrics`, asked from an address with a header more.
async fn metrics(office: &Office, from: &str, header: (&str, &str)) -> (u16, String) {
    let mut request = office
        .anonymous("GET", "/metrics")
        .header(header.0, header.1)
        .request();
    let peer = SocketAddr::new(from.parse().unwrap(), 50_000);
    let peer = ConnectInfo(api::Peer::from(peer));
    request.extensions_mut().insert(peer);
    let (parts, body) = office.send(request).await.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    if parts.status == 200 {
        let media_type = parts.headers["content-type"].to_str().unwrap();
        assert!(media_type.starts_with("text/plain; version=0.0.4"));
    }
    (parts.status.as_u16(), text)
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_for_tokens() {
    let office = Office::with(|mut options| {
        options.counting = Some(counting());
        options
    })
    .await;
    let token = api::new_token().unwrap();
    let text = format!("Bearer {}", token.text);
    let outsider = NewToken {
        username: "outsider".to_owned(),
        name: "metrics".to_owned(),
        secret: token.secret,
        prefix: token.prefix,
        scopes: Vec::new(),
        expires_at: None,
    };
    office.catalogue.add_token(outsider).await.unwrap();
    let none = ("accept", "*/*");
    let password = basic("chief", crate::office::PASSWORD);
    for (from, header, status) in [
        ("127.0.0.1", none, 200),
        ("::1", none, 200),
        ("192.0.2.1", none, 401),
        // A proxy on this machine asks for somebody else.
        ("127.0.0.1", ("x-forwarded-for", "192.0.2.1"), 401),
        ("127.0.0.1", ("forwarded", "for=192.0.2.1"), 401),
        ("192.0.2.1", ("x-forwarded-for", "127.0.0.1"), 401),
        ("192.0.2.1", ("authorization", password.as_str()), 401),
        ("192.0.2.1", ("authorization", "Bearer ewt_x"), 401),
        ("192.0.2.1", ("authorization", text.as_str()), 200),
    ] {
        let (found, text) = metrics(&office, from, header).await;
        assert_eq!(found, status, "{from} {header:?}");
        assert_eq!(
            text.contains("earwitness_calls_taken_total 7"),
            status == 200
        );
    }
}

#[tokio::test]
async fn metrics_have_the_form_that_others_read() {
    let office = Office::with(|mut options| {
        options.counting = Some(counting());
        options
    })
    .await;
    let (_, text) = metrics(&office, "127.0.0.1", ("accept", "*/*")).await;
    let mut known: Option<String> = None;
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            let (name, kind) = described.split_once(' ').unwrap();
            assert!(["gauge", "counter"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            known = Some(name.to_owned());
        } else if !line.starts_with("# HELP ") {
            let name = line.split(['{', ' ']).next().unwrap();
            assert_eq!(known.as_deref(), Some(name), "{line}");
            let value = line.rsplit(' ').next().unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    for line in [
        "earwitness_calls_refused_total{status=\"503\",reason=\"disk\"} 3",
        "earwitness_taking_calls 0",
        "earwitness_recordings_total{state=\"available\"} 5",
        "earwitness_recordings_one_way_total 1",
        "earwitness_probe_success 0",
        "earwitness_ready 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("last_success"), "there was none");
    let nothing = Office::new().await;
    let (_, text) = metrics(&nothing, "127.0.0.1", ("accept", "*/*")).await;
    assert!(text.contains("earwitness_ready 1") && !text.contains("calls_taken"));
}

#[tokio::test]
async fn a_period_is_counted_beside_what_is_usual() {
    let office = Office::new().await;
    let (john, now) = (office.user("john").await, office.catalogue.now());
    // It began on some day that may be one of these.
    let delete = format!("/api/v1/recordings/{JOHNS}?reason=x");
    office.ask("chief", "DELETE", &delete).gives(204).await;
    let zoned = now.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    // Two now, and in the weeks before three, none, one and four; and one that is long ago.
    let mut number = 10;
    for (weeks, count) in [(0, 2), (1, 3), (3, 1), (4, 4), (9, 1)] {
        let ago = jiff::Span::new().weeks(weeks).days(1);
        let start = zoned.checked_sub(ago).unwrap().timestamp().to_string();
        for _ in 0..count {
            let id = format!("019338a0-0000-7000-8000-0000000000{number}");
            let mut draft = crate::office::draft(&id, &start, Some(john));
            if number == 10 {
                draft.state = model::State::Interrupted;
                draft.details.loss.lost = 1;
            }
            office.store(&draft, b"x").await;
            number += 1;
        }
    }
    let path = "/api/v1/system/statistics?period=7d";
    let numbers = office.ask("john", "GET", path).gives(200).await;
    let period = &numbers["period"];
    assert_eq!(period["recordings"], 2);
    // Eight in four weeks.
    assert_eq!(period["usual"], 2);
    let slots = period["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 7);
    assert_eq!(
        (&slots[5]["recordings"], &slots[5]["usual"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        period["groups"],
        json!([{"group": "Sales", "recordings": 2}])
    );
    let wrong = ["poor", "interrupted", "failed"].map(|name| period[name].clone());
    assert_eq!(wrong, [json!(1), json!(1), json!(0)]);
    let path = "/api/v1/system/statistics?period=30d&timeZone=Europe/Rome";
    let month = office.ask("chief", "GET", path).gives(200).await;
    assert_eq!(month["period"]["slots"].as_array().unwrap().len(), 30);
    let path = "/api/v1/system/statistics?period=today&timeZone=Asia/Kolkata";
    let today = office.ask("jane", "GET", path).gives(200).await;
    assert!(today["period"]["slots"].as_array().unwrap().len() >= 24);
    let path = "/api/v1/system/statistics";
    let none = office.ask("jane", "GET", path).gives(200).await;
    assert_eq!(none["period"], Value::Null);
    for wrong in ["period=1y", "period=7d&timeZone=Europe/Atlantis", "since=x"] {
        let path = format!("/api/v1/system/statistics?{wrong}");
        office.ask("jane", "GET", &path).refused(400).await;
    }
}
