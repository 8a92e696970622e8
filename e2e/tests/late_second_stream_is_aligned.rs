//! A stream that begins late stands where it was heard, with silence before it.

use e2e::{Source, System};

#[test]
fn the_second_stream_begins_where_it_began() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let more = ["--calls", "2", "--seconds", "6", "--late-second", "2.37"];
    let sent = Source::run(&server, &more);
    let details = server.recordings("boss", 2);
    for (index, call) in sent.calls().iter().enumerate() {
        let detail = details
            .iter()
            .find(|detail| detail["pbxCallId"] == call["pbxCallId"]);
        let found = sent.compare(index, &server.media("boss", detail.unwrap()), None);
        assert_eq!(found["exact"], true, "{found}");
        assert!(
            found["lengthErrorMs"].as_f64().unwrap().abs() <= 20.0,
            "{found}"
        );
        assert!(
            found["alignmentErrorMs"].as_f64().unwrap().abs() <= 20.0,
            "{found}"
        );
        let origins: Vec<_> = (0..2)
            .map(|n| found["streams"][n]["origin"].as_i64())
            .collect();
        assert!(
            origins[1] > Some(16_000),
            "the right channel is not late: {found}"
        );
    }
}
