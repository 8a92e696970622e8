//! IPv6, and IPv4 on sockets of both families: whoever comes over IPv4 is known, compared and
//! answered as IPv4.

use e2e::{Dialog, Invite, System, Wire};

/// The lines of an answer that say where we are.
fn places(dialog: &Dialog) -> (String, String) {
    let contact = dialog.answer.header("Contact").unwrap_or_default();
    let text = dialog.answer.text();
    let line = text.lines().find(|line| line.starts_with("c="));
    (contact.to_owned(), line.unwrap_or_default().to_owned())
}

#[test]
fn calls_of_both_families_on_one_socket() {
    let system = System::with(&[
        ("sip", "udp", "[\"[::]:0\"]"),
        ("sip", "tcp", "[\"[::]:0\"]"),
        ("sip", "allow", "[\"127.0.0.1\", \"::1\"]"),
        ("rtp", "listen", "\"::\""),
        // Only the address of the SDP may send: it has to be recognised.
        ("rtp", "accept", "\"sdp\""),
    ]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    for (host, written, family) in [("127.0.0.1", "127.0.0.1", "IP4"), ("::1", "[::1]", "IP6")] {
        for transport in ["udp", "tcp"] {
            let port = server.address(&format!("sip-{transport}")).port();
            let to = format!("{written}:{port}")
                .parse()
                .unwrap_or_else(|_| panic!("{written}"));
            let wire = match transport {
                "udp" => Wire::udp_from(host, to),
                _ => Wire::tcp(to),
            };
            let mut dialog = Dialog::establish(wire, &Invite::at(host));
            let (contact, line) = places(&dialog);
            assert!(
                contact.starts_with(&format!("<sip:{written}:{port}")),
                "{contact}"
            );
            assert_eq!(line, format!("c=IN {family} {host}"));
            dialog.talk(0, 25);
            dialog.bye();
        }
    }
    for detail in server.recordings("boss", 4) {
        e2e::lasts(&detail, 500);
    }
}

#[test]
fn a_stranger_over_ipv4_is_refused_on_a_socket_of_both_families() {
    let system = System::with(&[
        ("sip", "udp", "[\"[::]:0\"]"),
        ("sip", "allow", "[\"::1\"]"),
    ]);
    let server = system.start();
    let port = server.address("sip-udp").port();
    let mut wire = Wire::udp(([127, 0, 0, 1], port).into());
    let invite = Invite::new();
    let bytes = invite.bytes(&wire);
    wire.send(&bytes);
    assert_eq!(wire.answer("INVITE").status(), 403);
}
