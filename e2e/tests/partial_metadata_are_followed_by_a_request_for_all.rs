//! Partial metadata without complete ones before them: the recorder asks once for all of it, in
//! an UPDATE without SDP, and takes what comes.

use std::time::Duration;

use e2e::sip::metadata;
use e2e::{Dialog, Invite, System, Wire};

const SESSION: &str = "AAAAAAAAAAAAAAAAAAAABQ==";
const LIMIT: Duration = Duration::from_secs(20);

/// What is true, with nobody's address.
fn partial() -> Vec<u8> {
    metadata(SESSION, "225", "+390584943232")
        .replace("complete", "partial")
        .replace("sip:225@", "sip:somebody@")
        .replace("sip:+390584943232@", "sip:somebody@")
        .into_bytes()
}

#[test]
fn siprec_21_a_snapshot_is_asked_for_by_update_and_taken() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let invite = Invite {
        metadata: Some(partial()),
        ..Invite::new()
    };
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    let asked = dialog.wire.asked("UPDATE", LIMIT);
    dialog.agree(&asked);
    assert_eq!(
        asked.header("Content-Type"),
        Some("application/rs-metadata+xml")
    );
    assert_eq!(
        asked.header("Content-Disposition"),
        Some("recording-session")
    );
    assert!(asked.text().contains("<requestsnapshot "), "{asked:?}");
    assert!(!asked.text().contains("v=0"), "{asked:?}");
    let contact = asked.header("Contact");
    assert!(contact.is_some_and(|c| c.contains("+sip.srs")), "{asked:?}");
    dialog.talk(0, 25);
    let all = metadata(SESSION, "225", "+390584943232");
    let headers = ["Content-Type: application/rs-metadata+xml".to_owned()];
    let answer = dialog.ask("UPDATE", &headers, all.as_bytes());
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert!(
        answer.text().is_empty(),
        "no request in an answer: {answer:?}"
    );
    // With a base, partial metadata are what they say.
    let again = all.replace("complete", "partial");
    let answer = dialog.ask("UPDATE", &headers, again.as_bytes());
    assert_eq!(answer.status(), 200, "{answer:?}");
    dialog.bye();
    let detail = &server.recordings("anna", 1)[0];
    assert_eq!(detail["remotePartyNumber"], "+390584943232");
}
