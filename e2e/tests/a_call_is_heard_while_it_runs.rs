//! Whoever may listen to a recording hears its call while it runs: the same samples on the same
//! side as in the recording, nothing of what is said during a pause, one row of the audit.

use e2e::sip::packet;
use e2e::sound::{PACKET, codes, left, linear, packets_in};
use e2e::{Dialog, Invite, Response, Server, System, Wire, http, wait_for};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Silence in mu-law.
const SILENCE: [u8; PACKET] = [0xFF; PACKET];
const LIVE: &str = "/api/v1/live-recordings";
const LIMIT: Duration = Duration::from_secs(30);

/// Says codes on the first line, and silence on the second one. Time stamps follow the clock, as
/// a phone's do: `first` is when the first packet of the call was sent.
fn say(dialog: &Dialog, first: Instant, number: &mut u16, codes: &[u8]) {
    let began = Instant::now();
    let passed = u16::try_from((began - first).as_millis() / 20).expect("a short call");
    *number = (*number).max(passed);
    for (count, part) in codes.chunks_exact(PACKET).enumerate() {
        dialog.media(0, &packet(*number, 1, part));
        dialog.media(1, &packet(*number, 2, &SILENCE));
        *number += 1;
        let due = began + Duration::from_millis(20) * u32::try_from(count + 1).expect("few");
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

fn call(server: &Server) -> Value {
    wait_for("the call", LIMIT, || {
        let list = server.get_as("boss", LIVE).json();
        list["items"].get(0).cloned()
    })
}

/// Both channels, and until when, in milliseconds.
fn sound(answer: &Response) -> (Vec<i16>, Vec<i16>, u64) {
    let frames = answer.body[44..].chunks_exact(4);
    let right = frames.map(|frame| i16::from_le_bytes([frame[2], frame[3]]));
    let until = answer.header("X-Until-Ms").expect("until when");
    (
        left(&answer.body),
        right.collect(),
        until.parse().expect("a number"),
    )
}

/// Listens from `from` on until everything up to `enough` was heard; where to go on.
fn listen(server: &Server, path: &str, from: &mut u64, enough: u64) -> (Vec<i16>, Vec<i16>) {
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    wait_for("what is said", LIMIT, || {
        let answer = server.get_as("anna", &format!("{path}?fromMs={from}"));
        if answer.status == 200 {
            let (one, other, until) = sound(&answer);
            let began: u64 = answer
                .header("X-From-Ms")
                .expect("where")
                .parse()
                .expect("a number");
            assert!(
                began == *from || *from == 0,
                "nothing is left out: {began}, not {from}"
            );
            lefts.extend(one);
            rights.extend(other);
            *from = until;
        }
        (*from >= enough).then_some(())
    });
    (lefts, rights)
}

fn so_far_ms(server: &Server) -> u64 {
    call(server)["durationMs"].as_u64().expect("a length")
}

#[test]
fn a_call_is_heard_as_it_will_be_recorded_and_nothing_of_its_pause() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    system.add_user("bruno", "base", "226", &[]);
    let server = system.start();
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new());
    let said = codes(150 * 160);
    let (first, rest) = said.split_at(60 * PACKET);
    let (secret, last) = rest.split_at(40 * PACKET);
    let mut number = 0;
    let id = call(&server)["id"].as_str().expect("an id").to_owned();
    let path = format!("{LIVE}/{id}/media");

    let began = Instant::now();
    say(&dialog, began, &mut number, first);
    let levels = call(&server)["levels"].clone();
    assert!(levels["local"].as_i64().expect("a level") > -40, "{levels}");
    assert_eq!(levels["remote"], -90, "{levels}");
    let (mut from, enough) = (0, so_far_ms(&server));
    let (heard, other) = listen(&server, &path, &mut from, enough);
    assert_eq!(packets_in(&heard, first), 60);
    assert!(
        other.iter().all(|sample| *sample == 0),
        "the tone is on the left only"
    );

    let pause = |what: &str| {
        let answer = server.post_as("boss", &format!("{LIVE}/{id}/{what}"), "");
        assert_eq!(answer.status, 204, "{}", answer.text());
    };
    pause("pause");
    say(&dialog, began, &mut number, secret);
    pause("resume");
    say(&dialog, began, &mut number, last);
    let enough = so_far_ms(&server);
    let (heard, _) = listen(&server, &path, &mut from, enough);
    assert_eq!(packets_in(&heard, secret), 0, "a pause is silent");
    let packets = packets_in(&heard, last);
    assert!(packets >= 49, "{packets} of 50 packets");

    assert_eq!(server.get_as("bruno", &path).status, 403);
    assert_eq!(http::request(server.http, "GET", &path, &[]).status, 401);
    dialog.bye();
    let detail = &server.recordings("boss", 1)[0];
    assert_eq!(server.get_as("anna", &path).status, 404);
    let recorded = left(&server.media("boss", detail));
    let place = heard
        .iter()
        .rposition(|sample| *sample == linear(last[last.len() - 1]));
    let heard = &heard[..=place.expect("the last sample")];
    let heard = &heard[heard.len() - 40 * PACKET..];
    let same = recorded.windows(heard.len()).any(|window| window == heard);
    assert!(
        same,
        "what was heard stands in the recording, sample by sample"
    );

    let audit = "/api/v1/audit?action=PlayRecording&who=anna";
    let audit = server.get_as("boss", audit);
    assert_eq!(audit.status, 200, "{}", audit.text());
    let rows = audit.json()["items"].as_array().expect("rows").clone();
    let done = rows.iter().filter(|row| row["outcome"] == "done").count();
    assert_eq!(done, 1, "{rows:?}");
}
