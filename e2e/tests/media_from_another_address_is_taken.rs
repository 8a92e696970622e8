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
    e2e::lasts(detail, 500);
    let media = server.media("boss", detail);
    // Between the two channels lie as many samples as between the two sends.
    for side in [0, 2] {
        let silent = sound(&media)
            .iter()
            .filter(|frame| frame[side..side + 2] == [0, 0])
            .count();
        assert!(
            silent <= 160,
            "{silent} samples of silence: the first packets are missing"
        );
    }
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
    e2e::lasts(detail, 1000);
    let media = server.media("boss", detail);
    let mut heard: Vec<&[u8]> = sound(&media)
        .iter()
        .flat_map(|frame| frame.chunks(2))
        .collect();
    heard.sort_unstable();
    heard.dedup();
    heard.retain(|sample| *sample != [0, 0]);
    assert_eq!(
        heard.len(),
        2,
        "two constant codes were sent, and only they are heard: {heard:?}"
    );
}
