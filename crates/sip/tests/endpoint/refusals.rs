//! What the endpoint refuses by itself.

use sip::{FrameError, Framer, Options, Transport};

use crate::harness::{Call, World};

fn refused(world: &mut World, text: impl AsRef<[u8]>) -> (u16, String) {
    world.receive(text);
    assert_eq!(world.told(), [""; 0], "nothing is handed out");
    let response = world.response();
    assert!(
        response.headers.to().unwrap().tag().is_some(),
        "every answer has a tag"
    );
    (response.status, response.reason)
}

#[test]
fn unknown_dialogs_are_answered_481() {
    let (mut world, mut call) = (World::new(), Call::new());
    for method in ["BYE", "UPDATE", "INFO"] {
        assert_eq!(
            refused(&mut world, call.request(method, "", "")).0,
            481,
            "{method}"
        );
    }
    call.to.push_str(";tag=unknown");
    for method in ["INVITE", "BYE", "UPDATE", "INFO", "OPTIONS", "REFER"] {
        assert_eq!(
            refused(&mut world, call.request(method, "", "")).0,
            481,
            "{method}"
        );
    }
    world.receive(call.ack());
    assert_eq!(world.sent(), [""; 0], "an ACK is never answered");
    assert!(world.endpoint.is_idle(), "refusals keep no state");
}

#[test]
fn a_dialog_is_known_by_call_id_and_both_tags() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "");
    let from = std::mem::replace(&mut call.from, "<sip:a@b>;tag=other".to_owned());
    assert_eq!(refused(&mut world, call.request("BYE", "", "")).0, 481);
    call.from = from;
    let call_id = std::mem::replace(&mut call.call_id, "other".to_owned());
    assert_eq!(refused(&mut world, call.request("BYE", "", "")).0, 481);
    call.call_id = call_id;
    world.receive(call.request("BYE", "", ""));
    assert_eq!(world.told(), ["BYE", "Bye"]);
}

#[test]
fn methods_extensions_schemes_and_versions() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.request("REGISTER", "", ""));
    let response = world.response();
    assert_eq!(response.status, 405);
    assert!(response.headers.has_token("Allow", "INVITE"));

    world.receive(call.invite("Require: siprec, made-up, TIMER\r\nRequire: other\r\n"));
    let response = world.response();
    assert_eq!(response.status, 420);
    assert_eq!(response.headers.tokens("Unsupported"), ["made-up", "other"]);

    let tel = call
        .invite("")
        .replace("INVITE sip:srs@198.51.100.1", "INVITE urn:service:sos");
    assert_eq!(refused(&mut world, tel).0, 416);
    let future = call.invite("").replace("SIP/2.0\r\n", "SIP/3.0\r\n");
    assert_eq!(
        refused(&mut world, future),
        (505, "Version Not Supported".to_owned())
    );
    assert!(world.endpoint.is_idle());

    world.receive(call.invite("Require: siprec, timer, 100rel, resource-priority, histinfo\r\n"));
    assert_eq!(world.told(), ["new INVITE"]);
}

#[test]
fn the_same_request_by_another_way_is_a_loop_while_the_first_is_alive() {
    let (mut world, mut call) = (World::new(), Call::new());
    let invite = call.invite("");
    world.receive(&invite);
    let (transaction, _) = world.handed();
    world.sent.clear();
    let again = invite.replace("z9hG4bK", "z9hG4bKother");
    assert_eq!(refused(&mut world, &again).0, 482);
    world.respond(transaction, sip::Response::new(503, "Service Unavailable"));
    world.sent.clear();
    world.receive(&again);
    assert_eq!(
        world.told(),
        ["new INVITE"],
        "after a refusal it is a new try"
    );
}

#[test]
fn a_stateless_refusal_has_the_same_tag_each_time() {
    let (mut world, mut call) = (World::new(), Call::new());
    let bye = call.request("BYE", "", "");
    world.receive(&bye);
    let first = world.response();
    world.receive(&bye);
    assert_eq!(world.response(), first);
}

#[test]
fn bodies_that_are_cut_short_are_never_answered_200() {
    let (mut world, mut call) = (World::new(), Call::new());
    let invite = call.invite("");
    let cut = &invite[..invite.len() - 20];
    let reason = "Body Shorter Than Content-Length".to_owned();
    assert_eq!(refused(&mut world, cut), (400, reason));
    for length in [
        "-1",
        "18446744073709551615",
        "18446744073709551616",
        "x",
        "",
    ] {
        let start = invite.split("Content-Length").next().unwrap();
        let bad = format!("{start}Content-Length: {length}\r\n\r\nv=0\r\n");
        assert_eq!(refused(&mut world, bad).0, 400, "{length}");
    }
    assert!(world.endpoint.is_idle());
    world.receive(call.invite(""));
    assert_eq!(world.told(), ["new INVITE"], "and the next one is taken");
}

#[test]
fn what_cannot_be_answered_is_dropped() {
    let mut world = World::new();
    let mut call = Call::new();
    let invite = call.invite("");
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        world.receive(invite.replace(&format!("\r\n{name}:"), "\r\nX:"));
    }
    world.receive("SIP/2.0 200 OK\r\n\r\n");
    world.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    world.receive("\r\n\r\n");
    world.receive("");
    world.receive([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
    assert_eq!((world.sent(), world.told()), (vec![], vec![]));
}

#[test]
fn when_full_new_calls_are_answered_503() {
    let options = Options {
        dialogs_max: 1,
        ..Options::default()
    };
    let mut world = World::with(options, Transport::Udp);
    let mut first = Call::numbered(1);
    first.establish(&mut world, "");
    world.receive(Call::numbered(2).invite(""));
    let response = world.response();
    assert_eq!(response.status, 503);
    assert_eq!(response.headers.text("Retry-After").unwrap(), "3");
    world.receive(first.request("BYE", "", ""));
    world.sent.clear();
    world.receive(Call::numbered(3).invite(""));
    assert_eq!(world.told(), ["BYE", "Bye", "new INVITE"]);
}

#[test]
fn too_many_unfinished_requests_are_answered_503() {
    let options = Options {
        transactions_max: 2,
        ..Options::default()
    };
    let mut world = World::with(options, Transport::Udp);
    for number in 1..=2 {
        world.receive(Call::numbered(number).invite(""));
    }
    world.told.clear();
    world.sent.clear();
    assert_eq!(refused(&mut world, Call::numbered(3).invite("")).0, 503);
    assert_eq!(
        refused(&mut world, Call::numbered(4).request("OPTIONS", "", "")).0,
        503
    );
}

#[test]
fn when_full_calls_can_still_end() {
    let options = Options {
        transactions_max: 2,
        ..Options::default()
    };
    let mut world = World::with(options, Transport::Udp);
    let mut call = Call::numbered(1);
    call.establish(&mut world, "");
    world.receive(Call::numbered(2).invite(""));
    world.told.clear();
    world.sent.clear();
    assert_eq!(refused(&mut world, call.request("INFO", "", "")).0, 500);
    world.receive(call.request("BYE", "", ""));
    assert_eq!(world.told(), ["BYE", "Bye"]);
}

#[test]
fn a_datagram_longer_than_any_is_refused() {
    let mut world = World::new();
    let body = "x".repeat(65_535);
    assert_eq!(
        refused(&mut world, Call::new().request("INVITE", "", &body)).0,
        513
    );
}

#[test]
fn a_stream_that_cannot_be_read_on_is_answered_and_closed() {
    let mut world = World::over(Transport::Tcp);
    for (length, status) in [
        ("2000000", 513),
        ("-5", 400),
        ("99999999999999999999999", 513),
    ] {
        let start = Call::new().invite("");
        let start = start.split("Content-Length").next().unwrap();
        let mut framer = Framer::new();
        framer.push(format!("{start}Content-Length: {length}\r\n\r\nv=0").as_bytes());
        let error: FrameError = framer.next().unwrap().unwrap_err();
        world.endpoint.refuse(world.flow, &error);
        world.receive("");
        assert_eq!(world.response().status, status, "{length}");
    }
}
