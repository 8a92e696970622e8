//! What a start finds of calls that were held when the recorder stopped, and of the rules.

use super::scene::*;
use model::Mode;
use model::rules::Snapshot;

/// What is left of a node whose call goes on when the recorder is killed: its folder.
fn killed(mode: Mode, said: Option<&str>) -> (tempfile::TempDir, Vec<Vec<u8>>) {
    let node = Node::with_mode(mode);
    let call = Caller::place(node.address(), 1, said);
    let spoken = call.speak(40);
    node.wait_for(&call, spoken.end - 1);
    let copy = tempfile::tempdir().unwrap();
    for folder in ["spool/log", "spool/calls"] {
        std::fs::create_dir_all(copy.path().join(folder)).unwrap();
        for item in std::fs::read_dir(node.folder.path().join(folder)).unwrap() {
            let item = item.unwrap();
            std::fs::copy(item.path(), copy.path().join(folder).join(item.file_name())).unwrap();
        }
    }
    let rules = node.folder.path().join("spool/rules");
    std::fs::copy(rules, copy.path().join("spool/rules")).unwrap();
    (copy, spoken.map(|number| call.payload(number)).collect())
}

fn restarted(folder: tempfile::TempDir) -> Node {
    let log = open(folder.path());
    let running = start(folder.path(), &log);
    Node::of(folder, running, log)
}

#[test]
fn a_call_nobody_had_started_is_destroyed_by_the_next_start() {
    let said = metadata("s", "225", "555");
    let (folder, spoken) = killed(Mode::KeepLate, Some(&said));
    let node = restarted(folder);
    eventually("the file is gone", || node.call_files() == 0);
    assert!(!spoken.iter().any(|payload| node.spool_has(payload)));
    // The file goes first, then what is known of it, then it is told.
    eventually("it is known of no more", || {
        node.log.unsettled().is_empty() && node.log.held().is_empty()
    });
    let mut discards = node.handle().discards().unwrap();
    let mut told = None;
    eventually("it is told", || {
        told = told.take().or_else(|| discards.try_recv().ok());
        told.is_some()
    });
    let told = told.unwrap();
    assert_eq!(told.recording, told.session.first_recording());
    assert!(node.handle().discards().is_none());
}

#[test]
fn a_call_with_an_open_verdict_is_kept_when_no_rule_matches() {
    let (folder, spoken) = killed(Mode::KeepLate, None);
    let node = restarted(folder);
    let unsettled = node.log.unsettled();
    assert_eq!(unsettled.len(), 1);
    assert!(node.log.held().is_empty());
    let story = node.story(unsettled[0].0);
    assert!(
        story.ends_with(&["always", "Keep", "closed"].map(str::to_owned)),
        "{story:?}"
    );
    assert!(spoken.iter().all(|payload| node.spool_has(payload)));
}

#[test]
fn the_last_rules_hold_without_the_catalogue() {
    let mut node = Node::with_mode(Mode::Never);
    node.end();
    let folder = std::mem::replace(&mut node.folder, tempfile::tempdir().unwrap());
    drop(node);
    let node = restarted(folder);
    let said = metadata("s", "225", "555");
    let call = Caller::place(node.address(), 1, Some(&said));
    assert_eq!(node.call().mode, Mode::Never);
    call.hang_up();
    node.handle().set_rules(Snapshot::default()).unwrap();
    let call = Caller::place(node.address(), 2, Some(&said));
    eventually("recorded", || {
        node.handle()
            .live()
            .iter()
            .any(|call| call.mode == Mode::Always)
    });
    call.hang_up();
}

#[test]
fn rules_that_cannot_be_read_record_everything() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("spool")).unwrap();
    std::fs::write(folder.path().join("spool/rules"), b"\xff\xfe no rules").unwrap();
    let node = restarted(folder);
    let call = Caller::place(node.address(), 1, None);
    assert!(node.call().kept);
    call.hang_up();
}

#[test]
fn a_drain_destroys_what_nobody_started() {
    let mut node = Node::with_mode(Mode::KeepLate);
    let said = metadata("s", "225", "555");
    let call = Caller::place(node.address(), 1, Some(&said));
    let spoken = call.speak(30);
    node.wait_for(&call, spoken.end - 1);
    node.end();
    assert_eq!(node.call_files(), 0);
    assert!(!node.spool_has_any(&call, spoken));
    assert!(node.log.unsettled().is_empty());
}
