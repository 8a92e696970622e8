//! Killed while settling, again and again: every call becomes one recording, with all its sound.

use std::time::Duration;

use e2e::{Source, System};

const CALLS: usize = 12;

#[test]
fn every_call_is_settled_exactly_once() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let calls = CALLS.to_string();
    let sent = Source::run(&server, &["--calls", &calls, "--seconds", "4"]);
    server.kill_nine();
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
        // A call whose end had been written before the kill is whole.
        let found = sent.compare(index, &server.media("boss", found[0]), None);
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
