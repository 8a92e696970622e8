//! `GET Recordings/{id}`: keys, ids, and the order of refusals.

use crate::house::{BASE, CHIEFS, FAILED, House, JOHNS, ORPHAN, PLAIN};
use serde_json::Value;

const KEYS: [&str; 13] = [
    "id",
    "referenceNumber",
    "pbxCallId",
    "startTime",
    "duration",
    "direction",
    "localPartyNumber",
    "remotePartyNumber",
    "owner",
    "preservingUser",
    "note",
    "size",
    "hash",
];

#[tokio::test]
async fn thirteen_keys_always_in_the_published_order() {
    let house = House::new().await;
    for id in [JOHNS, PLAIN, CHIEFS, ORPHAN, FAILED] {
        let answer = house.get("chief", &format!("{BASE}/{id}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/json");
        let json = answer.json();
        assert_eq!(json.as_object().unwrap().len(), KEYS.len());
        // None of the values holds a key's name in quotes, so places in the text are the order.
        let text = answer.text();
        let places: Vec<usize> = KEYS
            .iter()
            .map(|key| text.find(&format!("\"{key}\":")).unwrap())
            .collect();
        assert!(places.is_sorted(), "{text}");
        assert!(json["direction"].is_u64() && json["size"].is_u64());
        assert!(
            json["referenceNumber"]
                .as_str()
                .is_some_and(|number| number.len() == 13)
        );
        assert_eq!(json["hash"].as_object().unwrap().len(), 1);
        assert_eq!(json["hash"]["SHA256"].as_str().unwrap().len(), 64);
        assert_eq!(json["owner"].as_object().unwrap().len(), 6);
        assert!(
            json["owner"]
                .as_object()
                .unwrap()
                .values()
                .all(Value::is_string)
        );
    }
}

#[tokio::test]
async fn every_spelling_of_a_guid_is_one_recording() {
    let house = House::new().await;
    let lower = JOHNS.to_lowercase();
    let bare = lower.replace('-', "");
    for id in [
        JOHNS.to_owned(),
        JOHNS.to_uppercase(),
        format!("({lower})"),
        format!("{{{lower}}}"),
        format!("%28{JOHNS}%29"),
        format!("%7B{lower}%7D"),
        format!("%7b{lower}%7d"),
        bare.clone(),
        bare.to_uppercase(),
        lower.replace('7', "%37"),
    ] {
        let answer = house.get("john_doe", &format!("{BASE}/{id}")).await;
        assert_eq!(answer.status, 200, "{id}");
        assert_eq!(answer.json()["id"], lower.as_str());
    }
}

#[tokio::test]
async fn what_is_no_guid_is_400() {
    let house = House::new().await;
    let lower = JOHNS.to_lowercase();
    let bare = lower.replace('-', "");
    for id in [
        "xyz",
        "0",
        "%20",
        "%",
        "%7B%7D",
        "()",
        "%FF%FE",
        "..%2F..%2Fetc%2Fpasswd",
        "null",
        &bare[1..],
        &format!("{bare}0"),
        &format!("urn:uuid:{lower}"),
        &format!("%20{lower}"),
        &format!("{lower}%20"),
        &format!("%7B{lower})"),
        &format!("%7B{bare}%7D"),
        &format!("{lower}%2FMedia"),
        &lower.replacen('7', "g", 1),
        &lower.replacen('7', "%2F", 1),
        &lower.replace('-', "%00"),
        &"a".repeat(10_000),
        &"%25".repeat(5_000),
    ] {
        for end in ["", "/Media"] {
            let answer = house.get("john_doe", &format!("{BASE}/{id}{end}")).await;
            assert_eq!(answer.status, 400, "{id}{end}");
            assert_eq!(answer.text(), r#"{"message":"id is not a valid GUID"}"#);
        }
    }
}

#[tokio::test]
async fn refusals_come_in_the_order_of_the_contract() {
    let house = House::new().await;
    let unknown = "014309c0-cc7c-4be1-b6ee-6011a67441aa";
    let nil = "00000000-0000-0000-0000-000000000000";
    for (username, id, status) in [
        // Who are you, before everything about the id.
        ("stranger", "xyz", 401),
        ("stranger", unknown, 401),
        ("stranger", JOHNS, 401),
        // A level below the minimum learns nothing about ids.
        ("recorder", "xyz", 403),
        ("recorder", unknown, 403),
        ("recorder", JOHNS, 403),
        ("recorder", "", 403),
        ("outsider", JOHNS, 403),
        // Form, then existence, then ownership.
        ("john_doe", "xyz", 400),
        ("john_doe", unknown, 404),
        ("john_doe", nil, 404),
        ("john_doe", "", 404),
        ("john_doe", "/Media", 404),
        ("recorder", "/Media", 403),
        ("john_doe", CHIEFS, 403),
        ("john_doe", ORPHAN, 403),
        ("john_doe", JOHNS, 200),
        // Supervision reaches the group's recordings and nobody else's.
        ("jane_roe", JOHNS, 200),
        ("jane_roe", CHIEFS, 403),
        ("jane_roe", ORPHAN, 403),
        ("chief", JOHNS, 200),
        ("chief", ORPHAN, 200),
    ] {
        let answer = house.get(username, &format!("{BASE}/{id}")).await;
        assert_eq!(answer.status.as_u16(), status, "{username} {id}");
        if !id.is_empty() && id != "/Media" {
            let media = house.get(username, &format!("{BASE}/{id}/Media")).await;
            assert_eq!(media.status.as_u16(), status, "{username} {id}/Media");
        }
        if status != 200 {
            let json = answer.json();
            assert_eq!(
                json.as_object().unwrap().keys().collect::<Vec<_>>(),
                ["message"]
            );
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
}

#[tokio::test]
async fn a_recording_outlives_its_owner() {
    let house = House::new().await;
    house
        .catalogue
        .remove_user("john_doe", false)
        .await
        .unwrap();
    let path = format!("{BASE}/{JOHNS}");
    assert_eq!(house.get("john_doe", &path).await.status, 401);
    let answer = house.get("jane_roe", &path).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["owner"]["username"], "john_doe");
    let mut again = catalogue::NewUser::new("john_doe", "");
    again.level = model::access::Level::BASE;
    again.password_hash = api::passwords::hash(crate::house::PASSWORD).unwrap();
    house.catalogue.add_user(again).await.unwrap();
    assert_eq!(house.get("john_doe", &path).await.status, 403);
}
