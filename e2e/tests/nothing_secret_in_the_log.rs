//! Promise 14, for what is kept so far: the log names no party and no secret, and no key,
//! password or credential is in any file.

use e2e::{Dialog, Invite, RECORDINGS, Source, System, Wire, contains, files_below, http};

const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const SECOND_KEY: &str = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";
const CREDENTIAL: &str = "6629fae49393a05397450978507c4ef1";
const LOCAL: &str = "7712345678";
const REMOTE: &str = "+4477009001234";

#[test]
fn promise_14_the_log_names_nobody_and_no_file_holds_a_key() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", LOCAL, &[]);
    let mut server = system.start();
    let _ = Source::run(
        &server,
        &["--seconds", "1", "--local", LOCAL, "--remote", REMOTE],
    );

    let mut invite = Invite::new();
    let crypto = |tag, key| format!("a=crypto:{tag} AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20\r\n");
    let sdp = invite.sdp.take().unwrap();
    let keys = format!("{}{}a=sendonly", crypto(1, KEY), crypto(2, SECOND_KEY));
    invite.sdp = Some(sdp.replace("a=sendonly", &keys));
    invite.metadata =
        Some(e2e::sip::metadata("AAAAAAAAAAAAAAAAAAAABQ==", LOCAL, REMOTE).into_bytes());
    invite.headers = vec![
        format!(
            "Authorization: Digest username=\"src\", realm=\"r\", nonce=\"n\", uri=\"sip:r\", \
             response=\"{CREDENTIAL}\""
        ),
        format!("P-Asserted-Identity: <sip:{REMOTE}@pbx.example>"),
    ];
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    scan(&system, "during the call");
    let again = invite.sdp.clone().unwrap().replace("1 1 IN", "1 2 IN");
    let kind = ["Content-Type: application/sdp".to_owned()];
    assert_eq!(dialog.ask("INVITE", &kind, again.as_bytes()).status(), 200);
    dialog.send("ACK", &[], b"");
    dialog.bye();
    let mut refused = Wire::udp_from("127.0.0.9", server.address("sip-udp"));
    refused.send(b"INVITE sip:7712345678@e2e SIP/2.0\r\nFrom: <sip:7712345678@e2e>\r\n\r\n");
    for detail in server.recordings("anna", 2) {
        let _ = server.media("anna", &detail);
    }
    let wrong = http::basic("anna", "Wrong-but-still-not-yours");
    let headers = [("Authorization", &*wrong)];
    assert_eq!(
        http::request(server.http, "GET", RECORDINGS, &headers).status,
        401
    );
    scan(&system, "after the call");
    server.terminate();
    let status = server.wait(e2e::PATIENCE);
    assert!(status.success(), "{status}");
    scan(&system, "after the end");

    let log = server.log();
    let anna = e2e::system::password("anna");
    let secrets = [
        KEY,
        SECOND_KEY,
        CREDENTIAL,
        &anna,
        "Wrong-but-still-not-yours",
        &wrong[6..],
    ];
    let numbers = [LOCAL, &REMOTE[1..]];
    for word in secrets.iter().chain(&numbers) {
        assert!(!log.contains(word), "the log holds {word}:\n{log}");
    }
    assert!(
        server.more_stdout().is_empty(),
        "only the ready line belongs on stdout"
    );
}

fn scan(system: &System, when: &str) {
    let (anna, boss) = (e2e::system::password("anna"), e2e::system::password("boss"));
    let files = files_below(&system.data());
    assert!(!files.is_empty());
    for path in files {
        // What vanished meanwhile cannot be read and need not be.
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        for secret in [KEY, SECOND_KEY, CREDENTIAL, &anna, &boss] {
            let found = contains(&bytes, secret.as_bytes());
            assert!(!found, "{} holds {secret} {when}", path.display());
        }
    }
}
