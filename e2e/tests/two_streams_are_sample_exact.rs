//! Without loss no sample differs from what was sent: left is the local party and right the
//! remote one, whatever the order of m-lines, labels and participants, from the first packet on
//! even when it came before the ACK; size and hash are those of the bytes served.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use e2e::{Source, System};
use serde_json::Value;

fn exact(transport: &str, arguments: &[&str]) -> Vec<Value> {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let all = [&["--early", "--calls", "2", "--seconds", "4"], arguments].concat();
    let sent = Source::start_over(&server, transport, &all).finish();
    let details = server.recordings("boss", 2);
    for (index, call) in sent.calls().iter().enumerate() {
        let detail = details
            .iter()
            .find(|detail| detail["pbxCallId"] == call["pbxCallId"]);
        let detail = detail.unwrap_or_else(|| panic!("no {} in {details:?}", call["pbxCallId"]));
        let found = sent.compare(index, &server.media("boss", detail), None);
        assert_eq!(found["exact"], true, "{found}");
        let (alignment, length) = (&found["alignmentErrorMs"], &found["lengthErrorMs"]);
        assert!(alignment.as_f64().unwrap().abs() <= 20.0, "{found}");
        assert!(length.as_f64().unwrap().abs() <= 20.0, "{found}");
        assert_eq!(detail["owner"]["username"], "anna");
        assert_eq!(detail["localPartyNumber"], "225");
        assert_eq!(detail["remotePartyNumber"], "+390584943232");
    }
    details
}

#[test]
fn in_the_order_of_the_m_lines() {
    for detail in exact("udp", &["--direction", "out"]) {
        assert_eq!(detail["direction"], 2);
    }
}

#[test]
fn against_the_order_of_the_m_lines() {
    for detail in exact(
        "tcp",
        &["--reverse", "--codec", "pcma", "--direction", "in"],
    ) {
        assert_eq!(detail["direction"], 1);
    }
}

#[test]
fn across_the_end_of_counters_and_with_everything_a_header_may_have() {
    let details = exact("udp", &["--wrap", "--dress"]);
    assert!(
        details.iter().all(|detail| detail["direction"] == 0),
        "{details:?}"
    );
}
