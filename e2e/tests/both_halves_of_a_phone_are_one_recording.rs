//! Cisco's Built-in Bridge: a recorded phone calls twice, without an offer, and answers ours in
//! the ACK. Both calls are one recording: the phone left, whom it talks to right.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::time::Duration;

use e2e::sip::request;
use e2e::{Dialog, Invite, Message, Server, System, Wire};
use serde_json::Value;

/// What a phone says in From of both calls.
struct Phone {
    refci: &'static str,
    far: (&'static str, &'static str),
}

const PHONE: Phone = Phone {
    refci: "82731258",
    far: ("82731259", "8175550197"),
};

impl Phone {
    fn from(&self, side: &str) -> Vec<u8> {
        let (refci, (far_refci, far)) = (self.refci, self.far);
        format!(
            "<sip:4062@ucm.example;{side};x-refci={refci};x-nearendclusterid=Lab;\
             x-nearenddevice=SEP189C5DB7C8AC;x-nearendaddr=4062;x-farendrefci={far_refci};\
             x-farendclusterid=Lab;x-farenddevice=10.1.20.11;x-farendaddr={far}>"
        )
        .into_bytes()
    }

    /// Sends one call's INVITE, which offers nothing.
    fn invite(&self, server: &Server, side: &str) -> (Wire, Invite) {
        let mut wire = Wire::udp(server.address("sip-udp"));
        let invite = Invite {
            from: self.from(side),
            metadata: None,
            ..Invite::new()
        };
        let (id, from, to) = (&invite.call_id, &invite.from, "<sip:recorder@e2e>");
        let headers = [
            "Supported: timer".to_owned(),
            "Session-Expires: 1800".to_owned(),
        ];
        let bytes = request(&wire, "INVITE", id, from, to, 1, &headers, b"");
        wire.send(&bytes);
        (wire, invite)
    }

    /// A call as CUCM makes it: our offer is answered in the ACK.
    fn call(&self, server: &Server, side: &str) -> Dialog {
        let (wire, invite) = self.invite(server, side);
        answered(wire, &invite)
    }
}

fn answered(mut wire: Wire, invite: &Invite) -> Dialog {
    let offer = wire.answer("INVITE");
    assert_eq!(offer.status(), 200, "{offer:?}");
    assert_eq!(offer.media().len(), 1, "{offer:?}");
    assert!(offer.text().contains("a=recvonly"), "{offer:?}");
    let described = invite.sdp.clone().unwrap();
    let line = described
        .lines()
        .find(|line| line.starts_with("m="))
        .unwrap();
    let port = line.split(' ').nth(1).unwrap();
    let body = format!(
        "v=0\r\no=CiscoSystemsCCM-SIP 1 1 IN IP4 127.0.0.1\r\ns=SIP Call\r\n\
         c=IN IP4 127.0.0.1\r\nb=TIAS:64000\r\nb=CT:64\r\nb=AS:64\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n"
    );
    let kind = ["Content-Type: application/sdp".to_owned()];
    Dialog::after_offer(wire, invite, offer, &kind, body.as_bytes())
}

fn start() -> (System, Server) {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "4062", &[]);
    let server = system.start();
    (system, server)
}

/// Whether all samples of a channel are silence, and whether the codes the near and the far
/// half say (0x20 and 0x30) are on it.
fn heard(server: &Server, detail: &Value, channel: usize) -> (bool, bool, bool) {
    let media = server.media("anna", detail);
    let samples: Vec<i16> = media[44..]
        .chunks(4)
        .map(|frame| i16::from_le_bytes([frame[channel * 2], frame[channel * 2 + 1]]))
        .collect();
    // µ-law 0x20 and 0x30 (ITU-T G.711).
    let has = |value: i16| samples.contains(&value);
    (
        samples.iter().all(|sample| *sample == 0),
        has(-7_932),
        has(-3_900),
    )
}

const NEAR: u8 = 0x20;
const FAR: u8 = 0x30;
const ONLY_NEAR: (bool, bool, bool) = (false, true, false);
const ONLY_FAR: (bool, bool, bool) = (false, false, true);
const SILENT: (bool, bool, bool) = (true, false, false);

#[test]
fn siprec_bib_two_dialogs_are_one_recording_near_left_far_right() {
    for order in [["x-nearend", "x-farend"], ["x-farend", "x-nearend"]] {
        let (_system, server) = start();
        let mut dialogs = order.map(|side| PHONE.call(&server, side));
        for (dialog, side) in dialogs.iter().zip(order) {
            let code = if side == "x-nearend" { NEAR } else { FAR };
            dialog.say(code, 0, 50);
        }
        dialogs.iter_mut().for_each(Dialog::bye);
        let details = server.recordings("anna", 1);
        let detail = &details[0];
        assert_eq!(detail["owner"]["username"], "anna");
        assert_eq!(detail["localPartyNumber"], "4062");
        assert_eq!(detail["remotePartyNumber"], "8175550197");
        assert_eq!(detail["direction"], 0);
        assert_eq!(detail["pbxCallId"], "82731258@Lab");
        assert_eq!(heard(&server, detail, 0), ONLY_NEAR, "{order:?}");
        assert_eq!(heard(&server, detail, 1), ONLY_FAR, "{order:?}");
        assert_eq!(server.recordings("boss", 1).len(), 1, "one of both");
    }
}

#[test]
fn siprec_bib_the_second_dialog_may_come_before_the_first_is_answered() {
    let (_system, server) = start();
    let both = ["x-nearend", "x-farend"].map(|side| PHONE.invite(&server, side));
    let mut dialogs = both.map(|(wire, invite)| answered(wire, &invite));
    dialogs[0].say(NEAR, 0, 25);
    dialogs[1].say(FAR, 0, 25);
    dialogs.iter_mut().for_each(Dialog::bye);
    let details = server.recordings("anna", 1);
    assert_eq!(heard(&server, &details[0], 0), ONLY_NEAR);
    assert_eq!(heard(&server, &details[0], 1), ONLY_FAR);
}

#[test]
fn siprec_bib_one_dialog_alone_is_one_sided() {
    for (side, code, expected) in [
        ("x-nearend", NEAR, [ONLY_NEAR, SILENT]),
        ("x-farend", FAR, [SILENT, ONLY_FAR]),
    ] {
        let (_system, server) = start();
        let mut dialog = PHONE.call(&server, side);
        dialog.say(code, 0, 25);
        dialog.bye();
        let details = server.recordings("anna", 1);
        assert_eq!(details[0]["localPartyNumber"], "4062");
        assert_eq!(details[0]["remotePartyNumber"], "8175550197");
        assert_eq!(heard(&server, &details[0], 0), expected[0], "{side}");
        assert_eq!(heard(&server, &details[0], 1), expected[1], "{side}");
    }
}

#[test]
fn siprec_bib_what_one_half_says_after_the_other_ended_is_kept() {
    for first_to_end in [0, 1] {
        let (_system, server) = start();
        let mut dialogs = ["x-nearend", "x-farend"].map(|side| PHONE.call(&server, side));
        dialogs[0].say(NEAR, 0, 25);
        dialogs[1].say(FAR, 0, 25);
        dialogs[first_to_end].bye();
        let other = 1 - first_to_end;
        let code = if other == 0 { NEAR } else { FAR };
        dialogs[other].say(code, 25, 50);
        dialogs[other].bye();
        let details = server.recordings("anna", 1);
        // 0.5 s of the first, 0.5 s of the second beside or behind it, 1 s of what was left.
        let media = server.media("anna", &details[0]);
        let sounding = media[44..].chunks(4).filter(|frame| {
            let channel = other * 2;
            frame[channel..channel + 2] != [0, 0]
        });
        assert_eq!(sounding.count(), 75 * 160, "{first_to_end}");
    }
}

#[test]
fn siprec_bib_the_other_half_is_hung_up_when_nothing_more_comes() {
    for first_to_end in [0, 1] {
        let (_system, server) = start();
        let mut dialogs = ["x-nearend", "x-farend"].map(|side| PHONE.call(&server, side));
        dialogs[0].say(NEAR, 0, 25);
        dialogs[1].say(FAR, 0, 25);
        dialogs[first_to_end].bye();
        let other = &mut dialogs[1 - first_to_end];
        let bye = other.wire.asked("BYE", Duration::from_secs(30));
        other.agree(&bye);
        assert_eq!(server.recordings("anna", 1).len(), 1);
    }
}

#[test]
fn siprec_bib_a_new_far_end_by_update_is_a_party_of_the_same_recording() {
    let (_system, server) = start();
    let mut dialogs = ["x-nearend", "x-farend"].map(|side| PHONE.call(&server, side));
    dialogs[1].say(FAR, 0, 25);
    let moved = Phone {
        far: ("91000", "8175550198"),
        ..PHONE
    };
    for (dialog, side) in dialogs.iter_mut().zip(["x-nearend", "x-farend"]) {
        let answer = update(dialog, &moved.from(side));
        assert_eq!(answer.status(), 200, "{answer:?}");
    }
    dialogs[0].say(NEAR, 25, 25);
    dialogs.iter_mut().for_each(Dialog::bye);
    let detail = &server.recordings("anna", 1)[0];
    assert_eq!(detail["remotePartyNumber"], "8175550197");
    let id = detail["id"].as_str().unwrap();
    let more = server.get_as("boss", &format!("/api/v1/recordings/{id}"));
    assert_eq!(more.status, 200, "{more:?}");
    let more = more.json();
    let numbers: Vec<&str> = more["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["number"].as_str().unwrap())
        .collect();
    assert_eq!(numbers, ["4062", "8175550197", "8175550198"]);
}

fn update(dialog: &mut Dialog, from: &[u8]) -> Message {
    dialog.set_from(from);
    dialog.ask("UPDATE", &[], b"")
}

#[test]
fn siprec_bib_a_restart_after_a_transfer_is_another_recording_of_the_conversation() {
    let (_system, server) = start();
    let restarted = Phone {
        refci: "82731300",
        far: ("82731258", "8175550198"),
    };
    let unrelated = Phone {
        refci: "99",
        far: ("98", "8175550111"),
    };
    for phone in [PHONE, restarted, unrelated] {
        let mut dialogs = ["x-nearend", "x-farend"].map(|side| phone.call(&server, side));
        dialogs[0].say(NEAR, 0, 10);
        dialogs.iter_mut().for_each(Dialog::bye);
    }
    let details = server.recordings("anna", 3);
    let mut ids: Vec<&str> = details
        .iter()
        .map(|detail| detail["pbxCallId"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, ["82731258@Lab", "82731258@Lab", "99@Lab"]);
}

#[test]
fn siprec_bib_both_halves_go_on_after_a_crash() {
    let listener = e2e::system::lasting_listener();
    let system = System::with(&[("sip", "udp", &listener)]);
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "4062", &[]);
    let server = system.start();
    let mut dialogs = ["x-nearend", "x-farend"].map(|side| PHONE.call(&server, side));
    dialogs[0].say(NEAR, 0, 25);
    dialogs[1].say(FAR, 25, 25);
    server.kill_nine();
    let server = system.start();
    for dialog in &mut dialogs {
        let asked = dialog.wire.asked("INVITE", Duration::from_secs(20));
        dialog.agree(&asked);
        let _ = dialog.wire.asked("ACK", Duration::from_secs(20));
    }
    dialogs[0].say(NEAR, 100, 25);
    dialogs[1].say(FAR, 125, 25);
    // One half may still end before the other.
    dialogs[1].bye();
    dialogs[0].say(NEAR, 150, 25);
    dialogs[0].bye();
    let details = server.recordings("anna", 1);
    let detail = &details[0];
    assert_eq!(detail["remotePartyNumber"], "8175550197");
    assert_eq!(heard(&server, detail, 0), ONLY_NEAR);
    assert_eq!(heard(&server, detail, 1), ONLY_FAR);
    let media = server.media("anna", detail);
    let sounding = |channel: usize| {
        let frames = media[44..].chunks(4);
        let loud = frames.filter(|frame| frame[channel * 2..channel * 2 + 2] != [0, 0]);
        loud.count()
    };
    // Both halves, before and after.
    assert!(
        (51 * 160..=75 * 160).contains(&sounding(0)),
        "{}",
        sounding(0)
    );
    assert!(
        (26 * 160..=50 * 160).contains(&sounding(1)),
        "{}",
        sounding(1)
    );
    assert_eq!(system.states()[0].1, "interrupted");
}
