//! Playing and downloading, and the entries without which nothing is served.

use crate::office::{CHIEFS, JOHNS, Office, SOUND};

fn path(end: &str) -> String {
    format!("/api/v1/recordings/{JOHNS}/media{end}")
}

#[tokio::test]
async fn one_listening_is_one_entry_however_many_ranges_it_takes() {
    let office = Office::new().await;
    let whole = office.ask("john", "GET", &path("")).answer().await;
    assert_eq!((whole.status, whole.body.as_slice()), (200, SOUND));
    assert!(whole.header("content-disposition").starts_with("inline; "));
    for first in [0, 5, 9] {
        let range = format!("bytes={first}-{}", first + 4);
        let part = office
            .ask("john", "GET", &path(""))
            .header("range", &range)
            .answer()
            .await;
        assert_eq!(
            (part.status, part.body.as_slice()),
            (206, &SOUND[first..first + 5])
        );
    }
    let plays = |lines: Vec<String>| {
        let plays = lines
            .into_iter()
            .filter(|line| line == "john PlayRecording done");
        plays.count()
    };
    assert_eq!(plays(office.audited().await), 1);
    let head = office.ask("jane", "HEAD", &path("")).answer().await;
    assert_eq!((head.status, head.header("content-length")), (200, "44"));
    assert!(
        !office
            .audited()
            .await
            .iter()
            .any(|line| line.starts_with("jane Play"))
    );
    let tag = whole.header("etag").to_owned();
    let known = office
        .ask("jane", "GET", &path(""))
        .header("if-none-match", &tag);
    assert_eq!(known.answer().await.status, 304);
    assert!(
        !office
            .audited()
            .await
            .iter()
            .any(|line| line.starts_with("jane Play"))
    );
}

#[tokio::test]
async fn a_copy_is_a_download() {
    let office = Office::new().await;
    let copy = office
        .ask("jane", "GET", &path("?download=true"))
        .answer()
        .await;
    assert_eq!(
        copy.header("content-disposition"),
        "attachment; filename=\"2026000000001.wav\""
    );
    assert!(
        office
            .audited()
            .await
            .contains(&"jane DownloadRecording done".to_owned())
    );
}

#[tokio::test]
async fn ranges_behind_the_end_and_missing_files() {
    let office = Office::new().await;
    let far = office
        .ask("john", "GET", &path(""))
        .header("range", "bytes=999-");
    let far = far.answer().await;
    assert_eq!(
        (far.status, far.header("content-range")),
        (416, "bytes */44")
    );
    office
        .archive
        .remove(&format!("{CHIEFS}.wav"))
        .await
        .unwrap();
    let gone = office.ask(
        "chief",
        "GET",
        &format!("/api/v1/recordings/{CHIEFS}/media"),
    );
    let problem = gone.gives(500).await;
    assert_eq!(problem["code"], "fault");
    assert_eq!(problem["reference"].as_str().unwrap().len(), 12);
}
