//! Half an hour of calls that come and go: memory, descriptors and spool have to stay where they
//! are after the first minutes, and no packet may be lost. Only run when it is named.

use crate::capture::{SENDER, kept_packets, system};
use crate::child::Driven;
use crate::table::Row;
use crate::{Size, process, say};
use anyhow::{Context as _, ensure};
use e2e::{files_below, wait_for};
use std::time::{Duration, Instant};

/// Calls at once; each lasts so long and another one begins.
const CALLS: u32 = 500;
const LENGTH: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, Default)]
struct Look {
    memory: f64,
    descriptors: f64,
    spool: f64,
}

/// Looks every ten seconds.
pub(crate) fn run(size: &Size) -> anyhow::Result<Vec<Row>> {
    let length = Duration::from_secs(if size.quick { 120 } else { 1_800 });
    let system = system();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let to = server.address("sip-udp").to_string();
    let churn = LENGTH.as_millis().to_string();
    let arguments = [
        "--to",
        &to,
        "--calls",
        &CALLS.to_string(),
        "--rate",
        "20",
        "--churn-ms",
        &churn,
    ];
    let mut sender = Driven::start("sender", &arguments.map(ToOwned::to_owned), SENDER)?;
    let (began, mut looks) = (Instant::now(), Vec::new());
    while began.elapsed() < length {
        std::thread::sleep(LOOK);
        let spool = files_below(&system.data().join("spool"));
        let bytes = |path: &std::path::PathBuf| std::fs::metadata(path).map_or(0, |m| m.len());
        let look = Look {
            memory: process::memory(server.id())? as f64 / 1e6,
            descriptors: process::descriptors(server.id())? as f64,
            spool: spool.iter().map(bytes).sum::<u64>() as f64 / 1e6,
        };
        say::progress(format_args!("{:>5} s {look:?}", began.elapsed().as_secs()));
        looks.push(look);
    }
    let end = sender.ask("end")?;
    sender.finish();
    ensure!(end["callsRefused"] == 0, "calls were refused: {end}");
    let answered = end["answered"].as_u64().context("answered")?;
    wait_for("all recordings", Duration::from_secs(120), || {
        crate::settling::total(&server).filter(|total| *total == answered)
    });
    let lost = end["sent"].as_i64().context("sent")? - kept_packets(&system)?.1;
    let mut rows = vec![
        Row::new("calls", answered as f64, ""),
        Row::new("packets lost", lost as f64, "").at_most(0.0),
    ];
    let all = |of: fn(&Look) -> f64| looks.iter().map(of).collect::<Vec<_>>();
    rows.extend(grown("memory", "MB", &all(|look| look.memory)));
    rows.extend(grown("descriptors", "", &all(|look| look.descriptors)));
    rows.extend(grown("spool", "MB", &all(|look| look.spool)));
    Ok(rows)
}

/// What it was at most, and how the last third compares with the middle one.
fn grown(name: &str, unit: &'static str, values: &[f64]) -> Vec<Row> {
    let most = |part: &[f64]| part.iter().copied().fold(f64::NAN, f64::max);
    let third = values.len() / 3;
    let (middle, last) = (&values[third..2 * third], &values[2 * third..]);
    vec![
        Row::new(format!("{name} at most"), most(values), unit),
        Row::new(
            format!("{name}, last third beside the middle"),
            most(last) / most(middle),
            "×",
        )
        .at_most(1.15),
    ]
}
