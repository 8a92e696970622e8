//! Who calls, and test calls.

use crate::office::Office;
use api::{Client, Clients, LiveAnswer, NoTestCall, TestCall, TestCalled};
use jiff::Timestamp;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One client, and whatever is said of a test call.
struct Callers {
    says: Result<TestCalled, NoTestCall>,
    asked: Mutex<Vec<TestCall>>,
}

impl Clients for Callers {
    fn clients(&self) -> Vec<Client> {
        vec![Client {
            name: "sbc".to_owned(),
            networks: vec!["192.0.2.1/32".to_owned()],
            caller: "unknown".to_owned(),
            configured: true,
            last_contact_at: Some(Timestamp::UNIX_EPOCH),
            calls: 3,
            transports: vec!["udp"],
            ..Client::default()
        }]
    }

    fn test_call(&self, call: TestCall) -> LiveAnswer<'_, Result<TestCalled, NoTestCall>> {
        self.asked.lock().unwrap().push(call);
        Box::pin(async { self.says.clone() })
    }
}

async fn office(says: Result<TestCalled, NoTestCall>) -> (Office, Arc<Callers>) {
    let callers = Arc::new(Callers {
        says,
        asked: Mutex::default(),
    });
    let given = Arc::clone(&callers);
    let office = Office::with(|mut options| {
        options.clients = Some(given);
        options
    });
    (office.await, callers)
}

fn good() -> TestCalled {
    TestCalled {
        answered: true,
        status: 200,
        call_id: "call@here".to_owned(),
        detail: "It was answered.".to_owned(),
        recording: None,
    }
}

#[tokio::test]
async fn administrators_see_who_calls() {
    let (office, _) = office(Ok(good())).await;
    let clients = office
        .ask("chief", "GET", "/api/v1/clients")
        .gives(200)
        .await;
    let expected = json!({
        "name": "sbc", "networks": ["192.0.2.1/32"], "caller": "unknown", "strict": false,
        "configured": true, "lastContactAt": "1970-01-01T00:00:00Z", "lastCallAt": null,
        "calls": 3, "refused": 0, "running": 0, "userAgent": "", "transports": ["udp"],
    });
    assert_eq!(clients, json!({ "items": [expected] }));
    let nobody = Office::new().await;
    let refused = nobody.ask("chief", "GET", "/api/v1/clients").refused(503);
    assert_eq!(refused.await, "no-recorder");
}

#[tokio::test]
async fn a_test_call_is_placed_told_of_and_written_down() {
    const PATH: &str = "/api/v1/system/test-call";
    let (house, callers) = office(Ok(good())).await;
    let body = json!({"local": "201", "seconds": 2});
    let called = house
        .ask("chief", "POST", PATH)
        .json(&body)
        .gives(200)
        .await;
    let expected = json!({
        "answered": true, "status": 200, "callId": "call@here", "detail": "It was answered.",
        "id": null,
    });
    assert_eq!(called, expected);
    house
        .ask("chief", "POST", PATH)
        .json(&json!({}))
        .gives(200)
        .await;
    let call = |local: Option<&str>, seconds| TestCall {
        local: local.map(str::to_owned),
        duration: Duration::from_secs(seconds),
    };
    let asked = callers.asked.lock().unwrap().clone();
    assert_eq!(asked, [call(Some("201"), 2), call(None, 5)]);
    for wrong in [
        json!({"seconds": 0}),
        json!({"seconds": 11}),
        json!({"local": ""}),
        json!({"local": "1\r\nX: y"}),
        json!({"locl": "1"}),
    ] {
        house
            .ask("chief", "POST", PATH)
            .json(&wrong)
            .refused(400)
            .await;
    }
    assert_eq!(callers.asked.lock().unwrap().len(), 2);
    let audit = "/api/v1/audit?action=PlaceTestCall";
    let audit = house.ask("chief", "GET", audit).gives(200).await;
    let rows = audit["items"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["outcome"], "done");
}

#[tokio::test]
async fn one_test_call_at_a_time() {
    let (office, _) = office(Err(NoTestCall::Busy)).await;
    let ask = office.ask("chief", "POST", "/api/v1/system/test-call");
    assert_eq!(ask.json(&json!({})).refused(409).await, "conflict");
}
