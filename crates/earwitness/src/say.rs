//! The one place that writes for people: results to stdout, everything else to stderr.

use std::fmt::Display;
use std::io::Write;

/// One line of a result, on stdout. A reader that has gone away (`| head`) is no fault.
pub(crate) fn result(line: impl Display) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        // Nobody reads any more: there is nobody to tell.
    }
}

/// One line beside the results, on stderr.
pub(crate) fn note(line: impl Display) {
    if writeln!(std::io::stderr().lock(), "{line}").is_err() {
        // Nobody reads any more: there is nobody to tell.
    }
}

/// Why it did not work, on stderr.
pub(crate) fn fault(error: impl Display) {
    note(format_args!("error: {error}"));
}
