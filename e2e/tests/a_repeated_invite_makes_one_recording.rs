//! Promise 8: a repeated INVITE gets the same answer again and makes no second recording; an
//! answer whose ACK is lost is repeated, and the call is ended with a BYE after 64 T1.

use std::time::Duration;

use e2e::{Dialog, Invite, System, Wire};

#[test]
fn promise_08_the_same_answer_and_one_recording() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let invite = Invite::new();
    let mut wire = Wire::udp(server.address("sip-udp"));
    let bytes = invite.bytes(&wire);
    wire.send(&bytes);
    wire.send(&bytes);
    let first = wire.answer("INVITE");
    wire.send(&bytes);
    let second = wire.answer("INVITE");
    assert_eq!((first.status(), second.status()), (200, 200));
    assert_eq!(first.header("To"), second.header("To"));
    assert_eq!(first.ports(), second.ports());
    let mut dialog = Dialog::after(wire, &invite, second);
    dialog.talk(0, 25);
    let (id, from) = (&invite.call_id, &invite.from);
    let to = dialog.answer.header("To").unwrap().to_owned();
    let bye = e2e::sip::request(&dialog.wire, "BYE", id, from, &to, 2, &[], b"");
    dialog.wire.send(&bye);
    assert_eq!(dialog.wire.answer("BYE").status(), 200);
    dialog.wire.send(&bye);
    assert_eq!(
        dialog.wire.answer("BYE").status(),
        200,
        "the same answer to the same BYE"
    );
    let unknown = dialog.ask("BYE", &[], b"");
    assert_eq!(unknown.status(), 481, "{unknown:?}");
    let detail = &server.recordings("boss", 1)[0];
    e2e::lasts(detail, 500);
}

#[test]
fn promise_08_a_lost_ack_ends_in_a_bye() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let invite = Invite::new();
    let mut wire = Wire::udp(server.address("sip-udp"));
    let bytes = invite.bytes(&wire);
    wire.send(&bytes);
    let answer = wire.answer("INVITE");
    let again = wire.answer("INVITE");
    assert_eq!(
        (answer.status(), again.status()),
        (200, 200),
        "a 200 without ACK is repeated"
    );
    let bye = wire.asked("BYE", Duration::from_secs(60));
    let mut dialog = Dialog::after(wire, &invite, answer);
    dialog.agree(&bye);
    assert_eq!(server.recordings("boss", 1)[0]["duration"], "PT0S");
}

#[test]
fn an_unknown_dialog_and_a_late_cancel_get_their_answers() {
    let system = System::new();
    let server = system.start();
    let mut wire = Wire::udp(server.address("sip-udp"));
    let id = e2e::sip::unique();
    for (method, status) in [
        ("BYE", 481),
        ("UPDATE", 481),
        ("CANCEL", 481),
        ("MESSAGE", 405),
    ] {
        let to = if method == "MESSAGE" {
            "<sip:r@e2e>"
        } else {
            "<sip:r@e2e>;tag=unknown"
        };
        let bytes = e2e::sip::request(&wire, method, &id, b"<sip:src@e2e>", to, 7, &[], b"");
        wire.send(&bytes);
        assert_eq!(wire.answer(method).status(), status, "{method}");
    }
    let invite = Invite {
        headers: vec!["Require: x-strange".to_owned()],
        ..Invite::new()
    };
    let bytes = invite.bytes(&wire);
    wire.send(&bytes);
    let refused = wire.answer("INVITE");
    assert_eq!(
        (refused.status(), refused.header("Unsupported")),
        (420, Some("x-strange"))
    );
}
