//! How dialogs end: BYE from either side.

use sip::{Gone, Method, Output, Transport};

use crate::harness::{Call, World, answer, ms, ok, seconds};

#[test]
fn bye_is_answered_told_and_answered_again() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    let bye = call.request("BYE", "", "<recording/>");
    world.receive(&bye);
    let raw = world.told.iter().find_map(|output| match output {
        Output::InDialog { raw, .. } => Some(raw.clone()),
        _ => None,
    });
    assert_eq!(raw.unwrap(), bye.as_bytes());
    assert!(
        world
            .told
            .iter()
            .any(|output| matches!(output, Output::Sent { .. }))
    );
    assert_eq!(world.told(), ["BYE", "Bye"]);
    let first = world.response();
    assert_eq!(first.status, 200);
    world.receive(&bye);
    assert_eq!(world.response(), first);
    assert_eq!(world.told(), [""; 0]);
    assert!(world.request(dialog, Method::Bye, "").is_none());
    world.pass(seconds(33));
    assert!(world.endpoint.is_idle());
    world.receive(&bye);
    assert_eq!(world.sent(), ["481"]);
}

#[test]
fn our_bye_is_repeated_until_answered() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    let bytes = world.request(dialog, Method::Bye, "").unwrap();
    world.pass(ms(3500));
    let sent = world.messages();
    assert_eq!(sent.len(), 4, "at 0, 0.5, 1.5 and 3.5 s");
    assert!(sent.iter().all(|message| message.to_bytes() == bytes));
    let sip::Message::Request(bye) = &sent[0] else {
        panic!("a request")
    };
    assert_eq!(bye.headers.text("To").unwrap(), call.from);
    assert_eq!(bye.headers.text("From").unwrap(), call.to);
    assert_eq!(bye.uri.as_str(), "sip:a@192.0.2.1:5070");
    world.receive(answer(bye, 200, ""));
    assert_eq!(world.told(), ["200", "Terminated"]);
    world.receive(answer(bye, 200, ""));
    world.pass(seconds(33));
    assert_eq!((world.sent(), world.told()), (vec![], vec![]));
    assert!(world.endpoint.is_idle());
}

#[test]
fn our_bye_nobody_answers_ends_the_dialog_all_the_same() {
    for transport in [Transport::Udp, Transport::Tls] {
        let (mut world, mut call) = (World::over(transport), Call::new());
        let dialog = call.establish(&mut world, "");
        world.request(dialog, Method::Bye, "");
        world.pass(seconds(32));
        assert_eq!(world.told(), ["408", "Terminated"]);
        world.pass(seconds(33));
        assert!(world.endpoint.is_idle());
    }
}

#[test]
fn our_bye_waits_for_the_ack() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(""));
    let (transaction, dialog) = world.handed();
    world.respond(transaction, ok());
    call.learn(&world.response());
    assert!(world.request(dialog, Method::Bye, "").is_some());
    assert!(
        world.request(dialog, Method::Bye, "").is_none(),
        "one BYE is enough"
    );
    assert_eq!(world.sent(), [""; 0]);
    world.receive(call.ack());
    let bye = world.sent_request();
    world.receive(answer(&bye, 200, ""));
    assert_eq!(world.told(), ["acked", "200", "Terminated"]);
}

#[test]
fn our_bye_does_not_wait_for_ever() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(""));
    let (transaction, dialog) = world.handed();
    world.respond(transaction, ok());
    world.request(dialog, Method::Bye, "");
    world.pass(seconds(32));
    assert!(world.sent().contains(&"BYE".to_owned()));
    world.pass(seconds(32));
    assert_eq!(world.told(), ["408", "Terminated"]);
    world.pass(seconds(1));
    assert!(world.endpoint.is_idle());
}

#[test]
fn two_byes_that_cross_end_the_dialog_once() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    world.request(dialog, Method::Bye, "");
    let ours = world.sent_request();
    world.receive(call.request("BYE", "", ""));
    assert_eq!(world.response().status, 200);
    assert_eq!(world.gone(), [Gone::Bye]);
    world.receive(answer(&ours, 481, ""));
    assert_eq!(world.told(), [""; 0]);
    world.pass(seconds(33));
    assert!(world.endpoint.is_idle());
}

#[test]
fn after_our_bye_nothing_else_is_taken() {
    let (mut world, mut call) = (World::new(), Call::new());
    let dialog = call.establish(&mut world, "");
    world.request(dialog, Method::Bye, "");
    world.sent.clear();
    world.receive(call.invite(""));
    assert_eq!(world.response().status, 481);
    assert_eq!(world.told(), [""; 0]);
}
