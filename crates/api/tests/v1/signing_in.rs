//! Passwords, tokens and sessions, and what the audit says of them.

use crate::office::{Office, PASSWORD, basic};
use serde_json::json;

fn me(office: &Office) -> crate::office::Asking<'_> {
    office.anonymous("GET", "/api/v1/me")
}

/// Signs in as the page does: the cookie, and what changes need beside it.
async fn begin(office: &Office, who: &str) -> (String, String) {
    let form = json!({"username": who, "password": PASSWORD});
    let begun = office.anonymous("POST", "/api/v1/session").json(&form);
    let begun = begun.answer().await;
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    let csrf = begun.json()["csrfToken"].as_str().unwrap().to_owned();
    (cookie.to_owned(), csrf)
}

async fn goes_on(office: &Office, (cookie, _): &(String, String)) -> bool {
    me(office).header("cookie", cookie).answer().await.status == 200
}

#[tokio::test]
async fn strangers_are_told_nothing_and_written_down() {
    let office = Office::new().await;
    let nobody = me(&office).answer().await;
    assert_eq!(nobody.status, 401);
    assert_eq!(
        nobody.header("www-authenticate"),
        "Bearer realm=\"Earwitness\""
    );
    assert_eq!(nobody.header("content-type"), "application/problem+json");
    let mut bodies = Vec::new();
    for (username, password) in [("john", "wrong"), ("nobody at all", "wrong")] {
        let ask = me(&office).header("authorization", &basic(username, password));
        let answer = ask.answer().await;
        assert_eq!(answer.status, 401);
        bodies.push(answer.body);
    }
    assert_eq!(bodies[0], bodies[1]);
    let token = format!("Bearer ewt_{}", "A".repeat(43));
    assert_eq!(
        me(&office)
            .header("authorization", &token)
            .answer()
            .await
            .status,
        401
    );
    let audited = office.audited().await;
    for who in ["john", "nobody at all", ""] {
        let line = format!("{who} SignInFailed refused");
        assert_eq!(
            audited.iter().filter(|it| **it == line).count(),
            1,
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_sign_in_is_written_down_once_and_not_for_each_request() {
    let office = Office::new().await;
    for _ in 0..3 {
        me(&office)
            .header("authorization", &basic("john", PASSWORD))
            .gives(200)
            .await;
    }
    let audited = office.audited().await;
    let lines = audited.iter().filter(|line| *line == "john SignIn done");
    assert_eq!(lines.count(), 1);
}

#[tokio::test]
async fn a_session_has_a_cookie_and_changes_need_its_token() {
    let office = Office::new().await;
    let form = json!({"username": "John", "password": PASSWORD});
    let begun = office
        .anonymous("POST", "/api/v1/session")
        .json(&form)
        .answer()
        .await;
    assert_eq!(begun.status, 200);
    let set = begun.header("set-cookie").to_owned();
    assert!(
        set.starts_with("earwitness=") && set.contains("HttpOnly; SameSite=Strict"),
        "{set}"
    );
    let cookie = set.split(';').next().unwrap().to_owned();
    let csrf = begun.json()["csrfToken"].as_str().unwrap().to_owned();
    let ask = |method: &str, path: &str| office.anonymous(method, path).header("cookie", &cookie);
    let seen = ask("GET", "/api/v1/me").gives(200).await;
    assert_eq!(
        (&seen["user"]["username"], &seen["signedInBy"]),
        (&json!("john"), &json!("session"))
    );
    assert_eq!(
        ask("GET", "/api/v1/session").gives(200).await["csrfToken"],
        csrf
    );
    let note = "/api/v1/recordings/019338a0-0000-7000-8000-000000000001";
    let change = json!({"note": "x"});
    assert_eq!(
        ask("PATCH", note).json(&change).refused(403).await,
        "no-csrf-token"
    );
    let wrong = ask("PATCH", note)
        .header("x-csrf-token", "guess")
        .json(&change);
    assert_eq!(wrong.refused(403).await, "no-csrf-token");
    ask("PATCH", note)
        .header("x-csrf-token", &csrf)
        .json(&change)
        .gives(200)
        .await;
    let compatible = ask("GET", "/fw/Apps/Recorder/WebAPI/Recordings")
        .answer()
        .await;
    assert_eq!(compatible.status, 401);
    let ended = ask("DELETE", "/api/v1/session")
        .header("x-csrf-token", &csrf)
        .answer()
        .await;
    assert_eq!(ended.status, 204);
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(
        ask("GET", "/api/v1/me").refused(401).await,
        "unauthenticated"
    );
    let audited = office.audited().await;
    for line in ["john SignIn done", "john SignOut done"] {
        assert_eq!(
            audited.iter().filter(|it| *it == line).count(),
            1,
            "{line}: {audited:?}"
        );
    }
}

#[tokio::test]
async fn sessions_are_not_begun_with_wrong_passwords_or_without_access() {
    let office = Office::new().await;
    let begin = |username: &str, password: &str| {
        let form = json!({"username": username, "password": password});
        office.anonymous("POST", "/api/v1/session").json(&form)
    };
    assert_eq!(begin("john", "wrong").refused(401).await, "unauthenticated");
    assert_eq!(
        begin("outsider", PASSWORD).refused(403).await,
        "level-too-low"
    );
    assert_eq!(
        begin("john", &"x".repeat(2000)).refused(401).await,
        "unauthenticated"
    );
    for _ in 0..9 {
        begin("jane", "wrong").answer().await;
    }
    begin("jane", "wrong").refused(401).await;
    let slow = begin("jane", "wrong").answer().await;
    assert_eq!(slow.status, 429);
    assert!(slow.header("retry-after").parse::<u32>().unwrap() <= 60);
}

#[tokio::test]
async fn a_new_password_ends_sessions() {
    let office = Office::new().await;
    let session = begin(&office, "john").await;
    let new = json!({"password": "a new password"});
    office
        .ask("chief", "PUT", "/api/v1/users/john/password")
        .json(&new)
        .gives(200)
        .await;
    let ask = me(&office).header("cookie", &session.0);
    assert_eq!(ask.refused(401).await, "unauthenticated");
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_cookie_is_bound_to_tls() {
    let office = Office::with(|mut options| {
        options.trusted_proxies = vec!["0.0.0.0".parse().unwrap()];
        options
    })
    .await;
    let form = json!({"username": "john", "password": PASSWORD});
    let ask = office.anonymous("POST", "/api/v1/session").json(&form);
    let begun = ask.header("x-forwarded-proto", "https").answer().await;
    let set = begun.header("set-cookie");
    assert!(
        set.starts_with("__Host-earwitness=") && set.ends_with("; Secure"),
        "{set}"
    );
}

#[tokio::test]
async fn the_session_that_changes_its_password_goes_on_and_others_end() {
    let office = Office::new().await;
    let (here, there) = (begin(&office, "john").await, begin(&office, "john").await);
    let others = begin(&office, "jane").await;
    let change = |current: &str, new: &str| {
        let form = json!({"currentPassword": current, "newPassword": new});
        let ask = office.anonymous("PUT", "/api/v1/me/password").json(&form);
        ask.header("cookie", &here.0)
            .header("x-csrf-token", &here.1)
    };
    change("wrong", "a new password").refused(400).await;
    assert!(goes_on(&office, &there).await, "nothing was changed");
    change(PASSWORD, "a new password").gives(204).await;
    assert!(goes_on(&office, &here).await && goes_on(&office, &others).await);
    assert!(!goes_on(&office, &there).await);
    change("a new password", "another new one").gives(204).await;
    assert!(goes_on(&office, &here).await, "as often as one likes");
}

#[tokio::test]
async fn one_signs_out_here_or_everywhere() {
    let office = Office::new().await;
    let end = |(cookie, csrf): &(String, String), query: &str| {
        let path = format!("/api/v1/session{query}");
        let ask = office.anonymous("DELETE", &path).header("cookie", cookie);
        ask.header("x-csrf-token", csrf)
    };
    let goes_on = async |session| goes_on(&office, session).await;
    let mine = [
        begin(&office, "john").await,
        begin(&office, "john").await,
        begin(&office, "john").await,
    ];
    let others = begin(&office, "jane").await;
    end(&mine[0], "?everywhere=false").gives(204).await;
    assert!(!goes_on(&mine[0]).await && goes_on(&mine[1]).await);
    end(&mine[1], "?everywhere=maybe").refused(400).await;
    let ended = end(&mine[1], "?everywhere=true").answer().await;
    assert_eq!(ended.status, 204);
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
    assert!(!goes_on(&mine[1]).await && !goes_on(&mine[2]).await);
    assert!(goes_on(&others).await, "others stay signed in");
    let path = "/api/v1/audit?action=SignOut&text=everywhere&total=true";
    let rows = office.ask("chief", "GET", path).gives(200).await;
    assert_eq!(
        (&rows["total"], &rows["items"][0]["who"]),
        (&json!(1), &json!("john"))
    );
}
