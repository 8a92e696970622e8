//! Promise 13: what a client protects with SRTP comes out sample by sample, in every suite, and
//! packets changed on their way are dropped and counted. The client's SRTP is libsrtp's.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use e2e::tls::Authority;
use e2e::{Server, Source, System};
use serde_json::Value;

/// Places calls with further arguments, and compares each with what was sent.
fn exact(server: &Server, transport: &str, calls: usize, arguments: &[&str]) -> Vec<Value> {
    let before = server.list("boss").len();
    let count = calls.to_string();
    let all = [&["--calls", &count, "--seconds", "2"], arguments].concat();
    let sent = Source::start_over(server, transport, &all).finish();
    let details = server.recordings("boss", before + calls);
    let mut found = Vec::new();
    for (index, call) in sent.calls().iter().enumerate() {
        let mut details = details.iter();
        let detail = details.find(|detail| detail["pbxCallId"] == call["pbxCallId"]);
        let detail = detail.unwrap();
        let compared = sent.compare(index, &server.media("boss", detail), None);
        assert_eq!(compared["exact"], true, "{arguments:?}: {compared}");
        let id = detail["id"].as_str().unwrap();
        let one = server
            .get_as("boss", &format!("/api/v1/recordings/{id}"))
            .json();
        let quality = server.quality("boss", detail);
        assert_eq!(quality["streams"][0]["lost"], 0, "{quality}");
        found.push(serde_json::json!({"recording": one, "quality": quality}));
    }
    found
}

fn system() -> (System, Server) {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    (system, server)
}

#[test]
fn promise_13_every_suite_over_both_profiles_and_transports() {
    let (_system, server) = system();
    for (transport, arguments) in [
        ("udp", &["--srtp", "AES_CM_128_HMAC_SHA1_80", "--wrap"][..]),
        ("tcp", &["--srtp", "AES_CM_128_HMAC_SHA1_32", "--dress"]),
        (
            "udp",
            &["--srtp", "AES_256_CM_HMAC_SHA1_80", "--plain-profile"],
        ),
        ("udp", &["--srtp", "AES_256_CM_HMAC_SHA1_32", "--early"]),
        ("tcp", &["--srtp", "AEAD_AES_128_GCM", "--wrap", "--dress"]),
        (
            "udp",
            &["--srtp", "AEAD_AES_256_GCM", "--early", "--reverse"],
        ),
    ] {
        for found in exact(&server, transport, 1, arguments) {
            assert_eq!(found["quality"]["streams"][1]["unauthentic"], 0);
            // RFC 7866 section 12: who listens to the signalling could listen to the call.
            let oddities = found["recording"].to_string();
            assert!(
                oddities.contains("over a connection without TLS"),
                "{oddities}"
            );
        }
    }
    // Calls in the clear go on beside them, and nothing is said of keys.
    for found in exact(&server, "udp", 1, &[]) {
        assert!(!found["recording"].to_string().contains("without TLS"));
    }
}

#[test]
fn promise_13_over_tls_nothing_is_said_of_keys() {
    let authority = Authority::new();
    let (own, client) = (authority.sign("recorder"), authority.sign("client"));
    let system = System::with(&[
        ("sip", "tls", "[\"127.0.0.1:0\"]"),
        ("sip", "tls_certificate", &format!("{:?}", own.certificate)),
        ("sip", "tls_key", &format!("{:?}", own.key)),
        (
            "sip",
            "tls_client_ca",
            &format!("{:?}", authority.certificate()),
        ),
    ]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let root = authority.certificate();
    let files = [&root, &client.certificate, &client.key].map(|path| path.to_str().unwrap());
    let suite = ["--srtp", "AEAD_AES_256_GCM", "--tls"];
    for found in exact(&server, "tls", 2, &[&suite[..], &files].concat()) {
        assert!(!found["recording"].to_string().contains("without TLS"));
    }
    // Ours protects its sound, and shows the very certificate of the recorder.
    let to = format!("sip:{}", server.address("sip-tls"));
    let ours = ["--transport", "tls", "--srtp", "--seconds", "1"];
    system.command(&[&["test-call", "--to", &to], &ours[..]].concat(), "");
    let details = server.recordings("boss", 3);
    let told = |detail: &Value| {
        let path = format!("/api/v1/recordings/{}", detail["id"].as_str().unwrap());
        server.get_as("boss", &path).text()
    };
    assert!(
        details
            .iter()
            .all(|detail| !told(detail).contains("without TLS"))
    );
}

#[test]
fn siprec_50_a_new_key_by_reinvite_goes_on_counting_or_begins_again() {
    let (_system, server) = system();
    for (suite, counter) in [
        ("AES_CM_128_HMAC_SHA1_80", "keep"),
        ("AES_CM_128_HMAC_SHA1_80", "zero"),
        ("AEAD_AES_128_GCM", "keep"),
        ("AEAD_AES_128_GCM", "zero"),
    ] {
        let arguments = ["--srtp", suite, "--wrap", "--rekey", counter];
        for found in exact(&server, "udp", 1, &arguments) {
            let stream = &found["quality"]["streams"][0];
            assert_eq!(stream["unauthentic"], 0, "{suite} {counter}: {stream}");
        }
    }
}

#[test]
fn siprec_50_packets_that_name_their_key_are_opened() {
    let (_system, server) = system();
    for (suite, octets) in [
        ("AES_CM_128_HMAC_SHA1_32", "4"),
        ("AES_256_CM_HMAC_SHA1_80", "1"),
        ("AEAD_AES_256_GCM", "8"),
    ] {
        let _ = exact(&server, "udp", 1, &["--srtp", suite, "--mki", octets]);
    }
}

#[test]
fn siprec_50_the_rollover_counter_is_found_again_behind_a_gap() {
    let (_system, server) = system();
    // More numbers are gone than tell by themselves how often they began again.
    let arguments = ["--seconds", "2", "--wrap", "--burn", "40000"];
    for suite in ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"] {
        let before = server.list("boss").len();
        let all = [&["--srtp", suite], &arguments[..]].concat();
        let sent = Source::run(&server, &all);
        let details = server.recordings("boss", before + 1);
        let id = &sent.calls()[0]["pbxCallId"];
        let detail = details.iter().find(|detail| detail["pbxCallId"] == *id);
        let compared = sent.compare(0, &server.media("boss", detail.unwrap()), None);
        assert_eq!(compared["exact"], true, "{suite}: {compared}");
    }
}

#[test]
fn promise_13_changed_packets_are_dropped_and_counted() {
    let (_system, server) = system();
    let arguments = [
        "--srtp",
        "AES_CM_128_HMAC_SHA1_80",
        "--forge",
        "--duplicate",
        "20",
    ];
    for found in exact(&server, "udp", 1, &arguments) {
        let stream = &found["quality"]["streams"][0];
        let packets = stream["packets"].as_u64().unwrap();
        assert!(packets >= 90, "{stream}");
        assert_eq!(stream["unauthentic"].as_u64(), Some(packets), "{stream}");
        assert!(stream["replayed"].as_u64().unwrap() > 0, "{stream}");
    }
}

#[test]
fn the_test_caller_protects_its_sound() {
    let (system, server) = system();
    let to = format!("sip:{}", server.address("sip-udp"));
    system.command(&["test-call", "--to", &to, "--srtp", "--seconds", "2"], "");
    let quality = server.quality("boss", &server.recordings("boss", 1)[0]);
    for stream in quality["streams"].as_array().unwrap() {
        assert!(stream["packets"].as_u64().unwrap() >= 90, "{quality}");
        assert_eq!(stream["unauthentic"], 0, "{quality}");
    }
}

#[test]
fn the_setting_says_what_is_answered() {
    let answered = |srtp: &str, arguments: &[&str]| {
        let system = System::with(&[("rtp", "srtp", &format!("\"{srtp}\""))]);
        system.add_user("boss", "complete", "", &[]);
        let server = system.start();
        let all = [&["--seconds", "1"], arguments].concat();
        let (sent, _content) = Source::start(&server, &all).outcome();
        sent.summary["statuses"][0].as_u64().unwrap()
    };
    let protected = ["--srtp", "AEAD_AES_128_GCM"];
    assert_eq!(answered("off", &protected), 488);
    assert_eq!(answered("off", &[]), 200);
    assert_eq!(answered("required", &protected), 200);
    assert_eq!(answered("required", &[]), 488);
}
