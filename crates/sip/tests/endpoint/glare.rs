//! Requests that meet on the way (RFC 3261 §14, RFC 3311 §5.2), and their order.

use sip::Method;

use crate::harness::{Call, OUR_SDP, SDP, World, answer, ok, seconds};

const SDP_BODY: &str = "Content-Type: application/sdp\r\n";

#[test]
fn their_reinvite_during_ours_is_answered_491() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    world.request(dialog, Method::Invite, OUR_SDP);
    let ours = world.sent_request();
    world.receive(call.invite(""));
    assert_eq!(world.response().status, 491);
    world.receive(call.request("UPDATE", SDP_BODY, SDP));
    assert_eq!(world.response().status, 491);
    assert_eq!(world.told(), [""; 0]);
    world.receive(answer(&ours, 200, ""));
    world.sent.clear();
    world.receive(call.invite(""));
    assert_eq!(world.told(), ["200", "INVITE"], "afterwards it is taken");
}

#[test]
fn an_update_of_ours_without_an_offer_is_no_glare() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    let mut headers = sip::Headers::new();
    headers.push("Content-Type", "application/rs-metadata+xml");
    let body = b"<requestsnapshot/>".to_vec();
    world
        .endpoint
        .request(world.now, dialog, Method::Update, headers, body)
        .unwrap();
    world.receive(call.invite(""));
    assert_eq!(world.told(), ["INVITE"]);
}

#[test]
fn their_reinvite_during_their_own_is_answered_500() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "");
    world.receive(call.invite(""));
    let (transaction, _) = world.handed();
    world.receive(call.request("INVITE", SDP_BODY, SDP));
    let response = world.response();
    assert_eq!(response.status, 500);
    let retry: u32 = response
        .headers
        .text("Retry-After")
        .unwrap()
        .parse()
        .unwrap();
    assert!(retry <= 10);
    world.receive(call.request("UPDATE", SDP_BODY, SDP));
    assert_eq!(world.response().status, 500);
    world.receive(call.request("UPDATE", "", "<recording/>"));
    assert_eq!(world.told(), ["UPDATE"], "metadata alone disturbs nothing");
    assert!(!world.respond(transaction, ok()).is_empty());
}

#[test]
fn two_updates_at_once_are_one_too_many() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "");
    world.receive(call.request("UPDATE", "", ""));
    let (transaction, _) = world.handed();
    world.receive(call.request("UPDATE", "", ""));
    assert_eq!(world.response().status, 500);
    world.respond(transaction, sip::Response::new(200, "OK"));
    world.receive(call.request("UPDATE", "", ""));
    assert_eq!(world.told(), ["UPDATE"]);
}

#[test]
fn numbers_may_jump_forward_but_not_back() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "");
    call.cseq = 500;
    world.receive(call.request("INFO", "", ""));
    assert_eq!(world.told(), ["INFO"]);
    call.cseq = 10;
    world.receive(call.request("INFO", "", ""));
    assert_eq!(world.response().status, 500);
    assert_eq!(world.told(), [""; 0]);
    call.cseq = 70_000;
    world.receive(call.request("BYE", "", ""));
    assert_eq!(world.told(), ["BYE", "Bye"]);
}

#[test]
fn a_reinvite_is_answered_and_acknowledged_by_its_own_number() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "");
    world.receive(call.invite(""));
    let (transaction, _) = world.handed();
    world.respond(transaction, ok());
    assert_eq!(world.sent(), ["100", "200"]);
    call.cseq -= 1;
    world.receive(call.ack());
    assert_eq!(world.told(), [""; 0], "an ACK to the INVITE before");
    call.cseq += 1;
    world.receive(call.ack());
    assert_eq!(world.told(), ["acked"]);
    world.pass(seconds(60));
    assert_eq!(world.sent(), [""; 0]);
}

#[test]
fn a_reinvite_can_be_cancelled() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "");
    world.receive(call.invite(""));
    world.told.clear();
    world.receive(call.same("CANCEL", "", ""));
    assert_eq!(world.told(), ["cancelled"]);
    world.receive(call.same("ACK", "", ""));
    world.receive(call.invite(""));
    assert_eq!(world.told(), ["INVITE"], "the dialog goes on");
}
