//! Many recordings at once: the list as a table, and one change of all that match.

use crate::office::{Asking, CHIEFS, JOHNS, ORPHAN, Office, draft};
use serde_json::{Value, json};

async fn exported(office: &Office, who: &str, query: &str) -> Vec<Vec<String>> {
    let path = format!("/api/v1/recordings/export?{query}");
    let answer = office.ask(who, "GET", &path).answer().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"recordings.csv\""
    );
    let text = String::from_utf8(answer.body).unwrap();
    let lines: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    lines
        .iter()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

#[tokio::test]
async fn a_table_holds_what_the_list_shows() {
    let office = Office::new().await;
    let path = format!("/api/v1/recordings/{JOHNS}");
    let change = json!({"note": "=HYPERLINK(\"x\")", "tags": ["vip", "quote"]});
    office
        .ask("john", "PATCH", &path)
        .json(&change)
        .gives(200)
        .await;
    let seen = office.ask("john", "GET", &path).gives(200).await;
    let table = exported(&office, "john", "").await;
    assert_eq!(
        table[0].join(","),
        "referenceNumber,id,state,startTime,durationMs,direction,localNumber,remoteNumber,owner,\
         ownerName,group,note,tags,preserved,onHold,conversationId,size,sha256"
    );
    let size = seen["media"]["size"].to_string();
    assert_eq!(
        table[1],
        [
            "2026000000001",
            JOHNS,
            "available",
            "2026-11-24T10:15:00Z",
            "192000",
            "outgoing",
            "225",
            "'+390584943232",
            "john",
            "",
            "Sales",
            "\"'=HYPERLINK(\"\"x\"\")\"",
            "quote; vip",
            "false",
            "false",
            "28349101",
            &size,
            seen["media"]["sha256"].as_str().unwrap(),
        ]
    );
    assert_eq!(table.len(), 2, "John sees his own");
}

#[tokio::test]
async fn a_table_is_filtered_sorted_and_written_down() {
    let office = Office::new().await;
    let john = office.user("john").await;
    for number in 10..150 {
        let id = format!("019338a0-0000-7000-8000-000000000{number:03}");
        let mut draft = draft(&id, "2026-11-23T10:00:00Z", Some(john));
        draft.duration_ms = 5000 + number;
        office.store(&draft, &[7; 3]).await;
    }
    let table = exported(&office, "jane", "durationMsMin=5010&sort=durationMs").await;
    let lengths: Vec<u64> = table[1..]
        .iter()
        .map(|row| row[4].parse().unwrap())
        .collect();
    let mut expected: Vec<u64> = (5010..5150).collect();
    expected.push(192_000);
    assert_eq!(lengths, expected);
    let page = office
        .ask("chief", "GET", "/api/v1/audit?action=ExportRecordings")
        .gives(200)
        .await;
    let rows = page["items"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["who"], "jane");
    assert_eq!(
        rows[0]["details"],
        "141 recordings; query: durationMsMin=5010&sort=durationMs"
    );
    for wrong in ["limit=5", "total=true", "cursor=x", "colour=red", "state=x"] {
        let path = format!("/api/v1/recordings/export?{wrong}");
        let code = office.ask("chief", "GET", &path).refused(400).await;
        assert_eq!(code, "bad-request", "{wrong}");
    }
}

fn change<'a>(office: &'a Office, who: &str, body: &Value) -> Asking<'a> {
    office
        .ask(who, "POST", "/api/v1/recordings/bulk")
        .json(body)
}

async fn tags(office: &Office, id: &str) -> Value {
    let path = format!("/api/v1/recordings/{id}");
    office.ask("chief", "GET", &path).gives(200).await["tags"].take()
}

#[tokio::test]
async fn tags_are_added_and_taken_away_beside_others() {
    let office = Office::new().await;
    let path = format!("/api/v1/recordings/{JOHNS}");
    let own = json!({"tags": ["VIP"]});
    office
        .ask("john", "PATCH", &path)
        .json(&own)
        .gives(200)
        .await;
    let tag = |action: &str, tag: &str| {
        json!({"ids": [JOHNS, CHIEFS, ORPHAN, JOHNS], "filter": null, "action": action,
            "tag": tag, "reason": null, "cursor": null, "dryRun": false})
    };
    let result = change(&office, "chief", &tag("tag", "quote"))
        .gives(200)
        .await;
    assert_eq!(
        result,
        json!({"done": 3, "refused": 0, "refusals": [], "nextCursor": null})
    );
    change(&office, "chief", &tag("tag", "vip"))
        .gives(200)
        .await;
    assert_eq!(tags(&office, JOHNS).await, json!(["quote", "VIP"]));
    change(&office, "chief", &tag("untag", "Vip"))
        .gives(200)
        .await;
    assert_eq!(tags(&office, JOHNS).await, json!(["quote"]));
    assert_eq!(tags(&office, ORPHAN).await, json!(["quote"]));
    let audited = office.audited().await;
    let edits = audited.iter().filter(|it| *it == "chief EditTags done");
    // Three got `quote`, two `vip`, and three lost it again.
    assert_eq!(edits.count(), 3 + 2 + 3);
}

#[tokio::test]
async fn what_is_out_of_reach_is_refused_alone_and_not_told() {
    let office = Office::new().await;
    let missing = "019338a0-0000-7000-8000-0000000000ff";
    let body = json!({"ids": [CHIEFS, JOHNS, missing], "action": "preserve"});
    let result = change(&office, "john", &body).gives(200).await;
    assert_eq!(
        (&result["done"], &result["refused"]),
        (&json!(1), &json!(2))
    );
    let refusals = result["refusals"].as_array().unwrap();
    assert_eq!(refusals[0]["id"], CHIEFS);
    assert_eq!(refusals[1]["id"], missing);
    for refusal in refusals {
        assert_eq!(refusal["referenceNumber"], Value::Null);
    }
    office.audits("john PreserveRecording refused").await;
    assert!(
        office
            .audited()
            .await
            .contains(&"john PreserveRecording done".to_owned())
    );
    // A filter finds only what is in reach.
    let all = json!({"filter": "", "action": "tag", "tag": "x"});
    let result = change(&office, "john", &all).gives(200).await;
    assert_eq!(
        (&result["done"], &result["refused"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(tags(&office, CHIEFS).await, json!([]));
}

#[tokio::test]
async fn deleting_a_set_leaves_nothing_out_and_nothing_preserved_is_lost() {
    let office = Office::new().await;
    let john = office.user("john").await;
    for number in 0..620 {
        let id = format!("019338a0-0000-7000-8000-000000010{number:03}");
        let start = format!("2026-11-23T10:{:02}:00Z", number % 60);
        office.store(&draft(&id, &start, Some(john)), &[7; 3]).await;
    }
    let kept = "019338a0-0000-7000-8000-000000010577";
    let keep = format!("/api/v1/recordings/{kept}/preservation");
    office.ask("chief", "PUT", &keep).gives(200).await;
    let mut body = json!({"filter": "owner=john&startTimeTo=2026-11-24T00:00:00Z&sort=size",
        "action": "delete", "reason": "retention", "dryRun": true});
    let (mut done, mut requests) = (Vec::new(), 0);
    for dry in [true, false] {
        body["dryRun"] = json!(dry);
        body["cursor"] = Value::Null;
        let mut all = 0;
        loop {
            let result = change(&office, "chief", &body).gives(200).await;
            all += result["done"].as_u64().unwrap();
            for refusal in result["refusals"].as_array().unwrap() {
                assert_eq!(refusal["id"], kept);
                assert!(!refusal["referenceNumber"].is_null());
                assert!(refusal["detail"].as_str().unwrap().contains("preserved"));
            }
            requests += 1;
            if requests == 3 {
                // It comes in while they are deleted: nobody has chosen it.
                let late = "019338a0-0000-7000-8000-000000029999";
                let start = "2026-11-23T00:00:00Z";
                office.store(&draft(late, start, Some(john)), b"late").await;
            }
            body["cursor"] = result["nextCursor"].clone();
            if body["cursor"].is_null() {
                break;
            }
        }
        done.push(all);
    }
    assert_eq!((done, requests), (vec![619, 619], 4));
    let left = "/api/v1/recordings?owner=john&total=true";
    let left = office.ask("chief", "GET", left).gives(200).await;
    assert_eq!(
        left["total"], 3,
        "the kept one, the late one, and the newer one"
    );
    assert!(office.catalogue.removals(10).await.unwrap().is_empty());
    // Looking whether it would be done was no try.
    let refused = "/api/v1/audit?action=DeleteRecording&outcome=refused&total=true";
    let rows = loop {
        let rows = office.ask("chief", "GET", refused).gives(200).await;
        if rows["total"] != 0 {
            break rows;
        }
    };
    assert_eq!(rows["total"], 1);
    assert_eq!(rows["items"][0]["recording"], kept);
}

#[tokio::test]
async fn what_cannot_be_used_changes_nothing() {
    let office = Office::new().await;
    let many = vec![JOHNS; 501];
    for wrong in [
        json!({"action": "preserve"}),
        json!({"ids": [JOHNS], "filter": "", "action": "preserve"}),
        json!({"ids": ["x"], "action": "preserve"}),
        json!({"ids": many, "action": "preserve"}),
        json!({"ids": [JOHNS], "cursor": "x", "action": "preserve"}),
        json!({"filter": "", "cursor": "x", "action": "preserve"}),
        json!({"filter": "colour=red", "action": "preserve"}),
        json!({"filter": "limit=3", "action": "preserve"}),
        json!({"filter": "text=a b", "action": "preserve"}),
        json!({"ids": [JOHNS], "action": "tag"}),
        json!({"ids": [JOHNS], "action": "tag", "tag": " "}),
        json!({"ids": [JOHNS], "action": "delete"}),
        json!({"ids": [JOHNS], "action": "delete", "reason": " "}),
        json!({"ids": [JOHNS], "action": "burn"}),
        json!({"ids": [JOHNS], "action": "preserve", "colour": "red"}),
    ] {
        let code = change(&office, "chief", &wrong).refused(400).await;
        assert_eq!(code, "bad-request", "{wrong}");
    }
    let delete = json!({"ids": [JOHNS], "action": "delete", "reason": "x"});
    let code = change(&office, "john", &delete).refused(403).await;
    assert_eq!(code, "level-too-low");
    let seen = format!("/api/v1/recordings/{JOHNS}");
    let seen = office.ask("john", "GET", &seen).gives(200).await;
    assert_eq!(seen["preservedBy"], Value::Null);
}
