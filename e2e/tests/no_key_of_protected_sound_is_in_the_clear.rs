//! Promise 14: after calls with SRTP, no key is in any file, log or answer in the clear; and
//! the search for them can find one.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use base64::Engine as _;
use e2e::{RECORDINGS, Sent, Source, System, contains, files_below};
use std::os::unix::fs::PermissionsExt as _;

/// Every form a key could be written in.
fn forms(sent: &Sent) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for stream in sent.calls()[0]["streams"].as_array().unwrap() {
        let text = stream["key"].as_str().unwrap();
        let octets = base64::engine::general_purpose::STANDARD
            .decode(text)
            .unwrap();
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        // The key without its salt too.
        forms.extend([octets[..16].to_vec(), hex.as_bytes()[..32].to_vec()]);
        forms.push(hex[..32].to_uppercase().into_bytes());
        forms.push(text.as_bytes()[..20].to_vec());
    }
    assert_eq!(forms.len(), 8);
    forms
}

fn found(bytes: &[u8], keys: &[Vec<u8>]) -> bool {
    keys.iter().any(|key| contains(bytes, key))
}

/// The files that hold a key.
fn holders(system: &System, keys: &[Vec<u8>]) -> Vec<String> {
    let files = files_below(system.folder());
    assert!(files.len() > 3);
    let holds = |path: &std::path::PathBuf| {
        // What vanished meanwhile cannot be read and need not be.
        std::fs::read(path).is_ok_and(|bytes| found(&bytes, keys))
    };
    let holders = files.into_iter().filter(holds);
    holders.map(|path| path.display().to_string()).collect()
}

#[test]
fn promise_14_no_media_key_is_anywhere_and_a_planted_one_is_found() {
    // What cannot be looked at any more cannot be searched: the journal is kept.
    let system = System::with(&[("archive", "keep_journal", "\"always\"")]);
    system.add_user("boss", "complete", "", &[]);
    let mut server = system.start_with(&[]);
    let mut call = Source::start(&server, &["--srtp", "AES_CM_128_HMAC_SHA1_80"]);
    assert_eq!(call.answered(), 1);
    let while_talking = files_below(&system.data());
    call.hang_up();
    let sent = call.finish();
    let keys = forms(&sent);

    let details = server.recordings("boss", 1);
    let id = details[0]["id"].as_str().unwrap();
    assert_eq!(
        sent.compare(0, &server.media("boss", &details[0]), None)["exact"],
        true
    );
    assert_eq!(holders(&system, &keys), [""; 0]);
    let spool = |path: &std::path::PathBuf| path.to_string_lossy().contains("/spool/");
    assert!(
        while_talking.iter().any(spool),
        "the journal was there to be searched"
    );
    let kept = |path: &std::path::PathBuf| path.extension().is_some_and(|kind| kind == "ewj");
    assert!(files_below(&system.data()).iter().any(kept));

    let signalling = server.get_as("boss", &format!("/api/v1/recordings/{id}/signalling"));
    assert!(
        signalling.text().contains("inline:****"),
        "{}",
        signalling.text()
    );
    for path in [
        format!("{RECORDINGS}/{id}"),
        RECORDINGS.to_owned(),
        format!("/api/v1/recordings/{id}"),
        format!("/api/v1/recordings/{id}/quality"),
        format!("/api/v1/recordings/{id}/signalling"),
        "/api/v1/recordings".to_owned(),
        "/api/v1/audit".to_owned(),
    ] {
        let answer = server.get_as("boss", &path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(!found(&answer.body, &keys), "{path}");
    }
    assert!(!found(server.log().as_bytes(), &keys));
    server.terminate();
    assert!(server.wait(e2e::PATIENCE).success());
    assert_eq!(holders(&system, &keys), [""; 0]);

    let key = system.data().join("keys/node.key");
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // The kept journal renders again, to the same bytes.
    let again = system.folder().join("again.wav");
    let out = again.to_str().unwrap();
    system.command(&["render", id, "--out", out], "");
    assert_eq!(
        sent.compare(0, &std::fs::read(&again).unwrap(), None)["exact"],
        true
    );

    let planted = system.data().join("archive/planted");
    for form in &keys {
        std::fs::write(&planted, [b"xx", &form[..], b"yy"].concat()).unwrap();
        assert_eq!(holders(&system, &keys), [planted.display().to_string()]);
    }
}
