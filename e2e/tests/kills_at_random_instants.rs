//! Promise 1 at random instants: `kill -9` again and again, while calls begin, go on and are
//! settled. `EARWITNESS_KILLS` says how often; `make soak` asks for a hundred.

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::{Source, System};

const CALLS: usize = 6;
const KILLS: u32 = 20;
const LOSS_WINDOW: Duration = Duration::from_millis(500);

/// Between 0.4 and 3 seconds, another one for every round; the same ones in every run.
fn instant(round: u32) -> Duration {
    let spread = round.wrapping_mul(0x9e37_79b9).rotate_left(7) % 2_600;
    Duration::from_millis(u64::from(400 + spread))
}

#[test]
fn promise_01_kills_at_random_instants() {
    let kills = std::env::var("EARWITNESS_KILLS").ok();
    let kills = kills.and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let (mut worst_ns, mut streams) = (0, 0);
    let mut known = BTreeSet::new();
    for round in 0..kills {
        let server = system.start();
        let (id, calls) = (server.id().to_string(), CALLS.to_string());
        let after = instant(round).as_secs_f64().to_string();
        let more = ["--calls", &calls, "--kill", &id, "--kill-after", &after];
        let sent = Source::run(&server, &more);
        server.kill_nine();
        let killed_ns = sent.record["killedAt"].as_i64().expect("a kill");
        let window_ns = i64::try_from(LOSS_WINDOW.as_nanos()).expect("half a second");

        let server = system.start();
        let new = e2e::wait_for("the recordings of this round", e2e::PATIENCE, || {
            let mut list = server.list("boss");
            list.retain(|row| !known.contains(&row["id"].to_string()));
            Some(list).filter(|list| list.len() >= CALLS)
        });
        assert_eq!(new.len(), CALLS, "round {round}: {new:?}");
        known.extend(new.iter().map(|row| row["id"].to_string()));
        let ids = new.iter().filter_map(|row| row["id"].as_str());
        let details: Vec<_> = ids.map(|id| server.detail("boss", id)).collect();
        for (index, call) in sent.calls().iter().enumerate() {
            let found: Vec<_> = details
                .iter()
                .filter(|detail| detail["pbxCallId"] == call["pbxCallId"])
                .collect();
            assert_eq!(found.len(), 1, "{found:?}");
            let media = server.media("boss", found[0]);
            let found = sent.compare(index, &media, Some(killed_ns - window_ns));
            assert_eq!(found["exact"], true, "round {round}: {found}");
            for stream in found["streams"].as_array().into_iter().flatten() {
                if let Some(last_ns) = stream["lastPresentAt"].as_i64() {
                    worst_ns = worst_ns.max(killed_ns - last_ns);
                    streams += 1;
                }
            }
        }
        server.kill_nine();
    }
    println!(
        "{kills} kills, {streams} streams: the greatest loss was {} ms",
        worst_ns / 1_000_000
    );
    let states = system.states();
    assert!(
        states.iter().all(|(_, state, _)| state == "interrupted"),
        "{states:?}"
    );
    let verified = system.run(&["verify", "--all"], "");
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}
