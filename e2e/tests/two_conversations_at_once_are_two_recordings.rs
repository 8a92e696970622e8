//! Two communication sessions at the same time in one recording session are two recordings, each
//! with its own parties and its own sound; when one ends, the other goes on undisturbed.

use e2e::{Dialog, Invite, System, Wire};

/// Metadata of two conversations: 225 on the first line, 226 on the second.
fn metadata(mode: &str, first: &str) -> String {
    let person = |id: &str, session: &str, number: &str, stream: &str, label: u8| {
        format!(
            "<participant participant_id=\"{id}\"><nameID aor=\"sip:{number}@pbx.example\"/>\
             </participant><participantsessionassoc participant_id=\"{id}\" \
             session_id=\"{session}\"/><stream stream_id=\"{stream}\" session_id=\"{session}\">\
             <label>{label}</label></stream><participantstreamassoc participant_id=\"{id}\">\
             <send>{stream}</send></participantstreamassoc>"
        )
    };
    format!(
        "<recording xmlns=\"urn:ietf:params:xml:ns:recording:1\"><datamode>{mode}</datamode>\
         <session session_id=\"one\">{first}</session><session session_id=\"two\"/>{}{}</recording>",
        person("a", "one", "225", "x", 1),
        person("b", "two", "226", "y", 2)
    )
}

#[test]
fn siprec_15_each_has_its_own_parties_and_sound() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    system.add_user("bruno", "base", "226", &[]);
    let server = system.start();
    let invite = Invite {
        metadata: Some(metadata("complete", "").into_bytes()),
        ..Invite::new()
    };
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    let headers = ["Content-Type: application/rs-metadata+xml".to_owned()];
    let over = metadata("partial", "<stop-time>2026-03-01T09:26:00Z</stop-time>");
    let answer = dialog.ask("UPDATE", &headers, over.as_bytes());
    assert_eq!(answer.status(), 200, "{answer:?}");
    dialog.talk(25, 25);
    dialog.bye();
    for (user, number, code, milliseconds) in [("anna", "225", 0, 500), ("bruno", "226", 1, 1000)] {
        let detail = &server.recordings(user, 1)[0];
        assert_eq!(detail["localPartyNumber"], number);
        e2e::lasts(detail, milliseconds);
        // The sound of a line is one code throughout: µ-law 0x20 and 0x21.
        let media = server.media(user, detail);
        let expected: i16 = [-7_932, -7_676][code];
        let left = media[44..]
            .chunks(4)
            .map(|f| i16::from_le_bytes([f[0], f[1]]));
        assert!(left.clone().all(|sample| sample == expected), "{user}");
        let right = media[44..]
            .chunks(4)
            .map(|f| i16::from_le_bytes([f[2], f[3]]));
        assert!(right.clone().all(|sample| sample == 0), "{user}");
    }
    assert_eq!(server.recordings("boss", 2).len(), 2);
}
