//! Who is not in `allow` may not send calls, and takes nothing from those who are.

use e2e::{Dialog, Invite, System, Wire};

#[test]
fn an_address_that_is_not_allowed_is_refused() {
    let system = System::with(&[("sip", "allow", "[\"127.0.0.1/32\"]")]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut stranger = Wire::udp_from("127.0.0.2", server.address("sip-udp"));
    let invite = Invite::new().bytes(&stranger);
    stranger.send(&invite);
    let refused = stranger.answer("INVITE");
    assert_eq!(refused.status(), 403, "{refused:?}");
    assert_eq!(refused.header("Retry-After"), None);

    let mut known = Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new());
    known.talk(0, 25);
    known.bye();
    let _ = server.recordings("boss", 1);
}

#[test]
fn a_client_of_the_settings_is_allowed_by_itself() {
    let more = "[[client]]\nname = \"sbc\"\naddress = [\"127.0.0.2/32\"]\n";
    let allow = [("sip", "allow", "[\"127.0.0.1/32\"]")];
    let system = System::with_ports(200, &allow, more);
    let server = system.start();
    let wire = Wire::udp_from("127.0.0.2", server.address("sip-udp"));
    Dialog::establish(wire, &Invite::new()).bye();
    let mut stranger = Wire::udp_from("127.0.0.3", server.address("sip-udp"));
    let invite = Invite::new().bytes(&stranger);
    stranger.send(&invite);
    assert_eq!(stranger.answer("INVITE").status(), 403);
}
