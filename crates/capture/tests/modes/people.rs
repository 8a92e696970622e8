//! Pausing, marking, and which call is meant.

use super::scene::*;
use model::Mode;
use model::live::{LiveError, Which};
use std::time::Duration;

#[test]
fn promise_12_what_is_said_in_a_pause_is_nowhere_on_the_disk() {
    let node = Node::new();
    let call = Caller::place(node.address(), 1, Some(&metadata("s", "225", "555")));
    let recording = node.call().recording;
    let mut silent = Vec::new();
    let mut heard = Vec::new();
    for _ in 0..5 {
        heard.extend(call.speak(37));
        node.pause(recording).unwrap();
        let live = node.call();
        assert_eq!(
            (live.paused, live.paused_by.as_deref()),
            (true, Some("jane"))
        );
        assert_eq!(node.pause(recording), Err(LiveError::Paused));
        silent.extend(call.speak(37));
        node.resume(recording).unwrap();
        assert!(!node.call().paused);
        assert_eq!(node.resume(recording), Err(LiveError::NotPaused));
    }
    node.mark(recording, ": here").unwrap();
    heard.extend(call.speak(5));
    call.hang_up();
    eventually("it has ended", || node.log.unsettled().len() == 1);
    for number in &silent {
        assert!(!node.spool_has(&call.payload(*number)), "{number}");
    }
    let session = node.log.unsettled()[0].0;
    let story = node.story(session);
    let told: Vec<u16> = story.iter().filter_map(|word| word.parse().ok()).collect();
    assert_eq!(told, heard);
    assert_eq!(story.iter().filter(|word| *word == "Pause jane").count(), 5);
    assert!(story.contains(&"Flag jane: here".to_owned()));
    assert_eq!(node.mark(recording, ""), Err(LiveError::NoCall));
}

#[test]
fn a_pause_holds_for_lines_that_come_later_and_ends_with_stop() {
    let node = Node::with_mode(Mode::OnDemand);
    let said = metadata("s", "225", "555");
    let call = Caller::place(node.address(), 1, Some(&said));
    assert_eq!(node.pause(node.call().recording), Err(LiveError::NotLive));
    let first = node.start(call.device()).unwrap();
    node.pause(first).unwrap();
    call.request("INVITE", Some(&said));
    let silent = call.speak(20);
    node.stop(call.device()).unwrap();
    let second = node.start(call.device()).unwrap();
    assert!(!node.call_of(second).paused);
    let heard = call.speak(20);
    node.wait_for(&call, heard.end - 1);
    call.hang_up();
    eventually("it has ended", || node.log.unsettled().len() == 2);
    assert!(!node.spool_has_any(&call, silent));
}

#[test]
fn the_latest_answered_call_is_meant() {
    let node = Node::with_mode(Mode::KeepLate);
    let said = metadata("s", "225", "555");
    let first = Caller::place(node.address(), 1, Some(&said));
    std::thread::sleep(Duration::from_millis(2));
    let second = Caller::place(node.address(), 2, Some(&metadata("t", "225", "556")));
    let of = |remote: &str| {
        let live = node.handle().live();
        live.into_iter()
            .find(|call| call.remote_number == remote)
            .unwrap()
    };
    let mine = Which::Keys(vec!["225".to_owned()]);
    assert_eq!(node.start(mine).unwrap(), of("556").recording);
    assert!(!of("555").kept);
    let both = Which::Line {
        device_name: Some("sep001".to_owned()),
        directory_number: Some("225".to_owned()),
    };
    assert_eq!(node.start(both).unwrap(), of("555").recording);
    let other = Which::Line {
        device_name: Some("SEP001".to_owned()),
        directory_number: Some("226".to_owned()),
    };
    assert_eq!(node.start(other), Err(LiveError::NoCall));
    let neither = Which::Line {
        device_name: None,
        directory_number: None,
    };
    assert_eq!(node.start(neither), Err(LiveError::NoCall));
    assert_eq!(of("555").device_name, "SEP001");
    first.hang_up();
    second.hang_up();
    eventually("both are kept", || node.log.unsettled().len() == 2);
}

#[test]
fn a_new_communication_session_divides_the_sound_by_arrival() {
    let node = Node::new();
    let call = Caller::place(node.address(), 1, Some(&metadata("one", "225", "555")));
    let first = node.call();
    let before = call.speak(50);
    call.request("UPDATE", Some(&metadata("two", "225", "556")));
    let after = call.speak(50);
    call.hang_up();
    eventually("it has ended", || node.log.unsettled().len() == 2);
    let mut expected = vec!["always".to_owned(), "began".to_owned()];
    expected.extend(before.map(|number| number.to_string()));
    expected.push("ended: a new communication session began".to_owned());
    expected.push("began".to_owned());
    expected.extend(after.map(|number| number.to_string()));
    expected.push("closed".to_owned());
    let story = node.story(first.session);
    assert_eq!(story, expected);
}
