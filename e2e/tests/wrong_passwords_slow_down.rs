//! Ten wrong passwords a minute for one user from one address are answered 401, the next one 429
//! with the time to wait; nobody else is locked out.

use e2e::{RECORDINGS, System, http};

#[test]
fn guessing_is_slowed_down() {
    let system = System::new();
    system.add_user("anna", "base", "225", &[]);
    system.add_user("bruno", "base", "226", &[]);
    let server = system.start();
    let ask = |user: &str, password: &str| {
        let credentials = http::basic(user, password);
        http::request(
            server.http,
            "GET",
            RECORDINGS,
            &[("Authorization", &credentials)],
        )
    };
    for guess in 0..10 {
        assert_eq!(ask("anna", &format!("guess {guess}")).status, 401);
    }
    let slowed = ask("anna", "one more guess");
    assert_eq!(slowed.status, 429);
    let seconds = slowed
        .header("Retry-After")
        .and_then(|text| text.parse::<u64>().ok());
    assert!(
        seconds.is_some_and(|seconds| (1..=60).contains(&seconds)),
        "{slowed:?}"
    );
    assert_eq!(ask("bruno", &e2e::system::password("bruno")).status, 200);
    assert_eq!(ask("bruno", "wrong").status, 401);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.get(path).status, 200, "{path} needs no login");
    }
}
