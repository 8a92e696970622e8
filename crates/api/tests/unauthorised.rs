//! Every operation of both descriptions, asked by nobody and by somebody who may not.
//!
//! An operation that is not in the table fails the suite: write down who must be refused.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

#[path = "common/office.rs"]
#[expect(dead_code, reason = "the office has more rooms than this test visits")]
mod office;
#[path = "common/schema.rs"]
mod schema;

use office::{CALL, CHIEFS, Office};
use serde_json::{Value, json};

/// Who must not: an operation, a user who is refused with 403, and the body to send.
const CASES: &[(&str, &str, &str)] = &[
    // Somebody else's recording.
    ("getRecording", "john", ""),
    ("editRecording", "john", r#"{"note": "x"}"#),
    ("deleteRecording", "john", ""),
    ("preserveRecording", "john", ""),
    ("releaseRecording", "john", ""),
    ("holdRecording", "john", r#"{"reason": "x"}"#),
    ("unholdRecording", "john", ""),
    ("getMedia", "john", ""),
    ("getWaveform", "john", ""),
    ("getSignalling", "john", ""),
    ("getQuality", "john", ""),
    ("getNoteHistory", "john", ""),
    ("addMark", "john", r#"{"offsetMs": 1, "text": "x"}"#),
    ("deleteMark", "john", ""),
    ("verifyRecording", "john", ""),
    // Levels that see nothing.
    ("listRecordings", "recorder", ""),
    ("exportRecordings", "recorder", ""),
    (
        "changeRecordings",
        "recorder",
        r#"{"filter": "", "action": "preserve"}"#,
    ),
    ("listLiveRecordings", "recorder", ""),
    ("followLiveRecordings", "recorder", ""),
    ("pauseRecording", "recorder", ""),
    ("resumeRecording", "recorder", ""),
    ("listenToLiveRecording", "recorder", ""),
    ("markLiveRecording", "recorder", r#"{"text": "x"}"#),
    ("getStatistics", "recorder", ""),
    // Calls of others.
    ("startLineRecording", "jane", r#"{"number": "225"}"#),
    ("startRecording", "jane", ""),
    ("stopRecording", "jane", ""),
    // Administration.
    ("listUsers", "jane", ""),
    ("addUser", "jane", r#"{"username": "x"}"#),
    ("importUsers", "jane", "username\nx\n"),
    ("getUser", "jane", ""),
    ("editUser", "jane", r#"{"level": 10}"#),
    ("deleteUser", "jane", ""),
    ("setPassword", "jane", r#"{}"#),
    ("listGroups", "jane", ""),
    ("addGroup", "jane", r#"{"name": "x"}"#),
    ("renameGroup", "jane", r#"{"name": "x"}"#),
    ("deleteGroup", "jane", ""),
    ("listRules", "jane", ""),
    ("addRule", "jane", r#"{"name": "x", "mode": "never"}"#),
    ("getRule", "jane", ""),
    ("replaceRule", "jane", r#"{"name": "x", "mode": "never"}"#),
    ("deleteRule", "jane", ""),
    ("tryRules", "jane", r#"{"parties": []}"#),
    ("listAudit", "jane", ""),
    ("exportAudit", "jane", ""),
    ("checkAuditChain", "jane", ""),
    ("getSystem", "jane", ""),
    ("listClients", "jane", ""),
    ("placeTestCall", "jane", r#"{}"#),
    // No access at all.
    ("listTokens", "outsider", ""),
    ("addToken", "outsider", r#"{"name": "x"}"#),
    ("deleteToken", "outsider", ""),
    ("getMe", "outsider", ""),
    ("getPreferences", "outsider", ""),
    ("setPreferences", "outsider", r#"{"values": {}}"#),
    (
        "changePassword",
        "outsider",
        r#"{"currentPassword": "x", "newPassword": "long enough"}"#,
    ),
    (
        "beginSession",
        "outsider",
        r#"{"username": "outsider", "password": "a good password"}"#,
    ),
    ("getSession", "outsider", ""),
    ("endSession", "outsider", ""),
];

/// The same for the compatible API.
const COMPATIBLE: &[(&str, &str, &str)] = &[
    ("listRecordings", "recorder", ""),
    ("uploadRecording", "recorder", ""),
    ("getRecording", "john", ""),
    ("getMedia", "john", ""),
    ("listLiveRecordings", "john", ""),
    ("startRecording", "jane", r#"{"directoryNumber": "225"}"#),
    ("stopLine", "jane", ""),
    ("stopMine", "outsider", ""),
    ("stopRecording", "jane", ""),
];

#[tokio::test]
async fn every_operation_of_v1_refuses_nobody_and_those_who_may_not() {
    let document = serde_json::from_str(api::openapi()).unwrap();
    all(&document, CASES).await;
}

#[tokio::test]
async fn every_operation_of_the_compatible_api_does_too() {
    let document = serde_json::from_str(api::openapi_compatible()).unwrap();
    all(&document, COMPATIBLE).await;
}

async fn all(document: &Value, cases: &[(&str, &str, &str)]) {
    let office = Office::new().await;
    let operations = schema::operations(document);
    for (path, method, operation) in &operations {
        let id = operation["operationId"].as_str().unwrap();
        let case = cases.iter().find(|case| case.0 == id);
        let (_, who, body) = case.unwrap_or_else(|| panic!("{id} has no case: add one"));
        let path = filled(path, id);
        let send = |ask| sent(ask, body, id);
        let nobody = match id {
            // Signing in is asked by nobody; what is wrong is then the password.
            "beginSession" => {
                let wrong = json!({"username": "john", "password": "wrong"});
                office.anonymous(method, &path).json(&wrong)
            }
            _ => send(office.anonymous(method, &path)),
        };
        let nobody = nobody.answer().await;
        assert_eq!(nobody.status, 401, "{method} {path} by nobody");
        assert!(
            !nobody.header("www-authenticate").is_empty(),
            "{method} {path}"
        );
        let refused = send(office.ask(who, method, &path)).answer().await;
        let text = String::from_utf8_lossy(&refused.body);
        assert_eq!(refused.status, 403, "{method} {path} by {who}: {text}");
    }
    for (id, _, _) in cases {
        let known = operations.iter().any(|(_, _, it)| it["operationId"] == *id);
        assert!(known, "{id} is no operation any more");
    }
    assert!(office.recorder.told().is_empty(), "nothing was done");
}

fn sent<'a>(ask: office::Asking<'a>, body: &str, id: &str) -> office::Asking<'a> {
    match body {
        "" => ask,
        table if id == "importUsers" => ask.csv(table),
        json => ask.json(&serde_json::from_str(json).unwrap()),
    }
}

/// The path with values that would work for somebody else.
fn filled(path: &str, id: &str) -> String {
    let live = path.to_lowercase().contains("live");
    let recording = if live { CALL } else { CHIEFS };
    let id_of = match path {
        "/api/v1/rules/{id}" | "/api/v1/tokens/{id}" => "1",
        _ => recording,
    };
    let path = path
        .replace("{id}", id_of)
        .replace("{mark}", "1")
        .replace("{username}", "john")
        .replace("{name}", "Sales");
    match id {
        "deleteRecording" | "unholdRecording" => format!("{path}?reason=x"),
        "stopLine" => format!("{path}?directoryNumber=225"),
        _ => path,
    }
}
