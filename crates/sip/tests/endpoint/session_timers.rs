//! Session timers (RFC 4028).

use sip::{Message, Method, Transport};

use crate::harness::{Call, OUR_SDP, World, answer, ok, seconds};

const PEER_REFRESHES: &str = "Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\n";
const WE_REFRESH: &str =
    "Supported: timer\r\nx: 1800;refresher=uas\r\nAllow: INVITE, ACK, BYE, UPDATE\r\n";

#[test]
fn the_peer_refreshes_or_the_session_ends() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite(PEER_REFRESHES));
    let (transaction, _) = world.handed();
    world.respond(transaction, ok());
    let response = world.response();
    assert_eq!(
        response.headers.text("Session-Expires").unwrap(),
        "1800;refresher=uac"
    );
    assert_eq!(response.headers.text("Require").unwrap(), "timer");
    call.learn(&response);
    world.receive(call.ack());
    world.told.clear();

    world.pass(seconds(1700));
    world.receive(call.request("UPDATE", PEER_REFRESHES, ""));
    let (transaction, _) = world.handed();
    world.respond(transaction, sip::Response::new(200, "OK"));
    let response = world.response();
    assert_eq!(
        response.headers.text("Session-Expires").unwrap(),
        "1800;refresher=uac"
    );

    world.pass(seconds(1767));
    assert_eq!((world.sent(), world.told()), (vec![], vec![]));
    world.pass(seconds(1));
    assert_eq!(world.sent_request().method, Method::Bye);
    assert_eq!(world.told(), ["SessionExpired"]);
    world.pass(seconds(33));
    assert!(world.endpoint.is_idle());
}

#[test]
fn we_refresh_by_update_at_half_time() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, WE_REFRESH);
    for _ in 0..3 {
        world.pass(seconds(900));
        let update = world.sent_request();
        assert_eq!(update.method, Method::Update);
        assert_eq!(
            update.headers.text("Session-Expires").unwrap(),
            "1800;refresher=uac"
        );
        assert!(update.body.is_empty());
        world.receive(answer(
            &update,
            200,
            "Session-Expires: 1800;refresher=uac\r\n",
        ));
        assert_eq!(world.told(), ["200"]);
    }
    assert_eq!(world.endpoint.dialog_count(), 1);
}

#[test]
fn we_refresh_by_reinvite_where_update_is_not_allowed() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(
        &mut world,
        "k: timer\r\nSession-Expires: 90;refresher=uas\r\nAllow: INVITE\r\n",
    );
    world.pass(seconds(45));
    let invite = world.sent_request();
    assert_eq!(invite.method, Method::Invite);
    assert_eq!(
        invite.body,
        OUR_SDP.as_bytes(),
        "the SDP sent last, unchanged"
    );
    assert_eq!(
        invite.headers.text("Content-Type").unwrap(),
        "application/sdp"
    );
    world.receive(answer(
        &invite,
        200,
        "Session-Expires: 90;refresher=uac\r\n",
    ));
    assert_eq!(world.sent(), ["ACK"]);
    world.pass(seconds(45));
    assert_eq!(world.sent(), ["INVITE"]);
}

#[test]
fn a_refresh_that_fails_is_tried_again_until_the_session_is_over() {
    let (mut world, mut call) = (World::over(Transport::Tcp), Call::new());
    call.establish(&mut world, WE_REFRESH);
    world.pass(seconds(900));
    let first = world.sent_request();
    world.receive(answer(&first, 491, ""));
    world.pass(seconds(2));
    let second = world.sent_request();
    world.receive(answer(&second, 500, "Retry-After: 5\r\n"));
    world.pass(seconds(4));
    assert_eq!(world.sent(), [""; 0]);
    world.pass(seconds(1));
    let third = world.sent_request();
    world.receive(answer(&third, 405, ""));
    world.pass(seconds(0));
    let fourth = world.sent_request();
    assert_eq!(
        fourth.method,
        Method::Invite,
        "UPDATE is not taken after all"
    );
    world.receive(answer(&fourth, 488, ""));
    world.told.clear();
    world.pass(seconds(900));
    assert_eq!(world.gone(), [sip::Gone::SessionExpired]);
    assert!(world.messages().iter().any(|message| matches!(
        message,
        Message::Request(request) if request.method == Method::Bye
    )));
}

#[test]
fn a_422_makes_the_interval_longer() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, WE_REFRESH);
    world.pass(seconds(900));
    let update = world.sent_request();
    world.receive(answer(&update, 422, "Min-SE: 3600\r\n"));
    world.pass(seconds(0));
    let update = world.sent_request();
    assert_eq!(
        update.headers.text("Session-Expires").unwrap(),
        "3600;refresher=uac"
    );
    assert_eq!(update.headers.text("Min-SE").unwrap(), "3600");
}

#[test]
fn an_interval_below_ours_is_refused() {
    let (mut world, mut call) = (World::new(), Call::new());
    world.receive(call.invite("Supported: timer\r\nSession-Expires: 60\r\n"));
    let response = world.response();
    assert_eq!(
        (
            response.status,
            response.headers.text("Min-SE").unwrap().as_ref()
        ),
        (422, "90")
    );
    assert_eq!(world.told(), [""; 0]);
    assert!(world.endpoint.is_idle());
}

#[test]
fn without_session_expires_there_is_no_timer() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, "Supported: timer\r\n");
    world.pass(seconds(1_000_000));
    assert_eq!((world.sent(), world.told()), (vec![], vec![]));
}

#[test]
fn a_peer_that_does_not_know_session_timers_is_refreshed_all_the_same() {
    let (mut world, mut call) = (World::over(Transport::Tcp), Call::new());
    call.establish(&mut world, "Session-Expires: 200\r\nAllow: UPDATE\r\n");
    for _ in 0..3 {
        world.pass(seconds(100));
        let update = world.sent_request();
        world.receive(answer(&update, 200, ""));
    }
    assert_eq!(world.told(), ["200", "200", "200"]);
}

#[test]
fn a_peer_that_answers_481_to_a_refresh_is_gone() {
    let (mut world, mut call) = (World::new(), Call::new());
    call.establish(&mut world, WE_REFRESH);
    world.pass(seconds(900));
    let update = world.sent_request();
    world.receive(answer(&update, 481, ""));
    assert_eq!(world.told(), ["481", "Answered481"]);
    world.pass(seconds(33));
    assert!(world.endpoint.is_idle());
}
