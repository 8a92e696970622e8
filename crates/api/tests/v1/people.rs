//! Users, groups, tokens, and oneself.

use crate::office::{Office, PASSWORD, basic};
use serde_json::{Value, json};

#[tokio::test]
async fn users_are_managed_by_administrators_alone() {
    let office = Office::new().await;
    for (method, path) in [
        ("GET", "/api/v1/users"),
        ("GET", "/api/v1/users/ghost"),
        ("POST", "/api/v1/users"),
        ("PATCH", "/api/v1/users/ghost"),
        ("DELETE", "/api/v1/users/ghost"),
        ("GET", "/api/v1/groups"),
    ] {
        assert_eq!(
            office.ask("jane", method, path).refused(403).await,
            "level-too-low"
        );
    }
    let users = office.ask("chief", "GET", "/api/v1/users").gives(200).await;
    assert_eq!(users["items"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_user_is_added_changed_and_removed() {
    let office = Office::new().await;
    let new = json!({"username": "José Ñ", "firstName": "José", "numbers": ["230"],
        "group": "Sales", "level": 2, "password": "long enough"});
    let ask = || {
        office
            .ask("chief", "POST", "/api/v1/users")
            .header("idempotency-key", "u1")
    };
    let answer = ask().json(&new).answer().await;
    assert_eq!(
        (answer.status, answer.json()["password"].clone()),
        (201, Value::Null)
    );
    let location = answer.header("location").to_owned();
    ask().json(&new).gives(201).await;
    let again = office.ask("chief", "POST", "/api/v1/users").json(&new);
    assert_eq!(again.refused(409).await, "conflict");
    let me = office.anonymous("GET", "/api/v1/me");
    let me = me.header("authorization", &basic("josé ñ", "long enough"));
    assert_eq!(me.gives(200).await["user"]["level"], 2);

    let seen = office.ask("chief", "GET", &location).answer().await;
    let tag = seen.header("etag").to_owned();
    let change = json!({"department": "EMEA", "numericId": 7, "supervises": ["Sales"]});
    let changed = office
        .ask("chief", "PATCH", &location)
        .header("if-match", &tag);
    let changed = changed.json(&change).gives(200).await;
    assert_eq!(
        (&changed["numericId"], &changed["firstName"]),
        (&json!(7), &json!("José"))
    );
    let late = office
        .ask("chief", "PATCH", &location)
        .header("if-match", &tag);
    assert_eq!(late.json(&change).refused(412).await, "changed");
    let change = json!({"numericId": null});
    let changed = office
        .ask("chief", "PATCH", &location)
        .json(&change)
        .gives(200)
        .await;
    assert_eq!(changed["numericId"], Value::Null);
    office.ask("chief", "DELETE", &location).gives(204).await;
    assert_eq!(
        office.ask("chief", "GET", &location).refused(404).await,
        "not-found"
    );
    let audited = office.audited().await;
    for line in [
        "chief AddUser done",
        "chief EditUser done",
        "chief DeleteUser done",
    ] {
        assert!(audited.iter().any(|it| it == line), "{line}");
    }
}

#[tokio::test]
async fn of_changes_at_once_with_one_tag_one_is_made() {
    let office = Office::new().await;
    let john = "/api/v1/users/john";
    let read = office.ask("chief", "GET", john).answer().await;
    let changes = (0..8).map(|number| {
        office
            .ask("chief", "PATCH", john)
            .header("if-match", read.header("etag"))
            .json(&json!({"department": format!("Room {number}")}))
            .answer()
    });
    let answers = futures_util::future::join_all(changes).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
    let made = answers.iter().find(|answer| answer.status == 200).unwrap();
    let now = office.ask("chief", "GET", john).answer().await;
    assert_eq!(now.json(), made.json());
    assert_eq!(now.header("etag"), made.header("etag"));
    // Any state at all is matched by all of them.
    let changes = (0..8).map(|number| {
        office
            .ask("chief", "PATCH", john)
            .header("if-match", "*")
            .json(&json!({"department": format!("Hall {number}")}))
            .answer()
    });
    let answers = futures_util::future::join_all(changes).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
}

#[tokio::test]
async fn what_breaks_a_rule_is_told() {
    let office = Office::new().await;
    for (body, status, code) in [
        (json!({"username": "a:b"}), 400, "bad-request"),
        (
            json!({"username": "x", "password": "short"}),
            400,
            "bad-request",
        ),
        (json!({"username": "x", "level": 11}), 400, "bad-request"),
        (
            json!({"username": "x", "group": "Nowhere"}),
            400,
            "bad-request",
        ),
        (
            json!({"username": "x", "numbers": ["225"]}),
            409,
            "conflict",
        ),
        (json!({"name": "x"}), 400, "bad-request"),
    ] {
        let ask = office.ask("chief", "POST", "/api/v1/users").json(&body);
        assert_eq!(ask.refused(status).await, code, "{body}");
    }
}

#[tokio::test]
async fn nobody_locks_the_last_administrator_out() {
    let office = Office::new().await;
    let chief = "/api/v1/users/chief";
    let demote = office
        .ask("chief", "PATCH", chief)
        .json(&json!({"level": 2}));
    assert_eq!(demote.refused(409).await, "last-administrator");
    let remove = office.ask("chief", "DELETE", chief);
    assert_eq!(remove.refused(409).await, "last-administrator");
    let table = "username,level\nchief,base\n";
    let import = office
        .ask("chief", "POST", "/api/v1/users/import")
        .csv(table);
    assert_eq!(import.answer().await.status, 400);
    let second = json!({"level": 10});
    office
        .ask("chief", "PATCH", "/api/v1/users/jane")
        .json(&second)
        .gives(200)
        .await;
    office.ask("chief", "DELETE", chief).gives(204).await;
}

#[tokio::test]
async fn passwords_are_set_and_changed() {
    let office = Office::new().await;
    let set = office
        .ask("chief", "PUT", "/api/v1/users/john/password")
        .json(&json!({}));
    let random = set.gives(200).await["password"]
        .as_str()
        .unwrap()
        .to_owned();
    let me = |password: &str| {
        let me = office.anonymous("GET", "/api/v1/me");
        me.header("authorization", &basic("john", password))
    };
    assert_eq!(me(PASSWORD).refused(401).await, "unauthenticated");
    me(&random).gives(200).await;
    let change = |current: &str, new: &str| {
        let ask = office.anonymous("PUT", "/api/v1/me/password");
        let ask = ask.header("authorization", &basic("john", &random));
        ask.json(&json!({"currentPassword": current, "newPassword": new}))
    };
    assert_eq!(
        change("wrong one", "another password").refused(400).await,
        "bad-request"
    );
    assert_eq!(change(&random, "short").refused(400).await, "bad-request");
    for _ in 0..9 {
        change("wrong too", "another password").refused(400).await;
    }
    let slow = change(&random, "another password");
    assert_eq!(slow.refused(429).await, "slow-down");
    me(&random).gives(200).await;
    let office = Office::new().await;
    let ask = office.ask("john", "PUT", "/api/v1/me/password");
    let right = json!({"currentPassword": PASSWORD, "newPassword": "another password"});
    ask.json(&right).gives(204).await;
    let me = |password: &str| {
        let me = office.anonymous("GET", "/api/v1/me");
        me.header("authorization", &basic("john", password))
    };
    me("another password").gives(200).await;
    let unknown = office
        .ask("chief", "PUT", "/api/v1/users/ghost/password")
        .json(&json!({}));
    assert_eq!(unknown.refused(404).await, "not-found");
}

#[tokio::test]
async fn tables_are_tried_and_taken_whole() {
    let office = Office::new().await;
    let table = "username,firstName,numbers,group,level,password\n\
                 john,Johnny,,Sales,base,\n\
                 anna,Anna,240;241,Support,base,long enough\n";
    let import = |query: &str, table: &str| {
        let path = format!("/api/v1/users/import{query}");
        office.ask("chief", "POST", &path).csv(table)
    };
    let tried = import("?dryRun=true", table).gives(200).await;
    let expected = json!({"dryRun": true, "added": 1, "changed": 1, "groups": ["Support"]});
    assert_eq!(tried, expected);
    assert_eq!(office.catalogue.users().await.unwrap().len(), 5);
    let faulty = import("", "username,numbers\nx,225\ny,\n\"z:\",\n")
        .gives(400)
        .await;
    let errors = faulty["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].as_str().unwrap().starts_with("line 2: "));
    assert_eq!(office.catalogue.users().await.unwrap().len(), 5);
    let done = import("", table).gives(200).await;
    assert_eq!(
        (&done["dryRun"], &done["added"]),
        (&json!(false), &json!(1))
    );
    let me = office.anonymous("GET", "/api/v1/me");
    let me = me.header("authorization", &basic("anna", "long enough"));
    assert_eq!(me.gives(200).await["user"]["group"], "Support");
    let plain = office
        .ask("chief", "POST", "/api/v1/users/import")
        .json(&json!({}));
    assert_eq!(plain.refused(415).await, "wrong-type");
}

#[tokio::test]
async fn groups_are_added_renamed_and_removed() {
    let office = Office::new().await;
    let name = |name: &str| json!({"name": name});
    office
        .ask("chief", "POST", "/api/v1/groups")
        .json(&name("Support"))
        .gives(201)
        .await;
    let again = office
        .ask("chief", "POST", "/api/v1/groups")
        .json(&name("support"));
    assert_eq!(again.refused(409).await, "conflict");
    let rename = office
        .ask("chief", "PATCH", "/api/v1/groups/Support")
        .json(&name("Help"));
    assert_eq!(rename.gives(200).await["name"], "Help");
    let groups = office
        .ask("chief", "GET", "/api/v1/groups")
        .gives(200)
        .await;
    assert_eq!(groups["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        office
            .ask("chief", "DELETE", "/api/v1/groups/Sales")
            .refused(409)
            .await,
        "conflict"
    );
    office
        .ask("chief", "DELETE", "/api/v1/groups/Help")
        .gives(204)
        .await;
    assert_eq!(
        office
            .ask("chief", "DELETE", "/api/v1/groups/Help")
            .refused(404)
            .await,
        "not-found"
    );
    let gone = office
        .ask("chief", "PATCH", "/api/v1/groups/Help")
        .json(&name("x"));
    assert_eq!(gone.refused(404).await, "not-found");
}

#[tokio::test]
async fn tokens_do_what_their_scopes_say_and_no_more() {
    let office = Office::new().await;
    let new = json!({"name": "export", "scopes": ["read"], "expiresAt": "2999-01-01T00:00:00Z"});
    let made = office
        .ask("john", "POST", "/api/v1/tokens")
        .json(&new)
        .gives(201)
        .await;
    let token = made["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("ewt_"));
    let with = |method: &str, path: &str| {
        let ask = office.anonymous(method, path);
        ask.header("authorization", &format!("Bearer {token}"))
    };
    with("GET", "/api/v1/recordings").gives(200).await;
    with("GET", "/fw/Apps/Recorder/WebAPI/Recordings")
        .gives(200)
        .await;
    let media = "/api/v1/recordings/019338a0-0000-7000-8000-000000000001/media";
    assert_eq!(with("GET", media).refused(403).await, "out-of-scope");
    assert_eq!(
        with("GET", "/api/v1/tokens").refused(403).await,
        "out-of-scope"
    );
    assert_eq!(
        with("POST", "/api/v1/tokens").refused(403).await,
        "out-of-scope"
    );
    let me = with("GET", "/api/v1/me").gives(200).await;
    assert_eq!(
        (&me["may"], &me["scopes"]),
        (&json!(["list", "read"]), &json!(["read"]))
    );
    let list = office.ask("john", "GET", "/api/v1/tokens").gives(200).await;
    assert_eq!(list["items"][0]["name"], "export");
    assert!(!list.to_string().contains(&token));
    let one = format!("/api/v1/tokens/{}", made["details"]["id"]);
    assert_eq!(
        office.ask("jane", "DELETE", &one).refused(404).await,
        "not-found"
    );
    office.ask("chief", "DELETE", &one).gives(204).await;
    assert_eq!(
        with("GET", "/api/v1/recordings").refused(401).await,
        "unauthenticated"
    );
}

#[tokio::test]
async fn a_repeated_request_shows_no_secret_again() {
    let office = Office::new().await;
    let ask = || {
        let ask = office
            .ask("john", "POST", "/api/v1/tokens")
            .header("idempotency-key", "t");
        ask.json(&json!({"name": "export"}))
    };
    let first = ask().gives(201).await;
    assert!(first["token"].is_string());
    let again = ask().gives(201).await;
    assert_eq!(
        (&again["token"], &again["details"]),
        (&Value::Null, &first["details"])
    );
}

#[tokio::test]
async fn tokens_for_others_are_for_administrators() {
    let office = Office::new().await;
    let new = json!({"name": "x", "username": "jane"});
    let ask = office.ask("john", "POST", "/api/v1/tokens").json(&new);
    assert_eq!(ask.refused(403).await, "level-too-low");
    office
        .ask("chief", "POST", "/api/v1/tokens")
        .json(&new)
        .gives(201)
        .await;
    let all = office
        .ask("chief", "GET", "/api/v1/tokens?everybody=true")
        .gives(200)
        .await;
    assert_eq!(all["items"][0]["username"], "jane");
    let ask = office.ask("john", "GET", "/api/v1/tokens?everybody=true");
    assert_eq!(ask.refused(403).await, "level-too-low");
    for body in [
        json!({"name": "x", "username": "ghost"}),
        json!({"name": "x", "expiresAt": "2001-01-01T00:00:00Z"}),
        json!({"name": "x", "scopes": ["everything"]}),
        json!({"name": ""}),
    ] {
        let ask = office.ask("chief", "POST", "/api/v1/tokens").json(&body);
        assert_eq!(ask.refused(400).await, "bad-request", "{body}");
    }
}

#[tokio::test]
async fn one_is_told_what_one_may() {
    let office = Office::new().await;
    let me = office.ask("jane", "GET", "/api/v1/me").gives(200).await;
    assert_eq!(me["user"]["supervises"], json!(["Sales"]));
    assert_eq!(me["signedInBy"], "password");
    let may = me["may"].to_string();
    assert!(
        may.contains("\"listen\"") && !may.contains("managePeople"),
        "{may}"
    );
    let chief = office.ask("chief", "GET", "/api/v1/me").gives(200).await;
    assert!(chief["may"].to_string().contains("managePeople"));
    assert_eq!(
        office
            .ask("outsider", "GET", "/api/v1/me")
            .refused(403)
            .await,
        "level-too-low"
    );
}
