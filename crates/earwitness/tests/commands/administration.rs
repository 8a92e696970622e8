//! Tokens, rules, imports, rendering again, the audit's chain.

use crate::system::{System, json};

/// A WAV file of silence: 8 kHz, 16 bits, one channel.
fn wav(samples: u32) -> Vec<u8> {
    let bytes = samples * 2;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    for number in [16_u32, 0x0001_0001, 8_000, 16_000, 0x0010_0002] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    file.resize(file.len() + bytes as usize, 0);
    file
}

const METADATA: &str = r#"{
    "startDateTime": "2018-09-25T13:00:00.0000000Z", "duration": "PT1M30S", "direction": 1,
    "localParty": {"username": "JOHN", "phoneNumber": "225"},
    "remoteParty": {"phoneNumber": "+390584943232"}, "notes": "brought in", "preserved": true
}"#;

fn with_john() -> System {
    let system = System::quiet();
    system.done(&["user", "add", "john", "--number", "225", "--level", "base"]);
    system
}

fn audit(system: &System) -> Vec<(String, String, String)> {
    let folder = system.folder().join("data");
    let catalogue = catalogue::Catalogue::open("sqlite:catalogue.db", &folder).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (filter, oldest) = (Default::default(), catalogue::AuditOrder::Oldest);
    let rows = runtime.block_on(catalogue.audit_rows(&filter, oldest, None, 1_000));
    let row = |row: catalogue::AuditRow| {
        let action = row.event.action.name().to_owned();
        (row.event.app, row.event.who, action)
    };
    rows.unwrap().into_iter().map(row).collect()
}

#[test]
fn a_token_is_shown_once_and_can_be_revoked() {
    let system = with_john();
    let added = [
        "token",
        "add",
        "john",
        "--name",
        "a program",
        "--expires",
        "90d",
    ];
    let token = system.done(&added);
    assert!(
        token.starts_with("ewt_") && token.lines().count() == 1,
        "{token}"
    );
    let listed = system.done(&["token", "list", "--json"]);
    assert!(!listed.contains(token.trim()), "the token is shown again");
    let listed = &json(&listed)[0];
    assert_eq!(
        (&listed["username"], &listed["name"]),
        (&"john".into(), &"a program".into())
    );
    assert!(listed["expiresAt"].is_string() && listed["lastUsedAt"].is_null());
    assert!(token.starts_with(listed["prefix"].as_str().unwrap()));
    assert!(system.done(&["token", "list"]).contains("a program"));
    let id = listed["id"].to_string();
    system.done(&["token", "revoke", &id]);
    assert_eq!(
        json(&system.done(&["token", "list", "--json"])),
        serde_json::json!([])
    );
    system.refused(1, &["token", "revoke", &id]);
    let nobody = system.refused(1, &["token", "add", "nobody", "--name", "x"]);
    assert!(nobody.contains("nobody"), "{nobody}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn rules_are_kept_in_their_order_and_say_why_they_match() {
    let system = with_john();
    system.done(&["group", "add", "Board"]);
    system.done(&[
        "rule", "add", "board", "--mode", "never", "--group", "board",
    ]);
    let times = [
        "--times",
        "mon-fri 08:00-18:00 Europe/Rome",
        "--times",
        "sun 22:00-06:00",
    ];
    let john = [
        "rule",
        "add",
        "john",
        "--mode",
        "on-demand",
        "--user",
        "john",
    ];
    system.done(&[&john[..], &["--direction", "in"], &times].concat());
    system.done(&[
        "rule",
        "add",
        "+39 first",
        "--mode",
        "keep-late",
        "--number",
        "0039*",
        "--client",
        "sbc",
        "--pause",
        "own",
        "--position",
        "1",
    ]);
    let names = |system: &System| {
        let listed = json(&system.done(&["rule", "list", "--json"]));
        let rules = listed.as_array().unwrap().clone();
        rules
            .into_iter()
            .map(|rule| rule["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&system), ["+39 first", "board", "john"]);
    let listed = json(&system.done(&["rule", "list", "--json"]));
    assert_eq!(listed[0]["number"], "+39*");
    assert_eq!(
        listed[2]["times"][0],
        "mon,tue,wed,thu,fri 08:00-18:00 Europe/Rome"
    );
    assert!(
        system
            .done(&["rule", "list"])
            .contains("sun 22:00-06:00 UTC")
    );

    let test = [
        "rule",
        "test",
        "--json",
        "--local",
        "225",
        "--remote",
        "+390584943232",
    ];
    let at = ["--direction", "in", "--at", "2026-11-24T09:00:00+01:00"];
    let verdict = json(&system.done(&[&test[..], &at].concat()));
    assert_eq!(
        (&verdict["rule"], &verdict["mode"]),
        (&"john".into(), &"on-demand".into())
    );
    assert_eq!(verdict["why"].as_array().unwrap().len(), 3, "{verdict}");
    let verdict = json(&system.done(&[&test[..], &["--client", "SBC"]].concat()));
    assert_eq!(
        (&verdict["rule"], &verdict["pause"]),
        (&"+39 first".into(), &"own".into())
    );
    let open = system.done(&["rule", "test", "--remote", "1", at[2], at[3]]);
    assert!(open.contains("unless more becomes known"), "{open}");

    system.done(&[
        "rule",
        "set",
        "john",
        "--times",
        "",
        "--direction",
        "",
        "--rename",
        "j",
        "--position",
        "1",
    ]);
    assert_eq!(names(&system), ["j", "+39 first", "board"]);
    let verdict = json(&system.done(&test));
    assert_eq!(verdict["rule"], "j", "{verdict}");
    system.done(&["rule", "remove", "j"]);
    let gone = system.refused(1, &["rule", "remove", "j"]);
    assert!(gone.contains("`rule list`"), "{gone}");
    let group = system.refused(1, &["rule", "add", "x", "--mode", "never", "--group", "No"]);
    assert!(group.contains("No"), "{group}");
}

#[test]
fn a_recording_made_elsewhere_is_brought_in_unchanged_or_not_at_all() {
    let system = with_john();
    let folder = system.folder();
    std::fs::write(folder.join("call.wav"), wav(8_000)).unwrap();
    std::fs::write(folder.join("call.json"), METADATA).unwrap();
    let import = ["import", "call.wav", "--metadata", "call.json"];
    let id = system.done(&import);
    assert_eq!(id.trim().len(), 36, "{id}");
    system.done(&["verify", id.trim()]);
    let files = |system: &System| {
        let archive = system.folder().join("data/archive/2018/09/25");
        std::fs::read_dir(archive).unwrap().count()
    };
    let before = files(&system);
    for (sound, metadata, named) in [
        (b"no sound".to_vec(), METADATA.to_owned(), "call.wav"),
        (wav(10), METADATA.replace("JOHN", "nobody"), "call.json"),
        (wav(10), METADATA.replace("PT1M30S", "90"), "call.json"),
        (wav(10), "{".to_owned(), "call.json"),
    ] {
        std::fs::write(folder.join("call.wav"), sound).unwrap();
        std::fs::write(folder.join("call.json"), metadata).unwrap();
        let said = system.refused(1, &import);
        assert!(said.contains(named), "{said}");
    }
    system.refused(1, &["import", "none.wav", "--metadata", "call.json"]);
    assert_eq!(files(&system), before);
    let none = system.refused(1, &["render", id.trim(), "--out", "again.wav"]);
    assert!(
        none.contains("no journal") && !folder.join("again.wav").exists(),
        "{none}"
    );
}

#[test]
fn a_table_of_users_is_taken_whole_or_not_at_all() {
    let system = with_john();
    let table = system.folder().join("users.csv");
    let text = "username,firstName,numbers,group,level\n\
                jane,Jane,226;0039226,Sales,base\njohn,John,225,Sales,complete\n";
    std::fs::write(&table, text).unwrap();
    system.done(&["user", "import", "users.csv", "--dry-run"]);
    let users = |system: &System| json(&system.done(&["user", "list", "--json"]));
    assert_eq!(users(&system).as_array().unwrap().len(), 1);
    system.done(&["user", "import", "users.csv"]);
    let listed = users(&system);
    assert_eq!(
        (&listed[0]["username"], &listed[1]["level"]),
        (&"jane".into(), &"complete".into())
    );
    assert_eq!(listed[0]["numbers"], serde_json::json!(["226", "0039226"]));
    std::fs::write(&table, "username,level\nnew,base\nbad,boss\n").unwrap();
    let said = system.refused(1, &["user", "import", "users.csv"]);
    assert!(
        said.contains("users.csv") && said.contains("line 3"),
        "{said}"
    );
    assert_eq!(users(&system).as_array().unwrap().len(), 2);
    system.refused(1, &["user", "import", "none.csv"]);
}

#[test]
fn the_description_of_the_api_is_printed() {
    let document = json(&System::quiet().done(&["openapi"]));
    assert_eq!(
        document["openapi"].as_str().unwrap().split('.').next(),
        Some("3")
    );
    assert!(document["paths"]["/api/v1/me"].is_object());
}

#[test]
fn what_commands_change_is_written_down() {
    let system = with_john();
    system.done(&["user", "set", "john", "--department", "EMEA"]);
    system.done(&["token", "add", "john", "--name", "x"]);
    system.done(&["rule", "add", "x", "--mode", "always"]);
    system.done(&["group", "add", "Sales"]);
    let rows = audit(&system);
    let actions: Vec<&str> = rows.iter().map(|row| row.2.as_str()).collect();
    assert_eq!(
        actions,
        ["AddUser", "EditUser", "AddToken", "AddRule", "AddGroup"]
    );
    let name = nix::unistd::User::from_uid(nix::unistd::getuid())
        .unwrap()
        .unwrap()
        .name;
    assert!(
        rows.iter().all(|row| row.0 == "CLI" && row.1 == name),
        "{rows:?}"
    );
    system.done(&["verify"]);
}
