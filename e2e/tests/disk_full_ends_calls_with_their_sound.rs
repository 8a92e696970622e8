//! Promise 4, during calls: a disk that is really full takes no more sound. Running calls are
//! ended with what was written, new ones are refused, and with room again all of it is there.
//!
//! The full disk is a small file system of this test's own, in a mount namespace of its own: the
//! test runs itself again inside `unshare`, so that it needs no rights and leaves nothing.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use e2e::{Invite, PATIENCE, Source, System, Wire, wait_for};

const CALLS: usize = 10;
const INSIDE: &str = "EARWITNESS_E2E_INSIDE";

#[test]
fn promise_04_a_full_disk_ends_calls_with_their_sound() {
    if std::env::var_os(INSIDE).is_some() {
        println!("{}", full_disk());
        return;
    }
    let namespace = ["--map-root-user", "--mount"];
    let probe = ["mount", "-t", "tmpfs", "tmpfs", "/mnt"];
    let may = Command::new("unshare").args(namespace).args(probe).output();
    if !may.is_ok_and(|done| done.status.success()) {
        println!("NOT RUN: this machine lets nobody mount in a namespace of one's own");
        return;
    }
    let name = "promise_04_a_full_disk_ends_calls_with_their_sound";
    let status = Command::new("unshare")
        .args(namespace)
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(INSIDE, "yes")
        .status()
        .unwrap();
    assert!(status.success(), "inside its own mount namespace: {status}");
}

/// What became of the calls, in words.
fn full_disk() -> String {
    let system = System::with(&[("limits", "disk_reserve", "\"1MiB\"")]);
    let data = system.data();
    std::fs::create_dir_all(&data).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"])
        .arg(&data)
        .status()
        .unwrap();
    assert!(mounted.success(), "mount: {mounted}");
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();

    let calls = CALLS.to_string();
    let mut source = Source::start(&server, &["--calls", &calls, "--local", "2{:02}"]);
    assert_eq!(source.answered(), 10);
    let filler = data.join("filler");
    let left = fill(&filler);
    // The recorder itself ends them: it cannot keep what comes.
    let (sent, _) = source.outcome();
    assert_eq!(
        sent.summary["endedBy"],
        serde_json::json!(["recorder"]),
        "{}",
        sent.summary
    );
    let mut wire = Wire::udp(server.address("sip-udp"));
    let invite = Invite::new().bytes(&wire);
    wire.send(&invite);
    let refused = wire.answer("INVITE");
    assert_eq!(
        (refused.status(), refused.header("Retry-After")),
        (503, Some("3")),
        "{refused:?}"
    );

    std::fs::remove_file(&filler).unwrap();
    let details = server.recordings("boss", CALLS);
    // What the disk refused is named beside: a part of the journal is lost.
    for (_, state, reason) in system.states() {
        assert_eq!(state, "interrupted", "{reason}");
        assert!(reason.starts_with("disk full"), "{reason}");
    }
    let mut least = u64::MAX;
    for (index, call) in sent.calls().iter().enumerate() {
        let detail = details
            .iter()
            .find(|detail| detail["pbxCallId"] == call["pbxCallId"])
            .unwrap_or_else(|| panic!("no recording of {call}"));
        let media = server.media("boss", detail);
        let found = sent.compare(index, &media, Some(0));
        assert_eq!(found["exact"], true, "{found}");
        let samples = (media.len() as u64 - 44) / 4;
        least = least.min(samples / 8);
    }
    assert!(least > 1_000, "what was written before is there");

    // Calls are taken again.
    let taken = wait_for("a call to be taken", PATIENCE, || {
        let mut wire = Wire::udp(server.address("sip-udp"));
        let invite = Invite::new().bytes(&wire);
        wire.send(&invite);
        Some(wire.answer("INVITE").status()).filter(|status| *status == 200)
    });
    assert_eq!(taken, 200);
    format!("{CALLS} calls with {left} bytes left: the shortest recording has {least} ms")
}

/// Takes all room but three megabytes; how many bytes were left.
fn fill(path: &Path) -> u64 {
    let mut file = File::create(path).unwrap();
    let chunk = vec![0x5a; 256 << 10];
    let mut written = 0_u64;
    while let Ok(()) = file.write_all(&chunk) {
        written += chunk.len() as u64;
    }
    let left = 3 << 20;
    file.set_len(written - left).unwrap();
    left
}
