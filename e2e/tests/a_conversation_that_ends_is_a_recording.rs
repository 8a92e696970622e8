//! A recording session that stays while conversations come and go (RFC 7866 section 10,
//! RFC 8068 section 3.4.1): each is a recording when it has ended, not when the session does,
//! with a name of its own, and nothing between two of them is in any.

use e2e::sip::metadata;
use e2e::{Dialog, Invite, Message, Server, System, Wire};

const FIRST: &str = "AAAAAAAAAAAAAAAAAAAABQ==";
const SECOND: &str = "AAAAAAAAAAAAAAAAAAAABg==";
/// What is said between two conversations.
const BETWEEN: u8 = 0x5A;

fn broadworks(document: &str, call: &str) -> String {
    let vendor = format!(
        "<extensiondata><broadWorksRecordingMetadata xmlns=\"http://schema.broadsoft.com/\">\
         <callID>{call}</callID></broadWorksRecordingMetadata></extensiondata></recording>"
    );
    document.replace("</recording>", &vendor)
}

/// Partial metadata that say that a conversation is over.
fn stopped(session: &str) -> String {
    format!(
        "<recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>partial</datamode>\
         <session session_id='{session}'><stop-time>2026-03-01T09:26:00Z</stop-time></session>\
         </recording>"
    )
}

/// Partial metadata that take it out of the recording session.
fn left(session: &str) -> String {
    format!(
        "<recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>partial</datamode>\
         <sessionrecordingassoc session_id='{session}'>\
         <disassociate-time>2026-03-01T09:26:00Z</disassociate-time></sessionrecordingassoc>\
         </recording>"
    )
}

fn told(dialog: &mut Dialog, document: &str) -> Message {
    let headers = [
        "Content-Type: application/rs-metadata+xml".to_owned(),
        "Content-Disposition: recording-session".to_owned(),
    ];
    let answer = dialog.ask("UPDATE", &headers, document.as_bytes());
    assert_eq!(answer.status(), 200, "{answer:?}");
    answer
}

fn started() -> (System, Server) {
    let listener = e2e::system::lasting_listener();
    let system = System::with(&[("sip", "udp", &listener)]);
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    (system, server)
}

fn first(server: &Server) -> Dialog {
    let document = broadworks(&metadata(FIRST, "225", "+390584943232"), "call-1");
    let invite = Invite {
        metadata: Some(document.into_bytes()),
        headers: vec!["Allow: INVITE, ACK, BYE, UPDATE".to_owned()],
        ..Invite::new()
    };
    Dialog::establish(Wire::udp(server.address("sip-udp")), &invite)
}

#[test]
fn siprec_61_each_is_there_when_it_has_ended_and_has_its_own_name() {
    for ends in [stopped, left] {
        let (system, server) = started();
        let mut dialog = first(&server);
        dialog.talk(0, 25);
        told(&mut dialog, &ends(FIRST));
        // Nobody has hung up.
        let early = server.recordings("anna", 1).remove(0);
        e2e::lasts(&early, 500);
        assert_eq!(early["pbxCallId"], "call-1");
        dialog.say(BETWEEN, 25, 25);
        told(&mut dialog, &metadata(SECOND, "225", "+390655512345"));
        dialog.talk(50, 50);
        told(&mut dialog, &ends(SECOND));
        let details = server.recordings("anna", 2);
        let late = details.iter().find(|detail| detail["id"] != early["id"]);
        let late = late.unwrap();
        e2e::lasts(late, 1_000);
        assert_eq!(late["remotePartyNumber"], "+390655512345");
        assert_eq!(late["pbxCallId"], SECOND);
        dialog.bye();
        // The session itself was none.
        assert_eq!(server.recordings("boss", 2).len(), 2);
        for path in e2e::files_below(&system.data()) {
            let bytes = std::fs::read(&path).unwrap_or_default();
            assert!(!e2e::contains(&bytes, &[BETWEEN; 80]), "{}", path.display());
        }
    }
}

#[test]
fn siprec_15_between_two_conversations_a_session_outlives_a_crash() {
    let (system, server) = started();
    let mut dialog = first(&server);
    dialog.talk(0, 25);
    told(&mut dialog, &stopped(FIRST));
    let early = server.recordings("anna", 1).remove(0);
    server.kill_nine();
    let server = system.start();
    let asked = dialog.wire.asked("UPDATE", e2e::PATIENCE);
    dialog.agree(&asked);
    told(&mut dialog, &metadata(SECOND, "225", "+390655512345"));
    dialog.talk(50, 50);
    dialog.bye();
    let details = server.recordings("anna", 2);
    let late = details.iter().find(|detail| detail["id"] != early["id"]);
    e2e::lasts(late.unwrap(), 1_000);
    // Neither was interrupted.
    assert!(
        system
            .states()
            .iter()
            .all(|(_, state, _)| state == "available")
    );
}
