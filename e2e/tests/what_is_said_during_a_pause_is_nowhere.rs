//! Promise 12, as far as the recording client pauses (`a=inactive`): what is sent between pause
//! and resume is written nowhere on disk, and the time line keeps its length.

use e2e::{Dialog, Invite, System, Wire, contains, files_below};

const CARD_NUMBER: u8 = 0x5A;

fn never_on_disk(system: &System, when: &str) {
    for path in files_below(&system.data()) {
        let bytes = std::fs::read(&path).unwrap_or_default();
        for code in [CARD_NUMBER, CARD_NUMBER + 1] {
            assert!(!contains(&bytes, &[code; 80]), "{} {when}", path.display());
        }
    }
}

#[test]
fn promise_12_a_pause_leaves_nothing_behind() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let invite = Invite::new();
    let sdp = invite.sdp.clone().expect("an offer");
    let kind = ["Content-Type: application/sdp".to_owned()];
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    let pause = sdp
        .replace("sendonly", "inactive")
        .replace("1 1 IN", "1 2 IN");
    assert_eq!(dialog.ask("INVITE", &kind, pause.as_bytes()).status(), 200);
    dialog.send("ACK", &[], b"");
    dialog.say(CARD_NUMBER, 25, 50);
    never_on_disk(&system, "during the pause");
    let resume = sdp.replace("1 1 IN", "1 3 IN");
    assert_eq!(dialog.ask("INVITE", &kind, resume.as_bytes()).status(), 200);
    dialog.send("ACK", &[], b"");
    dialog.talk(75, 25);
    never_on_disk(&system, "after the pause");
    dialog.bye();

    let detail = &server.recordings("boss", 1)[0];
    e2e::lasts(detail, 2000);
    let media = server.media("boss", detail);
    let frames: Vec<_> = media[44..].chunks(4).collect();
    let silent = frames.iter().filter(|frame| **frame == [0; 4]).count();
    assert!(
        silent.abs_diff(8_000) <= 160,
        "{silent} of {} samples",
        frames.len()
    );
    never_on_disk(&system, "when all is over");
}
