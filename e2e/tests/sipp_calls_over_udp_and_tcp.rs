//! A user agent that others wrote, SIPp, is understood: calls with sound over UDP and TCP, pings,
//! hold and codec changes, metadata by UPDATE.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use e2e::{Server, System, sound};

/// Two SIPps at once would fight for the same RTP ports.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs a scenario of `sipp/`; every call must succeed.
fn sipp(server: &Server, folder: &Path, scenario: &str, transport: &str, calls: u32) {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sipp")
        .join(scenario);
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let to = server.address(&format!("sip-{transport}")).to_string();
    let calls = calls.to_string();
    let output = Command::new("sipp")
        .current_dir(folder)
        .arg("-sf")
        .arg(&scenario)
        .args([&to, "-i", "127.0.0.1", "-mi", "127.0.0.1"])
        .args(["-t", if transport == "udp" { "u1" } else { "t1" }])
        .args([
            "-m",
            &calls,
            "-r",
            "20",
            "-nostdin",
            "-trace_err",
            "-error_file",
            "errors.log",
        ])
        .args(["-timeout", "90s", "-timeout_error"])
        .output()
        .unwrap_or_else(|error| {
            panic!("sipp does not start ({error}): `make test` installs it, package sip-tester")
        });
    assert!(
        output.status.success(),
        "{} over {transport}: {}\n{}\n{}",
        scenario.display(),
        output.status,
        std::fs::read_to_string(folder.join("errors.log")).unwrap_or_default(),
        String::from_utf8_lossy(&output.stdout),
    );
}

fn sound_over(transport: &str) {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let speech = sound::codes(24_000);
    std::fs::write(system.folder().join("speech.ulaw"), &speech).unwrap();
    sipp(&server, system.folder(), "siprec.xml", transport, 5);

    // Where SIPp's own clock hesitates it leaves gaps: whole packets are looked for.
    for detail in server.recordings("anna", 5) {
        assert_eq!(detail["localPartyNumber"], "225");
        let media = server.media("anna", &detail);
        let found = sound::packets_in(&sound::left(&media), &speech);
        assert_eq!(found, speech.len() / sound::PACKET, "packets of {detail}");
    }
}

#[test]
fn calls_over_udp() {
    sound_over("udp");
}

#[test]
fn calls_over_tcp() {
    sound_over("tcp");
}

#[test]
fn everything_else_over_both() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    for transport in ["udp", "tcp"] {
        sipp(&server, system.folder(), "options.xml", transport, 10);
        sipp(&server, system.folder(), "reinvite.xml", transport, 3);
        sipp(&server, system.folder(), "update.xml", transport, 3);
    }
    let details = server.recordings("boss", 2 * (3 + 3));
    assert!(
        details
            .iter()
            .all(|detail| detail["localPartyNumber"] == "225"),
        "{details:?}"
    );
}
