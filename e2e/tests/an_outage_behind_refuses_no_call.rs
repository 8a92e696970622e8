//! Promise 3: while the catalogue or the archive is away, calls are taken and kept; afterwards
//! every one of them is a recording, once.
//!
//! `EARWITNESS_OUTAGE_SECONDS` says how long the outage lasts; the promise is half an hour, and
//! what happens in it repeats itself after a few seconds.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use e2e::{Sent, Server, Source, System};

const ROUNDS: usize = 3;
const CALLS: usize = 5;

fn outage() -> String {
    std::env::var("EARWITNESS_OUTAGE_SECONDS").unwrap_or_else(|_| String::from("8"))
}

/// Another process that holds the catalogue for itself.
struct Lock(Child);

impl Lock {
    fn on(path: &Path) -> Self {
        let script = "import sqlite3, sys\n\
            database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)\n\
            database.execute('begin exclusive')\n\
            print('locked', flush=True)\n\
            sys.stdin.read()";
        let mut child = Command::new("python3")
            .args(["-c", script])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "locked");
        Self(child)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // It ends with its input; killing it is for a test that has failed already.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Calls during the outage, one batch after the other.
fn calls(server: &Server) -> Vec<Sent> {
    let (count, seconds) = (CALLS.to_string(), outage());
    (0..ROUNDS)
        .map(|round| {
            let seed = round.to_string();
            let arguments = ["--calls", &count, "--seconds", &seconds, "--seed", &seed];
            Source::run(server, &arguments)
        })
        .collect()
}

/// Every call is one recording, with every sample; what was seen, in words.
fn all_there(server: &Server, rounds: &[Sent]) -> String {
    let details = server.recordings("boss", ROUNDS * CALLS);
    let mut packets = 0;
    for sent in rounds {
        for (index, call) in sent.calls().iter().enumerate() {
            let mut found = details
                .iter()
                .filter(|detail| detail["pbxCallId"] == call["pbxCallId"]);
            let detail = found
                .next()
                .unwrap_or_else(|| panic!("no recording of {call}"));
            assert!(found.next().is_none(), "two recordings of one call");
            let media = server.media("boss", detail);
            let compared = sent.compare(index, &media, None);
            assert_eq!(compared["exact"], true, "{compared}");
            packets += sent.packets(index, 0) + sent.packets(index, 1);
        }
    }
    let calls = ROUNDS * CALLS;
    format!("{calls} calls, {packets} packets: 0 refused, 0 lost, each one recording")
}

#[test]
fn promise_03_a_locked_catalogue() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let lock = Lock::on(&system.data().join("catalogue.db"));
    let rounds = calls(&server);
    drop(lock);
    println!("{}", all_there(&server, &rounds));
}

#[test]
fn promise_03_an_archive_that_is_gone() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    // A file in the place of the folder: nothing can be put there, by nobody.
    let (archive, aside) = (system.data().join("archive"), system.data().join("aside"));
    std::fs::rename(&archive, &aside).unwrap();
    std::fs::write(&archive, "").unwrap();
    let rounds = calls(&server);
    assert_eq!(server.list("boss").len(), 0, "nothing can be archived");
    std::fs::remove_file(&archive).unwrap();
    std::fs::rename(&aside, &archive).unwrap();
    println!("{}", all_there(&server, &rounds));
}
