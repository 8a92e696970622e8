//! What is wrong with the settings or the command line is said with file, key, value and what
//! would be right; exit status 2, and nothing is started.

use e2e::System;

fn refused(changes: &[(&str, &str, &str)], more: &str, expected: &[&str]) {
    let system = System::with_ports(200, changes, more);
    let output = system.run(&["serve"], "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{changes:?} {more}: {said}");
    assert!(
        output.stdout.is_empty(),
        "{:?}",
        String::from_utf8_lossy(&output.stdout)
    );
    for word in expected {
        assert!(
            said.contains(word),
            "{changes:?} {more}: no {word:?} in: {said}"
        );
    }
}

#[test]
fn faults_are_named_with_their_key() {
    refused(
        &[("rtp", "prots", "\"1-2\"")],
        "",
        &["earwitness.toml", "prots", "ports"],
    );
    refused(
        &[("http", "listen", "\"nowhere\"")],
        "",
        &["listen", "nowhere"],
    );
    refused(
        &[("recording", "loss_window", "\"5 apples\"")],
        "",
        &["loss_window", "5 apples"],
    );
    refused(
        &[("rtp", "ports", "\"20000-10000\"")],
        "",
        &["ports", "20000-10000"],
    );
    refused(
        &[("recording", "format", "\"opus\"")],
        "",
        &["format", "opus", "wav"],
    );
    refused(
        &[("catalogue", "url", "\"postgres://x\"")],
        "",
        &["postgres", "sqlite"],
    );
    refused(
        &[("archive", "url", "\"s3://bucket/x\"")],
        "",
        &["s3", "file"],
    );
    refused(
        &[],
        "[recordings]\nformat = \"wav\"\n",
        &["recordings", "recording"],
    );
    refused(&[("server", "data", "7")], "", &["data", "7"]);
}

#[test]
fn wrong_usage_is_2_and_failure_is_1() {
    let system = System::new();
    for arguments in [
        &["no-such-command"][..],
        &["user", "add"],
        &["serve", "--no-such-flag"],
    ] {
        assert_eq!(
            system.run(arguments, "").status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let unknown_group = system.run(&["user", "add", "x", "--group", "Nobody"], "");
    assert_eq!(unknown_group.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown_group.stderr).contains("group add"));
    system.add_user("anna", "base", "225", &[]);
    for arguments in [
        &["user", "add", "bruno", "--number", "225"][..],
        &["user", "add", "ANNA"],
        &["user", "remove", "nobody"],
    ] {
        assert_eq!(
            system.run(arguments, "").status.code(),
            Some(1),
            "{arguments:?}"
        );
    }
    let twice = system.run(&["user", "add", "carlo", "--number", "2-2-5"], "");
    assert!(
        String::from_utf8_lossy(&twice.stderr).contains("anna"),
        "names the other user"
    );
    let listed = system.command(&["user", "list", "--json"], "");
    assert!(
        listed.contains("anna") && !listed.contains("bruno"),
        "{listed}"
    );
}
