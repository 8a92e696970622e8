//! Whatever arrives on the signalling port, the next call is answered.

use e2e::{Dialog, Invite, System, Wire};

fn garbage(wire: &Wire) -> Vec<Vec<u8>> {
    let head = "INVITE sip:recorder@e2e SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\
                \r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: g\r\nCSeq: 1 INVITE\r\n";
    let mut all: Vec<Vec<u8>> = [
        "Content-Length: 18446744073709551615\r\n\r\n",
        "Content-Length: 18446744073709551616\r\n\r\nabc",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 4294967295\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n",
        "Content-Length: 99999\r\n\r\nshort",
        "Content-Type: multipart/mixed;boundary=\r\nContent-Length: 4\r\n\r\n--\r\n",
        "Content-Type: multipart/mixed\r\nContent-Length: 4\r\n\r\n--\r\n",
        "CSeq: 99999999999999999999 INVITE\r\nContent-Length: 0\r\n\r\n",
        "Session-Expires: 99999999999999999999\r\nContent-Length: 0\r\n\r\n",
        "Max-Forwards: -7\r\nContent-Length: 0\r\n\r\n",
        "",
        "\r\n",
    ]
    .iter()
    .map(|rest| format!("{head}{rest}").into_bytes())
    .collect();
    all.extend([
        b"\0".to_vec(),
        b"\r\n\r\n".to_vec(),
        b"\xff".repeat(1500),
        b"SIP/2.0 200 OK\r\n\r\n".to_vec(),
        b"SIP/2.0 99999 Odd\r\nVia: x\r\n\r\n".to_vec(),
        b"INVITE".to_vec(),
        b"INVITE  SIP/2.0\r\n\r\n".to_vec(),
        b"A".repeat(60_000),
        [head.as_bytes(), b"X: ", &b"y".repeat(50_000), b"\r\n\r\n"].concat(),
        [head.as_bytes(), &b"X: y\r\n".repeat(9_000), b"\r\n"].concat(),
        [head.as_bytes(), b"X: \x00\xff\r\n\r\n"].concat(),
    ]);
    // A real INVITE, cut everywhere and spoilt everywhere.
    let whole = Invite::new().bytes(wire);
    all.extend(
        (0..whole.len())
            .step_by(37)
            .map(|end| whole[..end].to_vec()),
    );
    all.extend((0..whole.len()).step_by(41).map(|at| {
        let mut spoilt = whole.clone();
        spoilt[at] = 0xFF;
        spoilt
    }));
    all
}

#[test]
fn a_call_is_recorded_after_any_garbage() {
    let system = System::with(&[("limits", "calls", "0")]);
    let server = system.start();
    let mut wire = Wire::udp(server.address("sip-udp"));
    for datagram in garbage(&wire) {
        wire.send(&datagram);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new());
    dialog.talk(0, 10);
    dialog.bye();
    assert!(!server.log().contains("panicked"), "{}", server.log());
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn garbage_on_rtp_ports_does_not_spoil_the_recording() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new());
    dialog.talk(0, 25);
    let rude = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for port in dialog.answer.ports() {
        for bytes in [
            &b""[..],
            b"\x80",
            b"\xff\xff\xff\xff",
            &[0x80; 11],
            &[0x9f; 12],
            &[0; 60_000],
        ] {
            rude.send_to(bytes, ("127.0.0.1", port)).unwrap();
            rude.send_to(bytes, ("127.0.0.1", port + 1)).unwrap();
        }
    }
    dialog.talk(25, 25);
    dialog.bye();
    let detail = &server.recordings("boss", 1)[0];
    e2e::lasts(detail, 1000);
}
