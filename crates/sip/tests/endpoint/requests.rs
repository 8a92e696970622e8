//! Our own requests inside dialogs: where they go and what comes of their answers.

use sip::{Method, Transport};

use crate::harness::{Call, OUR_SDP, World, answer, ms, ok, seconds};

#[test]
fn an_update_of_ours_is_answered_and_told() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "Allow: UPDATE\r\n");
    world.request(dialog, Method::Update, "").unwrap();
    let update = world.sent_request();
    assert_eq!(
        update.headers.text("Contact").unwrap(),
        "<sip:srs@198.51.100.1:5060>;+sip.srs"
    );
    assert_eq!(update.headers.cseq(), Some((1, Method::Update)));
    world.receive(answer(&update, 100, ""));
    world.pass(ms(3999));
    assert_eq!(
        world.sent(),
        ["UPDATE"],
        "the first repetition was due; then every 4 s"
    );
    world.receive(answer(&update, 200, "Contact: <sip:new@192.0.2.7>\r\n"));
    assert_eq!(world.told(), ["200"]);
    world.request(dialog, Method::Bye, "").unwrap();
    let bye = world.sent_request();
    assert_eq!(
        bye.uri.as_str(),
        "sip:new@192.0.2.7",
        "a 2xx refreshes the target"
    );
    assert_eq!(bye.headers.cseq(), Some((2, Method::Bye)));
}

#[test]
fn a_481_to_a_request_of_ours_ends_the_dialog() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    world.request(dialog, Method::Update, "");
    let update = world.sent_request();
    world.receive(answer(&update, 481, ""));
    assert_eq!(world.told(), ["481", "Answered481"]);
    assert_eq!(world.endpoint.dialog_count(), 0);
}

#[test]
fn an_update_nobody_answers_is_the_callers_to_judge() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    world.request(dialog, Method::Update, "");
    world.pass(seconds(33));
    assert_eq!(world.told(), ["408"]);
    assert_eq!(world.endpoint.dialog_count(), 1);
    assert!(world.request(dialog, Method::Bye, "").is_some());
}

#[test]
fn a_reinvite_of_ours_is_acknowledged_again_and_again() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    world.request(dialog, Method::Invite, OUR_SDP).unwrap();
    assert!(
        world.request(dialog, Method::Invite, OUR_SDP).is_none(),
        "one at a time"
    );
    let invite = world.sent_request();
    world.receive(answer(&invite, 100, ""));
    world.pass(seconds(20));
    assert_eq!(world.sent(), [""; 0], "100 ends the repetitions");
    let ok = answer(&invite, 200, "Contact: <sip:b@192.0.2.8>\r\n");
    world.receive(&ok);
    let ack = world.sent_request();
    assert_eq!(ack.method, Method::Ack);
    assert_eq!(ack.uri.as_str(), "sip:b@192.0.2.8");
    assert_eq!(ack.headers.cseq(), Some((1, Method::Ack)));
    assert_ne!(
        ack.headers.via(),
        invite.headers.via(),
        "a transaction of its own"
    );
    world.receive(&ok);
    assert_eq!(world.sent_request(), ack);
    assert_eq!(world.told(), ["200"]);
}

#[test]
fn a_refused_reinvite_of_ours_is_acknowledged_in_its_transaction() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    world.request(dialog, Method::Invite, OUR_SDP).unwrap();
    let invite = world.sent_request();
    world.receive(answer(&invite, 491, ""));
    let ack = world.sent_request();
    assert_eq!(
        (ack.method, ack.headers.via()),
        (Method::Ack, invite.headers.via())
    );
    assert_eq!(world.told(), ["491"]);
    world.pass(seconds(33));
    assert_eq!(world.endpoint.dialog_count(), 1);
}

#[test]
fn requests_follow_the_route_set() {
    let (mut world, mut call) = (World::new(), Call::new());
    let routes = "Record-Route: <sip:p1.example;lr>, <sip:p2.example;lr>\r\n";
    let dialog = call.establish(&mut world, routes);
    world.request(dialog, Method::Bye, "");
    let bye = world.sent_request();
    assert_eq!(bye.uri.as_str(), "sip:a@192.0.2.1:5070");
    assert_eq!(
        bye.headers.tokens("Route"),
        ["<sip:p1.example;lr>", "<sip:p2.example;lr>"]
    );
}

#[test]
fn a_strict_router_comes_first() {
    let (mut world, mut call) = (World::new(), Call::new());
    let routes = "Record-Route: <sip:p1.example>\r\nRecord-Route: <sip:p2.example;lr>\r\n";
    let dialog = call.establish(&mut world, routes);
    world.request(dialog, Method::Bye, "");
    let bye = world.sent_request();
    assert_eq!(bye.uri.as_str(), "sip:p1.example");
    let routes = bye.headers.tokens("Route");
    assert_eq!(routes, ["<sip:p2.example;lr>", "<sip:a@192.0.2.1:5070>"]);
}

#[test]
fn requests_go_the_way_the_last_request_came() {
    let (mut world, mut call) = (World::over(Transport::Tcp), Call::new());
    let dialog = call.establish(&mut world, "");
    world.flow.connection = 2;
    world.flow.peer = "192.0.2.1:60000".parse().unwrap();
    world.receive(call.request("UPDATE", "Contact: <sip:c@192.0.2.1>\r\n", ""));
    let (transaction, _) = world.handed();
    world.respond(transaction, ok());
    world.sent.clear();
    world.request(dialog, Method::Bye, "");
    let (_, flow, _) = world.sent.last().unwrap();
    assert_eq!(*flow, world.flow);
    let bye = world.sent_request();
    assert_eq!(
        bye.uri.as_str(),
        "sip:c@192.0.2.1",
        "an UPDATE refreshes the target, over TCP too"
    );
    assert!(
        bye.headers
            .text("Via")
            .unwrap()
            .starts_with("SIP/2.0/TCP 198.51.100.1:5060;")
    );
}

#[test]
fn a_refused_reinvite_changes_no_target() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    world.receive(call.request("INVITE", "Contact: <sip:no@192.0.2.9>\r\n", ""));
    let (transaction, _) = world.handed();
    world.respond(transaction, sip::Response::new(488, "Not Acceptable Here"));
    world.sent.clear();
    world.request(dialog, Method::Info, "").unwrap();
    assert_eq!(world.sent_request().uri.as_str(), "sip:a@192.0.2.1:5070");
}
