//! Promise 11: both codecs of the offer were accepted, and the sender changes between them
//! without a word: every sample is there.

use e2e::{Source, System};

#[test]
fn promise_11_changing_codecs_loses_nothing() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let more = ["--calls", "2", "--seconds", "4", "--switch-every", "23"];
    let sent = Source::run(&server, &more);
    let details = server.recordings("boss", 2);
    for (index, call) in sent.calls().iter().enumerate() {
        let detail = details
            .iter()
            .find(|detail| detail["pbxCallId"] == call["pbxCallId"]);
        let found = sent.compare(index, &server.media("boss", detail.unwrap()), None);
        assert_eq!(found["exact"], true, "{found}");
    }
}
