//! Time until the recorder is ready: with nothing, and after a crash with many live calls and a
//! large spool.

use crate::capture::system;
use crate::spool::{self, Calls, PCMU};
use crate::table::Row;
use crate::{Size, process, say};
use std::time::{Duration, Instant};

/// Empty, and after `kill -9`.
pub(crate) fn run(size: &Size) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let empty = system();
    let began = Instant::now();
    let server = empty.start();
    rows.push(Row::new(
        "start with nothing",
        began.elapsed().as_secs_f64() * 1e3,
        "ms",
    ));
    // Whatever it does after being ready is over by then.
    std::thread::sleep(Duration::from_secs(3));
    let memory = process::memory(server.id())? as f64 / 1e6;
    rows.push(Row::new("memory without a call", memory, "MB"));
    drop(server);

    let (count, seconds) = if size.quick { (50, 20) } else { (2_000, 280) };
    say::progress(format_args!(
        "a spool with {count} live calls of {seconds} s"
    ));
    let crashed = system();
    let bytes = spool::fill(
        &crashed.data(),
        &Calls {
            count,
            seconds,
            codec: PCMU,
            ended: false,
            first: 1,
        },
    )?;
    let gigabytes = bytes as f64 / 1e9;
    let began = Instant::now();
    let server = crashed.start();
    rows.push(Row::new(
        format!("start after a crash: {count} live calls, {gigabytes:.1} GB of packets"),
        began.elapsed().as_secs_f64(),
        "s",
    ));
    rows.push(Row::new(
        "memory then",
        process::memory(server.id())? as f64 / 1e6,
        "MB",
    ));
    Ok(rows)
}
