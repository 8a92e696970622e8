//! Codec, SSRC and ports change, a minute of hold, a transfer, a pause by a supervisor: one
//! recording of the right length, with the right people over time, and silence where silence was.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::time::{Duration, Instant};

use e2e::sip::{LOCAL, REMOTE, metadata};
use e2e::{Dialog, Invite, Message, Server, System, Wire, http};
use serde_json::Value;

const SESSION: &str = "AAAAAAAAAAAAAAAAAAAABQ==";
const NEW_REMOTE: &str = "+390612345678";
const HOLD: Duration = Duration::from_secs(60);
/// What is said before the hold, after it, and while the recording is paused.
const BEFORE: u8 = 0x20;
const AFTER: u8 = 0x30;
const CARD_NUMBER: u8 = 0x5A;

fn ask(server: &Server, method: &str, path: &str) -> Value {
    let credentials = http::basic("boss", &e2e::system::password("boss"));
    let headers = [
        ("Authorization", credentials.as_str()),
        ("Content-Length", "0"),
    ];
    let answer = http::request(server.http, method, &format!("/api/v1{path}"), &headers);
    assert!(answer.status < 300, "{method} {path}: {}", answer.text());
    if answer.body.is_empty() {
        return Value::Null;
    }
    answer.json()
}

/// A re-INVITE that is answered with 200, and its ACK.
fn reinvite(dialog: &mut Dialog, invite: &Invite) -> Message {
    let (kind, body) = invite.body();
    let headers: Vec<String> = kind
        .map(|kind| format!("Content-Type: {kind}"))
        .into_iter()
        .collect();
    let answer = dialog.ask("INVITE", &headers, &body);
    assert_eq!(answer.status(), 200, "{answer:?}");
    dialog.send("ACK", &[], b"");
    answer
}

/// The number of the packet that is due now.
fn due(began: Instant) -> u16 {
    u16::try_from(began.elapsed().as_millis() / 20 + 1).unwrap()
}

/// G.711 as ITU-T G.711 has it.
fn ulaw(code: u8) -> i16 {
    let bits = !code;
    let size = (((i16::from(bits) & 0xF) << 3) + 0x84) << ((bits & 0x70) >> 4);
    if bits & 0x80 == 0 {
        size - 0x84
    } else {
        0x84 - size
    }
}

fn alaw(code: u8) -> i16 {
    let bits = code ^ 0x55;
    let low = (i16::from(bits) & 0xF) << 4;
    let size = match (bits & 0x70) >> 4 {
        0 => low + 8,
        segment => (low + 0x108) << (segment - 1),
    };
    if bits & 0x80 == 0 { -size } else { size }
}

/// Stretches of equal samples of a channel: value and how many.
fn stretches(wav: &[u8], channel: usize) -> Vec<(i16, usize)> {
    let mut found: Vec<(i16, usize)> = Vec::new();
    for frame in wav[44..].chunks(4) {
        let sample = i16::from_le_bytes([frame[2 * channel], frame[2 * channel + 1]]);
        match found.last_mut() {
            Some((value, count)) if *value == sample => *count += 1,
            _ => found.push((sample, 1)),
        }
    }
    found
}

/// The call as it goes; how long it was in packets.
fn call(server: &Server) -> u16 {
    let invite = Invite::new();
    let sdp = invite.sdp.clone().unwrap();
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    let began = Instant::now();
    dialog.say(BEFORE, 0, 25);

    let held = sdp
        .replace("sendonly", "inactive")
        .replace("1 1 IN", "1 2 IN");
    let hold = Invite {
        sdp: Some(held),
        metadata: None,
        ..invite.clone()
    };
    assert_eq!(
        reinvite(&mut dialog, &hold)
            .text()
            .matches("a=inactive")
            .count(),
        2
    );
    std::thread::sleep(HOLD);

    // Back from hold on other ports, with another codec, and to somebody else.
    let old: Vec<String> = sdp
        .lines()
        .filter(|line| line.starts_with("m="))
        .map(str::to_owned)
        .collect();
    let mut moved = sdp.replace("1 1 IN", "1 3 IN");
    for (line, port) in old.iter().zip(dialog.move_media()) {
        moved = moved.replace(line, &format!("m=audio {port} RTP/AVP 8"));
    }
    let transferred = metadata(SESSION, LOCAL, NEW_REMOTE).into_bytes();
    let back = Invite {
        sdp: Some(moved),
        metadata: Some(transferred),
        ..invite
    };
    let answer = reinvite(&mut dialog, &back);
    assert_eq!(answer.text().matches("RTP/AVP 8").count(), 2, "{answer:?}");
    dialog.say_as((8, 0x7000), AFTER, due(began), 50);

    let live = ask(server, "GET", "/live-recordings");
    let id = live["items"][0]["id"].as_str().unwrap().to_owned();
    ask(server, "POST", &format!("/live-recordings/{id}/pause"));
    dialog.say_as((8, 0x7000), CARD_NUMBER, due(began), 50);
    ask(server, "POST", &format!("/live-recordings/{id}/resume"));
    let last = due(began);
    dialog.say_as((8, 0x7000), AFTER, last, 25);
    dialog.bye();
    last + 25
}

#[test]
fn everything_that_can_happen_to_a_call() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", LOCAL, &[]);
    let server = system.start();
    let packets = call(&server);

    let detail = &server.recordings("boss", 1)[0];
    let media = server.media("boss", detail);
    for channel in [0, 1] {
        let code = |code: u8| code + u8::try_from(channel).unwrap();
        let (before, after) = (ulaw(code(BEFORE)), alaw(code(AFTER)));
        let found = stretches(&media, channel);
        let sound: Vec<_> = found.iter().filter(|(value, _)| *value != 0).collect();
        assert_eq!(
            sound,
            [&(before, 25 * 160), &(after, 50 * 160), &(after, 25 * 160)],
            "channel {channel}: {found:?}"
        );
        // The hold lies between the first two, the pause between the last two.
        let silence = |n: usize| found.iter().filter(|(value, _)| *value == 0).nth(n);
        let first = usize::from(found[0].0 == 0);
        assert!(silence(first).unwrap().1 >= 60 * 8000 - 160, "{found:?}");
        assert!(silence(first + 1).unwrap().1 >= 50 * 160 - 160, "{found:?}");
    }

    let shown = ask(
        &server,
        "GET",
        &format!("/recordings/{}", detail["id"].as_str().unwrap()),
    );
    // A new source begins when it arrives, and packets are numbered to the next 20 ms.
    let length = shown["durationMs"].as_u64().unwrap();
    assert!(length.abs_diff(u64::from(packets) * 20) <= 40, "{shown}");
    assert_eq!(
        shown["codecs"],
        serde_json::json!(["PCMU", "PCMA"]),
        "{shown}"
    );
    assert_eq!(shown["owner"]["username"], "anna", "{shown}");
    let who: Vec<_> = shown["pauses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pause| &pause["by"])
        .collect();
    assert_eq!(who, ["client", "boss"], "{shown}");
    let people = shown["participants"].as_array().unwrap();
    let of = |number: &str| {
        let found = people.iter().find(|one| one["number"] == number).unwrap();
        let spans = found["present"].as_array().unwrap();
        assert_eq!(spans.len(), 1, "{found}");
        (
            spans[0]["fromMs"].as_u64().unwrap(),
            spans[0]["toMs"].as_u64().unwrap(),
        )
    };
    assert_eq!(people.len(), 3, "{shown}");
    assert_eq!(of(LOCAL), (0, length));
    let (old, new) = (of(REMOTE), of(NEW_REMOTE));
    assert_eq!((old.0, new.1), (0, length));
    assert_eq!(old.1, new.0, "one left when the other came");
    assert!((60_000..65_000).contains(&old.1), "{old:?}");
}
