//! Thousands of dialogs at once.

use sip::{Gone, Options, Transport};

use crate::harness::{Call, World, seconds};

#[test]
fn thousands_of_dialogs_each_end_in_their_own_time() {
    let mut world = World::with(Options::default(), Transport::Tcp);
    let mut calls: Vec<Call> = (0..3000).map(Call::numbered).collect();
    for (number, call) in calls.iter_mut().enumerate() {
        let expires = 90 + number;
        call.establish(
            &mut world,
            &format!("k: timer\r\nSession-Expires: {expires}\r\n"),
        );
    }
    assert_eq!(world.endpoint.dialog_count(), 3000);
    for call in calls.iter_mut().skip(1500) {
        world.receive(call.request("BYE", "", ""));
    }
    assert_eq!(world.gone(), [Gone::Bye; 1500]);
    world.pass(seconds(59));
    assert_eq!(world.gone(), []);
    world.pass(seconds(1600));
    assert_eq!(world.gone(), [Gone::SessionExpired; 1500]);
    world.pass(seconds(33));
    assert!(world.endpoint.is_idle());
}
