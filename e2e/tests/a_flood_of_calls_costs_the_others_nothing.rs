//! A stranger sends INVITEs as fast as a machine can; a recording client that has lost its mind
//! sends hundreds a second. Calls in progress lose nothing, calls of others are taken, memory stays where
//! it is, and the log does not grow with what comes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use e2e::{Clock, Dialog, Invite, PATIENCE, Server, Source, System, Usage, Wire, usage, wait_for};

/// Memory a flood may cost, in KiB; what is measured is printed.
const MEMORY_KIB_MAX: u64 = 64 << 10;
/// Lines of log it may cause.
const LINES_MAX: usize = 200;
/// Refusals a second, for all strangers together.
const ANSWERS_PER_SECOND_MAX: f64 = 100.0;

/// INVITEs that make a flood.
const FLOOD: u64 = 1_000;

/// A flood under way: how many it has sent, and whether it is to stop.
#[derive(Debug, Default)]
struct Going {
    sent: AtomicU64,
    stop: AtomicBool,
}

/// What a flood sent and got back.
#[derive(Debug, Default)]
struct Flood {
    sent: u64,
    seconds: f64,
    /// Answers by status.
    answers: std::collections::BTreeMap<u16, u64>,
}

/// Sends INVITEs from an address, with a pause after each, until told to stop; each is another
/// call.
fn flood(from: &str, pause: Duration, to: SocketAddr, going: &Going) -> Flood {
    let mut wire = Wire::udp_from(from, to);
    let mut flood = Flood::default();
    let mut invite = Invite::new();
    let began = Instant::now();
    while !going.stop.load(Ordering::Relaxed) {
        invite.call_id = e2e::sip::unique();
        wire.send(&invite.bytes(&wire));
        flood.sent = going.sent.fetch_add(1, Ordering::Relaxed) + 1;
        std::thread::sleep(pause);
        while let Some(answer) = wire.waiting() {
            *flood.answers.entry(answer.status()).or_default() += 1;
        }
    }
    flood.seconds = began.elapsed().as_secs_f64();
    while let Some(answer) = wire.receive(Duration::from_millis(300)) {
        *flood.answers.entry(answer.status()).or_default() += 1;
    }
    flood
}

/// Does something with a flood beside it.
fn beside<T>(
    (from, pause): (&str, Duration),
    server: &Server,
    work: impl FnOnce(&Going) -> T,
) -> (T, Flood) {
    let (going, to) = (Going::default(), server.address("sip-udp"));
    std::thread::scope(|scope| {
        let flooding = scope.spawn(|| flood(from, pause, to, &going));
        let done = work(&going);
        going.stop.store(true, Ordering::Relaxed);
        (done, flooding.join().expect("the flood ends"))
    })
}

/// What a flood did, in words; none of it may stay.
fn judge(server: &Server, flood: &Flood, before: Usage, lines_before: usize) -> String {
    let (after, lines) = (usage(server), server.log().lines().count() - lines_before);
    assert!(flood.sent >= FLOOD, "that is no flood");
    let grown = after.most_kib.saturating_sub(before.memory_kib);
    assert!(grown < MEMORY_KIB_MAX, "{grown} KiB more");
    assert!(lines < LINES_MAX, "{lines} lines in the log");
    format!(
        "{} INVITEs in {:.1} s, answers {:?}; before {before}, after {after}; {lines} lines of log",
        flood.sent, flood.seconds, flood.answers
    )
}

#[test]
fn a_stranger_floods() {
    let system = System::with(&[("sip", "allow", "[\"127.0.0.1/32\"]")]);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let first = Source::run(&server, &["--seconds", "1"]);
    let details = server.recordings("boss", 1);
    first.all_whole(&server, &details);
    let (before, lines) = (usage(&server), server.log().lines().count());
    // New calls come all the time; each is answered though its INVITE may have to be repeated.
    let calls = [
        "--calls",
        "12",
        "--rate",
        "3",
        "--seconds",
        "3",
        "--seed",
        "2",
    ];
    let (sent, flood) = beside(("127.0.0.2", Duration::ZERO), &server, |_| {
        Source::run(&server, &calls)
    });
    println!("{}", judge(&server, &flood, before, lines));
    assert!(flood.answers.keys().eq([&403]), "{flood:?}");
    // Whoever is told no is told so in good time, and whoever floods is told no more.
    let most = (flood.seconds + 1.0) * ANSWERS_PER_SECOND_MAX;
    assert!(flood.answers[&403] as f64 <= most, "{flood:?}");
    sent.all_whole(&server, &server.recordings("boss", 13));
}

#[test]
fn a_client_floods() {
    let system = System::with(&[("limits", "calls", "20")]);
    system.add_user("boss", "complete", "", &[]);
    let mut clock = Clock::new(system.folder());
    let server = clock.start(&system);
    let mut source = Source::start(&server, &["--calls", "8"]);
    assert_eq!(source.answered(), 8);
    let (before, lines) = (usage(&server), server.log().lines().count());
    let (sent, flood) = beside(("127.0.0.2", Duration::from_millis(2)), &server, |going| {
        wait_for("a flood", PATIENCE, || {
            (going.sent.load(Ordering::Relaxed) >= FLOOD).then_some(())
        });
        source.hang_up();
        source.finish()
    });
    println!("{}", judge(&server, &flood, before, lines));
    // What it was given in good faith, it never took: there is room again.
    clock.skip(Duration::from_secs(40));
    wait_for("room for a call", PATIENCE, || {
        let (mut wire, invite) = (Wire::udp(server.address("sip-udp")), Invite::new());
        wire.send(&invite.bytes(&wire));
        let answer = wire.answer("INVITE");
        (answer.status() == 200).then(|| Dialog::after(wire, &invite, answer).bye())
    });
    let heard = wait_for("the recordings", PATIENCE, || {
        let list = server.list("boss");
        let heard = list.iter().filter(|row| row["duration"] != "PT0S");
        let ids: Vec<_> = heard.filter_map(|row| row["id"].as_str()).collect();
        (ids.len() == 8).then(|| {
            ids.iter()
                .map(|id| server.detail("boss", id))
                .collect::<Vec<_>>()
        })
    });
    sent.all_whole(&server, &heard);
}
