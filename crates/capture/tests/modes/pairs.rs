//! Both dialogs of a phone's Built-in Bridge share what the rules say of the call.

use super::scene::*;
use journal::Entry;
use model::Mode;

/// Both dialogs of phone 225, the second one as soon as the first is answered.
fn pair(node: &Node) -> [Caller; 2] {
    [(1, "x-nearend"), (2, "x-farend")].map(|(number, side)| {
        let from = format!(
            "<sip:225@ucm;{side};x-refci=7;x-nearendclusterid=A;x-nearendaddr=225;\
             x-farendrefci=8;x-farendaddr=555>"
        );
        Caller::place_from(node.address(), number, &from, None)
    })
}

fn dialogs(node: &Node, session: model::SessionId) -> Vec<u8> {
    let journal = node.log.journal(session).unwrap();
    let mut dialogs = Vec::new();
    for frame in journal.frames() {
        if let Ok(Entry::Signal {
            sent: false,
            dialog,
            bytes,
        }) = frame.unwrap().entry()
            && bytes.starts_with(b"INVITE")
        {
            dialogs.push(dialog);
        }
    }
    dialogs
}

#[test]
fn a_pair_that_is_never_recorded_leaves_nothing() {
    let node = Node::with_mode(Mode::Never);
    let pair = pair(&node);
    for call in &pair {
        assert!(call.answer.contains("a=inactive"), "{}", call.answer);
        call.speak(5);
    }
    assert_eq!(node.handle().not_recorded(), 1);
    assert_eq!(node.call().streams.len(), 2);
    // A later offer of either is answered the same way.
    assert!(pair[1].request("INVITE", None).contains("a=inactive"));
    pair.iter().for_each(Caller::hang_up);
    eventually("the call is gone", || node.handle().live().is_empty());
    assert!(!node.spool_has(b"INVITE") && node.log.open_sessions().is_empty());
}

#[test]
fn a_pair_is_kept_late_as_one_call() {
    let node = Node::with_mode(Mode::KeepLate);
    let pair = pair(&node);
    let spoken = [pair[0].speak(10), pair[1].speak(10)];
    let live = node.call();
    assert_eq!(live.local_number, "225");
    assert_eq!(live.remote_number, "555");
    let streams: Vec<u16> = live.streams.iter().map(|stream| stream.index).collect();
    assert_eq!(streams, [0, siprec::stream_of(1, 0)]);
    pair[0].hang_up();
    node.start(line("225")).unwrap();
    pair[1].hang_up();
    eventually("the call is over", || node.log.open_sessions().is_empty());
    for (call, numbers) in pair.iter().zip(spoken) {
        assert!(
            numbers
                .clone()
                .all(|number| node.spool_has(&call.payload(number)))
        );
    }
    assert_eq!(dialogs(&node, live.session), [0, 1]);
}

#[test]
fn a_pair_nobody_started_is_destroyed_whole() {
    let node = Node::with_mode(Mode::KeepLate);
    let pair = pair(&node);
    let spoken = [pair[0].speak(10), pair[1].speak(10)];
    node.wait_for(&pair[1], 9);
    pair.iter().for_each(Caller::hang_up);
    eventually("nothing is left", || node.call_files() == 0);
    for (call, numbers) in pair.iter().zip(spoken) {
        assert!(!node.spool_has_any(call, numbers));
    }
}

#[test]
fn a_third_dialog_is_a_call_of_its_own() {
    let node = Node::with_mode(Mode::Always);
    let _pair = pair(&node);
    let _another = pair_again(&node);
    assert_eq!(node.handle().live().len(), 2);
}

fn pair_again(node: &Node) -> Caller {
    let from = "<sip:225@ucm;x-farend;x-refci=7;x-nearendclusterid=A;x-nearendaddr=225>";
    Caller::place_from(node.address(), 3, from, None)
}
