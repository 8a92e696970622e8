//! Where answers go, and what OPTIONS is told.

use sip::{Output, Response, Transport};

use crate::harness::{Call, World, seconds};

fn destination(via: &str) -> (String, String) {
    let (mut world, mut call) = (World::new(), Call::new());
    world.flow.peer = "192.0.2.1:40000".parse().unwrap();
    call.via = via.to_owned();
    world.receive(call.request("BYE", "", ""));
    let (_, flow, _) = &world.sent[0];
    let peer = flow.peer.to_string();
    (
        peer,
        world.response().headers.text("Via").unwrap().into_owned(),
    )
}

#[test]
fn answers_over_udp_go_back_where_they_can_arrive() {
    let (peer, via) = destination("SIP/2.0/UDP 192.0.2.1:5070");
    assert_eq!(peer, "192.0.2.1:5070");
    assert!(!via.contains("received"));
    let (peer, via) = destination("SIP/2.0/UDP 192.0.2.1:5070;rport");
    assert_eq!(peer, "192.0.2.1:40000");
    assert!(via.contains(";rport=40000;") && via.ends_with(";received=192.0.2.1"));
    let (peer, via) = destination("SIP/2.0/UDP 10.0.0.9:5070");
    assert_eq!(peer, "192.0.2.1:40000");
    assert!(via.ends_with(";received=192.0.2.1"));
    let (peer, _) = destination("SIP/2.0/UDP 192.0.2.1:5070;maddr=203.0.113.9");
    assert_eq!(peer, "192.0.2.1:5070");
}

#[test]
fn answers_over_tcp_stay_on_the_connection() {
    let (mut world, mut call) = (World::over(Transport::Tcp), Call::new());
    call.via = "SIP/2.0/TCP 192.0.2.1:9".to_owned();
    world.receive(call.request("BYE", "", ""));
    assert_eq!(world.sent[0].1, world.flow);
}

#[test]
fn every_via_is_copied_in_order() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.via = "SIP/2.0/UDP 192.0.2.1:5070".to_owned();
    let more = "Via: SIP/2.0/TLS p2.example;branch=2, SIP/2.0/TCP p3.example;branch=3\r\n";
    world.receive(call.request("BYE", more, ""));
    let vias = world.response().headers.tokens("Via");
    assert_eq!(
        vias[1..],
        [
            "SIP/2.0/TLS p2.example;branch=2",
            "SIP/2.0/TCP p3.example;branch=3"
        ]
    );
}

#[test]
fn options_outside_a_dialog_is_the_callers_to_answer() {
    let (mut world, mut call) = (World::new(), Call::new());
    let options = call.request("OPTIONS", "", "");
    world.receive(&options);
    let Some(Output::Options { transaction, .. }) = world.told.pop() else {
        panic!("no OPTIONS")
    };
    world.receive(&options);
    assert_eq!(
        (world.sent(), world.told()),
        (vec![], vec![]),
        "not answered yet, not told twice"
    );
    world.respond(transaction, Response::new(200, "OK"));
    let response = world.response();
    assert!(response.headers.has_token("Allow", "UPDATE"));
    assert!(response.headers.has_token("Accept", "application/sdp"));
    assert!(response.headers.has_token("Supported", "siprec"));
    assert!(world.endpoint.is_idle(), "a ping leaves nothing behind");
}

#[test]
fn an_options_the_caller_forgets_does_not_stay() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.request("OPTIONS", "", ""));
    world.pass(seconds(33));
    assert!(world.endpoint.is_idle());
}

#[test]
fn options_inside_a_dialog_is_answered_here() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "");
    world.receive(call.request("OPTIONS", "", ""));
    let response = world.response();
    assert_eq!(response.status, 200);
    assert!(response.headers.has_token("Allow", "UPDATE"));
    assert_eq!(world.told(), [""; 0]);
}

#[test]
fn info_is_handed_out_and_what_we_do_not_know_is_not() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "");
    world.receive(call.request("INFO", "", "x"));
    let (transaction, _) = world.handed();
    world.respond(transaction, Response::new(200, "OK"));
    assert_eq!(world.response().status, 200);
    for method in ["PRACK", "REFER", "NOTIFY", "FOO"] {
        world.receive(call.request(method, "", ""));
        let response = world.response();
        assert_eq!(
            (response.status, response.headers.contains("Allow")),
            (405, true),
            "{method}"
        );
    }
    assert_eq!(world.told(), [""; 0]);
}
