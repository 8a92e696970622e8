//! Promise 9: up to 5 % loss, 200 ms of reordering and duplicates change neither the length nor
//! the alignment of the channels by more than 20 ms, and every packet that came is in its place.

use e2e::{Source, System};

#[test]
fn promise_09_length_and_alignment_are_kept() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut all = vec!["--calls", "4", "--seconds", "10", "--loss", "5"];
    all.extend(["--duplicate", "5", "--reorder", "200"]);
    let sent = Source::run(&server, &all);
    let details = server.recordings("boss", 4);
    for (index, call) in sent.calls().iter().enumerate() {
        let detail = details
            .iter()
            .find(|detail| detail["pbxCallId"] == call["pbxCallId"]);
        let found = sent.compare(index, &server.media("boss", detail.unwrap()), None);
        assert!(
            found["lengthErrorMs"].as_f64().unwrap().abs() <= 20.0,
            "{found}"
        );
        assert!(
            found["alignmentErrorMs"].as_f64().unwrap().abs() <= 20.0,
            "{found}"
        );
        assert_eq!(found["exact"], true, "{found}");
        let packets = sent.packets(index, 0) + sent.packets(index, 1);
        assert!(
            packets < 2 * 500,
            "nothing was lost: the test tests nothing"
        );
    }
}
