//! SIP over TCP is a stream: messages come in pieces or glued together, pings stand between
//! them, and one that is too large is refused.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use e2e::{Dialog, Invite, System, Wire};

#[test]
fn messages_in_pieces_and_glued_together_are_read() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let invite = Invite::new();
    let mut wire = Wire::tcp(server.address("sip-tcp"));
    let (id, from) = (e2e::sip::unique(), b"<sip:src@e2e>");
    let options = e2e::sip::request(&wire, "OPTIONS", &id, from, "<sip:r@e2e>", 1, &[], b"");
    // A ping, OPTIONS and the beginning of the INVITE in one piece, then three bytes at a time.
    let whole = [b"\r\n\r\n", &options[..], b"\r\n", &invite.bytes(&wire)[..]].concat();
    let (first, rest) = whole.split_at(options.len() + 40);
    wire.send(first);
    assert_eq!(wire.answer("OPTIONS").status(), 200);
    for piece in rest.chunks(3) {
        wire.send(piece);
        std::thread::sleep(Duration::from_micros(500));
    }
    let mut dialog = Dialog::answered(wire, &invite);
    dialog.talk(0, 25);
    dialog.bye();
    e2e::lasts(&server.recordings("boss", 1)[0], 500);
}

#[test]
fn a_message_over_one_mebibyte_gets_513_and_the_connection_ends() {
    let system = System::new();
    let server = system.start();
    let mut wire = Wire::tcp(server.address("sip-tcp"));
    let headers = ["Content-Type: application/sdp".to_owned()];
    let (id, from) = (e2e::sip::unique(), b"<sip:src@e2e>");
    let body = vec![b'a'; 1 << 20];
    let whole = e2e::sip::request(
        &wire,
        "INVITE",
        &id,
        from,
        "<sip:r@e2e>",
        1,
        &headers,
        &body,
    );
    // The head says enough; who wants to see more before saying no is sent more.
    let (head, rest) = whole.split_at(whole.len() - body.len());
    wire.send(head);
    let refused = wire.receive(Duration::from_secs(3)).unwrap_or_else(|| {
        wire.send(rest);
        wire.answer("INVITE")
    });
    assert_eq!(refused.status(), 513, "{refused:?}");
    assert!(
        wire.closed(Duration::from_secs(30)),
        "the connection is still open"
    );
    Dialog::establish(Wire::tcp(server.address("sip-tcp")), &Invite::new()).bye();
}

#[test]
fn siprec_58_a_refusal_reaches_who_goes_on_sending() {
    let system = System::new();
    let server = system.start();
    let mut wire = Wire::tcp(server.address("sip-tcp"));
    let (id, from) = (e2e::sip::unique(), b"<sip:src@e2e>");
    // All of it before anything is read: closing at once would tear the answer down.
    let body = vec![b'a'; 3 << 20];
    wire.send(&e2e::sip::request(
        &wire,
        "INVITE",
        &id,
        from,
        "<sip:r@e2e>",
        1,
        &[],
        &body,
    ));
    assert_eq!(wire.answer("INVITE").status(), 513);
    assert!(wire.closed(Duration::from_secs(30)));
}

#[test]
fn siprec_58_two_line_ends_are_answered_with_one() {
    let system = System::new();
    let server = system.start();
    let mut stream = TcpStream::connect(server.address("sip-tcp")).unwrap();
    stream.set_read_timeout(Some(e2e::PATIENCE)).unwrap();
    for _ in 0..3 {
        stream.write_all(b"\r\n\r\n").unwrap();
        let mut answer = [0; 2];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"\r\n");
    }
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"", "nothing more was asked for");
}

#[test]
fn absurd_lengths_end_their_connection_and_nothing_else() {
    let system = System::new();
    let server = system.start();
    let mut good = Wire::tcp(server.address("sip-tcp"));
    for length in ["18446744073709551615", "99999999999999999999999", "-1", "x"] {
        let mut wire = Wire::tcp(server.address("sip-tcp"));
        let (id, from) = (e2e::sip::unique(), b"<sip:src@e2e>");
        let whole = e2e::sip::request(&wire, "INVITE", &id, from, "<sip:r@e2e>", 1, &[], b"");
        let text = String::from_utf8(whole).unwrap();
        let text = text.replace("Content-Length: 0", &format!("Content-Length: {length}"));
        wire.send(text.as_bytes());
        assert!(
            wire.closed(Duration::from_secs(30)),
            "still open after length {length}"
        );
    }
    let (id, from) = (e2e::sip::unique(), b"<sip:src@e2e>");
    let options = e2e::sip::request(&good, "OPTIONS", &id, from, "<sip:r@e2e>", 1, &[], b"");
    good.send(&options);
    assert_eq!(good.answer("OPTIONS").status(), 200);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
