//! A call without packet and message for `silence_limit` is ended with a BYE and kept; a lost
//! connection alone ends nothing.

use std::time::Duration;

use e2e::{Dialog, Invite, System, Wire};

#[test]
fn silence_for_too_long_ends_the_call() {
    let system = System::with(&[("recording", "silence_limit", "\"3s\"")]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut silent = Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new());
    let mut alive = Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new());
    silent.talk(0, 25);
    // Sound keeps the other one alive past the limit.
    alive.talk(0, 250);
    let bye = silent.wire.asked("BYE", Duration::from_secs(30));
    silent.agree(&bye);
    alive.bye();
    let mut details = server.recordings("boss", 2);
    details.sort_by_key(|detail| detail["size"].as_u64());
    e2e::lasts(&details[0], 500);
    e2e::lasts(&details[1], 5_000);
}

#[test]
fn a_call_outlives_its_connection() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut dialog = Dialog::establish(Wire::tcp(server.address("sip-tcp")), &Invite::new());
    dialog.talk(0, 25);
    dialog.wire = Wire::tcp(server.address("sip-tcp"));
    dialog.talk(25, 25);
    dialog.bye();
    e2e::lasts(&server.recordings("boss", 1)[0], 1000);
}
