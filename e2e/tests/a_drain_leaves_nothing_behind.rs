//! SIGTERM with calls over every transport, while nothing can be archived: all of them are ended
//! with a BYE when the limit is over, the process ends within the limit and ten seconds, and the
//! next start archives what this one could not. Promise 5.

use std::time::{Duration, Instant};

use e2e::tls::Authority;
use e2e::{Dialog, Invite, System, Wire};

const DRAIN: Duration = Duration::from_secs(2);
/// Packets of the first, second and third call, 20 ms each.
const PACKETS: [u16; 3] = [20, 40, 60];

#[test]
fn promise_05_calls_over_every_transport() {
    let authority = Authority::new();
    let own = authority.sign("recorder");
    let certificate = format!("{:?}", own.certificate);
    let key = format!("{:?}", own.key);
    let system = System::with(&[
        ("server", "drain", "\"2s\""),
        ("sip", "tls", "[\"127.0.0.1:0\"]"),
        ("sip", "tls_certificate", &certificate),
        ("sip", "tls_key", &key),
    ]);
    system.add_user("boss", "complete", "", &[]);
    let mut server = system.start();
    let wires = [
        Wire::udp(server.address("sip-udp")),
        Wire::tcp(server.address("sip-tcp")),
        Wire::tls(server.address("sip-tls"), &authority.client(None)),
    ];
    let mut calls: Vec<Dialog> = wires
        .into_iter()
        .map(|wire| Dialog::establish(wire, &Invite::new()))
        .collect();
    // A file in the place of the folder: nothing can be archived, by nobody.
    let (archive, aside) = (system.data().join("archive"), system.data().join("aside"));
    std::fs::rename(&archive, &aside).expect("the archive is there");
    std::fs::write(&archive, "").expect("the data folder can be written");
    for (call, packets) in calls.iter().zip(PACKETS) {
        call.talk(0, packets);
    }

    let told = Instant::now();
    server.terminate();
    for call in &mut calls {
        let bye = call.wire.asked("BYE", DRAIN + e2e::PATIENCE);
        call.agree(&bye);
    }
    let byes = told.elapsed();
    let status = server.wait(DRAIN + Duration::from_secs(10));
    let ended = told.elapsed();
    assert!(status.success(), "{status}");
    std::fs::remove_file(&archive).expect("it is ours");
    std::fs::rename(&aside, &archive).expect("it is where we put it");
    assert_eq!(system.states(), [], "nothing could be archived");

    let server = system.start();
    let mut details = server.recordings("boss", PACKETS.len());
    details.sort_by_key(|detail| detail["size"].as_u64());
    for (detail, packets) in details.iter().zip(PACKETS) {
        e2e::lasts(detail, u64::from(packets) * 20);
        let _ = server.media("boss", detail);
    }
    for (_, state, reason) in system.states() {
        assert_eq!((state.as_str(), reason.as_str()), ("available", "drained"));
    }
    println!("{DRAIN:?} to drain: BYEs after {byes:?}, the end after {ended:?}; 3 of 3 archived");
}
