//! A telephone that others wrote, baresip, calls the recorder without any SIPREC: what it says is
//! in the recording, sample by sample, over UDP, TCP, and mutual TLS with SRTP.

use std::time::Duration;

use e2e::phone::{Phone, Settings};
use e2e::tls::Authority;
use e2e::{PATIENCE, Server, System, sound};
use serde_json::Value;

/// Six seconds.
const CODES: u32 = 48_000;

struct Scene {
    authority: Authority,
    system: System,
    server: Server,
}

impl Scene {
    /// A recorder with all transports; over TLS whoever calls has to show a certificate.
    fn new() -> Self {
        let authority = Authority::new();
        let own = authority.sign("recorder");
        let (certificate, key) = (format!("{:?}", own.certificate), format!("{:?}", own.key));
        let client_ca = format!("{:?}", authority.certificate());
        let system = System::with(&[
            ("sip", "tls", "[\"127.0.0.1:0\"]"),
            ("sip", "tls_certificate", &certificate),
            ("sip", "tls_key", &key),
            ("sip", "tls_client_ca", &client_ca),
        ]);
        system.add_user("boss", "complete", "", &[]);
        system.add_user("anna", "base", "225", &[]);
        let server = system.start();
        Self {
            authority,
            system,
            server,
        }
    }

    fn phone(&self, transport: &'static str, says: &[u8]) -> Phone {
        let identity = self.authority.sign("phone");
        let settings = Settings {
            transport,
            number: "225",
            protected: transport == "tls",
            tls: (transport == "tls").then_some((&self.authority, &identity)),
            says,
        };
        let mut phone = Phone::start(self.system.folder(), &settings);
        phone.dial(self.server.address(&format!("sip-{transport}")));
        phone
    }

    /// Waits until so many packets of the call have come.
    fn heard(&self, packets: u64) {
        e2e::wait_for("packets", PATIENCE, || {
            let live = self.server.get_as("boss", "/api/v1/live-recordings").json();
            let came = live["items"][0]["streams"][0]["packets"].as_u64();
            came.filter(|came| *came >= packets)
        });
    }
}

/// Every packet that came opens and is one of those that were said, in their order, or silence;
/// the phone itself may throw away what it could not send in time.
fn is_whole(scene: &Scene, detail: &Value, says: &[u8]) -> usize {
    let quality = scene.server.quality("boss", detail);
    let stream = &quality["streams"][0];
    for fault in ["lost", "unauthentic", "replayed", "stray", "dropped"] {
        assert_eq!(stream[fault], 0, "{quality}");
    }
    let samples = sound::left(&scene.server.media("boss", detail));
    // After a hold the phone begins to speak from the start again.
    let parts = between_silence(&samples);
    let parts = parts.map(|part| sound::packets_in(part, says));
    let found: usize = parts.iter().sum();
    let came = stream["packets"].as_u64().unwrap_or_default();
    // Where its file has nothing the phone says silence; and there is nothing but these.
    let loud = samples.iter().filter(|sample| **sample != 0).count();
    assert_eq!(loud, found * sound::PACKET, "{quality}");
    let came = usize::try_from(came).unwrap_or_default();
    assert!((found..found + 10).contains(&came), "{quality}");
    found
}

/// What stands before and after the longest silence of at least half a second.
fn between_silence(samples: &[i16]) -> [&[i16]; 2] {
    let silences = samples.chunk_by(|one, next| (*one == 0) == (*next == 0));
    let mut at = 0;
    let silences = silences.map(|stretch| {
        at += stretch.len();
        (stretch, at)
    });
    let silences = silences.filter(|(stretch, _)| stretch[0] == 0 && stretch.len() >= 4_000);
    match silences.max_by_key(|(stretch, _)| stretch.len()) {
        Some((stretch, end)) => [&samples[..end - stretch.len()], &samples[end..]],
        None => [samples, &[]],
    }
}

fn is_recorded(scene: &Scene, transport: &'static str) {
    let says = sound::codes(CODES);
    let mut phone = scene.phone(transport, &says);
    let _ = phone.event("CALL_CLOSED");
    let detail = scene.server.recordings("anna", 1).remove(0);
    assert_eq!(detail["localPartyNumber"], "225", "{detail}");
    let (_, state, reason) = scene.system.states().remove(0);
    assert_eq!(state, "available", "{reason}");
    let sent = says.len() / sound::PACKET;
    let found = is_whole(scene, &detail, &says);
    assert!(found >= sent * 9 / 10, "{found} of {sent} packets");
    // Whoever asks for the keys of the sound hears how safe they were.
    let id = detail["id"].as_str().unwrap_or_default();
    let path = format!("/api/v1/recordings/{id}");
    let told = scene.server.get_as("boss", &path).text();
    assert!(!told.contains("without TLS"), "{told}");
}

#[test]
fn over_udp() {
    is_recorded(&Scene::new(), "udp");
}

#[test]
fn over_tcp() {
    is_recorded(&Scene::new(), "tcp");
}

#[test]
fn siprec_49_over_mutual_tls_with_protected_sound() {
    is_recorded(&Scene::new(), "tls");
}

#[test]
fn a_hold_changes_nothing_of_what_is_said_around_it() {
    let scene = Scene::new();
    let says = sound::codes(5 * CODES);
    let mut phone = scene.phone("tls", &says);
    scene.heard(100);
    phone.command("hold", "");
    let _ = phone.event("CALL_REMOTE_SDP");
    // A hold lasts as long as somebody waits.
    std::thread::sleep(Duration::from_secs(1));
    phone.command("resume", "");
    let _ = phone.event("CALL_REMOTE_SDP");
    scene.heard(250);
    phone.command("hangup", "");
    let detail = scene.server.recordings("boss", 1).remove(0);
    assert_eq!(scene.system.states()[0].1, "available");
    let found = is_whole(&scene, &detail, &says);
    assert!(found >= 200, "{found} packets");
    // What was not said is there as long as it was not said.
    let samples = sound::left(&scene.server.media("boss", &detail));
    let [before, after] = between_silence(&samples).map(<[i16]>::len);
    let silent = samples.len() - before - after;
    assert!((7_000..16_000).contains(&silent), "{silent} samples");
}

#[test]
fn a_drain_hangs_up_and_keeps_what_was_said() {
    let mut scene = Scene::new();
    let says = sound::codes(5 * CODES);
    let mut phone = scene.phone("tls", &says);
    scene.heard(250);
    scene.server.terminate();
    let _ = phone.event("CALL_CLOSED");
    assert!(scene.server.wait(PATIENCE).success());
    scene.server = scene.system.start();
    let detail = scene.server.recordings("boss", 1).remove(0);
    let (_, state, reason) = scene.system.states().remove(0);
    assert_eq!((state.as_str(), reason.as_str()), ("available", "drained"));
    is_whole(&scene, &detail, &says);
}
