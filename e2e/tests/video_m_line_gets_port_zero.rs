//! An m-line that is no audio is refused with port 0 in its place; the call is recorded.

use e2e::{Dialog, Invite, System, Wire};

#[test]
fn video_is_refused_and_audio_is_recorded() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut invite = Invite::new();
    let sdp = invite.sdp.take().unwrap();
    let second = sdp.rfind("m=audio").unwrap();
    let video = "m=video 40000 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\na=label:9\r\na=sendonly\r\n";
    // audio, audio, video, and a line of a kind nobody has heard of
    let odd = "m=hologram 40002 RTP/AVP 98\r\na=sendonly\r\n";
    invite.sdp = Some(format!("{}{}{video}{odd}", &sdp[..second], &sdp[second..]));
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    let media = dialog.answer.media();
    let kinds: Vec<_> = media
        .iter()
        .map(|m| m[0].split(' ').next().unwrap())
        .collect();
    assert_eq!(kinds, ["m=audio", "m=audio", "m=video", "m=hologram"]);
    let ports = dialog.answer.ports();
    assert!(
        ports[0] != 0 && ports[1] != 0 && ports[..2].iter().all(|p| p % 2 == 0),
        "{ports:?}"
    );
    assert_eq!(ports[2..], [0, 0]);
    assert!(media[0].contains(&"a=label:1".to_owned()), "{media:?}");
    assert!(media[1].contains(&"a=label:2".to_owned()), "{media:?}");
    assert!(media[1].contains(&"a=recvonly".to_owned()), "{media:?}");
    assert!(
        dialog
            .answer
            .header("Contact")
            .is_some_and(|c| c.contains("+sip.srs"))
    );
    dialog.talk(0, 25);
    dialog.bye();
    e2e::lasts(&server.recordings("boss", 1)[0], 500);
}
