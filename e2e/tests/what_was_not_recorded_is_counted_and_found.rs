//! A call that should have been recorded and was not is counted, and found by comparing lists
//! (promise 19); a probe says whether what is placed is what is there.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use e2e::{Invite, Server, System, Wire, wait_for};
use serde_json::Value;

fn metric(server: &Server, name: &str) -> Option<f64> {
    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200);
    let text = answer.text();
    let line = text.lines().find(|line| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(' '))
    })?;
    line.rsplit(' ').next()?.parse().ok()
}

fn settled(server: &Server, name: &str, count: f64) {
    wait_for(name, e2e::PATIENCE, || {
        (metric(server, name) == Some(count)).then_some(())
    });
}

/// Sends an INVITE that is to be refused; the status.
fn refused(server: &Server, change: impl FnOnce(&mut Invite)) -> u16 {
    let mut wire = Wire::udp(server.address("sip-udp"));
    let mut invite = Invite::new();
    change(&mut invite);
    let bytes = invite.bytes(&wire);
    wire.send(&bytes);
    wire.answer("INVITE").status()
}

/// Places test calls and looks for them; what is printed of each.
fn probe(system: &System, server: &Server, more: &[&str]) -> Vec<Value> {
    let to = format!("sip:{}", server.address("sip-udp"));
    let call = [
        "test-call",
        "--verify",
        "--json",
        "--seconds",
        "2",
        "--to",
        &to,
    ];
    let out = system.command(&[&call[..], more].concat(), "");
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn promise_19_what_is_not_recorded_is_found() {
    let system = System::new();
    let server = system.start();
    let calls = probe(&system, &server, &["--calls", "3", "--rate", "1"]);
    assert_eq!(calls.len(), 3);
    for call in &calls {
        assert_eq!(call["problem"], Value::Null, "{call}");
        assert_eq!(call["recording"]["sha256"].as_str().unwrap().len(), 64);
    }
    settled(&server, "earwitness_calls_taken_total", 3.0);
    settled(
        &server,
        "earwitness_recordings_total{state=\"available\"}",
        3.0,
    );
    assert_eq!(metric(&server, "earwitness_packets_total"), Some(600.0));
    assert_eq!(metric(&server, "earwitness_packets_lost_total"), Some(0.0));
    assert_eq!(metric(&server, "earwitness_probe_success"), Some(1.0));

    // What the PBX lists: the second by its call id, one that is too long, one nobody sent.
    let start = |call: &Value| call["startedAt"].as_str().unwrap().to_owned();
    let row =
        |id: &str, start: &str, seconds: u32| format!("{id},{start},{seconds},+390584943232,225\n");
    let table = [
        "callId,start,duration,caller,called\n".to_owned(),
        row("", &start(&calls[0]), 2),
        row(calls[1]["callId"].as_str().unwrap(), &start(&calls[1]), 2),
        row("", &start(&calls[2]), 20),
        row("", "2026-01-01T00:00:00Z", 2),
    ];
    std::fs::write(system.folder().join("calls.csv"), table.concat()).unwrap();
    let output = system.run(&["reconcile", "calls.csv", "--json"], "");
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = ["recorded", "recorded", "review", "missing"];
    let rows = found["calls"].as_array().unwrap();
    let statuses: Vec<&str> = rows
        .iter()
        .map(|row| row["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, expected, "{found}");
    assert_eq!(rows[2]["reasons"], serde_json::json!(["duration"]));
    assert_eq!(rows[1]["recording"]["matchedBy"], "callId");
    let whole = table[..3].concat();
    std::fs::write(system.folder().join("calls.csv"), whole).unwrap();
    // The third call was within a minute and is nobody's now.
    system.command(&["reconcile", "calls.csv", "--within", "500ms"], "");
}

#[test]
fn calls_that_are_refused_are_counted_by_their_reason() {
    let system = System::with(&[("limits", "calls", "1")]);
    let server = system.start();
    let require = |invite: &mut Invite| invite.headers.push("Require: levitation".to_owned());
    assert_eq!(refused(&server, require), 420);
    let no_sound = |invite: &mut Invite| {
        let sdp = invite.sdp.take().unwrap().replace("RTP/AVP", "TCP/MSRP");
        invite.sdp = Some(sdp);
    };
    assert_eq!(refused(&server, no_sound), 488);
    let mut silent = e2e::Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new());
    for _ in 0..2 {
        assert_eq!(refused(&server, |_| ()), 503);
    }
    silent.bye();
    for (reason, count) in [
        ("status=\"420\",reason=\"extension\"", 1.0),
        ("status=\"488\",reason=\"no-audio\"", 1.0),
        ("status=\"503\",reason=\"calls\"", 2.0),
    ] {
        let name = format!("earwitness_calls_refused_total{{{reason}}}");
        settled(&server, &name, count);
    }
    settled(&server, "earwitness_recordings_without_packets_total", 1.0);
    assert_eq!(metric(&server, "earwitness_calls_taken_total"), Some(1.0));
}

#[test]
fn a_probe_that_finds_nothing_says_so_until_it_does() {
    let system = System::new();
    let server = system.start();
    let to = format!("sip:{}", server.address("sip-udp"));
    let none = [
        "test-call",
        "--verify",
        "--seconds",
        "0.2",
        "--to",
        "sip:127.0.0.1:9",
    ];
    let output = system.run(&none, "");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(metric(&server, "earwitness_probe_success"), Some(0.0));
    assert_eq!(metric(&server, "earwitness_probe_failed_rounds"), Some(1.0));
    let name = "earwitness_probe_last_success_timestamp_seconds";
    assert_eq!(metric(&server, name), None);
    let good = [
        "test-call",
        "--verify",
        "--seconds",
        "0.2",
        "--to",
        &to,
        "--local",
        "226",
    ];
    let said = system.command(&good, "");
    assert!(said.contains("recorded after"), "{said}");
    assert_eq!(metric(&server, "earwitness_probe_success"), Some(1.0));
    assert!(metric(&server, name).is_some());
}

#[test]
fn test_calls_in_every_codec_are_recorded() {
    let system = System::new();
    let server = system.start();
    for (codec, rate) in [("pcma", 8_000), ("g722", 16_000), ("opus", 16_000)] {
        let call = probe(&system, &server, &["--codec", codec]).remove(0);
        assert_eq!(call["problem"], Value::Null, "{call}");
        let id = call["recording"]["id"].as_str().unwrap().to_owned();
        let rows = system.data().join("archive");
        let files = e2e::files_below(&rows);
        let quality = files.iter().find(|file| {
            file.to_string_lossy()
                .ends_with(&format!("{id}.quality.json"))
        });
        let quality = std::fs::read(quality.unwrap()).unwrap();
        let quality: Value = serde_json::from_slice(&quality).unwrap();
        assert_eq!(quality["sampleRate"], rate, "{codec}: {quality}");
        for channel in quality["channels"].as_array().unwrap() {
            assert!(
                channel["audibleMs"].as_u64().unwrap() > 1_000,
                "{codec}: {quality}"
            );
        }
        for stream in quality["streams"].as_array().unwrap() {
            assert_eq!(stream["undecoded"], serde_json::json!([]));
            assert_eq!((&stream["lost"], &stream["broken"]), (&0.into(), &0.into()));
        }
    }
}
