//! `serve --demo` in an empty folder: three users, two recordings of real calls, and a `curl`
//! line that works when pasted.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use e2e::{RECORDINGS, System, http, keys_in_order, wait_for};

#[test]
fn the_demo_shows_two_recordings() {
    let system = System::new();
    let server = system.start_with(&["--demo"]);
    let path = system.data().join("demo-credentials.txt");
    let text = wait_for("demo-credentials.txt", e2e::PATIENCE, || {
        std::fs::read_to_string(&path).ok()
    });
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.splitn(3, ':').collect())
        .collect();
    assert!(lines.iter().all(|line| line.len() == 3), "{text}");
    let mut levels: Vec<_> = lines.iter().map(|line| line[2]).collect();
    levels.sort_unstable();
    assert_eq!(levels, ["base", "complete", "record"]);

    // They are settled by the time the file is there.
    for line in &lines {
        let credentials = http::basic(line[0], line[1]);
        let headers = [("Authorization", &*credentials)];
        let list = http::request(server.http, "GET", RECORDINGS, &headers);
        match line[2] {
            "record" => assert_eq!(list.status, 403),
            "complete" => assert_eq!(list.json()["totalCount"], 2, "{}", list.text()),
            _ => assert_eq!(list.status, 200),
        }
    }

    let curl = wait_for("the curl line", e2e::PATIENCE, || {
        let log = server.log();
        log.lines()
            .find_map(|line| line.find("curl ").map(|at| line[at..].to_owned()))
    });
    let pasted = Command::new("sh")
        .args(["-c", &curl])
        .current_dir(system.folder())
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&pasted.stdout).into_owned();
    let body = &shown[shown
        .find('{')
        .unwrap_or_else(|| panic!("{curl}: {pasted:?}"))..];
    assert_eq!(keys_in_order(body.trim()).len(), 13, "{shown}");
    let log = server.log();
    for line in &lines {
        assert!(!log.contains(line[1]), "a password is printed");
        assert!(log.contains(line[0]), "user {} is not printed", line[0]);
    }
    assert!(
        server.more_stdout().is_empty(),
        "only the ready line belongs on stdout"
    );
    again(&system, server, &text);
}

/// A second start finds a folder that is not empty, and leaves everything as it is.
fn again(system: &System, server: e2e::Server, text: &str) {
    server.kill_nine();
    let server = system.start_with(&["--demo"]);
    let complete = text
        .lines()
        .find(|line| line.ends_with(":complete"))
        .unwrap();
    let words: Vec<_> = complete.split(':').collect();
    let credentials = http::basic(words[0], words[1]);
    let headers = [("Authorization", &*credentials)];
    let list = http::request(server.http, "GET", RECORDINGS, &headers);
    assert_eq!(
        (list.status, list.json()["totalCount"].clone()),
        (200, 2.into())
    );
}
