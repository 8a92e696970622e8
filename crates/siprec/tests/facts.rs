//! What the messages of a call come to, beyond what one dialect shows.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod common;

use common::{addresses, request};
use sip::{Message, Method, Request, Response};
use siprec::{Caller, Facts, Session, Signal, facts};

const HEAD: &str =
    "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n";
const LINES: &str =
    "m=audio 5000 RTP/AVP 0 8 18\r\na=label:1\r\nm=audio 5002 RTP/AVP 0\r\na=label:2\r\n";

/// Messages of one dialog, each a second after the one before.
#[derive(Default)]
struct Call {
    signals: Vec<(bool, Vec<u8>)>,
    session: Session,
}

impl Call {
    fn receive(&mut self, request: &Request) -> &mut Self {
        self.signals.push((false, request.to_bytes()));
        self
    }

    fn respond(&mut self, request: &Request, status: u16, body: &[u8]) -> &mut Self {
        let mut response = Response::new(status, "");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            response
                .headers
                .push(name, request.headers.first(name).unwrap());
        }
        if !body.is_empty() {
            response.headers.push("Content-Type", "application/sdp");
        }
        response.body = body.to_vec();
        self.signals
            .push((true, Message::Response(response).to_bytes()));
        self
    }

    /// Receives a request and answers it as a recorder does.
    fn accept(&mut self, request: &Request) -> &mut Self {
        self.receive(request);
        let plan = self.session.request(request).unwrap();
        let count = u16::try_from(plan.lines.len()).unwrap();
        let body = self.session.answer(&addresses(count)).unwrap_or_default();
        self.respond(request, 200, &body)
    }

    fn facts_with(&self, caller: &Caller) -> Facts {
        let signals = self
            .signals
            .iter()
            .zip(1..)
            .map(|((sent, bytes), second)| Signal {
                sent: *sent,
                dialog: 0,
                time_ns: second * 1_000_000_000,
                bytes,
            });
        facts(signals, caller)
    }

    fn facts(&self) -> Facts {
        self.facts_with(&Caller::Unknown)
    }
}

/// A request with a description, metadata, or both.
fn mixed(method: Method, sequence: u32, media: &str, xml: &str) -> Request {
    let description = format!("Content-Type: application/sdp\r\n\r\n{HEAD}{media}\r\n");
    let metadata = format!(
        "Content-Type: application/rs-metadata+xml\r\n\r\n<recording>{xml}</recording>\r\n"
    );
    let parts = [(media.is_empty(), description), (xml.is_empty(), metadata)];
    let parts = parts
        .iter()
        .filter(|(empty, _)| !empty)
        .map(|(_, part)| format!("--x\r\n{part}"));
    let body = format!("{}--x--\r\n", parts.collect::<String>());
    request(
        method,
        sequence,
        "multipart/mixed;boundary=x",
        body.as_bytes(),
    )
}

fn person(id: &str, session: &str, number: &str) -> String {
    format!(
        "<participant participant_id='{id}'><nameID aor='sip:{number}@example.org'/></participant>\
         <participantsessionassoc participant_id='{id}' session_id='{session}'/>"
    )
}

fn sends(id: &str, stream: &str, label: &str) -> String {
    format!(
        "<stream stream_id='{stream}'><label>{label}</label></stream>\
         <participantstreamassoc participant_id='{id}'><send>{stream}</send></participantstreamassoc>"
    )
}

fn two_people() -> String {
    let people = person("a", "s1", "5550101") + &person("b", "s1", "5550102");
    format!(
        "<session session_id='s1'/>{people}{}{}",
        sends("a", "sa", "2"),
        sends("b", "sb", "1")
    )
}

fn oracle_mark(id: &str, calling: &str) -> String {
    format!(
        "<extensiondata parent='{id}'><p:callingParty xmlns:p='x'>{calling}</p:callingParty>\
         </extensiondata>"
    )
}

fn numbers(facts: &Facts) -> Vec<&str> {
    facts
        .participants
        .iter()
        .map(|participant| participant.addresses[0].as_str())
        .collect()
}

fn payload_types(facts: &Facts, stream: usize) -> Vec<(u64, Vec<u8>)> {
    let epochs = facts.streams[stream].formats.iter();
    epochs
        .map(|epoch| {
            let numbers = epoch
                .formats
                .iter()
                .map(|format| format.payload_type)
                .collect();
            (epoch.from_ns / 1_000_000_000, numbers)
        })
        .collect()
}

#[test]
fn siprec_33_channel_follows_send_label() {
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &two_people()));
    let facts = call.facts();
    assert_eq!(
        numbers(&facts),
        ["sip:5550101@example.org", "sip:5550102@example.org"]
    );
    assert_eq!(facts.streams[0].senders, [1]);
    assert_eq!(facts.streams[1].senders, [0]);
}

#[test]
fn siprec_10_labels_mean_what_their_own_message_says() {
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &two_people()));
    // The labels change places; metadata of the same message still send sa on the second line.
    let swapped = LINES
        .replace("label:1", "label:x")
        .replace("label:2", "label:1")
        .replace("label:x", "label:2");
    let xml = format!("<datamode>partial</datamode>{}", sends("a", "sa", "1"));
    call.accept(&mixed(Method::Invite, 2, &swapped, &xml));
    let facts = call.facts();
    assert_eq!(
        (&facts.streams[0].senders[..], &facts.streams[1].senders[..]),
        (&[1][..], &[0][..])
    );
}

#[test]
fn siprec_34_all_addresses_are_kept_and_the_first_is_shown() {
    let xml = "<participant participant_id='a'><nameID aor='sip:5550101@h'/>\
        <nameID aor='tel:+15550101'><name>Ann</name></nameID></participant>";
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, xml));
    call.accept(&mixed(
        Method::Update,
        2,
        "",
        &xml.replace("tel:+15550101", "sip:ann@h"),
    ));
    let facts = call.facts();
    let ann = &facts.participants[0];
    assert_eq!(
        ann.addresses,
        ["sip:5550101@h", "sip:ann@h", "tel:+15550101"],
        "the latest snapshot's first, what was told earlier after them"
    );
    assert_eq!(ann.name.as_deref(), Some("Ann"));
}

#[test]
fn siprec_35_on_hold_nobody_sends_and_nothing_is_odd() {
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &two_people()));
    let hold = "<datamode>partial</datamode><participantstreamassoc participant_id='a'/>";
    call.accept(&mixed(Method::Update, 2, "", hold));
    let facts = call.facts();
    assert_eq!(facts.streams[1].senders, [0], "who sent before stays known");
    assert!(facts.oddities.is_empty());
}

#[test]
fn siprec_38_the_session_id_header_stands_in_for_metadata() {
    let mut invite = mixed(Method::Invite, 1, LINES, &two_people());
    invite
        .headers
        .push("Session-ID", "ab30317f1a784dc48ff824d0d3715d86;remote=0");
    let mut call = Call::default();
    call.accept(&invite);
    let facts = call.facts();
    assert_eq!(
        facts.sip_session.as_deref(),
        Some("ab30317f1a784dc48ff824d0d3715d86")
    );
    assert_eq!(facts.pbx_call_id, facts.sip_session);
}

#[test]
fn streams_of_lines_without_labels_are_taken_in_order() {
    let bare = LINES
        .replace("a=label:1\r\n", "")
        .replace("a=label:2\r\n", "");
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, &bare, &two_people()));
    let facts = call.facts();
    assert_eq!(
        (&facts.streams[0].senders[..], &facts.streams[1].senders[..]),
        (&[0][..], &[1][..])
    );
    assert_eq!(facts.oddities.len(), 1);
}

#[test]
fn siprec_36_who_leaves_was_there() {
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &two_people()));
    let third = person("c", "s1", "5550103") + &sends("c", "sb", "1");
    call.accept(&mixed(
        Method::Update,
        2,
        "",
        &format!("<datamode>partial</datamode>{third}"),
    ));
    let left = format!("<session session_id='s1'/>{}", person("a", "s1", "5550101"));
    call.accept(&mixed(Method::Update, 3, "", &left));
    let facts = call.facts();
    assert_eq!(facts.participants.len(), 3);
    assert_eq!(facts.streams[0].senders, [1, 2]);
}

#[test]
fn siprec_37_streams_that_are_not_delivered_are_no_error() {
    let xml = two_people() + &sends("a", "video", "3");
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &xml));
    assert_eq!(call.facts().oddities, Vec::<String>::new());
}

#[test]
fn a_new_communication_session_has_its_own_people() {
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &two_people()));
    let next = format!(
        "<session session_id='s2'/>{}{}",
        person("c", "s2", "5550103"),
        sends("c", "sc", "2")
    );
    call.accept(&mixed(Method::Update, 2, "", &next));
    let facts = call.facts();
    assert_eq!(facts.communication_session.as_deref(), Some("s2"));
    assert_eq!(numbers(&facts), ["sip:5550103@example.org"]);
    assert_eq!(facts.streams[1].senders, [0]);
    assert_eq!(
        facts.pbx_call_id.as_deref(),
        Some("s1"),
        "the first value stays"
    );
}

#[test]
fn formats_hold_from_the_offer_at_first_and_later_from_the_answer() {
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, ""));
    let changed = LINES.replace("AVP 0 8 18", "AVP 8");
    call.accept(&mixed(Method::Invite, 2, &changed, ""));
    assert_eq!(
        payload_types(&call.facts(), 0),
        [(1, vec![0, 8, 18]), (4, vec![8])]
    );
    assert_eq!(payload_types(&call.facts(), 1), [(1, vec![0])]);
}

#[test]
fn a_refused_offer_changes_nothing() {
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, ""));
    let refused = mixed(Method::Invite, 2, &LINES.replace("AVP 0 8 18", "AVP 8"), "");
    call.receive(&refused).respond(&refused, 491, b"");
    assert_eq!(payload_types(&call.facts(), 0), [(1, vec![0, 8, 18])]);
}

#[test]
fn without_our_answer_the_rule_that_writes_it_stands_in() {
    let invite = mixed(Method::Invite, 1, LINES, &two_people());
    let mut answered = Call::default();
    answered.accept(&invite);
    let mut crashed = Call::default();
    crashed.receive(&invite);
    assert_eq!(crashed.facts(), answered.facts());
    let offerless = request(Method::Invite, 1, "", b"");
    let mut crashed = Call::default();
    crashed.accept(&offerless);
    let facts = crashed.facts();
    assert_eq!(
        payload_types(&facts, 0),
        [(1, vec![0, 8, 9, 18, 13, 96, 97, 98, 99, 101, 102])]
    );
    assert_eq!(
        facts.streams[0].senders,
        [0],
        "From sends the first line of sound"
    );
}

#[test]
fn a_line_our_answer_refused_is_not_accepted() {
    let invite = mixed(Method::Invite, 1, LINES, "");
    let mut call = Call::default();
    let answer = format!("{HEAD}m=audio 0 RTP/AVP 0\r\nm=audio 40002 RTP/AVP 0\r\n");
    call.receive(&invite)
        .respond(&invite, 100, b"")
        .respond(&invite, 200, answer.as_bytes());
    let facts = call.facts();
    assert!(!facts.streams[0].accepted && facts.streams[0].formats.is_empty());
    assert!(facts.streams[1].accepted);
    assert_eq!(
        facts.streams[1].senders,
        [0],
        "the first line that was taken"
    );
}

#[test]
fn the_setting_says_who_called_where_metadata_do_not() {
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &two_people()));
    let callers = |call: &Call, setting: &str| -> Vec<Option<bool>> {
        let facts = call.facts_with(&setting.parse().unwrap());
        facts
            .participants
            .iter()
            .map(|participant| participant.caller)
            .collect()
    };
    assert_eq!(callers(&call, "unknown"), [None, None]);
    assert_eq!(
        callers(&call, "first-participant"),
        [Some(true), Some(false)]
    );
    assert_eq!(callers(&call, "label:1"), [Some(false), Some(true)]);
    assert_eq!(callers(&call, "label:9"), [None, None]);
    assert_eq!(callers(&call, "from"), [Some(true), Some(false)]);
    let oracle = two_people() + &oracle_mark("b", "true");
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &oracle));
    for setting in ["unknown", "first-participant", "from"] {
        assert_eq!(
            callers(&call, setting),
            [Some(false), Some(true)],
            "metadata win"
        );
    }
    let mut call = Call::default();
    call.accept(&mixed(
        Method::Invite,
        1,
        LINES,
        &oracle.replace("true", "false"),
    ));
    assert_eq!(callers(&call, "unknown"), [Some(true), Some(false)]);
    let nobody = oracle.replace("true", "false") + &oracle_mark("a", "false");
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &nobody));
    assert_eq!(callers(&call, "unknown"), [None, None]);
    assert_eq!(callers(&call, "label:1"), [Some(false), Some(true)]);
}

#[test]
fn siprec_26_names_in_latin_1_are_read() {
    let head = format!(
        "--x\r\nContent-Type: application/sdp\r\n\r\n{HEAD}{LINES}\r\n--x\r\n\
         Content-Type: application/rs-metadata+xml;charset=\"ISO-8859-1\"\r\n\r\n<recording>\
         <participant id='a'><nameID aor='sip:a@h'><name>Jos"
    );
    let body = [
        head.as_bytes(),
        b"\xE9</name></nameID></participant></recording>\r\n--x--",
    ]
    .concat();
    let mut call = Call::default();
    call.accept(&request(
        Method::Invite,
        1,
        "multipart/mixed;boundary=x",
        &body,
    ));
    assert_eq!(call.facts().participants[0].name.as_deref(), Some("José"));
}

#[test]
fn siprec_24_one_identifier_for_two_elements_is_an_oddity() {
    let xml = person("a", "s1", "5550101") + &person("a", "s1", "5550109");
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &xml));
    let facts = call.facts();
    assert_eq!(numbers(&facts), ["sip:5550101@example.org"]);
    assert_eq!(facts.oddities.len(), 1);
}

#[test]
fn siprec_27_unknown_elements_and_namespaces_are_tolerated() {
    let xml = two_people().replace("<stream ", "<x:y xmlns:x='urn:other'>?</x:y><stream ");
    for root in [
        "<recording>",
        "<recording xmlns='urn:ietf:params:xml:ns:recording'>",
        "<r:recording xmlns:r='urn:ietf:params:xml:ns:recording:1' xmlns='urn:other'>",
    ] {
        let end = if root.starts_with("<r:") {
            "</r:recording>"
        } else {
            "</recording>"
        };
        let mut call = Call::default();
        let mut invite = mixed(Method::Invite, 1, LINES, &xml);
        let body = String::from_utf8(invite.body).unwrap();
        invite.body = body
            .replace("<recording>", root)
            .replace("</recording>", end)
            .into_bytes();
        call.accept(&invite);
        assert_eq!(call.facts().participants.len(), 2, "{root}");
    }
}

#[test]
fn messages_that_cannot_be_read_are_an_oddity() {
    let mut call = Call::default();
    call.signals.push((false, b"rubbish".to_vec()));
    call.accept(&mixed(Method::Invite, 1, LINES, &two_people()));
    let facts = call.facts();
    assert_eq!(facts.oddities.len(), 1);
    assert_eq!(facts.participants.len(), 2);
    assert_eq!(siprec::facts([], &Caller::From), Facts::default());
}

/// Two conversations at once: one of a and b on the first line, one of c on the second.
fn two_conversations() -> String {
    let stream = |id: &str, session: &str, label: &str| {
        format!(
            "<stream stream_id='{id}' session_id='{session}'><label>{label}</label></stream>\
             <participantstreamassoc participant_id='{}'><send>{id}</send>\
             </participantstreamassoc>",
            if session == "s1" { "a" } else { "c" }
        )
    };
    let people = person("a", "s1", "5550101")
        + &person("b", "s1", "5550102")
        + &person("c", "s2", "5550103");
    format!(
        "<group group_id='g1'/><group group_id='g2'/>\
         <session session_id='s1'><group-ref>g1</group-ref></session>\
         <session session_id='s2'><group-ref>g2</group-ref></session>{people}{}{}",
        stream("x", "s1", "1"),
        stream("y", "s2", "2"),
    )
}

#[test]
fn siprec_15_each_of_several_communication_sessions_has_its_own_people_and_sound() {
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &two_conversations()));
    let plan = call
        .session
        .request(&mixed(Method::Update, 2, "", &two_conversations()));
    assert_eq!(plan.unwrap().communication_sessions, ["s1", "s2"]);
    let of = |session: &str| {
        let signals = call.signals.iter().map(|(sent, bytes)| Signal {
            sent: *sent,
            dialog: 0,
            time_ns: 1,
            bytes,
        });
        siprec::facts_of(signals, &Caller::Unknown, session)
    };
    let elsewhere = |facts: &Facts| {
        facts
            .streams
            .iter()
            .map(|s| s.elsewhere)
            .collect::<Vec<_>>()
    };
    for in_force in [of("s1"), of(""), of("unknown"), call.facts()] {
        assert_eq!(numbers(&in_force).len(), 2);
        assert_eq!(in_force.pbx_call_id.as_deref(), Some("g1"));
        assert_eq!(elsewhere(&in_force), [false, true]);
    }
    let second = of("s2");
    assert_eq!(second.communication_session.as_deref(), Some("s2"));
    assert_eq!(second.pbx_call_id.as_deref(), Some("g2"));
    assert!(numbers(&second)[0].contains("5550103") && second.participants.len() == 1);
    assert_eq!(elsewhere(&second), [true, false]);
    assert!(!second.streams[0].accepted && second.streams[1].accepted);
}

#[test]
fn siprec_10_a_line_that_goes_on_in_the_next_communication_session_is_its_too() {
    let next = two_conversations()
        .replace(
            "<session session_id='s1'>",
            "<session session_id='s1'><stop-time>2026-03-01T09:26:00Z</stop-time>",
        )
        .replace("<label>2<", "<label>1<");
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &two_conversations()));
    call.accept(&mixed(Method::Invite, 2, LINES, &next));
    let facts = call.facts();
    assert_eq!(facts.communication_session.as_deref(), Some("s2"));
    assert!(facts.streams.iter().all(|stream| !stream.elsewhere));
}

#[test]
fn siprec_23_what_another_client_defined_may_be_referred_to() {
    // The session, one participant and a stream are another client's (RFC 7866 section 9.2).
    let people = person("a", "theirs", "5550101")
        + "<participantsessionassoc participant_id='theirs-b' session_id='theirs'/>"
        + "<participantstreamassoc participant_id='a'><send>sa</send><recv>theirs-s</recv>\
           </participantstreamassoc>"
        + "<participantstreamassoc participant_id='theirs-b'><send>theirs-s</send>\
           </participantstreamassoc>"
        + "<stream stream_id='sa' session_id='theirs'><label>1</label></stream>";
    let mut call = Call::default();
    call.accept(&mixed(Method::Invite, 1, LINES, &people));
    let facts = call.facts();
    assert_eq!(facts.oddities, Vec::<String>::new());
    assert_eq!(facts.streams[0].senders, [0]);
    assert_eq!(facts.participants.len(), 1);
}
