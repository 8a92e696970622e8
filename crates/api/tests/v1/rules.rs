//! Recording rules and the dry run.

use crate::office::Office;
use serde_json::{Value, json};

fn rule(name: &str) -> Value {
    json!({"name": name, "mode": "keep-late", "group": "Sales", "direction": "incoming",
        "number": "+39*", "pause": "own",
        "times": [{"weekdays": ["monday", "tuesday"], "from": "08:00", "to": "18:30",
            "timeZone": "UTC"}]})
}

#[tokio::test]
async fn rules_are_added_replaced_and_removed_in_order() {
    let office = Office::new().await;
    let ask = || {
        office
            .ask("chief", "POST", "/api/v1/rules")
            .header("idempotency-key", "r")
    };
    let first = ask().json(&rule("first")).gives(201).await;
    assert_eq!(ask().json(&rule("first")).gives(201).await, first);
    assert_eq!(first["times"][0]["to"], "18:30");
    let mut second = rule("second");
    second["position"] = json!(1);
    office
        .ask("chief", "POST", "/api/v1/rules")
        .json(&second)
        .gives(201)
        .await;
    let names = |list: &Value| {
        let items = list["items"].as_array().unwrap().iter();
        items
            .map(|rule| rule["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let list = office.ask("chief", "GET", "/api/v1/rules").gives(200).await;
    assert_eq!(names(&list), ["second", "first"]);

    let one = format!("/api/v1/rules/{}", first["id"]);
    let tag = office
        .ask("chief", "GET", &one)
        .answer()
        .await
        .header("etag")
        .to_owned();
    let mut new = rule("renamed");
    new["position"] = json!(1);
    let put = office.ask("chief", "PUT", &one).header("if-match", &tag);
    assert_eq!(put.json(&new).gives(200).await["name"], "renamed");
    let late = office.ask("chief", "PUT", &one).header("if-match", &tag);
    assert_eq!(late.json(&new).refused(412).await, "changed");
    let list = office.ask("chief", "GET", "/api/v1/rules").gives(200).await;
    assert_eq!(names(&list), ["renamed", "second"]);
    office.ask("chief", "DELETE", &one).gives(204).await;
    for method in ["GET", "DELETE"] {
        assert_eq!(
            office.ask("chief", method, &one).refused(404).await,
            "not-found"
        );
    }
    let audited = office.audited().await;
    for line in [
        "chief AddRule done",
        "chief EditRule done",
        "chief DeleteRule done",
    ] {
        assert!(audited.iter().any(|it| it == line), "{line}");
    }
}

#[tokio::test]
async fn what_is_no_rule_is_refused() {
    let office = Office::new().await;
    let with = |key: &str, value: Value| {
        let mut rule = rule("x");
        rule[key] = value;
        rule
    };
    let times = |weekdays: Value, from: &str, zone: &str| {
        let times = json!({"weekdays": weekdays, "from": from, "to": "18:00", "timeZone": zone});
        json!([times])
    };
    for body in [
        with("name", json!("")),
        with("mode", json!("sometimes")),
        with("group", json!("Nowhere")),
        with("user", json!("ghost")),
        with("number", json!("")),
        with("times", times(json!([]), "08:00", "UTC")),
        with("times", times(json!(["monday"]), "8:00", "UTC")),
        with("times", times(json!(["monday"]), "08:00", "Mars/Olympus")),
        with("colour", json!("red")),
    ] {
        let ask = office.ask("chief", "POST", "/api/v1/rules").json(&body);
        assert_eq!(ask.refused(400).await, "bad-request", "{body}");
    }
    for path in ["/api/v1/rules", "/api/v1/rules/1"] {
        assert_eq!(
            office.ask("jane", "GET", path).refused(403).await,
            "level-too-low"
        );
    }
}

#[tokio::test]
async fn a_dry_run_says_which_rule_matches_and_why() {
    let office = Office::new().await;
    let mut never = rule("never abroad");
    never["mode"] = json!("never");
    never["times"] = json!([]);
    office
        .ask("chief", "POST", "/api/v1/rules")
        .json(&never)
        .gives(201)
        .await;
    let call = |remote: &str| {
        json!({"parties": [{"address": remote}, {"address": "225", "local": true}],
            "direction": "incoming", "at": "2026-11-24T10:15:00Z"})
    };
    let try_it = |body: Value| {
        office
            .ask("chief", "POST", "/api/v1/rules/dry-run")
            .json(&body)
    };
    let verdict = try_it(call("+390584943232")).gives(200).await;
    assert_eq!(
        (&verdict["mode"], &verdict["rule"]["name"]),
        (&json!("never"), &json!("never abroad"))
    );
    assert!(verdict["why"][0].as_str().unwrap().contains("matches"));
    let verdict = try_it(call("112")).gives(200).await;
    assert_eq!(
        (&verdict["mode"], &verdict["rule"]),
        (&json!("always"), &Value::Null)
    );
    let open = json!({"parties": [], "over": false});
    assert_eq!(try_it(open).gives(200).await["undecided"], true);
    try_it(json!({"parties": [], "at": "noon"}))
        .refused(400)
        .await;
    let many = vec![json!({"address": "1"}); 101];
    try_it(json!({"parties": many})).refused(400).await;
}

#[tokio::test]
async fn of_replacements_at_once_with_one_tag_one_is_made() {
    let office = Office::new().await;
    let ask = office.ask("chief", "POST", "/api/v1/rules");
    let added = ask.json(&rule("first")).gives(201).await;
    let path = format!("/api/v1/rules/{}", added["id"]);
    let read = office.ask("chief", "GET", &path).answer().await;
    let puts = (0..8).map(|number| {
        office
            .ask("chief", "PUT", &path)
            .header("if-match", read.header("etag"))
            .json(&rule(&format!("rule {number}")))
            .answer()
    });
    let answers = futures_util::future::join_all(puts).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    let made = answers.iter().find(|answer| answer.status == 200).unwrap();
    let now = office.ask("chief", "GET", &path).answer().await;
    assert_eq!(now.json(), made.json());
}
