//! `limits.spool`: while as much is in the spool as it may hold, new calls are answered 503 with
//! `Retry-After`; those that run go on and lose nothing; and when what is there has been archived,
//! calls are taken again.

use std::time::Duration;

use e2e::{Dialog, Invite, Message, PATIENCE, Server, Source, System, Wire, files_below, wait_for};

const SPOOL_BYTES: u64 = 2 << 20;

fn options(server: &Server) -> Message {
    let mut wire = Wire::udp(server.address("sip-udp"));
    let (id, from) = (e2e::sip::unique(), b"<sip:src@e2e>");
    let options = e2e::sip::request(&wire, "OPTIONS", &id, from, "<sip:r@e2e>", 1, &[], b"");
    wire.send(&options);
    wire.answer("OPTIONS")
}

fn spool_bytes(system: &System) -> u64 {
    let files = files_below(&system.data().join("spool"));
    let sizes = files.iter().filter_map(|path| path.metadata().ok());
    sizes.map(|file| file.len()).sum()
}

#[test]
fn a_full_spool_drains() {
    let system = System::with(&[("limits", "spool", &format!("{SPOOL_BYTES}"))]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut source = Source::start(&server, &["--calls", "25"]);
    assert_eq!(source.answered(), 25);
    let refused = wait_for("the spool to be full", PATIENCE, || {
        Some(options(&server)).filter(|answer| answer.status() != 200)
    });
    let full = spool_bytes(&system);
    let mut wire = Wire::udp(server.address("sip-udp"));
    wire.send(&Invite::new().bytes(&wire));
    for refused in [refused, wire.answer("INVITE")] {
        let found = (refused.status(), refused.header("Retry-After"));
        assert_eq!(found, (503, Some("3")), "{refused:?}");
    }
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("limits.spool"), "{}", ready.text());
    // Those that run go on for another second.
    std::thread::sleep(Duration::from_secs(1));
    source.hang_up();
    let sent = source.finish();
    let details = server.recordings("boss", 25);
    sent.all_whole(&server, &details);

    let drained = wait_for("the spool to drain", PATIENCE, || {
        (options(&server).status() == 200).then(|| spool_bytes(&system))
    });
    println!("503 at {full} bytes of {SPOOL_BYTES}; taken again at {drained}");
    assert!(drained < SPOOL_BYTES);
    Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new()).bye();
    let _ = server.recordings("boss", 26);
}
