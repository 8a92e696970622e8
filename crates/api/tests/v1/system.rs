//! How the system is, and the reference.

use crate::office::Office;
use serde_json::json;

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
        options.readiness = std::sync::Arc::new(|| vec!["the disk is full".to_owned()]);
        options
    })
    .await;
    let system = office
        .ask("chief", "GET", "/api/v1/system")
        .gives(200)
        .await;
    assert_eq!(system["missing"], json!(["the disk is full"]));
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
