//! Filters of the list: every filter with every operator, at its edges, over real rows.

use crate::house::{Answer, BASE, CHIEFS, FAILED, House, JOHNS, ORPHAN, PLAIN, draft};
use model::Direction;

async fn ask(house: &House, username: &str, query: &str) -> Answer {
    house.get(username, &format!("{BASE}?{query}")).await
}

async fn ids(house: &House, username: &str, query: &str) -> Vec<String> {
    let answer = ask(house, username, query).await;
    assert_eq!(answer.status, 200, "{query}");
    let json = answer.json();
    let rows = json["recordings"].as_array().unwrap();
    let ids: Vec<String> = rows
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    if !query.to_lowercase().contains("page") {
        assert_eq!(json["totalCount"], ids.len(), "{query}");
    }
    ids
}

fn lower(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| id.to_lowercase()).collect()
}

async fn check(house: &House, cases: &[(&str, &[&str])]) {
    for (query, expected) in cases {
        assert_eq!(ids(house, "chief", query).await, lower(expected), "{query}");
    }
}

const ALL: [&str; 5] = [FAILED, ORPHAN, CHIEFS, PLAIN, JOHNS];

#[tokio::test]
async fn times_are_filtered_by_four_operators() {
    let house = House::new().await;
    check(
        &house,
        &[
            ("startTime=2024-11-17T09:00:00Z", &[CHIEFS]),
            ("startTime=equals:2024-11-17T09:00:00", &[CHIEFS]),
            ("startTime=equals:2024-11-17T08:00:00.25Z", &[PLAIN]),
            ("startTime=equals:2024-11-17T08:00:00.250000000Z", &[PLAIN]),
            ("startTime=equals:2024-11-17T08:00:00Z", &[]),
            ("startTime=equals:2024-11-17T11:00:00%2B02:00", &[CHIEFS]),
            ("startTime=equals:2024-11-17T11:00:00+02:00", &[CHIEFS]),
            ("startTime=before:2024-11-17T09:00:00Z", &[PLAIN, JOHNS]),
            (
                "startTime=after:2024-11-17T09:00:00.0000000Z",
                &[FAILED, ORPHAN],
            ),
            (
                "startTime=between:2024-11-17T09:00:00Z;2024-11-17T11:00:00Z",
                &[ORPHAN, CHIEFS],
            ),
            (
                "startTime=between:2024-11-17T09:00:00Z%3B2024-11-17T09:00:00Z",
                &[],
            ),
            ("startTime=between:2024-11-18;2024-11-16", &[]),
            (
                "STARTTIME=after:2024-11-17T08:30&startTime=before:2024-11-17T09:30",
                &[CHIEFS],
            ),
            // The end is the start and the length.
            ("endTime=2024-11-17T08:01:30.750Z", &[PLAIN]),
            ("endTime=equals:2024-11-17T10:00:00Z", &[ORPHAN]),
            ("endTime=before:2019-01-30T10:18:12Z", &[]),
            ("endTime=before:2019-01-30T10:18:12.001Z", &[JOHNS]),
            ("endTime=after:2024-11-17T10:00:00Z", &[FAILED]),
            (
                "endTime=between:2024-11-17T08:01:30.750Z;2024-11-17T09:00:01Z",
                &[PLAIN],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn numbers_names_and_directions_are_filtered() {
    let house = House::new().await;
    check(
        &house,
        &[
            ("localPartyNumber=200", &[CHIEFS]),
            ("localPartyNumber=equals:2.0-0", &[CHIEFS]),
            ("localPartyNumber=20", &[]),
            ("remotePartyNumber=%2B390584943232", &[JOHNS]),
            ("remoteParty=+390584943232", &[JOHNS]),
            ("remoteParty=+39%200584%20943232", &[JOHNS]),
            ("remoteParty=contains:+3905", &[JOHNS]),
            ("remotePartyNumber=contains:584-94", &[JOHNS]),
            ("remoteParty=contains:%25", &[]),
            ("remoteParty=contains:_", &[]),
            ("remoteParty=contains:'", &[]),
            ("remoteParty=", &[FAILED, ORPHAN, CHIEFS, PLAIN]),
            (
                "remoteParty=+390584943232&remotePartyNumber=%2B390584943232",
                &[JOHNS],
            ),
            ("ownerUsername=JOHN_doe", &[FAILED, PLAIN, JOHNS]),
            ("ownerUsername=equals:chief", &[CHIEFS]),
            ("ownerUsername=nobody", &[]),
            ("ownerUsername=john%25", &[]),
            ("ownerUsername=", &[ORPHAN]),
            ("direction=2", &[JOHNS]),
            ("direction=equals:0", &[FAILED, ORPHAN, CHIEFS, PLAIN]),
            ("direction=1", &[]),
            // All of them must hold.
            (
                "ownerUsername=john_doe&direction=0&startTime=before:2024-11-17T11:00:00Z",
                &[PLAIN],
            ),
            ("ownerUsername=john_doe&localPartyNumber=200", &[]),
            ("something=else&x", &ALL),
        ],
    )
    .await;
}

#[tokio::test]
async fn escapes_and_percent_codes_are_undone() {
    let house = House::of_people().await;
    let id = "019338a0-0000-7000-8000-0000000000aa";
    let mut odd = draft(id, "2024-11-17T08:00:00Z", None);
    odd.remote_number = r"a;b\c%d".to_owned();
    odd.direction = Direction::Incoming;
    house.store(&odd, b"odd").await;
    check(
        &house,
        &[
            (r"remoteParty=a\;b\\c%25d", &[id]),
            (r"remoteParty=contains:\;", &[id]),
            (r"remoteParty=contains:%5C%5c", &[id]),
            (r"remoteParty=contains:b\c", &[id]),
            ("remoteParty=contains:%25D", &[id]),
            ("%72emoteParty=contains:%61", &[id]),
            ("remoteParty=contains:x", &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn filters_are_counted_and_paged() {
    let house = House::new().await;
    for (page, id) in [(0, FAILED), (1, PLAIN), (2, JOHNS)] {
        let query = format!("ownerUsername=john_doe&page={page}&pageSize=1");
        let answer = ask(&house, "chief", &query).await;
        assert_eq!(answer.json()["totalCount"], 3);
        assert_eq!(ids(&house, "chief", &query).await, lower(&[id]));
    }
    let slashed = format!("{BASE}/?ownerUsername=john_doe&page=3&pageSize=1");
    let answer = house.get("chief", &slashed).await;
    assert_eq!(answer.text(), r#"{"totalCount":3,"recordings":[]}"#);
    for (page, size, expected) in [
        (0, 501, &ALL[..]),
        (1, 501, &[]),
        (0, u64::MAX, &ALL),
        (u64::MAX, u64::MAX, &[]),
        (u64::MAX, 1, &[]),
    ] {
        let query = format!("page={page}&pageSize={size}");
        assert_eq!(
            ids(&house, "chief", &query).await,
            lower(expected),
            "{query}"
        );
        assert_eq!(ask(&house, "chief", &query).await.json()["totalCount"], 5);
    }
}

#[tokio::test]
async fn filters_show_nobody_more() {
    let house = House::new().await;
    for (query, expected) in [
        ("ownerUsername=chief", &[] as &[&str]),
        ("localPartyNumber=299", &[]),
        ("startTime=after:2000-01-01", &[FAILED, PLAIN, JOHNS]),
    ] {
        for username in ["john_doe", "jane_roe"] {
            assert_eq!(
                ids(&house, username, query).await,
                lower(expected),
                "{query}"
            );
        }
        assert_eq!(ask(&house, "recorder", query).await.status, 403);
    }
    // A level below the minimum learns nothing about the query either.
    assert_eq!(ask(&house, "recorder", "direction=9").await.status, 403);
    assert_eq!(ask(&house, "stranger", "direction=9").await.status, 401);
}

#[tokio::test]
async fn what_cannot_be_filtered_is_400_with_reason_0() {
    let house = House::new().await;
    for query in [
        "startTime=yesterday",
        "startTime=2018-02-30T00:00:00Z",
        "startTime=between:2018-11-01T00:00:00Z",
        "startTime=contains:2018",
        "startTime=like:2018",
        "localPartyNumber=contains:2",
        "remoteParty=startswith:2",
        "remoteParty=1&remotePartyNumber=2",
        "ownerUsername=contains:john",
        "direction=after:1",
        "direction=7",
        "page=0&pageSize=5&direction=x",
    ] {
        let answer = ask(&house, "chief", query).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.header("content-type"), "application/json");
        let json = answer.json();
        let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["message", "reason"], "{query}");
        assert_eq!(json["reason"], 0, "{query}");
    }
    assert_eq!(ask(&house, "chief", "page=0").await.json()["reason"], 1);
}

#[tokio::test]
async fn printed_values_find_their_recording_again() {
    let house = House::new().await;
    let all = ask(&house, "chief", "").await.json();
    for row in all["recordings"].as_array().unwrap() {
        let text = |key: &str| row[key].as_str().unwrap().replace('+', "%2B");
        let query = format!(
            "startTime=equals:{}&localPartyNumber={}&remoteParty={}&ownerUsername={}&direction={}",
            text("startTime"),
            text("localPartyNumber"),
            text("remotePartyNumber"),
            text("ownerUsername"),
            row["direction"]
        );
        assert_eq!(
            ids(&house, "chief", &query).await,
            [row["id"].as_str().unwrap()]
        );
    }
}
