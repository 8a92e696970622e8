//! Users, groups, settings, checks and test calls; help and usage of everything.

use crate::system::{System, command, json, said};

#[test]
fn help_is_on_everything() {
    let system = System::quiet();
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["user", "--help"],
        &["user", "add", "--help"],
        &["group", "remove", "--help"],
        &["test-call", "--help"],
        &["verify", "--help"],
        &["token", "add", "--help"],
        &["rule", "test", "--help"],
        &["user", "import", "--help"],
        &["import", "--help"],
        &["render", "--help"],
        &["openapi", "--help"],
        &["config", "--help"],
        &["doctor", "--help"],
    ] {
        assert!(system.done(arguments).contains("Usage: "), "{arguments:?}");
    }
    assert!(system.done(&["--version"]).starts_with("earwitness "));
}

#[test]
fn wrong_usage_and_wrong_settings_are_status_2() {
    let system = System::quiet();
    for arguments in [
        &["frobnicate"][..],
        &["user", "add"],
        &["user", "add", "a", "--level", "boss"],
        &["user", "add", "a:b"],
        &["verify", "12"],
        &["token", "add", "john"],
        &["token", "add", "john", "--name", "x", "--expires", "0d"],
        &["token", "revoke", "x"],
        &["rule", "add", "x"],
        &["rule", "add", "x", "--mode", "sometimes"],
        &["rule", "add", "x", "--mode", "never", "--times", "mon 8-9"],
        &["rule", "add", "x", "--mode", "never", "--position", "0"],
        &["import", "call.wav"],
        &["render", "12", "--out", "x"],
        &["test-call", "--seconds", "-1"],
        &["test-call", "--every", "2"],
        &["test-call", "--codec", "g729"],
        &["test-call", "--transport", "tls"],
        &["test-call", "--to", "sips:"],
    ] {
        let err = system.refused(2, arguments);
        assert!(err.contains("error: "), "{arguments:?}: {err}");
    }
    let err = system.refused(2, &["test-call", "--codec", "g729"]);
    assert!(err.contains("pcmu, pcma, g722, opus"), "{err}");
    let render = ["render", "019338a0-0000-7000-8000-000000000001"];
    let mp3 = [&render[..], &["--out", "x", "--format", "mp3"]].concat();
    let err = system.refused(2, &mp3);
    assert!(err.contains("wav"), "{err}");

    let wrong = System::new("[http]\nlisen = \"x\"\n");
    let err = wrong.refused(2, &["user", "list"]);
    for part in ["earwitness.toml", "http.lisen", "did you mean `listen`?"] {
        assert!(err.contains(part), "{part} in {err}");
    }
}

#[test]
fn users_and_groups_are_kept() {
    let system = System::quiet();
    let err = system.refused(1, &["user", "add", "ann", "--group", "Sales"]);
    assert!(err.contains("group add Sales"), "{err}");
    system.done(&["group", "add", "Sales"]);
    let password = system.done(&[
        "user",
        "add",
        "ann",
        "--group",
        "Sales",
        "--supervises",
        "Sales",
        "--number",
        "225,+390584943225",
        "--level",
        "complete",
        "--first-name",
        "Ann",
        "--numeric-id",
        "7",
    ]);
    assert_eq!(password.lines().count(), 1);
    assert!(password.trim().len() >= 16);
    assert_eq!(
        system
            .run_with_input(&["user", "add", "bob", "--password-stdin"], "long enough\n")
            .1,
        ""
    );
    assert_eq!(
        system
            .run_with_input(&["user", "add", "cid", "--password-stdin"], "short\n")
            .0,
        1
    );

    let users = json(&system.done(&["user", "list", "--json"]));
    assert_eq!(users.as_array().unwrap().len(), 2);
    assert_eq!(users[0]["username"], "ann");
    assert_eq!(
        users[0]["numbers"],
        serde_json::json!(["225", "+390584943225"])
    );
    assert_eq!(users[0]["level"], "complete");
    assert_eq!(users[0]["numericId"], 7);
    assert_eq!(users[1]["level"], "record");
    let table = system.done(&["user", "list"]);
    assert!(table.starts_with("USER  LEVEL     NUMBERS"), "{table}");
    assert_eq!(
        json(&system.done(&["group", "list", "--json"]))[0]["members"],
        1
    );

    let err = system.refused(1, &["user", "set", "bob", "--number", "225"]);
    assert!(
        err.contains("number 225 already belongs to user ann"),
        "{err}"
    );
    system.done(&["user", "set", "bob", "--level", "5", "--group", "Sales"]);
    let users = json(&system.done(&["user", "list", "--json"]));
    assert_eq!(
        (&users[1]["level"], &users[1]["group"]),
        (&"5".into(), &"Sales".into())
    );
}

#[test]
fn the_last_complete_user_and_groups_in_use_are_guarded() {
    let system = System::quiet();
    system.done(&["group", "add", "Sales"]);
    system.done(&["user", "add", "ann", "--level", "complete"]);
    system.done(&["user", "add", "bob", "--group", "Sales"]);
    let err = system.refused(1, &["user", "remove", "ann"]);
    assert!(err.contains("--force"), "{err}");
    system.refused(1, &["user", "set", "ann", "--level", "base"]);
    system.done(&["user", "remove", "ann", "--force"]);
    system.refused(1, &["user", "remove", "ann"]);
    system.refused(1, &["user", "password", "ann"]);
    assert_eq!(system.done(&["user", "password", "bob"]).lines().count(), 1);
    system.refused(1, &["group", "remove", "Sales"]);
    system.done(&["user", "set", "bob", "--group", ""]);
    system.done(&["group", "remove", "Sales"]);
    assert_eq!(system.done(&["group", "list"]), "NAME  MEMBERS\n");
}

#[test]
fn config_is_itself_a_settings_file_and_hides_secrets() {
    let system = System::new(
        "[archive]\nsecret_access_key = \"geheim\"\n[[client]]\nname = \"sbc\"\n\
         address = \"10.0.0.1\"\n",
    );
    let text = system.done(&["config"]);
    assert!(!text.contains("geheim"));
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("secret_access_key").contains("\"***\""));
    assert!(line("secret_access_key").ends_with("earwitness.toml"));
    assert!(line("listen").ends_with("# default"));
    assert!(line("data").contains(&*system.folder().to_string_lossy()));
    let again = System::new(&text);
    let names = |system: &System| {
        let listed = json(&system.done(&["config", "--json"]));
        listed
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["key"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&system), names(&again));

    let output = command(system.folder())
        .env("EARWITNESS_HTTP__LISTEN", "127.0.0.1:9")
        .args(["config", "--json"])
        .output()
        .unwrap();
    let listed = json(&said(&output).1);
    let listen = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["key"] == "http.listen")
        .unwrap();
    assert_eq!(listen["value"], "127.0.0.1:9");
    assert_eq!(listen["source"], "environment EARWITNESS_HTTP__LISTEN");
}

#[test]
fn verify_of_nothing_finds_nothing_and_of_an_unknown_id_a_fault() {
    let system = System::quiet();
    assert_eq!(system.done(&["verify"]), "");
    assert_eq!(system.done(&["verify", "--all"]), "");
    let (status, out, err) = system.run(&["verify", "75a90276-e47e-4e9e-b463-e3c743d5ff3a"]);
    assert_eq!(status, 1);
    assert!(out.contains("there is no such recording"), "{out}");
    assert!(err.contains("faults: 1"), "{err}");
}

#[test]
fn verify_reads_back_and_names_what_is_damaged() {
    let system = System::quiet();
    let data = system.folder().join("data");
    std::fs::create_dir(&data).unwrap();
    let id = model::RecordingId::mint(1_795_000_000_000, [7; 10]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let archive = archive::Archive::open("file:archive", &data).unwrap();
        let receipt = archive
            .put_bytes("2026/11/24/x.wav", b"RIFF of a kind")
            .await
            .unwrap();
        let catalogue = catalogue::Catalogue::open("sqlite:catalogue.db", &data).unwrap();
        let stored = catalogue::Stored {
            size: receipt.size,
            sha256: receipt.sha256,
            format: model::Format::Wav,
            object_key: receipt.key,
        };
        catalogue.register(&draft(id), stored).await.unwrap();
    });
    assert_eq!(system.done(&["verify"]), "");
    assert_eq!(system.done(&["verify", &id.to_string()]), "");

    let object = data.join("archive/2026/11/24/x.wav");
    std::fs::remove_file(&object).unwrap();
    let (status, out, _) = system.run(&["verify", "--all"]);
    assert_eq!((status, out.lines().count()), (1, 1), "{out}");
    std::fs::write(&object, b"RIFF of a kine").unwrap();
    let (status, out, err) = system.run(&["verify"]);
    assert_eq!(status, 1);
    assert!(
        out.starts_with(&format!("{id} (2026000000001): SHA-256 ")),
        "{out}"
    );
    assert!(
        err.contains("read back: 1") && err.contains("faults: 1"),
        "{err}"
    );
}

fn draft(id: model::RecordingId) -> model::Draft {
    let time = jiff::Timestamp::from_millisecond(1_795_000_000_000).unwrap();
    model::Draft {
        id,
        session: model::SessionId::from_bytes(id.to_bytes()),
        pbx_call_id: None,
        start_time: time,
        duration_ms: 0,
        direction: model::Direction::Unknown,
        local_number: String::new(),
        remote_number: String::new(),
        owner: None,
        sides_assumed: true,
        state: model::State::Available,
        reason: String::new(),
        answered_at: time,
        ended_at: time,
        undecoded: Vec::new(),
        oddities: Vec::new(),
        details: model::Details::default(),
    }
}

#[test]
fn doctor_says_what_is_wrong_and_what_to_do() {
    let system = System::quiet();
    let (_, out, _) = system.run(&["doctor", "--json"]);
    let findings = json(&out);
    let of = |check: &str| {
        let findings = findings.as_array().unwrap();
        findings
            .iter()
            .find(|finding| finding["check"] == check)
            .unwrap()
            .clone()
    };
    for check in [
        "settings", "http", "sip-udp", "sip-tcp", "rtp", "data", "clock",
    ] {
        assert_eq!(of(check)["ok"], true, "{}", of(check));
    }
    assert!(
        !system.folder().join("data").exists(),
        "looking changes nothing"
    );

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let busy = System::new(&format!(
        "[http]\nlisten = \"{address}\"\n[sip]\nudp = []\ntcp = []\n"
    ));
    std::fs::create_dir(busy.folder().join("data")).unwrap();
    let (status, out, _) = busy.run(&["doctor"]);
    assert_eq!(status, 1, "{out}");
    assert!(
        out.contains(&format!("FAULT  http         {address} cannot be bound")),
        "{out}"
    );
    assert!(
        out.contains("what to do: end the program that holds port"),
        "{out}"
    );
    for check in ["data", "catalogue", "archive"] {
        assert!(out.contains(&format!("ok     {check}")), "{check} in {out}");
    }
}

#[test]
fn a_test_call_that_nobody_answers_is_status_1() {
    let system = System::quiet();
    let free = std::net::UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let to = format!("sip:{free}");
    let (status, out, _) = system.run(&["test-call", "--to", &to, "--json", "--calls", "2"]);
    assert_eq!(status, 1);
    assert_eq!(out.lines().count(), 2);
    assert_eq!(json(out.lines().next().unwrap())["answered"], false);
    let err = system.refused(2, &["test-call"]);
    assert!(err.contains("give --to sip:HOST:PORT"), "{err}");
}
