//! A system that lets the recorder open few files: calls are refused before one that runs lacks
//! any, and taken again when others have ended.

use e2e::usage::start_with_files;
use e2e::{Dialog, Invite, PATIENCE, System, Wire, usage, wait_for};

/// Fewer than any system gives by itself.
const FILES_MAX: u32 = 160;

#[test]
fn calls_are_refused_before_files_run_out() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = start_with_files(&system, FILES_MAX);
    let idle = usage(&server);
    let to = server.address("sip-udp");
    // Room is measured once a second, calls come faster: the reserve is what carries them.
    let (mut calls, mut refused) = (Vec::new(), None);
    for _ in 0..60 {
        let (mut wire, invite) = (Wire::udp(to), Invite::new());
        wire.send(&invite.bytes(&wire));
        let answer = wire.answer("INVITE");
        if answer.status() != 200 {
            refused = Some(answer);
            break;
        }
        calls.push(Dialog::after(wire, &invite, answer));
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let refused = refused.expect("a refusal");
    let found = (refused.status(), refused.header("Retry-After"));
    assert_eq!(found, (503, Some("3")), "{refused:?}");
    let full = usage(&server);
    println!(
        "{FILES_MAX} files at most: idle {idle}; {} calls, then 503: {full}",
        calls.len()
    );
    // Each call has four sockets; and whoever asks over HTTP, or ends a call, needs files, too.
    assert!(calls.len() >= 10 && full.files + 16 < FILES_MAX as usize);
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 503, "{}", ready.text());
    assert!(ready.text().contains("files"), "{}", ready.text());
    let count = calls.len();
    for call in &mut calls {
        call.talk(0, 5);
        call.bye();
    }
    let details = server.recordings("boss", count);
    for detail in &details {
        e2e::lasts(detail, 100);
        let _ = server.media("boss", detail);
    }
    let mut again = wait_for("room for a call", PATIENCE, || {
        let (mut wire, invite) = (Wire::udp(to), Invite::new());
        wire.send(&invite.bytes(&wire));
        let answer = wire.answer("INVITE");
        (answer.status() == 200).then(|| Dialog::after(wire, &invite, answer))
    });
    again.bye();
    assert!(!server.log().contains("Too many open files"));
}
