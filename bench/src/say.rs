//! The one place that prints.

use std::fmt::Display;
use std::io::Write as _;

/// A line of the result.
pub(crate) fn line(text: impl Display) {
    // Nobody to read it is no reason to stop.
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// What is going on, for whoever waits.
pub(crate) fn progress(text: impl Display) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
