//! `GET Recordings`: order, pages, reach.

use crate::house::{
    Answer, BASE, CHIEFS, FAILED, House, JOHNS, ORPHAN, PLAIN, draft, request, sha256,
};
use axum::body::Body;
use catalogue::Stored;
use futures_util::future::join_all;
use model::Format;

async fn list(house: &House, username: &str, query: &str) -> (u64, Vec<String>) {
    let answer = house.get(username, &format!("{BASE}{query}")).await;
    assert_eq!(answer.status, 200, "{query}");
    read(&answer)
}

fn read(answer: &Answer) -> (u64, Vec<String>) {
    let json = answer.json();
    let rows = json["recordings"].as_array().unwrap();
    let ids = rows
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    (json["totalCount"].as_u64().unwrap(), ids)
}

fn lower(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| id.to_lowercase()).collect()
}

#[tokio::test]
async fn everybody_sees_what_is_in_reach_newest_first() {
    let house = House::new().await;
    for (username, ids) in [
        ("chief", &[FAILED, ORPHAN, CHIEFS, PLAIN, JOHNS] as &[&str]),
        ("john_doe", &[FAILED, PLAIN, JOHNS]),
        ("jane_roe", &[FAILED, PLAIN, JOHNS]),
    ] {
        assert_eq!(
            list(&house, username, "").await,
            (ids.len() as u64, lower(ids)),
            "{username}"
        );
    }
    for username in ["recorder", "outsider"] {
        for query in ["", "?page=0", "/", "/?page=0&pageSize=1"] {
            assert_eq!(
                house.get(username, &format!("{BASE}{query}")).await.status,
                403
            );
        }
    }
}

#[tokio::test]
async fn rows_have_the_eight_published_keys() {
    let house = House::new().await;
    let answer = house
        .get("chief", &format!("{BASE}?pageSize=1&page=1"))
        .await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.header("content-length"),
        answer.body.len().to_string()
    );
    let orphan = concat!(
        r#"{"id":"019338a0-0000-7000-8000-000000000003","referenceNumber":"2024000000003","#,
        r#""startTime":"2024-11-17T10:00:00Z","duration":"PT0S","direction":0,"#,
        r#""localPartyNumber":"299","remotePartyNumber":"","ownerUsername":""}"#,
    );
    assert_eq!(
        answer.text(),
        format!(r#"{{"totalCount":5,"recordings":[{orphan}]}}"#)
    );
}

#[tokio::test]
async fn pages_cut_the_list_and_the_total_stays() {
    let house = House::new().await;
    for (query, ids) in [
        ("?page=0&pageSize=2", &[FAILED, ORPHAN] as &[&str]),
        ("?page=1&pageSize=2", &[CHIEFS, PLAIN]),
        ("?page=2&pageSize=2", &[JOHNS]),
        ("?page=3&pageSize=2", &[]),
        ("/?PAGE=1&PAGESIZE=4", &[JOHNS]),
        ("?pageSize=3", &[FAILED, ORPHAN, CHIEFS]),
        (
            "?page=0&pageSize=501",
            &[FAILED, ORPHAN, CHIEFS, PLAIN, JOHNS],
        ),
        ("?page=1&pageSize=501", &[]),
        (
            "?page=0&pageSize=18446744073709551615",
            &[FAILED, ORPHAN, CHIEFS, PLAIN, JOHNS],
        ),
        (
            "?page=18446744073709551615&pageSize=18446744073709551615",
            &[],
        ),
        ("?page=18446744073709551615&pageSize=1", &[]),
        ("?sort=oldest", &[FAILED, ORPHAN, CHIEFS, PLAIN, JOHNS]),
    ] {
        assert_eq!(
            list(&house, "chief", query).await,
            (5, lower(ids)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_makes_no_page_is_400_with_reason_1() {
    let house = House::of_people().await;
    for (query, reason) in [
        ("?page=0", 1),
        ("?page=-1&pageSize=5", 1),
        ("?page=one&pageSize=5", 1),
        ("?page=0&pageSize=0", 1),
        ("?page=0&pageSize=", 1),
        ("?pageSize=-1", 1),
        ("?direction=9", 0),
        ("?StartTime=after:yesterday&page=0&pageSize=5", 0),
    ] {
        for slash in ["", "/"] {
            let answer = house.get("chief", &format!("{BASE}{slash}{query}")).await;
            assert_eq!(answer.status, 400, "{query}");
            let json = answer.json();
            assert_eq!(json["reason"], reason, "{query}");
            assert!(json["message"].is_string());
            assert_eq!(json.as_object().unwrap().len(), 2);
        }
    }
}

/// More than two pieces of what is held in memory at a time.
#[tokio::test]
async fn long_lists_are_sent_in_pieces_and_whole() {
    let house = House::of_people().await;
    let john = house.user("john_doe").await;
    let chief = house.user("chief").await;
    let house = &house;
    let all = (0..1203_u64).map(|n| async move {
        let id = format!("019338a0-0000-7000-8000-{n:012}");
        let start = format!("2024-11-17T10:{:02}:{:02}Z", n / 60, n % 60);
        let owner = if n % 3 == 0 { chief } else { john };
        let stored = Stored {
            size: 0,
            sha256: sha256(b""),
            format: Format::Wav,
            object_key: String::new(),
        };
        house
            .catalogue
            .register(&draft(&id, &start, Some(owner)), stored)
            .await
            .unwrap();
        id
    });
    let mut ids = join_all(all).await;
    ids.reverse();
    assert_eq!(list(house, "chief", "").await, (1203, ids.clone()));
    assert_eq!(
        list(house, "chief", "?pageSize=700").await,
        (1203, ids[..700].to_vec())
    );
    assert_eq!(
        list(house, "chief", "?page=1&pageSize=700").await,
        (1203, ids[700..].to_vec())
    );
    assert_eq!(
        list(house, "chief", "?page=1&pageSize=501").await,
        (1203, ids[501..1002].to_vec())
    );
    assert_eq!(
        list(house, "chief", "?pageSize=1000").await,
        (1203, ids[..1000].to_vec())
    );
    assert_eq!(
        list(house, "chief", "?page=3&pageSize=401").await,
        (1203, Vec::new())
    );
    let johns: Vec<String> = ids
        .iter()
        .filter(|id| id[id.len() - 12..].parse::<u64>().unwrap() % 3 != 0)
        .cloned()
        .collect();
    assert_eq!(list(house, "john_doe", "").await, (802, johns));

    let head = request("HEAD", "chief", BASE).body(Body::empty()).unwrap();
    let head = house.send(head).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), "application/json");
    assert_eq!(head.header("content-length"), "", "the length is not known");
}

#[tokio::test]
async fn nothing_in_reach_is_an_empty_list() {
    let house = House::of_people().await;
    for query in ["", "?page=0&pageSize=10", "?page=7&pageSize=1000"] {
        let answer = house.get("john_doe", &format!("{BASE}{query}")).await;
        assert_eq!(answer.text(), r#"{"totalCount":0,"recordings":[]}"#);
    }
}
