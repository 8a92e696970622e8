//! Get Recording as the seed has it: the thirteen keys and each status.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use base64::Engine;
use e2e::http::is_error;
use e2e::scene::{Scene, scene};
use e2e::{Dialog, Invite, RECORDINGS, System, Wire, http, keys_in_order};
use serde_json::{Value, json};

const KEYS: [&str; 13] = [
    "id",
    "referenceNumber",
    "pbxCallId",
    "startTime",
    "duration",
    "direction",
    "localPartyNumber",
    "remotePartyNumber",
    "owner",
    "preservingUser",
    "note",
    "size",
    "hash",
];

#[test]
fn a_recording_has_exactly_the_thirteen_keys() {
    let scene = scene();
    let path = format!("{RECORDINGS}/{}", scene.anna);
    let answer = scene.server.get_as("anna", &path);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(keys_in_order(&answer.text()), KEYS);
    let detail = answer.json();
    check_values(&detail, &scene);

    let nobody = scene.server.detail("boss", &scene.nobody);
    let owner = json!({"username": "", "firstName": "", "lastName": "", "phoneNumber": "222",
        "group": "", "department": ""});
    assert_eq!(nobody["owner"], owner);

    for shape in shapes(&scene.anna) {
        let again = scene
            .server
            .get_as("anna", &format!("{RECORDINGS}/{shape}"));
        assert_eq!(
            (again.status, again.text()),
            (200, answer.text()),
            "{shape}"
        );
    }
    let loud = format!("/FW/apps/RECORDER/webapi/recordings/{}", scene.anna);
    assert_eq!(scene.server.get_as("anna", &loud).text(), answer.text());

    let credentials = http::basic("ANNA", &e2e::system::password("anna"));
    let headers = [
        ("Authorization", &*credentials),
        ("Content-Type", "application/json"),
    ];
    let typed = http::request(scene.server.http, "GET", &path, &headers);
    assert_eq!(
        typed.text(),
        answer.text(),
        "names are without case, Content-Type is ignored"
    );
    let head = http::request(scene.server.http, "HEAD", &path, &headers);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(
        head.header("Content-Length"),
        answer.header("Content-Length")
    );
}

fn check_values(detail: &Value, scene: &Scene) {
    let id = detail["id"].as_str().unwrap();
    assert_eq!(id, scene.anna);
    assert_eq!((id.len(), id.to_lowercase()), (36, id.to_owned()));
    let reference = detail["referenceNumber"].as_str().unwrap();
    assert!(
        reference.len() == 13 && reference.bytes().all(|b| b.is_ascii_digit()),
        "{reference}"
    );
    let start = detail["startTime"].as_str().unwrap();
    assert!(
        start.len() >= 20 && start.ends_with('Z') && start[10..].starts_with('T'),
        "{start}"
    );
    assert_eq!(start[..4], reference[..4], "the year");
    let duration = detail["duration"].as_str().unwrap();
    assert!(
        duration.starts_with("PT1.") && duration.ends_with('S'),
        "{duration}"
    );
    assert_eq!(detail["pbxCallId"], scene.sent.calls()[0]["pbxCallId"]);
    assert_eq!(detail["direction"], 1);
    assert_eq!(detail["localPartyNumber"], "220");
    assert_eq!(detail["remotePartyNumber"], "+390584943232");
    let owner = json!({"username": "anna", "firstName": "Anna", "lastName": "Neri",
        "phoneNumber": "220", "group": "Sales", "department": "EMEA"});
    assert_eq!(detail["owner"], owner);
    assert_eq!(detail["preservingUser"], Value::Null);
    assert_eq!(detail["note"], Value::Null);
    assert_eq!(keys_in_order(&detail["hash"].to_string()), ["SHA256"]);
    let media = scene.server.media("anna", detail);
    assert_eq!(&media[..4], b"RIFF");
}

fn shapes(id: &str) -> Vec<String> {
    let bare = id.replace('-', "");
    let mixed: String = id.char_indices().map(|(at, c)| flip(at, c)).collect();
    vec![
        id.to_uppercase(),
        mixed,
        bare.to_uppercase(),
        format!("{{{id}}}"),
        format!("({id})"),
        format!("%7B{id}%7D"),
        bare,
    ]
}

fn flip(at: usize, letter: char) -> char {
    if at.is_multiple_of(2) {
        letter.to_ascii_uppercase()
    } else {
        letter
    }
}

#[test]
fn what_is_no_guid_is_400_and_what_is_unknown_is_404() {
    let scene = scene();
    no_guid_is_400(&scene);
    unknown_is_404(&scene);
    let put_path = format!("{RECORDINGS}/{}", scene.anna);
    let put = http::request(scene.server.http, "PUT", &put_path, &[]);
    assert_eq!(put.status, 405);
    assert!(
        put.header("Allow")
            .is_some_and(|allow| allow.contains("GET")),
        "{put:?}"
    );
}

fn no_guid_is_400(scene: &Scene) {
    let id = scene.anna.as_str();
    let digits = id.replace('-', "");
    let bad = [
        "xyz".to_owned(),
        format!("urn:uuid:{id}"),
        format!("%20{id}"),
        format!("{id}%20"),
        format!("{{{id})"),
        format!("({id}}}"),
        format!("{{{id}"),
        format!("{id}}}"),
        digits[..31].to_owned(),
        format!("{digits}0"),
        id[..35].to_owned(),
        format!("{id}0"),
        format!("{}g", &id[..35]),
        format!("{}%2F{}", &id[..8], &id[9..]),
        format!("{id}%2F"),
        "%7B%7D".to_owned(),
        "{}".to_owned(),
        "%00".to_owned(),
        "%FF".to_owned(),
    ];
    for text in bad {
        let path = format!("{RECORDINGS}/{text}");
        is_error(&scene.server.get_as("anna", &path), 400);
        assert_eq!(
            scene.server.get_as("anna", &format!("{path}/Media")).status,
            400,
            "{text}"
        );
        assert_eq!(
            scene.server.get_as("carla", &path).status,
            403,
            "level before id: {text}"
        );
        assert_eq!(
            scene.server.get(&path).status,
            401,
            "who before all: {text}"
        );
    }
}

fn unknown_is_404(scene: &Scene) {
    for id in [
        "014309c0-cc7c-4be1-b6ee-6011a67441aa",
        "00000000-0000-0000-0000-000000000000",
    ] {
        is_error(
            &scene.server.get_as("anna", &format!("{RECORDINGS}/{id}")),
            404,
        );
        is_error(
            &scene
                .server
                .get_as("anna", &format!("{RECORDINGS}/{id}/Media")),
            404,
        );
        assert_eq!(
            scene
                .server
                .get_as("carla", &format!("{RECORDINGS}/{id}"))
                .status,
            403
        );
    }
    is_error(&scene.server.get_as("anna", &format!("{RECORDINGS}/")), 404);
    is_error(
        &scene.server.get_as("anna", &format!("{RECORDINGS}/?")),
        404,
    );
    assert_eq!(
        scene.server.get("/no/such/path").status,
        404,
        "before sign-in"
    );
}

#[test]
fn who_is_not_known_gets_a_challenge() {
    let scene = scene();
    let password = e2e::system::password("anna");
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let wrong = [
        None,
        Some(format!("Bearer {}", encode(&format!("anna:{password}")))),
        Some(format!(
            "Digest username=\"anna\", response=\"{}\"",
            "0".repeat(32)
        )),
        Some("Basic".to_owned()),
        Some("Basic !!!".to_owned()),
        Some(format!("Basic {}", encode("anna"))),
        Some(format!("Basic {}", encode("anna:wrong"))),
        Some(format!("Basic {}", encode("anna:"))),
        Some(format!(
            "Basic {}",
            encode(&format!("annabella:{password}"))
        )),
        Some(format!("Basic {}", encode(&format!(":{password}")))),
    ];
    let id = &scene.anna;
    for header in &wrong {
        let headers: Vec<_> = header
            .iter()
            .map(|value| ("Authorization", &**value))
            .collect();
        let path = format!("{RECORDINGS}/{id}");
        let answer = http::request(scene.server.http, "GET", &path, &headers);
        is_error(&answer, 401);
        let challenge = answer.header("WWW-Authenticate");
        assert_eq!(
            challenge,
            Some("Basic realm=\"Earwitness\", charset=\"UTF-8\""),
            "{header:?}"
        );
    }
    for path in [RECORDINGS.to_owned(), format!("{RECORDINGS}/{id}/Media")] {
        assert_eq!(scene.server.get(&path).status, 401, "{path}");
    }
    assert_eq!(
        scene
            .server
            .get_as("anna", &format!("{RECORDINGS}/{id}"))
            .status,
        200
    );
}

#[test]
fn a_call_in_progress_is_in_no_list() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let wire = Wire::udp(server.address("sip-udp"));
    let mut dialog = Dialog::establish(wire, &Invite::new());
    dialog.talk(0, 25);
    let list = server.get_as("boss", RECORDINGS);
    assert_eq!(list.json(), json!({"totalCount": 0, "recordings": []}));
    for id in guids(&server.log()) {
        let answer = server.get_as("boss", &format!("{RECORDINGS}/{id}"));
        assert_eq!(answer.status, 404, "{id} is in progress");
    }
    dialog.bye();
    let detail = &server.recordings("boss", 1)[0];
    assert!(server.media("boss", detail).len() > 44);
}

/// Whatever the log calls by a GUID.
fn guids(log: &str) -> Vec<String> {
    let is_guid = |word: &&str| {
        word.len() == 36
            && word.char_indices().all(|(at, letter)| match at {
                8 | 13 | 18 | 23 => letter == '-',
                _ => letter.is_ascii_hexdigit(),
            })
    };
    let words = log.split(|letter: char| letter != '-' && !letter.is_ascii_alphanumeric());
    words.filter(is_guid).map(str::to_owned).collect()
}
