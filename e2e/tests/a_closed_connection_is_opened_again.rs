//! A peer that closes the connection its call came over is still reached: a connection is opened
//! to where its Contact or route set leads, but never to an address that may not call.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use e2e::tls::Authority;
use e2e::{Dialog, Invite, PATIENCE, System, Wire};

/// A call whose peer says it is reached at `contact`, and which has closed its connection.
fn left_alone(mut wire: Wire, contact: &str, more: &str) -> Invite {
    let invite = Invite::new();
    let bytes = String::from_utf8(invite.bytes(&wire)).unwrap();
    let own = format!(
        "sip:src@{};transport={}",
        wire.local(),
        wire.name().to_lowercase()
    );
    assert!(bytes.contains(&own), "{bytes}");
    let bytes = bytes.replace(&own, contact);
    wire.send(
        bytes
            .replace("Require:", &format!("{more}Require:"))
            .as_bytes(),
    );
    drop(Dialog::answered(wire, &invite));
    invite
}

#[test]
fn bye_finds_the_contact() {
    let system = System::new();
    let server = system.start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let contact = format!("sip:src@{};transport=tcp", listener.local_addr().unwrap());
    let calls = [0, 1].map(|_| {
        let wire = Wire::tcp(server.address("sip-tcp"));
        left_alone(wire, &contact, "")
    });
    server.terminate();
    let mut wire = Wire::accept(&listener, PATIENCE);
    // Both go over one connection.
    let mut ended: Vec<String> = (0..2)
        .map(|_| {
            let bye = wire.asked("BYE", PATIENCE);
            assert!(bye.first.starts_with(&format!("BYE {contact} ")), "{bye:?}");
            bye.header("Call-ID").unwrap().to_owned()
        })
        .collect();
    ended.sort();
    let mut expected: Vec<_> = calls.iter().map(|call| call.call_id.clone()).collect();
    expected.sort();
    assert_eq!(ended, expected);
}

#[test]
fn bye_finds_the_route() {
    let system = System::new();
    let server = system.start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let route = format!(
        "Record-Route: <sip:{};lr>\r\n",
        listener.local_addr().unwrap()
    );
    let wire = Wire::tcp(server.address("sip-tcp"));
    let invite = left_alone(wire, "sip:src@192.0.2.1:5060;transport=tcp", &route);
    server.terminate();
    let bye = Wire::accept(&listener, PATIENCE).asked("BYE", PATIENCE);
    assert_eq!(bye.header("Call-ID"), Some(&*invite.call_id));
}

#[test]
fn a_contact_that_may_not_call_is_left_alone() {
    let system = System::with(&[("sip", "allow", "[\"127.0.0.1\"]")]);
    let mut server = system.start();
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let contact = format!("sip:src@{};transport=tcp", listener.local_addr().unwrap());
    left_alone(Wire::tcp(server.address("sip-tcp")), &contact, "");
    server.terminate();
    server.wait(PATIENCE);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody has connected");
    assert!(
        server.log().contains("cannot be reached"),
        "{}",
        server.log()
    );
}

/// Whether the BYE of a call over TLS reaches a peer that shows `authority`'s certificate, or
/// another's.
fn reached_over_tls(known: bool) -> bool {
    let authority = Authority::new();
    let own = authority.sign("recorder");
    let file = |path: &std::path::Path| format!("{path:?}");
    let system = System::with(&[
        ("sip", "tls", "[\"127.0.0.1:0\"]"),
        ("sip", "tls_certificate", &file(&own.certificate)),
        ("sip", "tls_key", &file(&own.key)),
        ("sip", "tls_client_ca", &file(&authority.certificate())),
    ]);
    let server = system.start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let contact = format!("sip:src@{};transport=tls", listener.local_addr().unwrap());
    let client = authority.client(Some(&authority.sign("client")));
    left_alone(Wire::tls(server.address("sip-tls"), &client), &contact, "");
    server.terminate();
    let Wire::Tcp(stream, _) = Wire::accept(&listener, PATIENCE) else {
        panic!("a connection is one");
    };
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let strangers = Authority::new();
    let signer = if known { &authority } else { &strangers };
    let mut stream = signer.sign("peer").serve(stream);
    let mut bytes = [0; 4_096];
    let length = stream.read(&mut bytes).unwrap_or(0);
    let _ = stream.flush();
    bytes[..length].starts_with(format!("BYE {contact} ").as_bytes())
}

#[test]
fn bye_finds_the_contact_over_tls() {
    assert!(reached_over_tls(true));
}

#[test]
fn over_tls_nothing_is_said_to_a_peer_of_another_authority() {
    assert!(!reached_over_tls(false));
}
