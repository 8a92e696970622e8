//! What reading leaves in the audit, and what is not served without it.

use crate::house::{BASE, CHIEFS, House, JOHNS, PLAIN, request};
use axum::body::Body;
use model::audit::AuditAction;
use std::time::Duration;

async fn media(
    house: &House,
    method: &str,
    username: &str,
    id: &str,
    headers: &[(&str, &str)],
) -> u16 {
    let path = format!("{BASE}/{id}/Media");
    let mut request = request(method, username, &path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    answer.status.as_u16()
}

async fn downloads(house: &House) -> usize {
    house.audit(AuditAction::DownloadRecording).await.len()
}

#[tokio::test]
async fn one_listening_is_one_row_however_many_ranges() {
    let house = House::new().await;
    for range in ["bytes=0-99", "bytes=100-199", "bytes=0-", "bytes=-1"] {
        assert_eq!(
            media(&house, "GET", "john_doe", JOHNS, &[("range", range)]).await,
            206
        );
    }
    assert_eq!(media(&house, "GET", "john_doe", JOHNS, &[]).await, 200);
    let john = ("john_doe".to_owned(), "done".to_owned());
    assert_eq!(house.audit(AuditAction::DownloadRecording).await, [john]);
    // Another recording, another user.
    assert_eq!(media(&house, "GET", "john_doe", PLAIN, &[]).await, 200);
    assert_eq!(downloads(&house).await, 2);
    assert_eq!(media(&house, "GET", "jane_roe", JOHNS, &[]).await, 200);
    assert_eq!(downloads(&house).await, 3);
}

#[tokio::test]
async fn what_serves_no_sound_is_no_listening() {
    let house = House::new().await;
    let tag = format!("\"{}\"", crate::house::sha256(&crate::house::SOUND));
    assert_eq!(media(&house, "HEAD", "john_doe", JOHNS, &[]).await, 200);
    assert_eq!(
        media(&house, "GET", "john_doe", JOHNS, &[("if-none-match", &tag)]).await,
        304
    );
    assert_eq!(
        media(
            &house,
            "GET",
            "john_doe",
            JOHNS,
            &[("range", "bytes=9999-")]
        )
        .await,
        416
    );
    assert_eq!(media(&house, "GET", "john_doe", CHIEFS, &[]).await, 403);
    let done = house.audit(AuditAction::DownloadRecording).await;
    assert!(done.iter().all(|row| row.1 != "done"), "{done:?}");
}

#[tokio::test]
async fn views_of_details_are_written_down() {
    let house = House::new().await;
    let path = format!("{BASE}/{JOHNS}");
    assert_eq!(house.get("john_doe", &path).await.status, 200);
    // Within a second.
    let john = ("john_doe".to_owned(), "done".to_owned());
    for _ in 0..100 {
        if house
            .audit(AuditAction::ViewRecording)
            .await
            .contains(&john)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the view is not in the audit");
}

#[tokio::test]
async fn what_was_deleted_does_not_exist() {
    let house = House::new().await;
    let chief = house.catalogue.sign_in("chief").await.unwrap().unwrap();
    let actor = model::audit::Actor::user(chief.principal, None, "test");
    // To john and jane the chief's is a stranger's: 403 while it exists, and 404 afterwards.
    let (plain, chiefs) = (format!("{BASE}/{PLAIN}"), format!("{BASE}/{CHIEFS}"));
    assert_eq!(house.get("john_doe", &chiefs).await.status, 403);
    for id in [PLAIN, CHIEFS] {
        let id = model::RecordingId::parse(id).unwrap();
        let edits = vec![catalogue::Edit::Delete {
            reason: "asked for".to_owned(),
        }];
        let changes = house.catalogue.by(actor.clone());
        changes.edit(id, edits, None).await.unwrap();
    }
    for username in ["chief", "john_doe", "jane_roe"] {
        for (path, end) in [
            (&plain, ""),
            (&plain, "/Media"),
            (&chiefs, ""),
            (&chiefs, "/Media"),
        ] {
            let answer = house.get(username, &format!("{path}{end}")).await;
            assert_eq!(answer.status, 404, "{username} {path}{end}");
            assert_eq!(answer.text(), r#"{"message":"recording does not exist"}"#);
        }
        let list = house.get(username, BASE).await;
        assert!(!list.text().contains(PLAIN) && !list.text().contains(CHIEFS));
    }
    assert_eq!(house.get("recorder", &plain).await.status, 403);
    assert_eq!(house.get("chief", BASE).await.json()["totalCount"], 3);
}
