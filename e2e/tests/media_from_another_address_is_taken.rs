//! Equipment behind address translation writes addresses into its SDP that its media does not
//! come from: it is recorded, from the first packet. Who only intrudes is not.

use std::net::UdpSocket;
use std::time::Duration;

use e2e::{Dialog, Invite, System, Wire, sip};

fn sound(media: &[u8]) -> Vec<&[u8]> {
    media[44..].chunks(4).collect()
}

#[test]
fn the_address_in_the_sdp_is_not_believed() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut invite = Invite::new();
    let sdp = invite.sdp.take().unwrap();
    invite.sdp = Some(sdp.replace("c=IN IP4 127.0.0.1", "c=IN IP4 192.0.2.33"));
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    dialog.bye();
    let detail = &server.recordings("boss", 1)[0];
    assert_eq!(detail["duration"], "PT0.5S", "from the first packet on");
    let media = server.media("boss", detail);
    assert!(
        sound(&media)
            .iter()
            .all(|frame| frame[..2] != [0, 0] && frame[2..] != [0, 0])
    );
}

#[test]
fn an_intruder_is_not_recorded() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new());
    dialog.talk(0, 10);
    let intruder = UdpSocket::bind("127.0.0.7:0").unwrap();
    let ports = dialog.answer.ports();
    let noise = std::thread::spawn(move || {
        for number in 0..60 {
            for port in &ports {
                let packet = sip::packet(number, 0xBAD, &[0x80; 160]);
                intruder.send_to(&packet, ("127.0.0.1", *port)).unwrap();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    dialog.talk(10, 40);
    noise.join().unwrap();
    dialog.bye();
    let detail = &server.recordings("boss", 1)[0];
    assert_eq!(detail["duration"], "PT1S", "{detail}");
    let media = server.media("boss", detail);
    let mut kinds: Vec<&[u8]> = sound(&media);
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(
        kinds.len(),
        1,
        "two constant codes were sent, and only they are heard: {kinds:?}"
    );
}
