//! Where a telephone sends nothing because nobody speaks, there is digital silence of exactly
//! that length: it neither shortens nor inflates the recording.

use e2e::{Source, System};

#[test]
fn gaps_in_the_talk_are_silence() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let more = [
        "--calls",
        "2",
        "--seconds",
        "8",
        "--dtx",
        "1.0,0.7",
        "--codec",
        "pcma",
    ];
    let sent = Source::run(&server, &more);
    let details = server.recordings("boss", 2);
    for (index, call) in sent.calls().iter().enumerate() {
        assert!(
            sent.packets(index, 0) < 330,
            "there were no gaps: the test tests nothing"
        );
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
    }
}
