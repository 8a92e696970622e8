//! What the rules say, and what follows from it.

use super::scene::*;
use model::Mode;
use model::live::{LiveError, LiveEvent, LiveState, Which};

#[test]
fn never_is_answered_inactive_and_leaves_nothing() {
    let node = Node::with_mode(Mode::Never);
    let said = metadata("s", "225", "555");
    let call = Caller::place(node.address(), 1, Some(&said));
    assert!(call.answer.contains("a=inactive"), "{}", call.answer);
    assert!(!call.answer.contains("a=recvonly"));
    let spoken = call.speak(20);
    let live = node.call();
    assert_eq!(
        (live.mode, live.kept, live.rule.as_str()),
        (Mode::Never, false, "sales")
    );
    assert_eq!(node.start(call.device()), Err(LiveError::NoCall));
    assert_eq!(node.handle().not_recorded(), 1);
    // A later offer is answered the same way.
    assert!(call.request("INVITE", Some(&said)).contains("a=inactive"));
    let again = call.request("UPDATE", Some(&metadata("s", "225", "556")));
    assert!(again.starts_with("SIP/2.0 200"));
    call.hang_up();
    eventually("the call is gone", || node.handle().live().is_empty());
    assert!(!node.spool_has_any(&call, spoken));
    assert!(!node.spool_has(b"INVITE") && node.log.open_sessions().is_empty());
    assert_eq!(node.call_files(), 0);
}

#[test]
fn on_demand_begins_at_start_and_ends_at_stop() {
    let node = Node::with_mode(Mode::OnDemand);
    let said = metadata("s", "225", "555");
    let call = Caller::place(node.address(), 1, Some(&said));
    assert!(call.answer.contains("a=recvonly"), "{}", call.answer);
    let before = call.speak(60);
    assert_eq!(node.stop(line("225")), Err(LiveError::NotLive));
    let live = node.call();
    assert_eq!((live.kept, live.mode), (false, Mode::OnDemand));
    let first = node.start(line("225")).unwrap();
    assert_eq!(first, live.recording);
    assert_eq!(first, live.session.first_recording());
    assert!(node.call().kept);
    assert_eq!(node.start(line("225")), Err(LiveError::AlreadyRecorded));
    let during = call.speak(60);
    assert_eq!(node.stop(Which::Recording(first)).unwrap(), first);
    let after = call.speak(60);
    let states: Vec<_> = node
        .handle()
        .live()
        .iter()
        .map(|c| (c.recording, c.state))
        .collect();
    assert!(
        states.contains(&(first, LiveState::Processing)),
        "{states:?}"
    );
    assert_eq!(node.log.unsettled(), [(live.session, first)]);
    let second = node.start(Which::Keys(vec!["225".to_owned()])).unwrap();
    assert_ne!(first, second);
    let again = call.speak(60);
    call.hang_up();
    eventually("the call has ended", || node.log.unsettled().len() == 2);
    let mut expected = vec![
        "on-demand".to_owned(),
        "Keep john".to_owned(),
        "began".to_owned(),
    ];
    expected.extend(during.map(|number| number.to_string()));
    expected.extend([
        "Stop john".to_owned(),
        "ended: stopped on request".to_owned(),
    ]);
    expected.extend(["Keep john".to_owned(), "began".to_owned()]);
    expected.extend(again.map(|number| number.to_string()));
    expected.push("closed".to_owned());
    assert_eq!(node.story(live.session), expected);
    assert!(!node.spool_has_any(&call, before) && !node.spool_has_any(&call, after));
}

#[test]
fn on_demand_that_nobody_starts_leaves_no_recording() {
    let node = Node::with_mode(Mode::OnDemand);
    let said = metadata("s", "225", "555");
    let call = Caller::place(node.address(), 1, Some(&said));
    let spoken = call.speak(30);
    call.hang_up();
    eventually("the call has ended", || {
        node.handle().live().is_empty() && node.log.open_sessions().is_empty()
    });
    assert!(node.log.unsettled().is_empty());
    assert!(!node.spool_has_any(&call, spoken));
}

#[test]
fn keep_late_keeps_from_the_first_packet() {
    let node = Node::with_mode(Mode::KeepLate);
    let said = metadata("s", "225", "555");
    let call = Caller::place(node.address(), 1, Some(&said));
    let live = node.call();
    assert_eq!(
        (live.kept, live.mode, live.undecided),
        (false, Mode::KeepLate, false)
    );
    let before = call.speak(60);
    node.wait_for(&call, before.end - 1);
    assert_eq!(
        (node.call_files(), node.log.held()),
        (1, vec![live.session])
    );
    let recording = node.start(call.device()).unwrap();
    assert_eq!(recording, live.recording);
    assert!(node.log.held().is_empty());
    assert_eq!(node.start(call.device()), Err(LiveError::AlreadyRecorded));
    let after = call.speak(60);
    call.hang_up();
    eventually("the call has ended", || node.log.unsettled().len() == 1);
    let mut expected = vec!["keep-late".to_owned(), "began".to_owned()];
    expected.extend(before.map(|number| number.to_string()));
    expected.push("Keep john".to_owned());
    expected.extend(after.map(|number| number.to_string()));
    expected.push("closed".to_owned());
    assert_eq!(node.story(live.session), expected);
}

#[test]
fn keep_late_that_nobody_starts_is_destroyed() {
    let node = Node::with_mode(Mode::KeepLate);
    let mut events = node.handle().subscribe();
    let mut discards = node.handle().discards().unwrap();
    let said = metadata("s", "225", "555");
    let call = Caller::place(node.address(), 1, Some(&said));
    let spoken = call.speak(60);
    node.wait_for(&call, spoken.end - 1);
    let recording = node.call().recording;
    call.hang_up();
    eventually("the file is gone", || node.call_files() == 0);
    eventually("the call is gone", || node.handle().live().is_empty());
    assert!(!node.spool_has_any(&call, spoken));
    assert!(node.log.unsettled().is_empty() && node.log.open_sessions().is_empty());
    let mut told = None;
    eventually("it is told", || {
        told = told.take().or_else(|| discards.try_recv().ok());
        told.is_some()
    });
    assert_eq!(told.unwrap().recording, recording);
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        seen.push(match event {
            LiveEvent::Began(_) => "began",
            LiveEvent::Changed(_) => "changed",
            LiveEvent::Ended(_) => "ended",
            LiveEvent::Settled { .. } => "settled",
            LiveEvent::Discarded(_) => "discarded",
        });
    }
    assert_eq!(
        (seen.first(), seen.last()),
        (Some(&"began"), Some(&"discarded"))
    );
}

#[test]
fn an_open_verdict_is_given_when_more_is_known() {
    for (mode, kept) in [(Mode::Always, true), (Mode::KeepLate, false)] {
        let node = Node::with_mode(mode);
        let call = Caller::place(node.address(), 1, None);
        let before = call.speak(30);
        node.wait_for(&call, before.end - 1);
        let live = node.call();
        assert!(live.undecided && !live.kept, "{live:#?}");
        assert_eq!(node.log.held(), [live.session]);
        call.request("UPDATE", Some(&metadata("s", "225", "555")));
        let live = node.call();
        assert_eq!((live.undecided, live.mode, live.kept), (false, mode, kept));
        assert_eq!(live.local_number, "225");
        assert_eq!(node.log.held().is_empty(), kept);
        let after = call.speak(30);
        node.wait_for(&call, after.end - 1);
        call.hang_up();
        eventually("the call is over", || {
            node.log.unsettled().len() == usize::from(kept) && node.log.held().is_empty()
        });
        eventually("destroyed or kept", || {
            node.spool_has_any(&call, 0..60) == kept
        });
    }
}

#[test]
fn an_open_verdict_that_turns_to_on_demand_destroys_what_was_written() {
    let node = Node::with_mode(Mode::OnDemand);
    let call = Caller::place(node.address(), 1, None);
    let before = call.speak(60);
    node.wait_for(&call, before.end - 1);
    let session = node.call().session;
    call.request("UPDATE", Some(&metadata("s", "225", "555")));
    // At once, while the call may still be on its way into the log.
    let recording = node.start(line("225")).unwrap();
    assert_eq!(recording, session.first_recording());
    let during = call.speak(60);
    call.hang_up();
    eventually("the call has ended", || node.log.unsettled().len() == 1);
    assert!(!node.spool_has_any(&call, before));
    let story = node.story(session);
    let mut expected: Vec<String> = ["always?", "on-demand", "Keep john", "began"]
        .map(str::to_owned)
        .into();
    expected.extend(during.map(|number| number.to_string()));
    expected.push("closed".to_owned());
    assert_eq!(story, expected);
    assert_eq!(node.call_files(), 0);
}

#[test]
fn an_open_verdict_that_turns_to_never_destroys_what_was_written() {
    let node = Node::with_mode(Mode::Never);
    let call = Caller::place(node.address(), 1, None);
    let before = call.speak(60);
    node.wait_for(&call, before.end - 1);
    call.request("UPDATE", Some(&metadata("s", "225", "555")));
    eventually("the file is gone", || node.call_files() == 0);
    let after = call.speak(30);
    let answer = call.request("INVITE", Some(&metadata("s", "225", "555")));
    assert!(answer.contains("a=inactive"), "{answer}");
    assert_eq!(node.call().mode, Mode::Never);
    call.hang_up();
    eventually("the call is gone", || node.handle().live().is_empty());
    assert!(!node.spool_has_any(&call, before.start..after.end));
    assert!(node.log.unsettled().is_empty() && node.log.open_sessions().is_empty());
    assert_eq!(node.handle().not_recorded(), 1);
}

#[test]
fn what_never_becomes_known_is_decided_at_the_end() {
    // Nobody ever says that it is a call of 225: the rule does not match, and all is kept.
    let node = Node::with_mode(Mode::KeepLate);
    let call = Caller::place(node.address(), 1, None);
    let spoken = call.speak(30);
    node.wait_for(&call, spoken.end - 1);
    call.hang_up();
    eventually("it is kept", || node.log.unsettled().len() == 1);
    let (session, recording) = node.log.unsettled()[0];
    let mut expected = vec!["always?".to_owned(), "began".to_owned()];
    expected.extend(spoken.map(|number| number.to_string()));
    expected.extend(["closed", "always", "Keep"].map(str::to_owned));
    assert_eq!(node.story(session), expected);
    assert_eq!(node.call().state, LiveState::Processing);
    node.handle().settled(session, recording);
    assert!(node.handle().live().is_empty());
}

#[test]
fn always_cannot_be_started_or_stopped() {
    let node = Node::new();
    let said = metadata("s", "225", "555");
    let call = Caller::place(node.address(), 1, Some(&said));
    assert!(node.call().kept);
    assert_eq!(node.start(call.device()), Err(LiveError::Automatic));
    assert_eq!(node.stop(call.device()), Err(LiveError::Automatic));
    assert_eq!(node.start(line("999")), Err(LiveError::NoCall));
    assert_eq!(
        node.start(Which::Keys(vec!["9".to_owned()])),
        Err(LiveError::NoCall)
    );
    call.hang_up();
    eventually("it has ended", || node.log.unsettled().len() == 1);
}
