//! A recording session without metadata is one recording; who was on it is not known, never
//! null, and joined by its Call-ID.

use e2e::{Dialog, Invite, System, Wire};

#[test]
fn a_call_without_metadata_is_a_recording_of_nobody() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let invite = Invite {
        metadata: None,
        ..Invite::new()
    };
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    dialog.bye();
    let detail = &server.recordings("boss", 1)[0];
    e2e::lasts(detail, 500);
    assert_eq!(detail["pbxCallId"], invite.call_id.as_str());
    assert_eq!(detail["owner"]["username"], "");
    assert_eq!(detail["direction"], 0);
    assert!(detail["localPartyNumber"].is_string() && detail["remotePartyNumber"].is_string());
}

#[test]
fn an_offerless_call_gets_our_offer() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let invite = Invite::new();
    let sdp = invite.sdp.clone().unwrap();
    let one_line = sdp[..sdp.rfind("m=audio").unwrap()].replace("a=label:1\r\n", "");
    let offerless = Invite {
        sdp: None,
        metadata: None,
        ..invite
    };
    let mut wire = Wire::udp(server.address("sip-udp"));
    let bytes = offerless.bytes(&wire);
    wire.send(&bytes);
    let offer = wire.answer("INVITE");
    assert_eq!(offer.status(), 200, "{offer:?}");
    assert!(
        offer.text().contains("m=audio ") && offer.text().contains("a=recvonly"),
        "{offer:?}"
    );
    let kind = ["Content-Type: application/sdp".to_owned()];
    let mut dialog = Dialog::after_offer(wire, &offerless, offer, &kind, one_line.as_bytes());
    dialog.talk(0, 25);
    dialog.bye();
    let detail = &server.recordings("boss", 1)[0];
    e2e::lasts(detail, 500);
}
