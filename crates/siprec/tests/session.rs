//! What a session answers in the course of a dialog.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod common;

use common::{addresses, request};
use sip::{Method, Request};
use siprec::{Plan, Session, is_recording_session};

const HEAD: &str =
    "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n";

fn invite(sequence: u32, media: &str) -> Request {
    let body = format!("{HEAD}{media}");
    request(Method::Invite, sequence, "application/sdp", body.as_bytes())
}

fn metadata(method: Method, sequence: u32, children: &str) -> Request {
    let body =
        format!("<recording xmlns='urn:ietf:params:xml:ns:recording:1'>{children}</recording>");
    request(
        method,
        sequence,
        "application/rs-metadata+xml",
        body.as_bytes(),
    )
}

/// Takes a request and answers it.
fn answered(session: &mut Session, request: &Request) -> (Plan, String) {
    let plan = session.request(request).unwrap();
    let count = u16::try_from(plan.lines.len()).unwrap();
    let answer = session.answer(&addresses(count)).unwrap_or_default();
    (plan, String::from_utf8(answer).unwrap())
}

fn version(answer: &str) -> &str {
    answer
        .lines()
        .find(|line| line.starts_with("o="))
        .unwrap()
        .split(' ')
        .nth(2)
        .unwrap()
}

#[test]
fn siprec_01_a_recording_session_has_feature_tag_and_option_tag() {
    let check = |require: &str, contact: &str, lenient: bool, strict: bool| {
        let mut request = invite(1, "m=audio 5000 RTP/AVP 0\r\n");
        request.headers.set("Require", require);
        request.headers.set("Contact", contact);
        assert_eq!(
            is_recording_session(&request, false, false),
            lenient,
            "{require} {contact}"
        );
        assert_eq!(
            is_recording_session(&request, false, true),
            strict,
            "{require} {contact}"
        );
        assert!(is_recording_session(&request, true, false));
        assert_eq!(Session::new(true).request(&request).is_ok(), strict);
        assert!(Session::new(false).request(&request).is_ok());
    };
    check("siprec", "<sip:a>;+sip.src", true, true);
    check("timer, SIPREC", "<sip:a>;+sip.src=\"TRUE\"", true, true);
    check("siprec", "<sip:a>", true, false);
    check("timer", "<sip:a>;+sip.src", true, false);
    check("timer", "<sip:a>;src", true, false);
    check("timer", "<sip:a;transport=tcp;+sip.src>", true, false);
    check("timer", "<sip:a>;isFocus", false, false);
}

#[test]
fn siprec_01_metadata_alone_make_a_recording_session() {
    let mut request = metadata(Method::Invite, 1, "");
    request.headers.remove("Require");
    request.headers.set("Contact", "<sip:a>");
    assert!(is_recording_session(&request, false, false));
    assert!(!is_recording_session(&request, false, true));
}

#[test]
fn siprec_07_an_inactive_first_offer_is_taken_and_media_follow() {
    let mut session = Session::new(false);
    let (plan, answer) = answered(
        &mut session,
        &invite(1, "m=audio 5000 RTP/AVP 0\r\na=inactive\r\n"),
    );
    assert!(plan.lines[0].record && plan.lines[0].paused);
    assert!(answer.contains("a=inactive\r\n") && answer.contains("m=audio 40000 "));
    let (plan, answer) = answered(
        &mut session,
        &invite(2, "m=audio 5000 RTP/AVP 0\r\na=sendonly\r\n"),
    );
    assert!(plan.lines[0].record && !plan.lines[0].paused);
    assert!(answer.contains("a=recvonly\r\n"));
}

#[test]
fn siprec_08_versions_grow_only_when_the_description_changes() {
    let mut session = Session::new(false);
    let offer = invite(1, "m=audio 5000 RTP/AVP 0\r\na=sendonly\r\n");
    let (_, first) = answered(&mut session, &offer);
    let (_, second) = answered(&mut session, &offer);
    assert_eq!(first, second);
    let paused = invite(2, "m=audio 5000 RTP/AVP 0\r\na=inactive\r\n");
    let (_, third) = answered(&mut session, &paused);
    assert_eq!((version(&first), version(&third)), ("1", "2"));
}

#[test]
fn siprec_08_session_attributes_hold_for_lines_without_their_own() {
    let mut session = Session::new(false);
    let media = "a=inactive\r\nm=audio 5000 RTP/AVP 0\r\nm=audio 5002 RTP/AVP 0\r\na=sendonly\r\n";
    let (plan, _) = answered(&mut session, &invite(1, media));
    assert_eq!(
        plan.lines
            .iter()
            .map(|line| line.paused)
            .collect::<Vec<_>>(),
        [true, false]
    );
}

#[test]
fn siprec_11_a_line_removed_and_used_again() {
    let mut session = Session::new(false);
    let both = "m=audio 5000 RTP/AVP 0\r\nm=audio 5002 RTP/AVP 0\r\n";
    answered(&mut session, &invite(1, both));
    let removed = "m=audio 5000 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\n";
    let (plan, answer) = answered(&mut session, &invite(2, removed));
    assert!(plan.lines[0].record && !plan.lines[1].record);
    assert!(answer.contains("m=audio 0 RTP/AVP 0\r\n"));
    let (plan, _) = answered(&mut session, &invite(3, both));
    assert!(plan.lines[1].record);
    let none = "m=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\n";
    let (plan, _) = answered(&mut session, &invite(4, none));
    assert!(
        plan.lines.iter().all(|line| !line.record),
        "a persistent session between two calls"
    );
}

#[test]
fn siprec_12_pause_and_resume_follow_the_direction() {
    let mut session = Session::new(false);
    for (sequence, direction, paused, expected) in [
        (1, "a=sendonly\r\n", false, "a=recvonly\r\n"),
        (2, "a=inactive\r\n", true, "a=inactive\r\n"),
        (3, "a=recvonly\r\n", true, "a=inactive\r\n"),
        (4, "a=sendrecv\r\n", false, "a=recvonly\r\n"),
        (5, "c=IN IP4 0.0.0.0\r\n", true, "a=recvonly\r\n"),
        (6, "", false, "a=recvonly\r\n"),
    ] {
        let offer = invite(sequence, &format!("m=audio 5000 RTP/AVP 0\r\n{direction}"));
        let (plan, answer) = answered(&mut session, &offer);
        assert!(plan.lines[0].record, "ports are kept");
        assert_eq!(plan.lines[0].paused, paused, "{direction}");
        assert!(answer.contains(expected), "{direction}");
    }
}

#[test]
fn siprec_13_attributes_of_the_other_side_are_tolerated() {
    let media = "a=recordpref:on\r\nm=audio 5000 RTP/AVP 0\r\na=record:paused\r\n\
        a=recordpref:pause\r\nb=AS:64\r\n";
    let (plan, answer) = answered(&mut Session::new(false), &invite(1, media));
    assert!(plan.lines[0].record && !plan.lines[0].paused && plan.oddities.is_empty());
    assert!(!answer.contains("record"));
}

#[test]
fn siprec_14_an_offerless_reinvite_gets_the_current_state_and_no_new_line() {
    let mut session = Session::new(false);
    let media = "m=audio 5000 RTP/AVP 8 4\r\na=label:7\r\nm=video 6000 RTP/AVP 96\r\na=label:8\r\n";
    answered(&mut session, &invite(1, media));
    let (plan, offer) = answered(&mut session, &request(Method::Invite, 2, "", b""));
    assert_eq!(plan.lines.len(), 2);
    assert_eq!(offer.matches("m=").count(), 2);
    assert!(offer.contains("m=audio 40000 RTP/AVP 8\r\n") && offer.contains("a=label:7\r\n"));
    assert!(offer.contains("a=recvonly\r\n") && offer.contains("m=video 0 RTP/AVP 96\r\n"));
    let answer = format!("{HEAD}m=audio 5004 RTP/AVP 8\r\na=inactive\r\nm=video 0 RTP/AVP 96\r\n");
    let ack = request(Method::Ack, 2, "application/sdp", answer.as_bytes());
    let plan = session.acked(&ack);
    assert!(plan.lines[0].record && plan.lines[0].paused && !plan.lines[1].record);
    assert_eq!(plan.lines[0].remote, "198.51.100.1:5004".parse().ok());
    assert!(plan.oddities.is_empty());
}

#[test]
fn siprec_14_an_ack_that_does_not_answer_our_offer_ends_nothing() {
    let mut session = Session::new(false);
    answered(&mut session, &request(Method::Invite, 1, "", b""));
    let plan = session.acked(&request(Method::Ack, 1, "", b""));
    assert!(plan.lines[0].record);
    assert_eq!(plan.oddities.len(), 1);
}

#[test]
fn siprec_41_one_port_for_both_is_what_each_offer_and_answer_say() {
    let mut session = Session::new(false);
    let media = |attributes: &str| format!("m=audio 5000 RTP/AVP 8\r\n{attributes}");
    let both = media("a=rtcp:5070 IN IP4 198.51.100.7\r\na=rtcp-mux\r\n");
    let (plan, answer) = answered(&mut session, &invite(1, &both));
    assert!(plan.lines[0].mux && answer.contains("a=rtcp-mux\r\n"));
    assert_eq!(plan.lines[0].rtcp, "198.51.100.7:5070".parse().ok());
    assert_eq!(plan.lines[0].clock_rates, [8_000]);
    let (plan, answer) = answered(&mut session, &invite(2, &media("")));
    assert!(!plan.lines[0].mux && !answer.contains("rtcp-mux"));
    assert_eq!(plan.lines[0].rtcp, None);
    // Offered by us because it is so, and given up where the answer does not want it.
    answered(&mut session, &invite(3, &both));
    let (_, offer) = answered(&mut session, &request(Method::Invite, 4, "", b""));
    assert!(offer.contains("a=rtcp-mux\r\n"), "{offer}");
    let answer = format!("{HEAD}{}", media("a=rtcp:5072\r\n"));
    let plan = session.acked(&request(
        Method::Ack,
        4,
        "application/sdp",
        answer.as_bytes(),
    ));
    assert!(!plan.lines[0].mux);
    assert_eq!(plan.lines[0].rtcp, "198.51.100.1:5072".parse().ok());
}

#[test]
fn siprec_15_no_line_and_no_metadata_are_no_error() {
    let mut session = Session::new(false);
    let (plan, answer) = answered(&mut session, &invite(1, ""));
    assert!(plan.lines.is_empty() && answer.starts_with("v=0\r\no=earwitness "));
    let (plan, _) = answered(&mut session, &invite(2, "m=audio 5000 RTP/AVP 0\r\n"));
    assert!(plan.lines[0].record);
}

#[test]
fn siprec_16_parts_come_in_any_shape() {
    let sdp = format!("{HEAD}m=audio 5000 RTP/AVP 0\r\n");
    let xml = "<recording><session session_id='s1'/></recording>";
    let check = |content_type: &str, body: &str| {
        let invite = request(Method::Invite, 1, content_type, body.as_bytes());
        let plan = Session::new(false).request(&invite).unwrap();
        assert_eq!(plan.communication_session.as_deref(), Some("s1"), "{body}");
        assert_eq!(plan.lines.len(), 1, "{body}");
    };
    check(
        "Multipart/Mixed; boundary=\"a b\"",
        &format!(
            "preamble\r\n--a b\r\nContent-Type: APPLICATION/RS-METADATA\r\n\r\n{xml}\r\n\
             --a b\r\ncontent-type:application/SDP;charset=utf-8\r\n\r\n{sdp}\r\n--a b--\r\nepilogue"
        ),
    );
    check(
        "multipart/mixed;boundary=x",
        &format!(
            "--x\nContent-Type: application/sdp\n\n{}\n--x\n\
             Content-Type: application/rs-metadata+xml\n\n{xml}\n",
            sdp.replace("\r\n", "\n")
        ),
    );
    check(
        "multipart/mixed;boundary=o",
        &format!(
            "--o\r\nContent-Type: multipart/mixed;boundary=i\r\n\r\n--i\r\n\
             Content-Type: application/sdp\r\n\r\n{sdp}\r\n--i--\r\n--o\r\n\
             Content-Type: application/rs-metadata+xml\r\nContent-Disposition: \
             recording-session;handling=required\r\n\r\n{xml}\r\n--o--\r\n"
        ),
    );
}

#[test]
fn siprec_59_what_cannot_be_understood_is_refused() {
    let check = |content_type: &str, body: &str, status: u16| {
        let mut session = Session::new(false);
        let reject = session
            .request(&request(Method::Invite, 1, content_type, body.as_bytes()))
            .unwrap_err();
        assert_eq!(reject.status, status, "{content_type}");
        let (name, value) = reject.headers.first().unwrap();
        match status {
            415 => assert!(name == "Accept" && value.contains("application/rs-metadata+xml")),
            _ => assert_eq!(name, "Warning"),
        }
        let offer = invite(2, "m=audio 5000 RTP/AVP 0\r\n");
        assert_eq!(
            answered(&mut session, &offer).0.lines.len(),
            1,
            "the session is unchanged"
        );
    };
    check("application/isup", "x", 415);
    check("text/plain", "x", 415);
    let part = |disposition: &str| {
        format!(
            "--b\r\nContent-Type: application/sdp\r\n\r\n{HEAD}m=audio 5000 RTP/AVP 0\r\n\r\n--b\r\n\
             Content-Type: application/gtd\r\nContent-Disposition: signal{disposition}\r\n\r\nx\r\n--b--"
        )
    };
    check(
        "multipart/mixed;boundary=b",
        &part(";handling=required"),
        415,
    );
    for tolerated in [";handling=optional", ""] {
        let body = part(tolerated);
        let invite = request(
            Method::Invite,
            1,
            "multipart/mixed;boundary=b",
            body.as_bytes(),
        );
        assert!(Session::new(false).request(&invite).is_ok(), "{tolerated}");
    }
    check("application/sdp", "nonsense", 488);
    for media in [
        "m=audio 0 RTP/AVP 0\r\n",
        "m=audio 5000 RTP/SAVP 0\r\n",
        "m=video 6000 RTP/AVP 96\r\n",
    ] {
        check("application/sdp", &format!("{HEAD}{media}"), 488);
    }
}

#[test]
fn siprec_59_an_unknown_codec_is_no_reason_to_refuse() {
    let mut session = Session::new(false);
    let (plan, answer) = answered(&mut session, &invite(1, "m=audio 5000 RTP/AVP 3 4 101\r\n"));
    assert_eq!(plan.lines[0].payload_types, [3, 4, 101]);
    assert!(answer.contains("m=audio 40000 RTP/AVP 3 4 101\r\n"));
}

#[test]
fn siprec_50_a_line_offered_with_keys_is_answered_without() {
    let media = "m=audio 5000 RTP/AVP 0\r\n\
        a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n\
        m=audio 5002 RTP/SAVP 0\r\n";
    let (plan, answer) = answered(&mut Session::new(false), &invite(1, media));
    assert!(!answer.contains("crypto"));
    assert!(plan.lines[0].record && !plan.lines[1].record);
}

#[test]
fn siprec_61_a_reinvite_with_metadata_alone_gets_our_current_state() {
    let mut session = Session::new(false);
    answered(
        &mut session,
        &invite(1, "m=audio 5000 RTP/AVP 0\r\na=label:1\r\n"),
    );
    let part = "<recording><session session_id='s1'><stop-time>2026-03-01T09:26:00Z</stop-time>\
        </session></recording>";
    let body = format!("--x\r\nContent-Type: application/rs-metadata\r\n\r\n{part}\r\n--x--\r\n");
    let reinvite = request(
        Method::Invite,
        2,
        "multipart/mixed;boundary=x",
        body.as_bytes(),
    );
    let (plan, offer) = answered(&mut session, &reinvite);
    assert!(offer.contains("m=audio 40000 RTP/AVP 0\r\n") && offer.contains("a=label:1\r\n"));
    assert!(plan.lines[0].record);
}

#[test]
fn siprec_19_an_update_with_metadata_alone_has_no_business_with_sdp() {
    let mut session = Session::new(false);
    answered(&mut session, &invite(1, "m=audio 5000 RTP/AVP 0\r\n"));
    let update = metadata(Method::Update, 2, "<session session_id='s1'/>");
    let plan = session.request(&update).unwrap();
    assert_eq!(plan.communication_session.as_deref(), Some("s1"));
    assert!(plan.lines[0].record);
    assert_eq!(session.answer(&addresses(1)), None);
}

#[test]
fn siprec_61_a_session_rests_when_its_conversation_has_ended_and_none_goes_on() {
    let mut session = Session::new(false);
    answered(&mut session, &invite(1, "m=audio 5000 RTP/AVP 0\r\n"));
    let mut sequence = 1;
    let mut check = |children: &str, rests: bool| {
        sequence += 1;
        let update = metadata(Method::Update, sequence, children);
        let plan = session.request(&update).unwrap();
        assert_eq!(plan.rests, rests, "{children}");
    };
    let stop = "<stop-time>2026-03-01T09:26:00Z</stop-time>";
    let ended = |id: &str| format!("<session session_id='{id}'>{stop}</session>");
    let partial = "<datamode>partial</datamode>";
    // One that nobody knew to go on may have an end that means nothing.
    check(&ended("s1"), false);
    check(&ended("s1"), false);
    check(
        "<session session_id='s2'/><session session_id='s3'/>",
        false,
    );
    check(&format!("{partial}{}", ended("s2")), false);
    check(&format!("{partial}{}", ended("s3")), true);
    // Said once; and what is left out has not ended.
    check(partial, false);
    check("<session session_id='s4'/>", false);
    check(
        "<participant participant_id='p'><nameID aor='sip:a@b'/></participant>",
        false,
    );
    check("<session session_id='s5'/>", false);
    let left = "<sessionrecordingassoc session_id='s5'>\
        <disassociate-time>2026-03-01T09:26:00Z</disassociate-time></sessionrecordingassoc>";
    check(&format!("{partial}{left}"), true);
}

#[test]
fn siprec_20_the_session_in_force_is_the_one_that_goes_on() {
    let mut session = Session::new(false);
    let offer = invite(1, "m=audio 5000 RTP/AVP 0\r\n");
    assert_eq!(answered(&mut session, &offer).0.communication_session, None);
    let mut check = |sequence: u32, children: &str, expected: &str| {
        let plan = session
            .request(&metadata(Method::Update, sequence, children))
            .unwrap();
        assert_eq!(
            plan.communication_session.as_deref(),
            Some(expected),
            "{children}"
        );
    };
    check(
        2,
        "<session session_id='s1'/><session session_id='s2'/>",
        "s1",
    );
    let stop = "<stop-time>2026-03-01T09:26:00Z</stop-time>";
    check(
        3,
        &format!("<datamode>partial</datamode><session session_id='s1'>{stop}</session>"),
        "s2",
    );
    check(
        4,
        &format!("<session session_id='s2'>{stop}</session>"),
        "s2",
    );
    check(
        5,
        "<session session_id='s3'/><session session_id='s4'/>",
        "s3",
    );
    let left = "<sessionrecordingassoc session_id='s3'><disassociate-time>2026-03-01T09:27:00Z\
        </disassociate-time></sessionrecordingassoc>";
    check(6, &format!("<datamode>partial</datamode>{left}"), "s4");
    check(
        7,
        "<datamode>partial</datamode><participant participant_id='p'/>",
        "s4",
    );
}

#[test]
fn siprec_22_broken_metadata_are_an_oddity() {
    let mut session = Session::new(false);
    answered(&mut session, &invite(1, "m=audio 5000 RTP/AVP 0\r\n"));
    session
        .request(&metadata(Method::Update, 2, "<session session_id='s1'/>"))
        .unwrap();
    let plan = session
        .request(&metadata(Method::Update, 3, "<session"))
        .unwrap();
    assert_eq!(plan.communication_session.as_deref(), Some("s1"));
    assert_eq!(plan.oddities.len(), 1);
}

#[test]
fn siprec_63_answers_come_from_the_new_offer() {
    let mut session = Session::new(false);
    answered(&mut session, &invite(1, "m=audio 5000 RTP/AVP 0\r\n"));
    let (plan, answer) = answered(&mut session, &invite(2, "m=audio 5000 RTP/AVP 8\r\n"));
    assert_eq!(plan.lines[0].payload_types, [8]);
    assert!(answer.contains("m=audio 40000 RTP/AVP 8\r\n"));
    let (_, answer) = answered(&mut session, &invite(3, "m=audio 5000 RTP/AVPF 18\r\n"));
    assert!(answer.contains("m=audio 40000 RTP/AVPF 18\r\n"));
}

#[test]
fn siprec_64_a_line_without_one_of_our_addresses_is_refused() {
    let mut session = Session::new(false);
    let media = "m=audio 5000 RTP/AVP 0\r\na=label:1\r\nm=audio 5002 RTP/AVP 0\r\na=label:2\r\n";
    session.request(&invite(1, media)).unwrap();
    let v6 = "[2001:db8::9]:40002".parse().ok();
    let answer = String::from_utf8(session.answer(&[None, v6]).unwrap()).unwrap();
    assert!(answer.contains("m=audio 0 RTP/AVP 0\r\na=label:1\r\n"));
    assert!(answer.contains("c=IN IP6 2001:db8::9\r\n") && answer.contains("m=audio 40002 "));
}

#[test]
fn siprec_21_partial_metadata_without_a_base_want_one_snapshot() {
    let mut session = Session::new(false);
    answered(&mut session, &invite(1, "m=audio 5000 RTP/AVP 0\r\n"));
    assert!(!session.asks_for_snapshot(), "no metadata, nothing to ask");
    let partial = "<datamode>partial</datamode><session session_id='s1'/>";
    let mut take = |sequence: u32, children: &str| {
        let update = metadata(Method::Update, sequence, children);
        session.request(&update).unwrap();
        session.asks_for_snapshot()
    };
    assert!(take(2, partial));
    assert!(!take(3, partial), "once");
    assert!(!take(4, "<session session_id='s1'/>"));
    assert!(!take(5, partial), "there is a base now");
}

#[test]
fn siprec_21_the_request_for_a_snapshot_has_no_sdp_and_the_newer_type() {
    let (headers, body) = siprec::snapshot_request("a < b & c");
    let text = |name: &str| headers.text(name).unwrap().into_owned();
    assert_eq!(text("Content-Type"), "application/rs-metadata+xml");
    assert_eq!(text("Content-Disposition"), "recording-session");
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains("<requestsnapshot xmlns=\"urn:ietf:params:xml:ns:recording:1\">"));
    assert!(body.contains("<requestreason xml:lang=\"en\">a &lt; b &amp; c</requestreason>"));
}
