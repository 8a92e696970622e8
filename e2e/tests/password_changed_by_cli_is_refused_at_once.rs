//! A password changed on the command line: the old one is refused at the next request, however
//! recently it was verified.

use e2e::{RECORDINGS, System, http};

#[test]
fn the_old_password_is_refused_at_the_next_request() {
    let system = System::new();
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    let status = |password: &str| {
        let credentials = http::basic("anna", password);
        http::request(
            server.http,
            "GET",
            RECORDINGS,
            &[("Authorization", &credentials)],
        )
        .status
    };
    let old = e2e::system::password("anna");
    assert_eq!((status(&old), status(&old)), (200, 200));
    system.command(
        &["user", "password", "anna", "--password-stdin"],
        "A new one, much better",
    );
    assert_eq!(status(&old), 401);
    assert_eq!(status("A new one, much better"), 200);
    assert_eq!(status(&old), 401);
}

#[test]
fn a_removed_user_is_refused_at_the_next_request() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    system.add_user("anna", "base", "225", &[]);
    let server = system.start();
    assert_eq!(server.get_as("anna", RECORDINGS).status, 200);
    system.command(&["user", "remove", "anna"], "");
    assert_eq!(server.get_as("anna", RECORDINGS).status, 401);
}
