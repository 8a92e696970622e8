//! `GET Recordings/{id}/Media`: the file itself, whole or in part.

use crate::house::{Answer, BASE, CHIEFS, FAILED, House, JOHNS, ORPHAN, SOUND, request, sha256};
use axum::body::Body;
use model::Sha256;

async fn media(house: &House, method: &str, id: &str, headers: &[(&str, &str)]) -> Answer {
    let path = format!("{BASE}/{id}/Media");
    let request = headers
        .iter()
        .fold(request(method, "chief", &path), |request, (name, value)| {
            request.header(*name, *value)
        });
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_file_is_what_the_details_say_it_is() {
    let house = House::new().await;
    for id in [JOHNS, CHIEFS, ORPHAN] {
        let details = house.get("chief", &format!("{BASE}/{id}")).await.json();
        let answer = media(&house, "GET", id, &[]).await;
        assert_eq!(answer.status, 200);
        let sum = Sha256::parse(details["hash"]["SHA256"].as_str().unwrap()).unwrap();
        assert_eq!(sum, sha256(&answer.body));
        assert_eq!(details["size"], answer.body.len());
        assert_eq!(
            answer.header("content-length"),
            answer.body.len().to_string()
        );
        assert_eq!(answer.header("etag"), format!("\"{sum}\""));
        assert_eq!(answer.header("content-type"), "audio/wav");
        assert_eq!(answer.header("accept-ranges"), "bytes");
        let name = details["referenceNumber"].as_str().unwrap();
        let disposition = format!("attachment; filename=\"{name}.wav\"");
        assert_eq!(answer.header("content-disposition"), disposition);
        assert_eq!(answer.header("content-encoding"), "");
    }
}

#[tokio::test]
async fn one_range_is_served() {
    let house = House::new().await;
    for (range, part) in [
        ("bytes=0-0", 0..1),
        ("bytes=0-", 0..2000),
        ("bytes=100-199", 100..200),
        ("bytes=1999-", 1999..2000),
        ("bytes=1900-5000", 1900..2000),
        ("bytes=-1", 1999..2000),
        ("bytes=-5000", 0..2000),
        ("Bytes=5-6", 5..7),
    ] {
        let answer = media(&house, "GET", JOHNS, &[("range", range)]).await;
        assert_eq!(answer.status, 206, "{range}");
        let content_range = format!("bytes {}-{}/2000", part.start, part.end - 1);
        assert_eq!(answer.header("content-range"), content_range, "{range}");
        assert_eq!(
            answer.header("content-length"),
            part.len().to_string(),
            "{range}"
        );
        assert_eq!(answer.body, SOUND[part], "{range}");
        assert!(!answer.header("etag").is_empty());
    }
}

#[tokio::test]
async fn several_or_malformed_ranges_are_the_whole_file() {
    let house = House::new().await;
    for range in [
        "bytes=0-1,5-6",
        "bytes=5-4",
        "bytes=",
        "bytes=x-",
        "seconds=1-2",
        "",
        "bytes=-",
    ] {
        let answer = media(&house, "GET", JOHNS, &[("range", range)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.len()),
            (200, 2000),
            "{range}"
        );
        assert_eq!(answer.header("content-range"), "");
    }
    let twice = [("range", "bytes=0-1"), ("range", "bytes=5-6")];
    assert_eq!(media(&house, "GET", JOHNS, &twice).await.status, 200);
}

#[tokio::test]
async fn ranges_behind_the_end_are_416() {
    let house = House::new().await;
    for (id, range, size) in [
        (JOHNS, "bytes=2000-", 2000),
        (JOHNS, "bytes=2000-2001", 2000),
        (JOHNS, "bytes=99999999999999999999999-", 2000),
        (JOHNS, "bytes=-0", 2000),
        (ORPHAN, "bytes=0-", 0),
    ] {
        let answer = media(&house, "GET", id, &[("range", range)]).await;
        assert_eq!(answer.status, 416, "{range}");
        assert_eq!(answer.header("content-range"), format!("bytes */{size}"));
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn known_tags_are_304_before_any_range() {
    let house = House::new().await;
    let tag = format!("\"{}\"", sha256(&SOUND));
    for list in [
        tag.as_str(),
        &format!("W/{tag}"),
        &format!("\"other\", {tag}"),
        "*",
    ] {
        for range in ["bytes=0-1", "bytes=9999-"] {
            let headers = [("if-none-match", list), ("range", range)];
            for method in ["GET", "HEAD"] {
                let answer = media(&house, method, JOHNS, &headers).await;
                assert_eq!(answer.status, 304, "{list}");
                assert_eq!(answer.header("etag"), tag);
                assert!(answer.body.is_empty());
            }
        }
    }
    let other = media(&house, "GET", JOHNS, &[("if-none-match", "\"other\"")]).await;
    assert_eq!((other.status.as_u16(), other.body.len()), (200, 2000));
}

#[tokio::test]
async fn if_range_serves_a_range_of_the_very_same_file_only() {
    let house = House::new().await;
    let tag = format!("\"{}\"", sha256(&SOUND));
    for (condition, status) in [
        (tag.as_str(), 206),
        (&format!("W/{tag}"), 200),
        ("\"other\"", 200),
        ("Tue, 24 Nov 2026 05:00:00 GMT", 200),
        ("*", 200),
    ] {
        let headers = [("range", "bytes=0-1"), ("if-range", condition)];
        let answer = media(&house, "GET", JOHNS, &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{condition}");
        let late = [("range", "bytes=9999-"), ("if-range", condition)];
        let expected = if status == 206 { 416 } else { 200 };
        assert_eq!(
            media(&house, "GET", JOHNS, &late).await.status.as_u16(),
            expected
        );
    }
}

#[tokio::test]
async fn head_says_the_same_and_sends_nothing() {
    let house = House::new().await;
    let get = media(&house, "GET", JOHNS, &[]).await;
    for headers in [&[] as &[(&str, &str)], &[("range", "bytes=0-1")]] {
        let head = media(&house, "HEAD", JOHNS, headers).await;
        assert_eq!(head.status, 200);
        assert_eq!(head.headers, get.headers);
        assert!(head.body.is_empty());
    }
}

#[tokio::test]
async fn a_recording_without_sound_is_404_with_a_message() {
    let house = House::new().await;
    for method in ["GET", "HEAD"] {
        let answer = media(&house, method, FAILED, &[("range", "bytes=0-1")]).await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.header("content-type"), "application/json");
    }
    let answer = media(&house, "GET", FAILED, &[]).await;
    assert_eq!(
        answer.text(),
        r#"{"message":"this recording has no sound"}"#
    );
}

#[tokio::test]
async fn a_file_that_is_gone_or_changed_is_a_fault_and_not_an_answer() {
    let house = House::new().await;
    let key = format!("{}.wav", JOHNS.to_lowercase());
    house.archive.remove(&key).await.unwrap();
    let gone = media(&house, "GET", JOHNS, &[]).await;
    assert_eq!(gone.status, 500);
    assert!(!gone.text().contains("wav") && gone.text().contains("the log says more under"));
    house.archive.put_bytes(&key, b"short").await.unwrap();
    assert_eq!(media(&house, "GET", JOHNS, &[]).await.status, 500);
}
