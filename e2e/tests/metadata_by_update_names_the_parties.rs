//! Metadata that comes later, by UPDATE without SDP, names the parties: the recording belongs to
//! the user it names, and stays one recording.

use e2e::sip::metadata;
use e2e::{Dialog, Invite, System, Wire};

const SESSION: &str = "AAAAAAAAAAAAAAAAAAAABQ==";

#[test]
fn a_snapshot_replaces_the_addresses_of_the_same_participants() {
    let first = metadata(SESSION, "225", "+390584943232");
    let first = first
        .replace("sip:225@", "sip:ASBCE@")
        .replace("sip:+390584943232@", "sip:ASBCE@");
    named_later(&first);
}

#[test]
fn a_snapshot_replaces_participants_that_stood_for_nobody() {
    // As Avaya's border controller begins: somebody who is nobody, and no stream.
    let first = format!(
        "<recording xmlns=\"urn:ietf:params:xml:ns:recording:1\"><datamode>complete</datamode>\
         <session session_id=\"{SESSION}\"/><participant participant_id=\"0A\" \
         session_id=\"{SESSION}\"><nameID aor=\"sip:ASBCE@asbce.com\"/></participant>\
         <stream stream_id=\"\" session_id=\"{SESSION}\"><label>1</label></stream></recording>"
    );
    named_later(&first);
}

fn named_later(first: &str) {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let first = first.as_bytes().to_vec();
    let invite = Invite {
        metadata: Some(first),
        ..Invite::new()
    };
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    let later = metadata(SESSION, "225", "+390584943232");
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
    e2e::lasts(detail, 1000);
    assert_eq!(server.recordings("boss", 1).len(), 1);
}
