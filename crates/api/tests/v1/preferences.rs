//! How people want the page to be, on whatever machine they sit.

use crate::office::Office;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/me/preferences";

async fn of(office: &Office, who: &str) -> Value {
    office.ask(who, "GET", PATH).gives(200).await
}

#[tokio::test]
async fn everybody_has_their_own() {
    let office = Office::new().await;
    assert_eq!(of(&office, "john").await, json!({"values": {}}));
    let first = json!({"values": {"columns": ["note", "tags"], "letterKeys": false, "a": {}}});
    let set = office.ask("john", "PUT", PATH).json(&first);
    assert_eq!(set.gives(200).await, first);
    assert_eq!(of(&office, "john").await, first);
    assert_eq!(of(&office, "jane").await, json!({"values": {}}));
    let second = json!({"values": {"b": null}});
    office
        .ask("john", "PUT", PATH)
        .json(&second)
        .gives(200)
        .await;
    assert_eq!(of(&office, "john").await, second, "all of it is replaced");
}

#[tokio::test]
async fn they_are_a_small_object() {
    let office = Office::new().await;
    // Braces, name, colon and quotes are eight bytes.
    let of_size = |bytes: usize| json!({"values": {"x": "y".repeat(bytes - 8)}});
    let largest = of_size(16 * 1024);
    office
        .ask("john", "PUT", PATH)
        .json(&largest)
        .gives(200)
        .await;
    let larger = of_size(16 * 1024 + 1);
    let code = office.ask("john", "PUT", PATH).json(&larger).refused(413);
    assert_eq!(code.await, "too-large");
    for wrong in [
        json!({}),
        json!({"values": []}),
        json!({"values": null}),
        json!({"values": {}, "more": 1}),
        json!([]),
    ] {
        let code = office.ask("john", "PUT", PATH).json(&wrong).refused(400);
        assert_eq!(code.await, "bad-request", "{wrong}");
    }
    assert_eq!(of(&office, "john").await, largest);
}

#[tokio::test]
async fn they_are_nothing_for_programs() {
    let office = Office::new().await;
    let made = office
        .ask("chief", "POST", "/api/v1/tokens")
        .json(&json!({"name": "x"}))
        .gives(201)
        .await;
    let token = format!("Bearer {}", made["token"].as_str().unwrap());
    let get = office.anonymous("GET", PATH);
    let put = office.anonymous("PUT", PATH).json(&json!({"values": {}}));
    for ask in [get, put] {
        let code = ask.header("authorization", &token).refused(403).await;
        assert_eq!(code, "out-of-scope");
    }
}
