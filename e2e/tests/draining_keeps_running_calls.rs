//! SIGTERM: new calls get 503 without Retry-After, so that clients go elsewhere for good; running
//! ones may end, and get a BYE when the drain limit is over; all of them are kept.

use std::time::Duration;

use e2e::{Dialog, Invite, System, Wire, wait_for};

#[test]
fn promise_05_running_calls_are_kept() {
    let system = System::with(&[("server", "drain", "\"4s\"")]);
    system.add_user("boss", "complete", "", &[]);
    let mut server = system.start();
    let (udp, tcp) = (server.address("sip-udp"), server.address("sip-tcp"));
    let mut ends_by_itself = Dialog::establish(Wire::udp(udp), &Invite::new());
    let mut is_ended = Dialog::establish(Wire::udp(udp), &Invite::new());
    let mut is_ended_over_tcp = Dialog::establish(Wire::tcp(tcp), &Invite::new());
    server.terminate();

    // The signal takes its time: the first refusal begins what must hold from then on.
    let mut wire = Wire::udp(udp);
    let options = wait_for("a refusal", e2e::PATIENCE, || {
        let (id, from) = (e2e::sip::unique(), b"<sip:src@e2e>");
        let options = e2e::sip::request(&wire, "OPTIONS", &id, from, "<sip:r@e2e>", 1, &[], b"");
        wire.send(&options);
        Some(wire.answer("OPTIONS")).filter(|answer| answer.status() != 200)
    });
    let invite = Invite::new().bytes(&wire);
    wire.send(&invite);
    for refused in [options, wire.answer("INVITE")] {
        let found = (refused.status(), refused.header("Retry-After"));
        assert_eq!(found, (503, None), "{refused:?}");
    }

    // What balances the load must not wait for the first call that is refused.
    let ready = wait_for("/readyz to say no", Duration::from_secs(3), || {
        Some(server.get("/readyz")).filter(|ready| ready.status != 200)
    });
    assert_eq!(ready.status, 503, "{}", ready.text());

    ends_by_itself.talk(0, 25);
    is_ended.talk(0, 25);
    is_ended_over_tcp.talk(0, 25);
    ends_by_itself.bye();
    for dialog in [&mut is_ended, &mut is_ended_over_tcp] {
        let bye = dialog.wire.asked("BYE", Duration::from_secs(30));
        assert!(
            bye.header("CSeq")
                .is_some_and(|cseq| cseq.ends_with(" BYE")),
            "{bye:?}"
        );
        dialog.agree(&bye);
    }
    let status = server.wait(Duration::from_secs(60));
    assert!(status.success(), "{status}");

    let server = system.start();
    let kept = wait_for("three recordings", e2e::PATIENCE, || {
        let list = server.list("boss");
        let sound = list.iter().filter(|row| row["duration"] != "PT0S").count();
        (sound >= 3).then_some(sound)
    });
    assert_eq!(kept, 3);
    let states = system.states();
    assert!(
        states.iter().all(|(_, state, _)| state == "available"),
        "{states:?}"
    );
    let drained = states
        .iter()
        .filter(|(_, _, reason)| reason.contains("drained"))
        .count();
    assert_eq!(drained, 2, "{states:?}");
}
