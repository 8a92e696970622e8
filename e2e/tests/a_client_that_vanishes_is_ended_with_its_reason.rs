//! A recording client goes without BYE: a machine that was switched off. Its call is ended with
//! what was said, and says why: nothing came for `silence_limit`, the session timer ran out
//! though sound still comes, or the 200 was never acknowledged.
//!
//! Hours pass by the recorder's own clock (`client/clock.c`).

use std::time::Duration;

use e2e::{Clock, Dialog, Invite, PATIENCE, Server, System, Wire};

struct Scene {
    system: System,
    clock: Clock,
    server: Server,
}

impl Scene {
    fn new() -> Self {
        let system = System::new();
        system.add_user("boss", "complete", "", &[]);
        let clock = Clock::new(system.folder());
        let server = clock.start(&system);
        Self {
            system,
            clock,
            server,
        }
    }

    fn call(&self, invite: &Invite) -> Dialog {
        Dialog::establish(Wire::udp(self.server.address("sip-udp")), invite)
    }

    /// The only recording lasts so long, and says this of its end.
    fn ended(&self, milliseconds: u64, why: &str) -> String {
        let detail = self.server.recordings("boss", 1).remove(0);
        let lasts = (self.server.media("boss", &detail).len() as u64 - 44) / 32;
        assert!(lasts.abs_diff(milliseconds) <= 20, "{lasts} ms: {detail}");
        let (_, state, reason) = self.system.states().remove(0);
        assert_eq!((state.as_str(), reason.as_str()), ("available", why));
        format!("{lasts} ms of sound: {reason}")
    }
}

#[test]
fn nothing_comes_for_the_silence_limit() {
    let mut scene = Scene::new();
    let mut dialog = scene.call(&Invite::new());
    dialog.talk(0, 50);
    // The default is four hours: a client on hold for three is still there.
    scene.clock.skip(Duration::from_secs(3 * 3_600));
    assert!(
        dialog.wire.receive(Duration::from_secs(3)).is_none(),
        "ended too early"
    );
    scene.clock.skip(Duration::from_secs(4 * 3_600));
    let bye = dialog.wire.asked("BYE", PATIENCE);
    // Nobody answers it, and nobody has to.
    drop((dialog, bye));
    println!(
        "{}",
        scene.ended(1_000, "no packets within the silence limit")
    );
}

#[test]
fn a_session_is_not_refreshed() {
    let mut scene = Scene::new();
    let mut invite = Invite::new();
    invite.headers.push("Supported: timer".to_owned());
    let expires = "Session-Expires: 1800;refresher=uac";
    invite.headers.push(expires.to_owned());
    let mut dialog = scene.call(&invite);
    assert_eq!(
        dialog.answer.header("Session-Expires"),
        Some("1800;refresher=uac")
    );
    dialog.talk(0, 50);
    scene.clock.skip(Duration::from_secs(900));
    dialog.say_as((0, 100), 0x30, 50, 25);
    // Sound alone does not keep a session: it is over shortly before its time (RFC 4028 §10).
    scene.clock.skip(Duration::from_secs(880));
    let _ = dialog.wire.asked("BYE", PATIENCE);
    println!(
        "{}",
        scene.ended(900_000 + 1_500, "the session timer ran out")
    );
}

#[test]
fn a_refresh_of_ours_is_not_answered() {
    let mut scene = Scene::new();
    let mut invite = Invite::new();
    invite.headers.push("Supported: timer".to_owned());
    invite
        .headers
        .push("Allow: INVITE, ACK, BYE, UPDATE".to_owned());
    let expires = "Session-Expires: 1800;refresher=uas";
    invite.headers.push(expires.to_owned());
    let mut dialog = scene.call(&invite);
    dialog.talk(0, 50);
    scene.clock.skip(Duration::from_secs(901));
    let _ = dialog.wire.asked("UPDATE", PATIENCE);
    scene.clock.skip(Duration::from_secs(900));
    let _ = dialog.wire.asked("BYE", PATIENCE);
    println!("{}", scene.ended(1_000, "the session timer ran out"));
}

#[test]
fn the_200_is_never_acknowledged() {
    let mut scene = Scene::new();
    let (mut wire, invite) = (Wire::udp(scene.server.address("sip-udp")), Invite::new());
    wire.send(&invite.bytes(&wire));
    let answer = wire.answer("INVITE");
    assert_eq!(answer.status(), 200, "{answer:?}");
    // 64·T1 later it is over (RFC 3261 §13.3.1.4).
    scene.clock.skip(Duration::from_secs(32));
    let _ = wire.asked("BYE", PATIENCE);
    println!(
        "{}",
        scene.ended(0, "the client did not acknowledge the answer")
    );
}
