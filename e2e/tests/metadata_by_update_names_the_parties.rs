//! Metadata that comes later, by UPDATE without SDP, names the parties: the recording belongs to
//! the user it names, and stays one recording.

use e2e::sip::metadata;
use e2e::{Dialog, Invite, System, Wire};

#[test]
fn the_parties_of_a_later_update_count() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let session = "AAAAAAAAAAAAAAAAAAAABQ==";
    let first = metadata(session, "ASBCE", "ASBCE").into_bytes();
    let invite = Invite {
        metadata: Some(first),
        ..Invite::new()
    };
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    let later = metadata(session, "225", "+390584943232");
    let headers = [
        "Content-Type: application/rs-metadata".to_owned(),
        "Content-Disposition: recording-session".to_owned(),
    ];
    let answer = dialog.ask("UPDATE", &headers, later.as_bytes());
    assert_eq!(answer.status(), 200, "{answer:?}");
    dialog.talk(25, 25);
    dialog.bye();
    let detail = &server.recordings("anna", 1)[0];
    assert_eq!(detail["owner"]["username"], "anna");
    assert_eq!(detail["localPartyNumber"], "225");
    assert_eq!(detail["remotePartyNumber"], "+390584943232");
    assert_eq!(detail["duration"], "PT1S");
    assert_eq!(server.recordings("boss", 1).len(), 1);
}
