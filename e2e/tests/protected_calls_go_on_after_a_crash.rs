//! After `kill -9` and a new start, calls of a telephone that others wrote go on: over a
//! connection that had to be opened anew, and with sound whose keys only the journal has.

use std::collections::BTreeSet;

use e2e::phone::{Phone, Settings};
use e2e::system::lasting_listener;
use e2e::tls::Authority;
use e2e::{PATIENCE, Server, System, sound};

/// Half a minute: it is hung up before its end.
const CODES: u32 = 240_000;

fn heard(server: &Server, packets: u64) {
    e2e::wait_for("packets", PATIENCE, || {
        let live = server.get_as("boss", "/api/v1/live-recordings").json();
        let came = live["items"][0]["streams"][0]["packets"].as_u64();
        came.filter(|came| *came >= packets)
    });
}

/// The key of an `a=crypto` line.
fn key(line: &str) -> Option<&str> {
    let (_, key) = line.strip_prefix("a=crypto:")?.split_once("inline:")?;
    key.split(['|', ' ']).next()
}

fn goes_on(transport: &'static str, protected: bool) {
    let authority = Authority::new();
    let own = authority.sign("recorder");
    let listeners = [(); 3].map(|()| lasting_listener());
    let system = System::with(&[
        ("sip", "udp", &listeners[0]),
        ("sip", "tcp", &listeners[1]),
        ("sip", "tls", &listeners[2]),
        ("sip", "tls_certificate", &format!("{:?}", own.certificate)),
        ("sip", "tls_key", &format!("{:?}", own.key)),
        (
            "sip",
            "tls_client_ca",
            &format!("{:?}", authority.certificate()),
        ),
    ]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let (identity, says) = (authority.sign("phone"), sound::codes(CODES));
    let settings = Settings {
        transport,
        number: "225",
        protected,
        tls: Some((&authority, &identity)),
        says: &says,
    };
    let mut phone = Phone::start(system.folder(), &settings);
    phone.dial(server.address(&format!("sip-{transport}")));
    heard(&server, 100);
    server.kill_nine();
    let server = system.start();
    // It is asked by a new offer whether it is there, with the key that it knows.
    phone.offered();
    heard(&server, 100);
    phone.command("hangup", "");
    let trace = phone.trace();
    let keys: BTreeSet<&str> = trace.lines().filter_map(key).collect();
    assert_eq!(keys.len(), if protected { 2 } else { 0 }, "{keys:?}");
    let detail = server.recordings("boss", 1).remove(0);
    let (_, state, reason) = system.states().remove(0);
    assert_eq!(state, "interrupted", "{reason}");
    let quality = server.quality("boss", &detail);
    let stream = &quality["streams"][0];
    for fault in ["unauthentic", "replayed", "stray"] {
        assert_eq!(stream[fault], 0, "{quality}");
    }
    // Whole packets in the order in which they were said, and nothing else.
    let samples = sound::left(&server.media("boss", &detail));
    let found = sound::packets_in(&samples, &says);
    let loud = samples.iter().filter(|sample| **sample != 0).count();
    assert_eq!(loud, found * sound::PACKET, "{found} packets of {quality}");
    assert!(found >= 180, "{found} packets of {quality}");
}

#[test]
fn promise_01_over_udp_with_protected_sound() {
    goes_on("udp", true);
}

#[test]
fn promise_01_over_tcp() {
    goes_on("tcp", false);
}

#[test]
fn promise_01_over_mutual_tls_with_protected_sound() {
    goes_on("tls", true);
}
