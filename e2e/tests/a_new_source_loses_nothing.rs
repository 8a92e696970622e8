//! Promise 11: a sender that begins anew, with another SSRC and other counters, costs no sound.

use e2e::{Source, System};

#[test]
fn promise_11_a_new_source_in_the_same_stream_loses_nothing() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let more = ["--calls", "2", "--seconds", "6", "--new-source-every", "70"];
    let sent = Source::run(&server, &more);
    let details = server.recordings("boss", 2);
    for (index, call) in sent.calls().iter().enumerate() {
        let detail = details
            .iter()
            .find(|detail| detail["pbxCallId"] == call["pbxCallId"]);
        let found = sent.compare(index, &server.media("boss", detail.unwrap()), None);
        for stream in found["streams"].as_array().unwrap() {
            // Each source is placed by its own arrival, so a packet at its edge may lose as many
            // samples as the sender's clock hesitated: one packet for each of four changes.
            assert!(stream["missing"].as_u64() <= Some(4), "{found}");
            assert!(stream["sent"].as_u64() >= Some(290), "{found}");
        }
        assert!(
            found["lengthErrorMs"].as_f64().unwrap().abs() <= 20.0,
            "{found}"
        );
    }
}
