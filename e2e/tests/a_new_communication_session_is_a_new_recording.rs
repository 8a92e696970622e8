//! One recording session that carries two conversations, one after the other, makes two
//! recordings, each with its own parties, without a gap between them; an update of the same
//! conversation makes none.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use e2e::sip::metadata;
use e2e::{Dialog, Invite, System, Wire};
use serde_json::Value;

const FIRST: &str = "AAAAAAAAAAAAAAAAAAAABQ==";
const SECOND: &str = "AAAAAAAAAAAAAAAAAAAABg==";

/// Half a second, an update, half a second, a new conversation, half a second: what Get Recording
/// says of the two recordings, and how many samples each has.
fn two_conversations() -> Vec<(Value, usize)> {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let invite = Invite::new();
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    for (version, session, remote) in [(2, FIRST, "+390584943232"), (3, SECOND, "+390655512345")] {
        let sdp = invite.sdp.clone().unwrap();
        let next = Invite {
            sdp: Some(sdp.replace("1 1 IN", &format!("1 {version} IN"))),
            metadata: Some(metadata(session, "225", remote).into_bytes()),
            ..invite.clone()
        };
        let (kind, body) = next.body();
        let headers = [format!("Content-Type: {}", kind.unwrap())];
        let answer = dialog.ask("INVITE", &headers, &body);
        assert_eq!(answer.status(), 200, "{answer:?}");
        assert_eq!(answer.ports(), dialog.answer.ports());
        dialog.send("ACK", &[], b"");
        dialog.talk(25 * (version - 1), 25);
    }
    dialog.bye();
    let mut details = server.recordings("anna", 2);
    details.sort_by_key(|detail| detail["startTime"].to_string());
    let size = |detail: &Value| (server.media("anna", detail).len() - 44) / 4;
    details
        .into_iter()
        .map(|detail| (detail.clone(), size(&detail)))
        .collect()
}

#[test]
fn each_has_its_own_parties() {
    let recordings = two_conversations();
    let of = |key: &str| -> Vec<_> { recordings.iter().map(|(one, _)| one[key].clone()).collect() };
    assert_eq!(of("localPartyNumber"), ["225", "225"]);
    assert_eq!(of("remotePartyNumber"), ["+390584943232", "+390655512345"]);
}

#[test]
fn no_sound_falls_between_them() {
    let frames: Vec<_> = two_conversations()
        .iter()
        .map(|(_, frames)| *frames)
        .collect();
    assert!(frames[0].abs_diff(8_000) <= 320, "{frames:?}");
    // The two sockets are never written to in the same instant: promise 9 allows 20 ms.
    let sum: usize = frames.iter().sum();
    assert!(sum.abs_diff(3 * 4_000) <= 160, "{frames:?}");
}
