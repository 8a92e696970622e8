//! From the journal to the archived recording: how many times faster than the call it was.
//!
//! A spool with ended calls is made, the recorder starts on it with one core, and what the
//! threads that settle used until every recording answers on the API is compared with the
//! length of the calls. Starting, signing in and answering are other threads' and not counted.

use crate::capture::{RECEIVER, system};
use crate::process::{self, Threads, Used};
use crate::spool::{self, CODECS, Calls, Codec, PCMU};
use crate::table::Row;
use crate::{Size, say};
use anyhow::ensure;
use e2e::{RECORDINGS, Server, files_below, wait_for};
use std::time::Duration;

/// Everything has to be settled by then.
const SETTLED: Duration = Duration::from_secs(300);
/// The threads that settle.
const SETTLE: &str = "settle";
/// A call of so many seconds is an ordinary one.
const ORDINARY: u64 = 600;
/// So much more memory may a long call take than an ordinary one, in MB: what is kept of it is
/// eight octets for each frame of its journal.
const MORE_MEMORY: f64 = 16.0;

/// All codecs, then calls that are short, ordinary and long.
pub(crate) fn run(size: &Size) -> anyhow::Result<Vec<Row>> {
    let (count, seconds, long) = if size.quick {
        (4, 60, 6_000)
    } else {
        (8, ORDINARY, 36_000)
    };
    let mut rows = Vec::new();
    for &codec in CODECS {
        let is_plain = codec.name == PCMU.name;
        // The slower ones with less of it.
        let count = if is_plain { 5 * count } else { count };
        let settled = settle(count, seconds, codec)?;
        let row = Row::new(
            format!("{} to stereo WAV with hash, archived", codec.name),
            settled.times,
            TIMES,
        );
        rows.push(if is_plain { row.at_least(5_000.0) } else { row });
    }
    let short = settle(50 * count, 20, PCMU)?;
    let what = "PCMU, calls of 20 seconds: what a recording costs whatever its length";
    rows.push(Row::new(what, short.times, TIMES));
    let ordinary = settle(1, ORDINARY, PCMU)?;
    let long_call = settle(1, long, PCMU)?;
    let hours = long as f64 / 3_600.0;
    rows.push(Row::new(
        format!("PCMU, a call of {hours:.1} hours"),
        long_call.times,
        TIMES,
    ));
    rows.push(Row::new(
        "memory at most, with a call of ten minutes",
        ordinary.memory,
        "MB",
    ));
    let what = format!("memory at most, with a call of {hours:.1} hours");
    let most = ordinary.memory + MORE_MEMORY;
    rows.push(Row::new(what, long_call.memory, "MB").at_most(most));
    Ok(rows)
}

const TIMES: &str = "× real time a core";

struct Settled {
    /// Seconds of sound in a second of processor.
    times: f64,
    /// Megabytes of memory at most, before anybody has signed in: a check of a password takes
    /// more than settling does.
    memory: f64,
}

fn settle(count: u32, seconds: u64, codec: Codec) -> anyhow::Result<Settled> {
    let calls = Calls {
        count,
        seconds,
        codec,
        ended: true,
        first: 1,
    };
    let system = system();
    system.add_user("boss", "complete", "", &[]);
    spool::fill(&system.data(), &calls)?;
    let server = system.start();
    process::pin(server.id(), RECEIVER)?;
    let mut threads = Threads::new(SETTLE);
    // The outline is the last that is stored of a recording.
    let outlines = || {
        let files = files_below(&system.data());
        let is_outline =
            |file: &&std::path::PathBuf| file.extension().is_some_and(|e| e == "peaks");
        files.iter().filter(is_outline).count()
    };
    wait_for("all objects", SETTLED, || {
        threads.look(server.id());
        (outlines() >= count as usize).then_some(())
    });
    let memory = process::memory_at_most(server.id())? as f64 / 1e6;
    wait_for("all recordings", SETTLED, || {
        threads.look(server.id());
        (total(&server) == Some(u64::from(count))).then_some(())
    });
    threads.look(server.id());
    let busy = threads.total() as f64 / 1e9;
    let detail = server.detail(
        "boss",
        server.list("boss")[0]["id"].as_str().unwrap_or_default(),
    );
    let wav = server.media("boss", &detail);
    let rate = u32::from_le_bytes(wav[24..28].try_into()?);
    let length = (wav.len() - 44) as f64 / 4.0 / f64::from(rate);
    // The last packet of a codec with pauses may be a short one.
    ensure!((length - seconds as f64).abs() < 0.02, "{detail}");
    let others = Used::of(server.id())?.by_thread;
    let name = codec.name;
    say::progress(format_args!(
        "{name}, {count} calls of {seconds} s: {busy:.2} s; {memory:.0} MB; all: {others:?}"
    ));
    Ok(Settled {
        times: f64::from(count) * seconds as f64 / busy,
        memory,
    })
}

/// How many recordings there are.
pub(crate) fn total(server: &Server) -> Option<u64> {
    let answer = server.get_as("boss", &format!("{RECORDINGS}?page=0&pageSize=1"));
    answer.json()["totalCount"].as_u64()
}
