//! Setting up calls: how many a second, and what that costs the calls in progress.

use crate::capture::{RECEIVER, SENDER, kept, system, until_talking};
use crate::child::Driven;
use crate::process::{self, Used};
use crate::table::Row;
use crate::{Size, say};
use anyhow::{Context as _, ensure};
use std::time::{Duration, Instant};

/// As many as go, then two hundred a second beside calls in progress.
pub(crate) fn run(size: &Size) -> anyhow::Result<Vec<Row>> {
    let mut rows = most(if size.quick { 3 } else { 10 })?;
    let (calls, seconds) = if size.quick { (50, 3) } else { (500, 10) };
    rows.extend(beside(calls, seconds)?);
    Ok(rows)
}

fn sender(to: &str, calls: u32, rate: u32, churn_ms: u32, first: u32) -> anyhow::Result<Driven> {
    let mut arguments = vec!["--to".to_owned(), to.to_owned()];
    let mut add = |name: &str, value: u32| arguments.extend([name.to_owned(), value.to_string()]);
    add("--calls", calls);
    add("--rate", rate);
    add("--first", first);
    if churn_ms > 0 {
        add("--churn-ms", churn_ms);
    }
    Driven::start("sender", &arguments, SENDER)
}

/// Calls that are hung up at once: a hundred always on their way.
fn most(seconds: u64) -> anyhow::Result<Vec<Row>> {
    say::progress("as many calls a second as go");
    let system = system();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    process::pin(server.id(), RECEIVER)?;
    let to = server.address("sip-udp").to_string();
    let mut sender = sender(&to, 100, 5_000, 1, 1)?;
    std::thread::sleep(Duration::from_secs(1));
    let (before, began) = (sender.ask("counts")?, Instant::now());
    let used = Used::of(server.id())?;
    std::thread::sleep(Duration::from_secs(seconds));
    let (after, lasted) = (sender.ask("counts")?, began.elapsed().as_secs_f64());
    let used = Used::of(server.id())?.since(&used);
    ensure!(after["callsRefused"] == 0, "calls were refused: {after}");
    let of = |counts: &serde_json::Value| counts["answered"].as_f64().unwrap_or_default();
    let calls = of(&after) - of(&before);
    let signalling = used
        .by_thread
        .get("signalling")
        .copied()
        .unwrap_or_default();
    Ok(vec![
        Row::new(
            "calls set up and ended, at most",
            calls / lasted,
            "a second",
        ),
        Row::new(
            "processor of the signalling for one of them",
            signalling as f64 / 1e3 / calls,
            "µs",
        ),
        Row::new(
            "INVITE to 200 then, median",
            after["answerMs"]["p50"].as_f64().unwrap_or(f64::NAN),
            "ms",
        ),
    ])
}

/// Calls in progress, and two hundred new ones a second that last a second.
fn beside(calls: u32, seconds: u64) -> anyhow::Result<Vec<Row>> {
    say::progress("two hundred calls a second beside others");
    let system = system();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    process::pin(server.id(), RECEIVER)?;
    let to = server.address("sip-udp").to_string();
    let mut steady = sender(&to, calls, 200, 0, 1)?;
    until_talking(&mut steady, calls)?;
    let mut churning = sender(&to, 200, 200, 1_000, 100_000)?;
    std::thread::sleep(Duration::from_secs(seconds));
    let churned = churning.ask("end")?;
    churning.finish();
    let end = steady.ask("end")?;
    steady.finish();
    ensure!(
        end["callsRefused"] == 0 && churned["callsRefused"] == 0,
        "refused: {end} {churned}"
    );
    let number = |value: &serde_json::Value, name: &str| value[name].as_i64().context("a number");
    let all = number(&end, "answered")? + number(&churned, "answered")?;
    let sent = number(&end, "sent")? + number(&churned, "sent")?;
    let lost = sent - kept(&system, &server, usize::try_from(all)?)?;
    Ok(vec![
        Row::new(
            format!("{calls} calls, and beside them new ones"),
            number(&churned, "answered")? as f64 / seconds as f64,
            "a second",
        ),
        Row::new("packets lost of all", lost as f64, "").at_most(0.0),
    ])
}
