//! Reading the audit, which is in it.

use crate::office::{JOHNS, Office};
use serde_json::{Value, json};

async fn busy() -> Office {
    let office = Office::new().await;
    let media = format!("/api/v1/recordings/{JOHNS}/media?download=true");
    office.ask("john", "GET", &media).answer().await;
    let note = json!({"note": "=1+1, \"quoted\""});
    let path = format!("/api/v1/recordings/{JOHNS}");
    office
        .ask("jane", "PATCH", &path)
        .json(&note)
        .gives(200)
        .await;
    office
}

#[tokio::test]
async fn rows_are_found_by_everything_they_say() {
    let office = busy().await;
    let count = async |query: &str| {
        let path = format!("/api/v1/audit?total=true&{query}");
        let page = office.ask("chief", "GET", &path).gives(200).await;
        assert_eq!(page["total"], page["items"].as_array().unwrap().len());
        page["total"].as_u64().unwrap()
    };
    assert_eq!(count("who=JOHN&action=DownloadRecording").await, 1);
    assert_eq!(count(&format!("recording={JOHNS}&who=jane")).await, 1);
    assert_eq!(count("action=SignIn&who=jane&outcome=done").await, 1);
    assert_eq!(count("from=2999-01-01T00:00:00Z").await, 0);
    assert_eq!(count("to=2001-01-01T00:00:00Z").await, 0);
    assert_eq!(count("address=0.0.0.0&action=AddNote").await, 1);
    assert_eq!(count("text=password&action=SignIn&who=john").await, 1);
    for wrong in [
        "action=Dance",
        "recording=x",
        "from=x",
        "address=x",
        "cursor=x",
        "limit=0",
        "outcome=x",
        "foo=1",
    ] {
        let path = format!("/api/v1/audit?{wrong}");
        assert_eq!(
            office.ask("chief", "GET", &path).refused(400).await,
            "bad-request",
            "{wrong}"
        );
    }
    assert_eq!(
        office
            .ask("jane", "GET", "/api/v1/audit")
            .refused(403)
            .await,
        "level-too-low"
    );
    assert!(
        office
            .audited()
            .await
            .contains(&"chief ViewAudit done".to_owned())
    );
}

#[tokio::test]
async fn pages_follow_each_other() {
    let office = busy().await;
    let (mut numbers, mut cursor) = (Vec::new(), String::new());
    for _ in 0..3 {
        let path = format!("/api/v1/audit?limit=2&oldestFirst=true{cursor}");
        let page = office.ask("chief", "GET", &path).gives(200).await;
        let items = page["items"].as_array().unwrap().iter();
        numbers.extend(items.map(|row| row["number"].as_u64().unwrap()));
        cursor = format!("&cursor={}", page["nextCursor"].as_str().unwrap());
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn the_export_has_the_six_columns_and_is_in_itself() {
    let office = busy().await;
    let answer = office
        .ask("chief", "GET", "/api/v1/audit/export")
        .answer()
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = String::from_utf8(answer.body).unwrap();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines[0], "Date,Email,IpAddress,AppName,ActionType,Details");
    let last = lines.last().unwrap();
    assert!(
        last.contains(",chief,0.0.0.0,Earwitness API,DownloadCsvAudit,"),
        "{last}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains(",john,") && line.contains("DownloadRecording"))
    );
    assert!(lines[1].contains(" +0000 UTC,"), "{}", lines[1]);
    let some = office
        .ask("chief", "GET", "/api/v1/audit/export?who=john")
        .answer()
        .await;
    let some = String::from_utf8(some.body).unwrap();
    assert!(
        some.lines().skip(1).all(|line| line.contains(",john,")),
        "{some}"
    );
    let ask = office.ask("john", "GET", "/api/v1/audit/export");
    assert_eq!(ask.refused(403).await, "level-too-low");
}

#[tokio::test]
async fn the_chain_is_checked() {
    let office = busy().await;
    let chain = office
        .ask("chief", "GET", "/api/v1/audit/chain")
        .gives(200)
        .await;
    assert_eq!(
        (&chain["intact"], &chain["broken"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(chain["rows"], chain["head"]["number"]);
    assert!(
        office
            .audited()
            .await
            .contains(&"chief VerifyAudit done".to_owned())
    );
}
