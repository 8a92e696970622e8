//! How dialogs begin: INVITE, its answers, its retransmissions, ACK, CANCEL.

use sip::{Message, Output, Response, Transport};

use crate::harness::{Call, World, ms, ok, seconds, short};

#[test]
fn an_invite_is_tried_handed_out_answered_and_acknowledged() {
    let (mut world, mut call) = (World::new(), Call::new());
    let invite = call.invite("Record-Route: <sip:p.example;lr>\r\n");
    world.receive(&invite);
    let Some(Output::Invite {
        request,
        raw,
        transaction,
        ..
    }) = world.told.pop()
    else {
        panic!("no INVITE handed out");
    };
    assert_eq!(raw, invite.as_bytes());
    assert_eq!(request.headers.call_id().unwrap(), "call-1");
    let Some(Message::Response(trying)) = world.messages().pop() else {
        panic!("no 100")
    };
    assert_eq!(
        (trying.status, trying.headers.to().unwrap().tag()),
        (100, None)
    );

    let bytes = world.respond(transaction, ok());
    let response = world.response();
    assert_eq!(
        sip::parse(&bytes).unwrap().message,
        Message::Response(response.clone())
    );
    let text = |name| response.headers.text(name).unwrap_or_default().into_owned();
    assert!(response.headers.to().unwrap().tag().unwrap().len() >= 16);
    assert_eq!(text("Record-Route"), "<sip:p.example;lr>");
    assert_eq!(text("CSeq"), "1 INVITE");
    assert!(text("Allow").contains("UPDATE"));
    assert_eq!(text("Supported"), "timer");
    assert_eq!(text("Session-Expires"), "");
    assert_eq!(text("Server"), "Earwitness");

    call.learn(&response);
    world.receive(call.ack());
    assert_eq!(world.told(), ["acked"]);
    world.receive(call.ack());
    assert_eq!(world.told(), [""; 0], "only the first ACK is told");
    world.pass(seconds(100));
    assert_eq!(
        world.sent(),
        [""; 0],
        "an acknowledged 200 is not sent again"
    );
}

#[test]
fn a_repeated_invite_gets_the_same_answer() {
    let (mut world, mut call) = (World::new(), Call::new());
    let invite = call.invite("");
    world.receive(&invite);
    world.receive(&invite);
    assert_eq!(world.sent(), ["100", "100"]);
    let (transaction, _) = world.handed();
    world.respond(transaction, ok());
    let first = world.response();
    world.receive(&invite);
    assert_eq!(world.response(), first);
    assert_eq!(world.told(), [""; 0], "handed out once");
    call.learn(&first);
    world.receive(call.ack());
    world.receive(&invite);
    assert_eq!(world.response(), first, "even after the ACK");
}

#[test]
fn a_200_is_repeated_until_its_ack_and_then_the_call_ends() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let (mut world, mut call) = (World::over(transport), Call::new());
        world.receive(call.invite(""));
        let (transaction, _) = world.handed();
        world.respond(transaction, ok());
        world.sent.clear();
        world.pass(ms(31_999));
        let times: Vec<_> = world
            .sent
            .iter()
            .map(|(time, ..)| time.as_millis())
            .collect();
        assert_eq!(
            times,
            [
                500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500
            ]
        );
        assert!(
            world
                .sent
                .drain(..)
                .all(|(_, _, message)| short(&message) == "200")
        );
        world.pass(ms(1));
        assert_eq!(world.sent(), ["BYE"]);
        assert_eq!(world.told(), ["NoAck"]);
        world.pass(seconds(33));
        let expected = if transport == Transport::Udp { 10 } else { 0 };
        assert_eq!(
            world.sent().len(),
            expected,
            "the BYE is repeated over UDP only"
        );
        assert!(world.endpoint.is_idle());
    }
}

#[test]
fn a_refusal_is_repeated_until_its_ack_and_leaves_nothing() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(""));
    let (transaction, _) = world.handed();
    world.respond(transaction, Response::new(503, "Service Unavailable"));
    assert_eq!(world.sent(), ["100", "503"]);
    assert_eq!(world.endpoint.dialog_count(), 0);
    world.pass(ms(1500));
    assert_eq!(world.sent(), ["503", "503"]);
    world.receive(call.same("ACK", "", ""));
    world.pass(seconds(4));
    world.receive(call.same("ACK", "", ""));
    assert_eq!((world.sent(), world.told()), (vec![], vec![]));
    world.pass(seconds(2));
    assert!(world.endpoint.is_idle());
    assert!(world.respond(transaction, ok()).is_empty());
}

#[test]
fn a_refusal_nobody_acknowledges_ends_too() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(""));
    let (transaction, _) = world.handed();
    world.respond(transaction, Response::new(488, "Not Acceptable Here"));
    world.pass(seconds(33));
    assert!(world.endpoint.is_idle());
    assert_eq!(world.told(), [""; 0]);
}

#[test]
fn cancel_ends_an_unanswered_invite() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(""));
    let (transaction, _) = world.handed();
    world.receive(call.same("CANCEL", "", ""));
    assert_eq!(world.sent(), ["100", "200", "487"]);
    assert_eq!(world.told(), ["cancelled"]);
    assert!(world.respond(transaction, ok()).is_empty(), "too late");
    world.receive(call.same("CANCEL", "", ""));
    assert_eq!(
        world.sent(),
        ["200"],
        "a CANCEL that comes again is answered again"
    );
    world.receive(call.same("ACK", "", ""));
    world.pass(seconds(33));
    assert!(world.endpoint.is_idle());
}

#[test]
fn cancel_comes_too_late_or_for_nothing() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.same("CANCEL", "", ""));
    assert_eq!(world.sent(), ["481"]);
    world.receive(call.invite(""));
    let (transaction, _) = world.handed();
    world.respond(transaction, ok());
    world.sent.clear();
    world.receive(call.same("CANCEL", "", ""));
    assert_eq!(world.sent(), ["200"]);
    assert_eq!(world.told(), [""; 0]);
    assert_eq!(world.endpoint.dialog_count(), 1);
}

#[test]
fn an_invite_the_caller_forgets_is_answered_all_the_same() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(""));
    world.told.clear();
    world.pass(seconds(180));
    assert_eq!(world.sent(), ["100", "500"]);
    assert_eq!(world.told(), ["cancelled"]);
    world.pass(seconds(33));
    assert!(world.endpoint.is_idle());
}

#[test]
fn provisional_answers_carry_the_tag_the_dialog_will_have() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(""));
    let (transaction, _) = world.handed();
    world.respond(transaction, Response::new(180, "Ringing"));
    let ringing = world.response();
    world.respond(transaction, ok());
    let tag = |response: &Response| response.headers.to().unwrap().tag().map(str::to_owned);
    assert_eq!(tag(&ringing), tag(&world.response()));
}

#[test]
fn bye_before_the_answer_ends_the_invite_as_well() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(""));
    let (transaction, _) = world.handed();
    world.respond(transaction, Response::new(180, "Ringing"));
    call.learn(&world.response());
    world.receive(call.request("BYE", "", ""));
    assert_eq!(world.sent(), ["200", "487"]);
    assert_eq!(world.told(), ["BYE", "Bye"]);
    assert_eq!(world.endpoint.dialog_count(), 0);
}
