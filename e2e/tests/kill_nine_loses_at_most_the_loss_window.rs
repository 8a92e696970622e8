//! Promise 1: `kill -9` in the middle of calls loses at most the loss window of each.

use std::time::Duration;

use e2e::{Source, System};

const CALLS: usize = 20;
const LOSS_WINDOW: Duration = Duration::from_millis(500);

#[test]
fn promise_01_kill_nine() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let (id, calls) = (server.id().to_string(), CALLS.to_string());
    // The calls begin 50 ms apart, so that the kill hits each at another place.
    let more = [
        "--calls",
        &calls,
        "--kill",
        &id,
        "--kill-after",
        "4.217",
        "--reverse",
    ];
    let sent = Source::run(&server, &more);
    server.kill_nine();
    let killed_ns = sent.record["killedAt"].as_i64().unwrap();
    let until_ns = killed_ns - i64::try_from(LOSS_WINDOW.as_nanos()).unwrap();

    let server = system.start();
    let details = server.recordings("boss", CALLS);
    let states = system.states();
    assert!(
        states.iter().all(|(_, state, _)| state == "interrupted"),
        "{states:?}"
    );
    let mut worst_ns = 0;
    for (index, call) in sent.calls().iter().enumerate() {
        let detail = details
            .iter()
            .find(|detail| detail["pbxCallId"] == call["pbxCallId"]);
        let media = server.media("boss", detail.unwrap());
        let found = sent.compare(index, &media, Some(until_ns));
        assert_eq!(found["exact"], true, "{found}");
        for stream in found["streams"].as_array().unwrap() {
            assert!(stream["needed"].as_u64().unwrap() > 100, "{found}");
            worst_ns = worst_ns.max(killed_ns - stream["lastPresentAt"].as_i64().unwrap());
        }
    }
    println!("the greatest loss was {} ms", worst_ns / 1_000_000);

    // Settled once: another start makes no second recording of them.
    server.kill_nine();
    let server = system.start();
    let again = server.recordings("boss", CALLS);
    assert_eq!(again, details);
}
