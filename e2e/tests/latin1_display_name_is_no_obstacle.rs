//! Headers and metadata that are not UTF-8 are read as Latin-1; the call is recorded.

use e2e::{Dialog, Invite, System, Wire};

#[test]
fn a_name_in_latin_1_is_no_obstacle() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let whole = String::from_utf8(Invite::new().metadata.unwrap()).unwrap();
    let named = whole.replacen("\"/>\n", "\"><name>M\u{fc}ller</name></nameID>\n", 2);
    let latin: Vec<u8> = named
        .replace("UTF-8", "ISO-8859-1")
        .chars()
        .map(|c| u8::try_from(c).unwrap())
        .collect();
    let invite = Invite {
        from: b"\"J\xfcrgen M\xfcller\" <sip:src@127.0.0.1>".to_vec(),
        metadata: Some(latin),
        ..Invite::new()
    };
    let mut dialog = Dialog::establish(Wire::udp(server.address("sip-udp")), &invite);
    dialog.talk(0, 25);
    dialog.bye();
    let detail = &server.recordings("boss", 1)[0];
    e2e::lasts(detail, 500);
}
