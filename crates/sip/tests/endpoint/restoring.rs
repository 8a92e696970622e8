//! A dialog taken up again by another endpoint, from what a journal would hold of it.

use sip::{Headers, Message, Method, Response};

use crate::harness::{Call, OUR_SDP, SDP, World, answer, ok, seconds};

const ROUTED: &str = "Record-Route: <sip:10.0.0.1;lr>\r\nAllow: INVITE, UPDATE\r\n\
    Session-Expires: 1800;refresher=uas\r\nSupported: timer\r\n";

/// What was said, in order; `true`: by us.
type Past = Vec<(bool, Vec<u8>)>;

/// A call with a 200, and with its ACK unless that was lost.
fn talked(call: &mut Call, more: &str, acked: bool) -> Past {
    let mut world = World::new();
    let invite = call.invite(more);
    world.receive(&invite);
    let (transaction, _) = world.handed();
    let sent = world.respond(transaction, ok());
    call.learn(&world.response());
    let mut past = vec![(false, invite.into_bytes()), (true, sent)];
    if acked {
        past.push((false, call.ack().into_bytes()));
    }
    past
}

fn restore(world: &mut World, past: &Past) -> Option<sip::DialogId> {
    let messages = past.iter().map(|(sent, bytes)| (*sent, bytes.as_slice()));
    world.endpoint.restore(world.now, world.flow, messages)
}

#[test]
fn requests_go_the_old_way_with_the_next_number() {
    let mut call = Call::new();
    let past = talked(&mut call, ROUTED, true);
    let mut world = World::new();
    let dialog = restore(&mut world, &past).unwrap();
    let now = world.now;
    let asked = world
        .endpoint
        .ask_again(now, dialog, Headers::new(), vec![]);
    assert!(asked.is_some());
    world.pass(seconds(0));
    world.receive(call.request("INFO", "", ""));
    let Some(Message::Request(update)) = world.messages().into_iter().next() else {
        panic!("no request was sent");
    };
    assert_eq!(update.method, Method::Update);
    let text = |name| update.headers.text(name).unwrap().into_owned();
    assert_eq!(update.uri.to_string(), "sip:a@192.0.2.1:5070");
    assert_eq!(text("Route"), "<sip:10.0.0.1;lr>");
    assert_eq!(text("From"), call.to);
    assert_eq!(text("To"), call.from);
    assert_eq!(text("CSeq"), "1 UPDATE");
    assert_eq!(text("Contact"), "<sip:srs@198.51.100.1:5060>;+sip.srs");
    assert_eq!(text("Session-Expires"), "1800;refresher=uac");
    assert_eq!(world.told(), ["INFO"]);
    world.receive(answer(&update, 481, ""));
    assert_eq!(world.told(), ["481", "Answered481"]);
}

#[test]
fn numbers_go_on_where_they_were() {
    let mut call = Call::new();
    let mut past = talked(&mut call, ROUTED, true);
    let mut first = World::new();
    let dialog = restore(&mut first, &past).unwrap();
    let update = first.request(dialog, Method::Update, "").unwrap();
    past.push((true, update));
    let mut second = World::new();
    let dialog = restore(&mut second, &past).unwrap();
    let bytes = second.request(dialog, Method::Info, "").unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("CSeq: 2 INFO"), "{text}");
    // Theirs too: what is behind is out of order, what comes next is not.
    second.messages();
    let late = call.same("INFO", "", "").replace("CSeq: 1", "CSeq: 0");
    second.receive(late);
    assert_eq!(second.sent(), ["500"]);
    second.receive(call.request("BYE", "", ""));
    assert_eq!(second.sent(), ["200"]);
    assert_eq!(second.told(), ["BYE", "Bye"]);
}

#[test]
fn a_peer_without_update_is_asked_by_invite() {
    let mut call = Call::new();
    let past = talked(&mut call, "Allow: INVITE, ACK, BYE\r\n", true);
    let mut world = World::new();
    let dialog = restore(&mut world, &past).unwrap();
    let now = world.now;
    let asked = world
        .endpoint
        .ask_again(now, dialog, Headers::new(), vec![]);
    let text = String::from_utf8(asked.unwrap()).unwrap();
    assert!(text.starts_with("INVITE "), "{text}");
    assert!(text.ends_with(OUR_SDP), "{text}");
}

#[test]
fn an_answer_without_ack_is_sent_again_and_ends_the_call_in_the_end() {
    let mut call = Call::new();
    let past = talked(&mut call, "", false);
    let mut world = World::new();
    let dialog = restore(&mut world, &past).unwrap();
    let now = world.now;
    let asked = world
        .endpoint
        .ask_again(now, dialog, Headers::new(), vec![]);
    assert_eq!(asked, None, "the ACK will say it");
    world.pass(seconds(2));
    assert_eq!(world.sent(), ["200", "200"]);
    // The INVITE again is the same call.
    world.receive(&past[0].1);
    assert_eq!(world.sent(), ["200"]);
    assert_eq!(world.told(), [""; 0]);
    let mut silent = World::new();
    restore(&mut silent, &past).unwrap();
    silent.pass(seconds(33));
    assert_eq!(silent.sent().last().map(String::as_str), Some("BYE"));
    world.receive(call.ack());
    world.pass(seconds(60));
    assert_eq!(world.sent(), [""; 0]);
    assert_eq!(world.told(), ["acked"]);
}

#[test]
fn the_session_timer_goes_on() {
    let mut call = Call::new();
    let past = talked(&mut call, ROUTED, true);
    let mut world = World::new();
    restore(&mut world, &past).unwrap();
    world.pass(seconds(901));
    assert_eq!(world.sent().first().map(String::as_str), Some("UPDATE"));
}

#[test]
fn what_is_over_or_never_began_is_not_taken_up() {
    let mut call = Call::new();
    let past = talked(&mut call, "", true);
    let mut world = World::new();
    assert!(
        restore(&mut world, &past[..1].to_vec()).is_none(),
        "unanswered"
    );
    let refused = Response::new(503, "Service Unavailable");
    let mut other = World::new();
    other.receive(&past[0].1);
    let (transaction, _) = other.handed();
    let refused = other.respond(transaction, refused);
    let refused = vec![past[0].clone(), (true, refused)];
    assert!(restore(&mut world, &refused).is_none());
    let mut ended = past.clone();
    ended.push((false, call.request("BYE", "", "").into_bytes()));
    assert!(restore(&mut world, &ended).is_none());
    assert!(restore(&mut world, &past).is_some());
    assert!(restore(&mut world, &past).is_none(), "it is there already");
    assert!(restore(&mut world, &Past::new()).is_none());
}

#[test]
fn a_new_offer_and_target_hold() {
    let mut call = Call::new();
    let mut past = talked(&mut call, ROUTED, true);
    let more = "Contact: <sip:b@192.0.2.9:5090>\r\nContent-Type: application/sdp\r\n";
    let offer = call.request("INVITE", more, SDP);
    let mut world = World::new();
    restore(&mut world, &past).unwrap();
    world.receive(&offer);
    let (transaction, _) = world.handed();
    let sent = world.respond(transaction, ok());
    past.extend([(false, offer.into_bytes()), (true, sent)]);
    past.push((false, call.ack().into_bytes()));
    let mut world = World::new();
    let dialog = restore(&mut world, &past).unwrap();
    let bytes = world.request(dialog, Method::Info, "").unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.starts_with("INFO sip:b@192.0.2.9:5090 SIP/2.0"),
        "{text}"
    );
}
