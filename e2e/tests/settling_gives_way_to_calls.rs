//! What happens after a call stands back behind what runs while people talk: the threads that
//! settle have a lower priority than those that record, and the same call goes through both.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use e2e::{Source, System};
use std::fs::{read_dir, read_to_string};

/// The nice values of a process's threads, by name.
fn priorities(process: u32) -> Vec<(String, i32)> {
    let tasks = read_dir(format!("/proc/{process}/task")).unwrap();
    tasks
        .map(|task| {
            let task = task.unwrap().path();
            let name = read_to_string(task.join("comm")).unwrap();
            // The name may hold blanks; the fields are behind it, the nice value is the 19th.
            let stat = read_to_string(task.join("stat")).unwrap();
            let fields = stat.rsplit_once(") ").unwrap().1;
            let nice = fields.split(' ').nth(16).unwrap().parse().unwrap();
            (name.trim().to_owned(), nice)
        })
        .collect()
}

#[test]
fn threads_that_settle_stand_back() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let _ = Source::run(&server, &["--seconds", "1"]);
    assert_eq!(server.recordings("boss", 1).len(), 1);
    let found = priorities(server.id());
    let of = |name: &str| -> Vec<i32> {
        let named = found.iter().filter(|(thread, _)| thread == name);
        named.map(|(_, nice)| *nice).collect()
    };
    let own = of("sweep");
    assert_eq!(own.len(), 1, "{found:?}");
    let settling = of("settle");
    assert!(!settling.is_empty(), "{found:?}");
    let back = |nice: &i32| *nice == (own[0] + 10).min(19);
    assert!(settling.iter().all(back), "{found:?}");
    assert_eq!(of("signalling"), own, "{found:?}");
}
