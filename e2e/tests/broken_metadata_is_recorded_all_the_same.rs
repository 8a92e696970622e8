//! A call that can be recorded is recorded, whatever is wrong with what is said about it.

use e2e::{Dialog, Invite, System, Wire};

#[test]
fn broken_metadata_costs_nothing_but_itself() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let whole = String::from_utf8(Invite::new().metadata.unwrap()).unwrap();
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\">\
                <!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><recording>&b;</recording>";
    let broken = [
        whole.as_bytes()[..whole.len() / 2].to_vec(),
        b"this is no XML".to_vec(),
        b"<recording".to_vec(),
        b"\xff\xfe\x00\x01".to_vec(),
        Vec::new(),
        whole
            .replace("ns:recording:1", "ns:something-else")
            .into_bytes(),
        whole.replace("</participant>", "").into_bytes(),
        bomb.as_bytes().to_vec(),
        format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000)).into_bytes(),
    ];
    for metadata in &broken {
        let invite = Invite {
            metadata: Some(metadata.clone()),
            ..Invite::new()
        };
        let wire = Wire::udp(server.address("sip-udp"));
        let mut dialog = Dialog::establish(wire, &invite);
        assert_eq!(
            dialog
                .answer
                .ports()
                .iter()
                .filter(|port| **port != 0)
                .count(),
            2
        );
        dialog.talk(0, 10);
        dialog.bye();
    }
    for detail in server.recordings("boss", broken.len()) {
        e2e::lasts(&detail, 200);
        let _ = server.media("boss", &detail);
    }
}
