//! Hold and resume by re-INVITE: one recording, the hold is silence of the right length.

use std::time::Duration;

use e2e::{Dialog, Invite, Message, System, Wire};

fn reinvite(dialog: &mut Dialog, sdp: &str) -> Message {
    let kind = ["Content-Type: application/sdp".to_owned()];
    let answer = dialog.ask("INVITE", &kind, sdp.as_bytes());
    dialog.send("ACK", &[], b"");
    answer
}

#[test]
fn hold_and_resume_stay_one_recording() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let invite = Invite::new();
    let sdp = invite.sdp.clone().unwrap();
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    let ports = dialog.answer.ports();
    dialog.talk(0, 25);

    let held = reinvite(
        &mut dialog,
        &sdp.replace("sendonly", "inactive")
            .replace("1 1 IN", "1 2 IN"),
    );
    assert_eq!(held.status(), 200, "{held:?}");
    assert_eq!(held.text().matches("a=inactive").count(), 2, "{held:?}");
    assert_eq!(held.media().len(), 2);
    std::thread::sleep(Duration::from_secs(2));

    let resumed = reinvite(&mut dialog, &sdp.replace("1 1 IN", "1 3 IN"));
    assert_eq!(resumed.status(), 200, "{resumed:?}");
    assert_eq!(
        resumed.text().matches("a=recvonly").count(),
        2,
        "{resumed:?}"
    );
    assert!(resumed.text().contains("a=label:1"), "{resumed:?}");
    assert!(
        resumed
            .header("Contact")
            .is_some_and(|c| c.contains("+sip.srs")),
        "{resumed:?}"
    );
    assert_eq!(resumed.ports(), ports);
    // 0.5 s of sound and 2 s of hold are behind us: the 125th packet is due.
    dialog.talk(125, 25);
    dialog.bye();

    let detail = &server.recordings("boss", 1)[0];
    e2e::lasts(detail, 3000);
    let media = server.media("boss", detail);
    let sound = &media[44..];
    let silent = sound.chunks(4).filter(|frame| *frame == [0; 4]).count();
    assert!(
        silent.abs_diff(2 * 8000) <= 160,
        "{silent} samples of silence"
    );
}

#[test]
fn siprec_12_no_address_is_a_pause_too() {
    const CARD_NUMBER: u8 = 0x5A;
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let invite = Invite::new();
    let sdp = invite.sdp.clone().unwrap();
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    let ports = dialog.answer.ports();
    dialog.talk(0, 25);
    // As BroadWorks pauses: the lines go on, but from nowhere (RFC 3264 section 8.4).
    let nowhere = sdp.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0");
    assert_ne!(nowhere, sdp);
    let held = reinvite(&mut dialog, &nowhere.replace("1 1 IN", "1 2 IN"));
    assert_eq!(held.status(), 200, "{held:?}");
    assert_eq!(held.ports(), ports);
    dialog.say(CARD_NUMBER, 25, 50);
    let resumed = reinvite(&mut dialog, &sdp.replace("1 1 IN", "1 3 IN"));
    assert_eq!(resumed.ports(), ports);
    dialog.talk(75, 25);
    dialog.bye();
    let detail = &server.recordings("boss", 1)[0];
    e2e::lasts(detail, 2000);
    let media = server.media("boss", detail);
    let silent = media[44..].chunks(4).filter(|frame| *frame == [0; 4]);
    let silent = silent.count();
    assert!(silent.abs_diff(8_000) <= 320, "{silent} samples of silence");
    for path in e2e::files_below(&system.data()) {
        let bytes = std::fs::read(&path).unwrap_or_default();
        for code in [CARD_NUMBER, CARD_NUMBER + 1] {
            let found = e2e::contains(&bytes, &[code; 80]);
            assert!(!found, "{}", path.display());
        }
    }
}

#[test]
fn a_new_codec_is_answered_from_the_new_offer() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let invite = Invite::new();
    let sdp = invite.sdp.clone().unwrap();
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    let pcma = sdp
        .replace("RTP/AVP 0", "RTP/AVP 8")
        .replace("1 1 IN", "1 2 IN");
    let answer = reinvite(&mut dialog, &pcma);
    assert_eq!(answer.status(), 200, "{answer:?}");
    for lines in answer.media() {
        assert!(lines[0].ends_with(" RTP/AVP 8"), "{lines:?}");
    }
    // An UPDATE with a session of one m-line less is no reason to lose the call.
    let kind = ["Content-Type: application/sdp".to_owned()];
    let one = &sdp[..sdp.rfind("m=audio").unwrap()];
    let odd = dialog.ask("UPDATE", &kind, one.as_bytes());
    assert!(odd.status() == 200 || odd.status() == 488, "{odd:?}");
    dialog.bye();
    let _ = server.recordings("boss", 1);
}
