//! What real equipment sends, and is answered all the same.

use sip::{Message, Output};

use crate::harness::{Call, SDP, World, ok};

#[test]
fn latin_1_names_come_back_byte_for_byte() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.from = "J?rgen <sip:a@192.0.2.1>;tag=remote".to_owned();
    let mut invite = call.invite("").into_bytes();
    let place = invite.iter().position(|&byte| byte == b'?').unwrap();
    invite[place] = 0xfc;
    world.receive(&invite);
    let Some(Output::Invite {
        request,
        transaction,
        ..
    }) = world.told.pop()
    else {
        panic!("not taken");
    };
    assert_eq!(
        request.headers.from().unwrap().display.as_deref(),
        Some("Jürgen")
    );
    world.sent.clear();
    let bytes = world.respond(transaction, ok());
    assert!(
        bytes.windows(9).any(|window| window == b": J\xfcrgen "),
        "as sent"
    );
}

#[test]
fn bare_line_feeds_missing_blanks_and_any_order() {
    let mut world = World::new();
    let invite = format!(
        "INVITE sip:srs@198.51.100.1 SIP/2.0\nContent-Type:application/sdp\nl:{}\nCSeq:1 INVITE\n\
         i:x\nt:sip:srs@198.51.100.1\nf:\"BroadWorks\"<sip:a@b>;tag=q\nm:<sip:a@b>;src\n\
         v:SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKq\nSupported:\n\n{SDP}",
        SDP.len(),
    );
    world.receive(invite);
    assert_eq!(world.told(), ["new INVITE"]);
}

#[test]
fn bodies_are_cut_to_their_length_and_without_one_reach_the_end() {
    let (mut world, mut call) = (World::new(), Call::new());
    for (invite, body) in [
        (format!("{}trailing", call.invite("")), SDP.to_owned()),
        (
            without_length(&Call::numbered(2).invite("")),
            SDP.to_owned(),
        ),
    ] {
        world.receive(invite);
        let Some(Output::Invite { request, .. }) = world.told.pop() else {
            panic!("not taken")
        };
        assert_eq!(request.body, body.as_bytes());
    }
}

fn without_length(message: &str) -> String {
    let lines = message.split_inclusive("\r\n");
    lines
        .filter(|line| !line.starts_with("Content-Length"))
        .collect()
}

#[test]
fn a_bye_with_another_method_in_its_cseq_ends_the_call() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "");
    let bye = call
        .request("BYE", "", "")
        .replace("CSeq: 2 BYE", "CSeq: 2 INVITE");
    world.receive(bye);
    assert_eq!(world.told(), ["BYE", "Bye"]);
    let response = world.response();
    assert_eq!(
        response.headers.text("CSeq").unwrap(),
        "2 INVITE",
        "as sent"
    );
}

#[test]
fn a_peer_without_contact_branch_or_tag_can_call_too() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.from = "<sip:a@192.0.2.1>".to_owned();
    let old = |text: String| {
        let via = text.split("\r\n").nth(1).unwrap().to_owned();
        text.replace(&via, "Via: SIP/2.0/UDP 192.0.2.1:5070")
    };
    let invite = old(call.request("INVITE", "", ""));
    world.receive(&invite);
    world.receive(&invite);
    assert_eq!(world.sent(), ["100", "100"]);
    let (transaction, _) = world.handed();
    world.respond(transaction, ok());
    call.learn(&world.response());
    world.receive(old(call.ack()));
    assert_eq!(world.told(), ["acked"]);
    world.receive(old(call.request("BYE", "", "")));
    assert_eq!(world.told(), ["BYE", "Bye"]);
}

#[test]
fn a_cancel_whose_branch_is_its_own_finds_its_invite() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(""));
    world.told.clear();
    let cancel = call.same("CANCEL", "", "").replace("z9hG4bK", "z9hG4bKnew");
    world.receive(cancel);
    assert_eq!(world.told(), ["cancelled"]);
}

#[test]
fn a_branch_used_twice_is_told_apart() {
    let mut world = World::new();
    for number in 1..=2 {
        let invite = Call::numbered(number).invite("");
        let branch = format!("z9hG4bKcall-{number}-1");
        world.receive(invite.replace(&branch, "z9hG4bKsame"));
    }
    assert_eq!(world.told(), ["new INVITE", "new INVITE"]);
}

#[test]
fn an_ack_may_carry_the_answer_to_our_offer() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.request("INVITE", "Contact: <sip:a@192.0.2.1>\r\n", ""));
    let (transaction, _) = world.handed();
    world.respond(transaction, ok());
    call.learn(&world.response());
    // Until then an UPDATE with an offer has to wait.
    world.receive(call.request("UPDATE", "Content-Type: application/sdp\r\n", SDP));
    assert_eq!(world.response().status, 491);
    call.cseq -= 1;
    world.receive(call.same("ACK", "Content-Type: application/sdp\r\n", SDP));
    let Some(Output::Acked { request, .. }) = world.told.pop() else {
        panic!("no ACK")
    };
    assert_eq!(Message::Request(request).body(), SDP.as_bytes());
}
