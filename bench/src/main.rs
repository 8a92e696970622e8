//! What Earwitness costs, measured: each part starts the real binary, loads it from another
//! process on another core, and measures a floor or a peer beside it in the same run.
//!
//! It must never judge by time alone: what is counted (packets, rows, bytes) has to be right,
//! or there is no figure. Nothing here is part of the product.

mod api;
mod capture;
mod check;
mod child;
mod hello;
mod machine;
mod packet;
mod process;
mod rows;
mod rtpengine;
mod say;
mod sender;
mod settling;
mod signalling;
mod sink;
mod soak;
mod spool;
mod start;
mod table;
mod wrk;

use anyhow::bail;
use std::process::ExitCode;
use table::Row;

/// A part that can be run alone: its name, what it shows, and how it is run.
type Part = (
    &'static str,
    &'static str,
    fn(&Size) -> anyhow::Result<Vec<Row>>,
);

const PARTS: &[Part] = &[
    (
        "capture",
        "calls of G.711 over SIP and RTP, beside a bare sink and rtpengine",
        capture::run,
    ),
    (
        "settling",
        "from the journal to the archived recording",
        settling::run,
    ),
    (
        "signalling",
        "setting up calls, and what that costs the others",
        signalling::run,
    ),
    ("api", "answers over up to ten million recordings", api::run),
    (
        "start",
        "until the recorder is ready, and what it needs idle",
        start::run,
    ),
    (SOAK, "half an hour of calls that come and go", soak::run),
];

/// The part that is only run when it is named.
const SOAK: &str = "soak";

/// How much is measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Size {
    /// A few seconds, for a look.
    pub(crate) quick: bool,
    /// Loads instead of those that are measured else.
    pub(crate) calls: Vec<u32>,
    /// Numbers of recordings instead of those that are measured else.
    pub(crate) rows: Vec<u64>,
}

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("sender") => return sender::main(&arguments[1..]).map(|()| ExitCode::SUCCESS),
        Some("check") => return check::main().map(|()| ExitCode::SUCCESS),
        Some("hello") => return hello::main().map(|()| ExitCode::SUCCESS),
        Some("rows") => return rows::main(&arguments[1..]).map(|()| ExitCode::SUCCESS),
        Some("sink") => return sink::main(&arguments[1..]).map(|()| ExitCode::SUCCESS),
        _ => {}
    }
    let mut size = Size::default();
    arguments.retain(|argument| {
        let calls = argument.strip_prefix("--calls=");
        let calls = calls.map(|list| list.split(',').map_while(|word| word.parse::<u32>().ok()));
        size.quick |= argument == "--quick";
        size.calls.extend(calls.into_iter().flatten());
        let rows = argument.strip_prefix("--rows=");
        let rows = rows.map(|list| list.split(',').map_while(|word| word.parse::<u64>().ok()));
        size.rows.extend(rows.into_iter().flatten());
        !argument.starts_with("--")
    });
    let chosen: Vec<&Part> = match arguments.as_slice() {
        [] => PARTS.iter().filter(|(name, _, _)| *name != SOAK).collect(),
        names => PARTS
            .iter()
            .filter(|(name, _, _)| names.iter().any(|given| given == name))
            .collect(),
    };
    if chosen.is_empty() || !arguments.is_empty() && chosen.len() != arguments.len() {
        for (name, what, _) in PARTS {
            say::line(format_args!("{name:<12}{what}"));
        }
        bail!("usage: bench [--quick] [--calls=N,N] [--rows=N,N] [PART...]");
    }
    say::line(machine::describe());
    let mut missed = false;
    for (name, what, run) in chosen {
        say::line(format_args!("\n## {name}: {what}\n"));
        let rows = run(&size)?;
        missed |= rows.iter().any(Row::is_missed);
        table::print(&rows);
        table::keep(name, &rows)?;
    }
    Ok(ExitCode::from(u8::from(missed)))
}
