//! A level or group changed on the command line holds from the next request on.

use e2e::{RECORDINGS, Source, System};

#[test]
fn levels_and_groups_hold_from_the_next_request_on() {
    let system = System::new();
    system.command(&["group", "add", "Sales"], "");
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &["--group", "Sales"]);
    system.add_user("bruno", "base", "226", &[]);
    let server = system.start();
    let _ = Source::run(&server, &["--seconds", "0.5", "--local", "225"]);
    let id = server.recordings("boss", 1)[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("{RECORDINGS}/{id}");
    let see = || server.get_as("bruno", &path).status;
    let count = || server.get_as("bruno", RECORDINGS).json()["totalCount"].clone();
    assert_eq!((see(), count()), (403, 0.into()));
    for (change, status) in [
        (["--level", "complete"], 200),
        (["--level", "base"], 403),
        (["--supervises", "Sales"], 200),
        (["--level", "record"], 403),
        (["--level", "10"], 200),
        (["--level", "none"], 403),
    ] {
        system.command(&["user", "set", "bruno", change[0], change[1]], "");
        assert_eq!(see(), status, "{change:?}");
    }
    assert_eq!(server.get_as("bruno", RECORDINGS).status, 403);
}

#[test]
fn the_last_complete_user_cannot_be_demoted_by_accident() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    for arguments in [
        &["user", "remove", "boss"][..],
        &["user", "set", "boss", "--level", "base"],
    ] {
        assert_eq!(
            system.run(arguments, "").status.code(),
            Some(1),
            "{arguments:?}"
        );
    }
    system.command(&["user", "remove", "boss", "--force"], "");
}
