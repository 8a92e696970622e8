//! What must hold wherever the benchmarks run: no packet of a hundred calls is lost, and totals
//! over a hundred thousand recordings are exact. Nothing here is timed.

use crate::say;
use crate::{api, capture};
use anyhow::ensure;
use std::time::Duration;

const CALLS: u32 = 100;
const RECORDINGS: u64 = 100_000;

/// Fails when something is lost or wrong.
pub(crate) fn main() -> anyhow::Result<()> {
    let cost = capture::recorder(CALLS, Duration::from_secs(3))?;
    ensure!(
        cost.lost == 0,
        "{} packets of {CALLS} calls were lost",
        cost.lost
    );
    say::line(format_args!(
        "{CALLS} calls: nothing lost, sound as it was sent"
    ));
    let totals = api::totals(RECORDINGS)?;
    say::line(format_args!(
        "{RECORDINGS} recordings: {totals} totals exact"
    ));
    Ok(())
}
