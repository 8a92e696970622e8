//! Promise 21: somebody sets the wall clock an hour forward or back during a call. The recording
//! is as long as what was said, both sides are where they were, and it began when it began.
//!
//! The clock is the recorder's own (`client/clock.c`), and so are the stamps on what it receives:
//! a machine's clock is nothing a test may set.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use e2e::{Clock, Dialog, Invite, Server, System, Wire};

const HOUR_S: i64 = 3_600;
/// Packets before and after the jump, 20 ms each.
const BEFORE: u16 = 57;
const AFTER: u16 = 93;

fn call(server: &Server) -> Dialog {
    Dialog::establish(Wire::udp(server.address("sip-udp")), &Invite::new())
}

/// Seconds since 1970.
fn now_s() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap()
}

/// `startTime` of a detail in seconds since 1970.
fn started_s(detail: &serde_json::Value) -> i64 {
    let text = detail["startTime"].as_str().unwrap();
    let output = std::process::Command::new("date")
        .args(["--utc", "+%s", "--date", text])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.trim().parse().unwrap_or_else(|_| panic!("{text:?}"))
}

/// Every sample of both sides, but for the end, where one may have said 20 ms more: what was said
/// and nothing else.
fn is_whole(media: &[u8]) {
    let frames: Vec<&[u8]> = media[44..].chunks(4).collect();
    let silent = frames.iter().filter(|frame| **frame == [0; 4]).count();
    assert_eq!(silent, 0, "silent samples within what was said");
    let odd = frames.iter().filter(|frame| **frame != frames[400]).count();
    assert!(odd <= 320, "{odd} samples where one side is silent");
}

fn a_jump_of(seconds: i64) -> String {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let mut clock = Clock::new(system.folder());
    let server = clock.start(&system);
    let began_s = now_s();
    let mut dialog = call(&server);
    dialog.talk(0, BEFORE);
    clock.jump(seconds);
    dialog.talk(BEFORE, AFTER);
    dialog.bye();
    // Another one lives with the new time from its beginning.
    let mut later = call(&server);
    later.talk(0, 25);
    later.bye();

    let mut details = server.recordings("boss", 2);
    details.sort_by_key(|detail| detail["size"].as_u64());
    let (other, jumped) = (&details[0], &details[1]);
    e2e::lasts(jumped, u64::from(BEFORE + AFTER) * 20);
    e2e::lasts(other, 500);
    is_whole(&server.media("boss", jumped));
    is_whole(&server.media("boss", other));
    let (first_s, second_s) = (started_s(jumped) - began_s, started_s(other) - began_s);
    // What came in the sweep of the jump may be placed a sweep early, in the second before.
    assert!((-1..=5).contains(&first_s), "{jumped}");
    assert!((0..=15).contains(&(second_s - seconds)), "{other}");
    format!(
        "a jump of {seconds} s: {} and {}, begun {first_s} s and {second_s} s after the start",
        jumped["duration"], other["duration"]
    )
}

#[test]
fn promise_21_an_hour_forward() {
    println!("{}", a_jump_of(HOUR_S));
}

#[test]
fn promise_21_an_hour_back() {
    println!("{}", a_jump_of(-HOUR_S));
}

#[test]
fn the_clocks_can_be_turned() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let mut clock = Clock::new(system.folder());
    let server = clock.start(&system);
    let mut dialog = call(&server);
    dialog.talk(0, 25);
    clock.skip(std::time::Duration::from_secs(7));
    dialog.say_as((0, 100), 0x30, 25, 25);
    dialog.bye();
    e2e::lasts(&server.recordings("boss", 1)[0], 8_000);
}
