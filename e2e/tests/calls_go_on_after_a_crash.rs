//! After `kill -9` and a new start on the same ports, calls go on: the client is asked once
//! whether it is there, what was said meanwhile is silence, and it is one recording that says
//! that it was interrupted. Promise 1, and RFC 6341's requirement 21.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use e2e::{Dialog, Invite, Message, Server, System, Wire, contains, files_below, http};

const ASKED: Duration = Duration::from_secs(20);

struct Scene {
    system: System,
    server: Server,
}

impl Scene {
    fn new() -> Self {
        Self::within("60s")
    }

    fn within(resume_window: &str) -> Self {
        let listener = e2e::system::lasting_listener();
        let system = System::with(&[
            ("sip", "udp", &listener),
            ("sip", "tcp", &listener),
            (
                "recording",
                "resume_window",
                &format!("\"{resume_window}\""),
            ),
        ]);
        system.add_user("boss", "complete", "", &[]);
        let server = system.start();
        Self { system, server }
    }

    fn crash_and_start(self) -> Self {
        let Self { system, server } = self;
        server.kill_nine();
        let server = system.start();
        Self { system, server }
    }

    fn call(&self, allow: &str) -> Dialog {
        let mut invite = Invite::new();
        invite.headers.push(format!("Allow: {allow}"));
        Dialog::establish(Wire::udp(self.server.address("sip-udp")), &invite)
    }

    /// The only recording, its state and reason.
    fn recording(&self) -> (serde_json::Value, String, String) {
        let detail = self.server.recordings("boss", 1).remove(0);
        let (_, state, reason) = self.system.states().remove(0);
        (detail, state, reason)
    }
}

/// The number of the packet that is due now.
fn due(began: Instant) -> u16 {
    u16::try_from(began.elapsed().as_millis() / 20).expect("a short test") + 1
}

/// Sound, silence and sound in samples of one channel, as long as nothing else is there.
fn stretches(media: &[u8]) -> [usize; 3] {
    let silent: Vec<bool> = media[44..].chunks(4).map(|frame| frame == [0; 4]).collect();
    let first = silent.iter().position(|silent| *silent).expect("a gap");
    let last = silent.iter().rposition(|silent| *silent).expect("a gap") + 1;
    assert!(silent[first..last].iter().all(|silent| *silent));
    [first, last - first, silent.len() - last]
}

fn agreed(dialog: &mut Dialog, method: &str) -> Message {
    let asked = dialog.wire.asked(method, ASKED);
    dialog.agree(&asked);
    asked
}

#[test]
fn promise_01_a_call_outlives_kill_nine() {
    let scene = Scene::new();
    let mut dialog = scene.call("INVITE, ACK, BYE, UPDATE");
    let began = Instant::now();
    dialog.talk(0, 50);
    let killed = Instant::now();
    let scene = scene.crash_and_start();
    let update = agreed(&mut dialog, "UPDATE");
    let gone = killed.elapsed();
    assert!(
        update
            .header("Contact")
            .is_some_and(|c| c.contains("+sip.srs"))
    );
    let (first, until) = (due(began), due(began) + 100);
    dialog.talk(first, 50);
    // A new offer is answered as if nothing had happened: the same ports, the next version.
    let sdp = Invite::new().sdp.unwrap().replace("1 1 IN", "1 2 IN");
    let kind = ["Content-Type: application/sdp".to_owned()];
    let again = dialog.ask("INVITE", &kind, sdp.as_bytes());
    dialog.send("ACK", &[], b"");
    assert_eq!(again.ports(), dialog.answer.ports());
    dialog.talk(first + 50, 50);
    dialog.bye();
    let (detail, state, reason) = scene.recording();
    assert_eq!(state, "interrupted", "{reason}");
    e2e::lasts(&detail, u64::from(until) * 20);
    let media = scene.server.media("boss", &detail);
    let [before, gap, after] = stretches(&media);
    println!(
        "killed after {} ms of sound, back after {gone:?}: {} ms lost, {} ms heard since",
        before / 8,
        gap / 8,
        after / 8
    );
    // What had come in before the kill is there but for one sweep; what came since is whole.
    // Both streams are within the 20 ms of each other that promise 9 allows.
    assert!(
        8_000_usize.saturating_sub(before) / 8 <= 500,
        "{before} samples"
    );
    assert!(after.abs_diff(100 * 160) <= 160, "{after} samples");
    // Once and for all: another start finds nothing to go on with.
    let scene = scene.crash_and_start();
    assert_eq!(scene.recording(), (detail, state, reason));
}

#[test]
fn a_client_without_update_is_asked_by_invite() {
    let scene = Scene::new();
    let mut dialog = scene.call("INVITE, ACK, BYE");
    dialog.talk(0, 25);
    let scene = scene.crash_and_start();
    let invite = agreed(&mut dialog, "INVITE");
    assert_eq!(invite.ports(), dialog.answer.ports());
    let _ = dialog.wire.asked("ACK", ASKED);
    dialog.bye();
    let (_, state, _) = scene.recording();
    assert_eq!(state, "interrupted");
}

#[test]
fn a_client_that_has_gone_ends_its_call() {
    let scene = Scene::new();
    let mut dialog = scene.call("INVITE, ACK, BYE, UPDATE");
    dialog.talk(0, 50);
    let scene = scene.crash_and_start();
    let update = dialog.wire.asked("UPDATE", ASKED);
    dialog.refuse(&update, 481, "Call/Transaction Does Not Exist");
    let (detail, state, _) = scene.recording();
    assert_eq!(state, "interrupted");
    // A second was sent; what had come in by the kill is there.
    let samples = scene.server.media("boss", &detail)[44..].len() / 4;
    assert!((4_000..=8_160).contains(&samples), "{samples} samples");
}

#[test]
fn promise_12_a_pause_outlives_kill_nine() {
    const CARD_NUMBER: u8 = 0x5A;
    let scene = Scene::new();
    let mut dialog = scene.call("INVITE, ACK, BYE, UPDATE");
    let began = Instant::now();
    dialog.talk(0, 25);
    let credentials = http::basic("boss", &e2e::system::password("boss"));
    let authorised = [("Authorization", credentials.as_str())];
    let ask = |server: &Server, method: &str, path: &str| {
        let path = format!("/api/v1/live-recordings{path}");
        http::request(server.http, method, &path, &authorised)
    };
    let live = ask(&scene.server, "GET", "").json();
    let id = live["items"][0]["id"].as_str();
    let id = id.unwrap_or_else(|| panic!("{live}")).to_owned();
    let paused = ask(&scene.server, "POST", &format!("/{id}/pause"));
    assert_eq!(paused.status, 204, "{}", paused.text());
    let scene = scene.crash_and_start();
    let _ = agreed(&mut dialog, "UPDATE");
    dialog.say(CARD_NUMBER, due(began), 50);
    let resumed = ask(&scene.server, "POST", &format!("/{id}/resume"));
    assert_eq!(resumed.status, 204, "{}", resumed.text());
    let last = due(began);
    dialog.talk(last, 25);
    dialog.bye();
    let (detail, ..) = scene.recording();
    e2e::lasts(&detail, (u64::from(last) + 25) * 20);
    for path in files_below(&scene.system.data()) {
        let bytes = std::fs::read(&path).unwrap_or_default();
        for code in [CARD_NUMBER, CARD_NUMBER + 1] {
            assert!(!contains(&bytes, &[code; 80]), "{}", path.display());
        }
    }
}

#[test]
fn a_call_without_a_sign_of_life_is_ended() {
    let scene = Scene::within("3s");
    let mut dialog = scene.call("INVITE, ACK, BYE, UPDATE");
    dialog.talk(0, 50);
    let scene = scene.crash_and_start();
    // Who is asked and says nothing is there no more.
    let _ = dialog.wire.asked("UPDATE", ASKED);
    let _ = dialog.wire.asked("BYE", ASKED);
    let (_, state, _) = scene.recording();
    assert_eq!(state, "interrupted");
}

#[test]
fn a_call_that_was_silent_for_too_long_is_over() {
    let scene = Scene::within("1ms");
    let mut dialog = scene.call("INVITE, ACK, BYE, UPDATE");
    dialog.talk(0, 25);
    let scene = scene.crash_and_start();
    let (_, state, _) = scene.recording();
    assert_eq!(state, "interrupted");
    let answer = dialog.ask("BYE", &[], b"");
    assert_eq!(answer.status(), 481, "{answer:?}");
}

#[test]
fn a_client_over_tcp_is_called_back() {
    let scene = Scene::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let back = listener.local_addr().expect("an address");
    let invite = Invite {
        headers: vec!["Allow: INVITE, ACK, BYE, UPDATE".to_owned()],
        ..Invite::new()
    };
    let mut wire = Wire::tcp(scene.server.address("sip-tcp"));
    // It is reached where it listens, not where it calls from.
    let (own, reached) = (wire.local().port(), back.port());
    let bytes = String::from_utf8_lossy(&invite.bytes(&wire)).replace(
        &format!("src@127.0.0.1:{own}"),
        &format!("src@127.0.0.1:{reached}"),
    );
    wire.send(bytes.as_bytes());
    let mut dialog = Dialog::answered(wire, &invite);
    let began = Instant::now();
    dialog.talk(0, 25);
    let scene = scene.crash_and_start();
    dialog.wire = Wire::accept(&listener, ASKED);
    let _ = agreed(&mut dialog, "UPDATE");
    let last = due(began);
    dialog.talk(last, 25);
    dialog.bye();
    let (detail, state, _) = scene.recording();
    assert_eq!(state, "interrupted");
    e2e::lasts(&detail, (u64::from(last) + 25) * 20);
}
