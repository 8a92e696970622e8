//! Every media port is in use: a new call is answered 503 with `Retry-After: 3`, and those that
//! run go on. A port that was used rests for those three seconds: whoever does not stop sending
//! to it when the call is over is not heard in the next one. Promise 11.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use e2e::{Dialog, Invite, PATIENCE, Server, System, Wire, wait_for};

/// What is said in the call that does not end its sound with its BYE.
const STRAGGLER: u8 = 0x51;

/// A call, or the refusal.
fn call(server: &Server) -> Result<Dialog, e2e::Message> {
    let (mut wire, invite) = (Wire::udp(server.address("sip-udp")), Invite::new());
    wire.send(&invite.bytes(&wire));
    let answer = wire.answer("INVITE");
    match answer.status() {
        200 => Ok(Dialog::after(wire, &invite, answer)),
        _ => Err(answer),
    }
}

#[test]
fn promise_11_ports_rest_between_two_calls() {
    // Two calls of two streams, each with a pair of ports.
    let system = System::with_ports(8, &[], "");
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut first = call(&server).expect("there is room for one");
    let mut second = call(&server).expect("there is room for two");
    for _ in 0..20 {
        let refused = call(&server).expect_err("there is no room for three");
        let found = (refused.status(), refused.header("Retry-After"));
        assert_eq!(found, (503, Some("3")), "{refused:?}");
    }

    first.say(STRAGGLER, 0, 50);
    first.bye();
    let ended = Instant::now();
    let stop = AtomicBool::new(false);
    let (third, waited, stragglers) = std::thread::scope(|scope| {
        let talking = scope.spawn(|| {
            let mut packets = 50;
            while !stop.load(Ordering::Relaxed) {
                first.say(STRAGGLER, packets, 5);
                packets += 5;
            }
            packets - 50
        });
        // The client had stopped by the time the port is somebody else's.
        std::thread::sleep(Duration::from_millis(1_500));
        stop.store(true, Ordering::Relaxed);
        let third = wait_for("the ports to come back", PATIENCE, || call(&server).ok());
        (third, ended.elapsed(), talking.join().expect("it stops"))
    });
    let mut third = third;
    let mut ports = third.answer.ports();
    ports.sort_unstable();
    let mut before = first.answer.ports();
    before.sort_unstable();
    assert_eq!(ports, before, "there are no others");
    third.say(0x30, 0, 50);
    third.bye();
    second.talk(0, 50);
    second.bye();

    let details = server.recordings("boss", 3);
    let mut heard = 0;
    for detail in &details {
        let media = server.media("boss", detail);
        if e2e::contains(&media[44..], &wave(STRAGGLER)) {
            // What comes while its end is being written is its own still.
            heard += 1;
        } else {
            e2e::lasts(detail, 1_000);
        }
    }
    println!(
        "20 calls refused; ports back after {waited:?}, {stragglers} stragglers for each stream, \
         heard in {heard} call"
    );
    assert_eq!(heard, 1, "only its own");
}

/// Ten frames of both sides as they stand in a WAV, of the codes that [`Dialog::say`] sends.
fn wave(code: u8) -> Vec<u8> {
    let sample = |code: u8| {
        // ITU-T G.711, µ-law.
        let code = !code;
        let magnitude = ((i16::from(code & 0x0f) << 3) + 0x84) << ((code >> 4) & 7);
        let value = magnitude - 0x84;
        (if code & 0x80 == 0 { value } else { -value }).to_le_bytes()
    };
    [sample(code), sample(code + 1)].concat().repeat(10)
}
