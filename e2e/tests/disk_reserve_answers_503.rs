//! Promise 4, the part before the first call: with less room than the reserve no call is taken,
//! and those who ping are told so.

use e2e::{Invite, System, Wire};

#[test]
fn promise_04_without_room_no_call_is_taken() {
    let system = System::with(&[("limits", "disk_reserve", "\"900TiB\"")]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut wire = Wire::udp(server.address("sip-udp"));
    let invite = Invite::new().bytes(&wire);
    wire.send(&invite);
    let refused = wire.answer("INVITE");
    assert_eq!(
        (refused.status(), refused.header("Retry-After")),
        (503, Some("3")),
        "{refused:?}"
    );
    let id = e2e::sip::unique();
    let from = b"<sip:src@e2e>";
    let options = e2e::sip::request(&wire, "OPTIONS", &id, from, "<sip:r@e2e>", 1, &[], b"");
    wire.send(&options);
    let refused = wire.answer("OPTIONS");
    assert_eq!(
        (refused.status(), refused.header("Retry-After")),
        (503, Some("3")),
        "{refused:?}"
    );
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert!(
        ready.json().to_string().len() > 4,
        "says what is not ready: {}",
        ready.text()
    );
    assert_eq!(server.get("/healthz").status, 200);
    // Listening goes on.
    assert_eq!(server.get_as("boss", e2e::RECORDINGS).status, 200);
}
