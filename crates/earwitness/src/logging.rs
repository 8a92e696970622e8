//! What the program says about itself while it runs: lines on stderr.
//!
//! `EARWITNESS_LOG`, or else `RUST_LOG`, says how much, in the syntax of `tracing`'s filters
//! (`debug`, `info,sip=trace`); `EARWITNESS_LOG_FORMAT=json` makes each line a JSON object.

use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Starts logging; call it once.
pub(crate) fn start() {
    let wanted = ["EARWITNESS_LOG", "RUST_LOG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok());
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse_lossy(wanted.unwrap_or_default());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if std::env::var("EARWITNESS_LOG_FORMAT").is_ok_and(|format| format == "json") {
        lines.json().init();
    } else {
        lines.with_target(false).init();
    }
}
