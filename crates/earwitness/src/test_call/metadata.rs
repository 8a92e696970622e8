//! The recording metadata of a call: two parties, a stream each (RFC 7865).

use super::{Direction, Options};
use crate::test_call::messages::Names;
use std::fmt::Write as _;
use std::net::IpAddr;

/// The metadata document. Who called is said the way Oracle's session border controllers do,
/// since RFC 7865 has no place for it.
pub(super) fn document(names: &Names, options: &Options, host: IpAddr, now: &str) -> String {
    let Names {
        call_id,
        session,
        group,
        participants,
        streams,
        ..
    } = names;
    let nobody = "0".repeat(32);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
         <recording xmlns=\"urn:ietf:params:xml:ns:recording:1\">\r\n\
         <datamode>complete</datamode>\r\n\
         <group group_id=\"{group}\"><associate-time>{now}</associate-time></group>\r\n\
         <session session_id=\"{session}\">\
         <sipSessionID>{call_id};remote={nobody}</sipSessionID>\
         <group-ref>{group}</group-ref><start-time>{now}</start-time></session>\r\n"
    );
    let parties = [
        (&options.local, options.direction == Direction::Out),
        (&options.remote, options.direction == Direction::In),
    ];
    let mut add = |part: std::fmt::Arguments<'_>| {
        text.write_fmt(part)
            .expect("writing to a string does not fail");
    };
    for (id, (party, calling)) in participants.iter().zip(parties) {
        let address = escaped(&address(party, host));
        add(format_args!(
            "<participant participant_id=\"{id}\"><nameID aor=\"{address}\"/>\
             <extensiondata xmlns:apkt=\"http://acmepacket.com/siprec/extensiondata\">\
             <apkt:callingParty>{calling}</apkt:callingParty></extensiondata></participant>\r\n"
        ));
    }
    for (label, id) in (1..).zip(streams) {
        add(format_args!(
            "<stream stream_id=\"{id}\" session_id=\"{session}\">\
             <label>{label}</label></stream>\r\n"
        ));
    }
    add(format_args!(
        "<sessionrecordingassoc session_id=\"{session}\">\
         <associate-time>{now}</associate-time></sessionrecordingassoc>\r\n"
    ));
    for id in participants {
        add(format_args!(
            "<participantsessionassoc participant_id=\"{id}\" session_id=\"{session}\">\
             <associate-time>{now}</associate-time></participantsessionassoc>\r\n"
        ));
    }
    let heard = streams.iter().rev();
    for ((id, sent), heard) in participants.iter().zip(streams).zip(heard) {
        add(format_args!(
            "<participantstreamassoc participant_id=\"{id}\">\
             <send>{sent}</send><recv>{heard}</recv></participantstreamassoc>\r\n"
        ));
    }
    text.push_str("</recording>\r\n");
    text
}

/// A party's address of record: as given when it is one, else a number at `host`.
fn address(party: &str, host: IpAddr) -> String {
    let scheme = party
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if party.contains(':') && ["sip", "sips", "tel"].contains(&scheme.as_str()) {
        return party.to_owned();
    }
    if party.contains('@') {
        return format!("sip:{party}");
    }
    let mut user = String::new();
    for byte in party.bytes() {
        // RFC 3261 §25.1: unreserved, and of the user-unreserved what numbers are made of.
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()+".contains(&byte) {
            user.push(char::from(byte));
        } else {
            user.push_str(&format!("%{byte:02X}"));
        }
    }
    match host {
        IpAddr::V4(host) => format!("sip:{user}@{host}"),
        IpAddr::V6(host) => format!("sip:{user}@[{host}]"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_addresses() {
        let host = IpAddr::from([192, 0, 2, 1]);
        for (party, expected) in [
            ("225", "sip:225@192.0.2.1"),
            ("+39 0584", "sip:+39%200584@192.0.2.1"),
            ("bob@example.org", "sip:bob@example.org"),
            ("tel:+39", "tel:+39"),
        ] {
            assert_eq!(address(party, host), expected);
        }
        assert_eq!(escaped("<\"&"), "&lt;&quot;&amp;");
    }
}
