//! Killed while settling, again and again: every call becomes one recording, with all its sound
//! up to the loss window before the first kill.

use std::time::Duration;

use e2e::{Source, System};

const CALLS: usize = 12;

#[test]
fn every_call_is_settled_exactly_once() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let (id, calls) = (server.id().to_string(), CALLS.to_string());
    let more = ["--calls", &calls, "--kill", &id, "--kill-after", "3"];
    let sent = Source::run(&server, &more);
    server.kill_nine();
    let until_ns = sent.record["killedAt"].as_i64().unwrap() - 500_000_000;
    for round in 1..=8 {
        let server = system.start();
        std::thread::sleep(Duration::from_millis(40 * round));
        server.kill_nine();
    }
    let server = system.start();
    let details = server.recordings("boss", CALLS);
    for (index, call) in sent.calls().iter().enumerate() {
        let found: Vec<_> = details
            .iter()
            .filter(|detail| detail["pbxCallId"] == call["pbxCallId"])
            .collect();
        assert_eq!(found.len(), 1, "{found:?}");
        let found = sent.compare(index, &server.media("boss", found[0]), Some(until_ns));
        assert_eq!(found["exact"], true, "{found}");
    }
    let mut references: Vec<_> = details
        .iter()
        .map(|d| d["referenceNumber"].to_string())
        .collect();
    references.sort();
    references.dedup();
    assert_eq!(references.len(), CALLS);
    let verified = system.run(&["verify", "--all"], "");
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    let staged = e2e::files_below(&system.data().join("archive/.staging"));
    assert!(staged.is_empty(), "left over: {staged:?}");
}
