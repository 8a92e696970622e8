//! At the limit of calls a new one gets 503 with `Retry-After: 3`, and so does OPTIONS, so that
//! clients that ping go elsewhere; when a call ends there is room again.

use e2e::{Dialog, Invite, Message, System, Wire, wait_for};

fn options(wire: &mut Wire) -> Message {
    let id = e2e::sip::unique();
    let bytes = e2e::sip::request(
        wire,
        "OPTIONS",
        &id,
        b"<sip:src@e2e>",
        "<sip:recorder@e2e>",
        1,
        &[],
        b"",
    );
    wire.send(&bytes);
    wire.answer("OPTIONS")
}

#[test]
fn a_call_too_many_is_sent_elsewhere() {
    let system = System::with(&[("limits", "calls", "2")]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let to = server.address("sip-udp");
    let mut outside = Wire::udp(to);
    let before = options(&mut outside);
    assert_eq!(before.status(), 200, "{before:?}");
    for name in ["Allow", "Accept", "Supported"] {
        assert!(before.header(name).is_some(), "no {name} in {before:?}");
    }

    let mut first = Dialog::establish(Wire::udp(to), &Invite::new());
    let mut second = Dialog::establish(Wire::tcp(server.address("sip-tcp")), &Invite::new());
    assert_eq!(server.get("/readyz").status, 200, "full is not broken");
    for _ in 0..2 {
        let mut wire = Wire::udp(to);
        let invite = Invite::new().bytes(&wire);
        wire.send(&invite);
        let refused = wire.answer("INVITE");
        assert_eq!(
            (refused.status(), refused.header("Retry-After")),
            (503, Some("3"))
        );
        let refused = options(&mut outside);
        assert_eq!(
            (refused.status(), refused.header("Retry-After")),
            (503, Some("3"))
        );
    }

    first.talk(0, 10);
    first.bye();
    let mut third = wait_for("room for a call", e2e::PATIENCE, || {
        let (mut wire, invite) = (Wire::udp(to), Invite::new());
        let bytes = invite.bytes(&wire);
        wire.send(&bytes);
        let answer = wire.answer("INVITE");
        (answer.status() == 200).then(|| Dialog::after(wire, &invite, answer))
    });
    third.bye();
    second.bye();
    let details = server.recordings("boss", 3);
    let silent = details
        .iter()
        .filter(|detail| detail["duration"] == "PT0S")
        .count();
    assert_eq!(
        silent, 2,
        "a call without sound is a recording all the same: {details:?}"
    );
}
