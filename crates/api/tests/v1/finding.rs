//! Listing, searching and looking at recordings.

use crate::office::{CHIEFS, JOHNS, ORPHAN, Office, draft};
use model::RecordingId;
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn everybody_sees_what_is_in_reach() {
    let office = Office::new().await;
    for (who, seen) in [
        ("chief", vec![ORPHAN, CHIEFS, JOHNS]),
        ("john", vec![JOHNS]),
        ("jane", vec![JOHNS]),
    ] {
        let page = office
            .ask(who, "GET", "/api/v1/recordings?total=true")
            .gives(200)
            .await;
        assert_eq!(ids(&page), seen, "{who}");
        assert_eq!(page["total"], seen.len(), "{who}");
        assert_eq!(page["nextCursor"], Value::Null, "{who}");
    }
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    let office = Office::new().await;
    for (query, seen) in [
        ("text=john", vec![JOHNS]),
        ("startTimeFrom=2026-11-24T11:00:00Z", vec![ORPHAN, CHIEFS]),
        ("startTimeTo=2026-11-24T11:00:00Z", vec![JOHNS]),
        ("startTimeTo=2026-11-24T13:00:00+02:00", vec![JOHNS]),
        (
            "endTimeFrom=2026-11-24T10:18:12Z&endTimeTo=2026-11-24T10:18:12.001Z",
            vec![JOHNS],
        ),
        ("durationMsMin=1001", vec![JOHNS]),
        ("durationMsMax=1000", vec![ORPHAN, CHIEFS]),
        ("localNumber=200", vec![CHIEFS]),
        ("localNumberContains=99", vec![ORPHAN]),
        ("remoteNumber=+39 0584 943232", vec![JOHNS]),
        ("remoteNumberContains=4943", vec![JOHNS]),
        ("numberContains=99", vec![ORPHAN]),
        ("numberContains=%2B39 0584", vec![JOHNS]),
        ("numberContains=2", vec![ORPHAN, CHIEFS, JOHNS]),
        ("owner=JOHN", vec![JOHNS]),
        ("owner=", vec![ORPHAN]),
        ("group=sales", vec![JOHNS]),
        ("direction=outgoing", vec![JOHNS]),
        ("state=available", vec![ORPHAN, CHIEFS, JOHNS]),
        ("state=failed,deleted", vec![]),
        ("tag=quote", vec![]),
        ("conversationId=28349101", vec![JOHNS]),
        ("referenceNumber=2026000000001", vec![JOHNS]),
        ("trigger=always", vec![ORPHAN, CHIEFS, JOHNS]),
        ("trigger=on-demand", vec![]),
        ("client=sbc", vec![]),
        ("preserved=true", vec![]),
        ("onHold=false", vec![ORPHAN, CHIEFS, JOHNS]),
        ("hasNote=true", vec![]),
        ("masked=true", vec![]),
        ("masked=false", vec![ORPHAN, CHIEFS, JOHNS]),
        ("quality=poor", vec![]),
        ("quality=unmeasured", vec![ORPHAN, CHIEFS, JOHNS]),
        ("updatedAfter=2020-01-01T00:00:00Z&owner=john", vec![JOHNS]),
        ("sort=startTime", vec![JOHNS, CHIEFS, ORPHAN]),
        ("sort=-durationMs&limit=1", vec![JOHNS]),
        ("sort=-size&limit=1", vec![JOHNS]),
    ] {
        let path = format!("/api/v1/recordings?{}", query.replace(' ', "%20"));
        let page = office.ask("chief", "GET", &path).gives(200).await;
        assert_eq!(ids(&page), seen, "{query}");
    }
}

#[tokio::test]
async fn what_is_not_understood_is_refused() {
    let office = Office::new().await;
    for query in [
        "colour=red",
        "limit=0",
        "limit=201",
        "limit=ten",
        "cursor=nonsense",
        "sort=name",
        "direction=up",
        "startTimeFrom=yesterday",
        "localNumber=1&localNumberContains=2",
        "state=lost",
        "total=maybe",
        "preserved=1&preserved=2",
        "quality=bad",
        "masked=1",
    ] {
        let path = format!("/api/v1/recordings?{query}");
        let code = office.ask("chief", "GET", &path).refused(400).await;
        assert_eq!(code, "bad-request", "{query}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_in_every_order() {
    let office = Office::new().await;
    let john = office.user("john").await;
    for number in 10..30 {
        let id = format!("019338a0-0000-7000-8000-0000000000{number}");
        let mut draft = draft(&id, "2026-11-23T10:00:00Z", Some(john));
        draft.duration_ms = 5000 + number % 3;
        office.store(&draft, &[7; 3]).await;
    }
    for sort in [
        "startTime",
        "-startTime",
        "durationMs",
        "-durationMs",
        "updatedAt",
        "-size",
    ] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/recordings?limit=7&sort={sort}{cursor}");
            let page = office.ask("chief", "GET", &path).gives(200).await;
            seen.extend(ids(&page).into_iter().map(str::to_owned));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 23, "{sort}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 23, "{sort}");
    }
    let first = office
        .ask("chief", "GET", "/api/v1/recordings?limit=1")
        .gives(200)
        .await;
    let cursor = first["nextCursor"].as_str().unwrap();
    let other = format!("/api/v1/recordings?sort=size&cursor={cursor}");
    office.ask("chief", "GET", &other).refused(400).await;
}

#[tokio::test]
async fn details_are_whole_and_views_are_written_down() {
    let office = Office::new().await;
    let path = format!("/api/v1/recordings/{JOHNS}");
    let seen = office.ask("jane", "GET", &path).gives(200).await;
    assert_eq!(seen["id"], JOHNS);
    assert_eq!(seen["durationMs"], 192_000);
    assert_eq!(seen["direction"], "outgoing");
    assert_eq!(seen["owner"]["username"], "john");
    assert_eq!(seen["startTime"], "2026-11-24T10:15:00Z");
    assert_eq!(seen["media"]["contentType"], "audio/wav");
    assert_eq!(
        seen["allowed"],
        json!(["list", "read", "listen", "annotate", "preserve"])
    );
    office.audits("jane ViewRecording done").await;
    office
        .ask(
            "jane",
            "GET",
            &path
                .to_uppercase()
                .replace("/API/V1/RECORDINGS", "/api/v1/recordings"),
        )
        .gives(200)
        .await;
}

#[tokio::test]
async fn what_one_has_is_not_sent_again() {
    let office = Office::new().await;
    let path = format!("/api/v1/recordings/{JOHNS}");
    let first = office.ask("john", "GET", &path).answer().await;
    let tag = first.header("etag").to_owned();
    let again = office
        .ask("john", "GET", &path)
        .header("if-none-match", &tag);
    let again = again.answer().await;
    assert_eq!((again.status, again.header("etag")), (304, tag.as_str()));
    let change = office
        .ask("john", "PATCH", &path)
        .json(&json!({"note": "new"}));
    change.gives(200).await;
    let now = office
        .ask("john", "GET", &path)
        .header("if-none-match", &tag);
    assert_eq!(now.answer().await.status, 200);
}

#[tokio::test]
async fn ids_are_refused_in_the_order_of_the_contract() {
    let office = Office::new().await;
    let unknown = RecordingId::parse("019338a0-0000-7000-8000-00000000ffff").unwrap();
    for (who, id, status, code) in [
        ("recorder", "xyz", 403, "level-too-low"),
        ("john", "xyz", 400, "bad-request"),
        ("john", &unknown.to_string(), 404, "not-found"),
        ("john", CHIEFS, 403, "not-yours"),
        ("john", ORPHAN, 403, "not-yours"),
    ] {
        for end in ["", "/media", "/peaks", "/signalling", "/quality", "/notes"] {
            let path = format!("/api/v1/recordings/{id}{end}");
            assert_eq!(
                office.ask(who, "GET", &path).refused(status).await,
                code,
                "{path}"
            );
        }
    }
    office.audits("john ViewRecording refused").await;
    office.audits("john PlayRecording refused").await;
}

#[tokio::test]
async fn what_lies_beside_the_sound_is_served() {
    let office = Office::new().await;
    let path = |end| format!("/api/v1/recordings/{JOHNS}/{end}");
    let peaks = office.ask("john", "GET", &path("peaks")).gives(200).await;
    assert_eq!(
        (&peaks["left"], &peaks["right"]),
        (&json!([1, 3]), &json!([2, 4]))
    );
    let signalling = office
        .ask("john", "GET", &path("signalling"))
        .gives(200)
        .await;
    assert_eq!(signalling["keysCut"], true);
    assert!(
        signalling["messages"][0]["text"]
            .as_str()
            .unwrap()
            .contains("inline:***")
    );
    let quality = office.ask("john", "GET", &path("quality")).gives(200).await;
    assert_eq!(quality["streams"][0]["channel"], "left");
    office.audits("john ViewSignalling done").await;
    for end in ["peaks", "signalling", "quality"] {
        let path = format!("/api/v1/recordings/{CHIEFS}/{end}");
        assert_eq!(
            office.ask("chief", "GET", &path).refused(404).await,
            "not-found"
        );
    }
}

#[tokio::test]
async fn a_damaged_file_is_found() {
    let office = Office::new().await;
    let path = format!("/api/v1/recordings/{JOHNS}/verification");
    let sound = office.ask("john", "POST", &path).gives(200).await;
    assert_eq!(sound["intact"], true);
    office
        .archive
        .remove(&format!("{JOHNS}.wav"))
        .await
        .unwrap();
    let gone = office.ask("john", "POST", &path).gives(200).await;
    assert_eq!(
        (&gone["intact"], &gone["found"]),
        (&json!(false), &Value::Null)
    );
    let other = b"other sound";
    office
        .archive
        .put_bytes(&format!("{JOHNS}.wav"), other)
        .await
        .unwrap();
    let other = office.ask("john", "POST", &path).gives(200).await;
    assert_eq!(other["found"]["size"], 11);
    assert_eq!(other["intact"], false);
}

#[tokio::test]
async fn poor_and_masked_ones_are_found_and_say_so() {
    let office = Office::new().await;
    let john = office.user("john").await;
    for (number, lost, masked) in [(10, 0, false), (11, 3, true), (12, 9, false), (13, 8, true)] {
        let id = format!("019338a0-0000-7000-8000-0000000000{number}");
        let mut draft = draft(&id, "2026-11-23T10:00:00Z", Some(john));
        draft.details.loss = model::details::Loss {
            packets: 100 - lost,
            lost,
            ..model::details::Loss::default()
        };
        if masked {
            draft.details.pauses = vec![model::details::PauseSpan::default()];
        }
        office.store(&draft, b"x").await;
    }
    for (query, seen) in [
        ("quality=good", vec!["10"]),
        ("quality=fair", vec!["11"]),
        ("quality=poor", vec!["13", "12"]),
        ("quality=poor&sort=durationMs", vec!["12", "13"]),
        ("quality=poor&startTimeFrom=2026-11-23T10:00:01Z", vec![]),
        ("masked=true", vec!["13", "11"]),
        ("masked=true&quality=poor", vec!["13"]),
        ("masked=true&remoteNumberContains=0584", vec![]),
    ] {
        for who in ["chief", "john"] {
            let path = format!("/api/v1/recordings?total=true&{query}");
            let page = office.ask(who, "GET", &path).gives(200).await;
            let found = ids(&page);
            let ends: Vec<&str> = found.iter().map(|id| &id[34..]).collect();
            assert_eq!(ends, seen, "{query} {who}");
            assert_eq!(page["total"], seen.len(), "{query} {who}");
            if let Some(grade) = query.strip_prefix("quality=").filter(|it| it.len() == 4) {
                assert!(
                    page["items"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .all(|it| it["quality"] == grade)
                );
            }
        }
    }
}
