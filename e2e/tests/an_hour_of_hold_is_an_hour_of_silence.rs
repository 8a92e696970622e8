//! Promise 10: a call is on hold for an hour, nothing comes, and then somebody speaks again: one
//! recording, with an hour of silence in it. It holds for a call that crashes have interrupted,
//! too; what was said long ago is by then in a file of the call's own, and the log gives it up.
//!
//! The hour passes by the recorder's own clock (`client/clock.c`).

use std::time::Duration;

use e2e::{Clock, Dialog, Invite, PATIENCE, Server, System, Wire, files_below, wait_for};

const HOUR: Duration = Duration::from_secs(3_600);
/// An hour of sound, perhaps by a build without optimisation.
const RENDERING: Duration = Duration::from_secs(240);

struct Scene {
    system: System,
    clock: Clock,
    server: Server,
}

impl Scene {
    fn new() -> Self {
        let listener = e2e::system::lasting_listener();
        let system = System::with(&[("sip", "udp", &listener), ("sip", "tcp", &listener)]);
        system.add_user("boss", "complete", "", &[]);
        let clock = Clock::new(system.folder());
        let server = clock.start(&system);
        Self {
            system,
            clock,
            server,
        }
    }

    /// A call that has spoken for a second.
    fn call(&self) -> Dialog {
        let mut invite = Invite::new();
        invite
            .headers
            .push("Allow: INVITE, ACK, BYE, UPDATE".to_owned());
        let to = self.server.address("sip-udp");
        let dialog = Dialog::establish(Wire::udp(to), &invite);
        dialog.talk(0, 50);
        dialog
    }

    /// Files of calls that are no longer in the log, and segments of it.
    fn files(&self) -> (usize, usize) {
        let files = files_below(&self.system.data().join("spool"));
        let with = |end: &str| {
            let files = files.iter();
            let found = files.filter(|path| path.extension().is_some_and(|found| found == end));
            found.count()
        };
        (with("ewj"), with("seg"))
    }

    /// The only recording is sound, an hour of silence, sound: its state, and how much of each.
    fn is_one(&self) -> (String, String) {
        let detail = self
            .server
            .recordings_within(RENDERING, "boss", 1)
            .remove(0);
        let media = self.server.media("boss", &detail);
        let frames: Vec<bool> = media[44..].chunks(4).map(|frame| frame == [0; 4]).collect();
        let first = frames.iter().position(|silent| *silent);
        let last = frames.iter().rposition(|silent| *silent);
        let (Some(first), Some(last)) = (first, last) else {
            panic!("no silence in {detail}");
        };
        let silent = last + 1 - first;
        assert!(frames[first..=last].iter().all(|silent| *silent));
        let figures = format!(
            "{}: {} ms of sound, {} ms of silence, {} ms of sound",
            detail["duration"],
            first / 8,
            silent / 8,
            (frames.len() - last) / 8
        );
        assert!(first.abs_diff(8_000) <= 160, "{first} samples");
        assert!((frames.len() - last - 1).abs_diff(8_000) <= 160);
        // What the test was busy with besides is silence, too.
        assert!((3_600..3_660).contains(&(silent / 8_000)), "{silent}");
        let (_, state, _) = self.system.states().remove(0);
        (state, figures)
    }
}

/// The recorder is killed and started again, and the client says that it is still there.
fn crash(scene: Scene, dialog: &mut Dialog) -> Scene {
    let Scene {
        system,
        clock,
        server,
    } = scene;
    server.kill_nine();
    let server = clock.start(&system);
    let update = dialog.wire.asked("UPDATE", PATIENCE);
    dialog.agree(&update);
    // Whatever it says to this, it has heard that before.
    let _ = dialog.ask("OPTIONS", &[], b"");
    Scene {
        system,
        clock,
        server,
    }
}

#[test]
fn promise_10_an_hour_of_hold() {
    let mut scene = Scene::new();
    let mut dialog = scene.call();
    scene.clock.skip(HOUR);
    dialog.say_as((0, 100), 0x20, 50, 50);
    dialog.bye();
    let (state, figures) = scene.is_one();
    println!("{figures}");
    assert_eq!(state, "available");
}

#[test]
fn promise_10_an_hour_of_hold_between_crashes() {
    let scene = Scene::new();
    let mut dialog = scene.call();
    // What was read is what outlives a kill: one sweep, and one that was under way.
    std::thread::sleep(Duration::from_millis(400));
    // A start begins a new part of the log: the old one can be given up.
    let mut scene = crash(scene, &mut dialog);
    let before = scene.files();
    scene.clock.skip(HOUR);
    assert_eq!(before, (0, 2));
    wait_for("the call's own file, and less of the log", PATIENCE, || {
        (scene.files() == (1, 1)).then_some(())
    });
    dialog.say_as((0, 100), 0x20, 50, 50);
    std::thread::sleep(Duration::from_millis(400));
    let scene = crash(scene, &mut dialog);
    dialog.bye();
    let (state, figures) = scene.is_one();
    println!("{figures}");
    assert_eq!(state, "interrupted");
    // What is settled is nowhere but in the archive.
    wait_for("the call's file to go", PATIENCE, || {
        (scene.files().0 == 0).then_some(())
    });
}
