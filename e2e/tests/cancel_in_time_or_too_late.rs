//! CANCEL races with the answer: whichever wins, the call is over or can be ended, and nothing
//! is left behind.

use e2e::{Dialog, Invite, System, Wire};

fn cancel(wire: &Wire, invite: &[u8]) -> Vec<u8> {
    // The same request line, Via, From, To, Call-ID and number; no body.
    let head = String::from_utf8_lossy(invite).into_owned();
    let mut text = String::new();
    for line in head.split("\r\n").take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default();
        match name {
            "Via" | "From" | "To" | "Call-ID" | "Max-Forwards" => {}
            "CSeq" => {
                text.push_str("CSeq: 1 CANCEL\r\n");
                continue;
            }
            _ if line.starts_with("INVITE ") => {
                text.push_str(&line.replacen("INVITE", "CANCEL", 1));
                text.push_str("\r\n");
                continue;
            }
            _ => continue,
        }
        text.push_str(line);
        text.push_str("\r\n");
    }
    assert!(text.contains(&wire.local().to_string()));
    format!("{text}Content-Length: 0\r\n\r\n").into_bytes()
}

#[test]
fn cancel_at_once_ends_or_loses_the_race() {
    let system = System::with(&[("limits", "calls", "1")]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let (mut answered, mut over) = (0, 0);
    let began = std::time::Instant::now();
    while over < 10 {
        assert!(
            began.elapsed() < e2e::PATIENCE,
            "the one place for a call is never free again"
        );
        let invite = Invite::new();
        let mut wire = Wire::udp(server.address("sip-udp"));
        let bytes = invite.bytes(&wire);
        wire.send(&bytes);
        let cancelled = cancel(&wire, &bytes);
        wire.send(&cancelled);
        let mut finals = vec![wire.receive(e2e::PATIENCE).unwrap()];
        while finals.iter().filter(|m| m.status() >= 200).count() < 2 {
            finals.push(
                wire.receive(e2e::PATIENCE)
                    .expect("answers to INVITE and CANCEL"),
            );
        }
        let of = |method: &str| {
            let mut all = finals
                .iter()
                .filter(|m| m.status() >= 200 && m.method() == method);
            all.next()
                .unwrap_or_else(|| panic!("no answer to {method}: {finals:?}"))
                .clone()
        };
        assert!([200, 481].contains(&of("CANCEL").status()), "{finals:?}");
        let answer = of("INVITE");
        over += u32::from(answer.status() != 503);
        match answer.status() {
            200 => {
                answered += 1;
                Dialog::after(wire, &invite, answer).bye();
            }
            487 => {
                let mut ack = String::from_utf8(bytes).unwrap();
                ack.truncate(ack.find("Content-Type").unwrap());
                let ack = ack
                    .replacen("INVITE", "ACK", 1)
                    .replace("1 INVITE", "1 ACK");
                wire.send(format!("{ack}Content-Length: 0\r\n\r\n").as_bytes());
            }
            // The call before is being put away; that it leaves nothing behind is seen by the
            // limit of one call.
            503 => std::thread::sleep(std::time::Duration::from_millis(20)),
            other => panic!("{other}: {finals:?}"),
        }
    }
    let _ = server.recordings("boss", answered);
}
