//! From the journal to the archived recording: how many times faster than the call it was.
//!
//! A spool with ended calls is made, the recorder starts on it with one core, and what it used
//! until every recording answers on the API is compared with the length of the calls.

use crate::capture::{RECEIVER, system};
use crate::process::{self, Used};
use crate::spool::{self, CODECS, Calls, PCMU};
use crate::table::Row;
use crate::{Size, say};
use anyhow::ensure;
use e2e::{RECORDINGS, Server, wait_for};
use std::time::{Duration, Instant};

/// Everything has to be settled by then.
const SETTLED: Duration = Duration::from_secs(300);

/// All codecs, and one call of ten hours.
pub(crate) fn run(size: &Size) -> anyhow::Result<Vec<Row>> {
    let (count, seconds, long) = if size.quick {
        (4, 60, 600)
    } else {
        (60, 600, 36_000)
    };
    let mut rows = Vec::new();
    for codec in CODECS {
        say::progress(codec.name);
        // The slower ones with less of it.
        let count = if codec.name == PCMU.name {
            4 * count
        } else {
            count
        };
        let settled = settle(&Calls {
            count,
            seconds,
            codec: *codec,
            ended: true,
            first: 1,
        })?;
        let row = Row::new(
            format!("{} to stereo WAV with hash, archived", codec.name),
            f64::from(count) * seconds as f64 / settled.busy,
            "× real time a core",
        );
        rows.push(if codec.name == PCMU.name {
            row.at_least(5_000.0)
        } else {
            row
        });
    }
    say::progress("a long call");
    let settled = settle(&Calls {
        count: 1,
        seconds: long,
        codec: PCMU,
        ended: true,
        first: 1,
    })?;
    let hours = long as f64 / 3_600.0;
    rows.push(Row::new(
        format!("a call of {hours:.1} hours"),
        long as f64 / settled.busy,
        "× real time a core",
    ));
    rows.push(Row::new(
        format!("memory at most, with a call of {hours:.1} hours"),
        settled.memory / 1e6,
        "MB",
    ));
    Ok(rows)
}

struct Settled {
    /// Seconds of processor.
    busy: f64,
    /// Bytes of memory at most.
    memory: f64,
}

fn settle(calls: &Calls) -> anyhow::Result<Settled> {
    let system = system();
    system.add_user("boss", "complete", "", &[]);
    spool::fill(&system.data(), calls)?;
    let server = system.start();
    process::pin(server.id(), RECEIVER)?;
    let began = Instant::now();
    let total = || total(&server);
    wait_for("all recordings", SETTLED, || {
        (total() == Some(u64::from(calls.count))).then_some(())
    });
    let used = Used::of(server.id())?;
    let memory = process::memory_at_most(server.id())? as f64;
    let detail = server.detail(
        "boss",
        server.list("boss")[0]["id"].as_str().unwrap_or_default(),
    );
    let wav = server.media("boss", &detail);
    let rate = u32::from_le_bytes(wav[24..28].try_into()?);
    let length = (wav.len() - 44) as f64 / 4.0 / f64::from(rate);
    // The last packet of a codec with pauses may be a short one.
    ensure!((length - calls.seconds as f64).abs() < 0.02, "{detail}");
    say::progress(format_args!(
        "{:.1} s, {:?}",
        began.elapsed().as_secs_f64(),
        used.by_thread
    ));
    Ok(Settled {
        busy: used.total() as f64 / 1e9,
        memory,
    })
}

/// How many recordings there are.
pub(crate) fn total(server: &Server) -> Option<u64> {
    let answer = server.get_as("boss", &format!("{RECORDINGS}?page=0&pageSize=1"));
    answer.json()["totalCount"].as_u64()
}
