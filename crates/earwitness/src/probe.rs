//! The last round of `test-call --verify`, in a small file of the data folder: how the server
//! learns what somebody found who stood where clients and listeners stand.

use anyhow::Context as _;
use api::Probe;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;

/// Its name below the data folder.
const NAME: &str = "probe.json";

/// The last round; none where there was none, or the file is not what it must be.
pub(crate) fn read(data: &Path) -> Option<Probe> {
    let text = std::fs::read_to_string(data.join(NAME)).ok()?;
    let value: Value = serde_json::from_str(&text).ok()?;
    let time = |name: &str| value[name].as_str()?.parse::<Timestamp>().ok();
    Some(Probe {
        ran_at: time("ranAt")?,
        calls: value["calls"].as_u64()?,
        good: value["good"].as_u64()?,
        last_good_at: time("lastGoodAt"),
        failed_rounds: value["failedRounds"].as_u64()?,
    })
}

/// Writes down a round that is over now.
///
/// # Errors
/// When the data folder cannot be written.
pub(crate) fn write(data: &Path, calls: u64, good: u64) -> anyhow::Result<()> {
    let known = read(data);
    let now = Timestamp::now();
    let last_good_at = match good == calls {
        true => Some(now),
        false => known.as_ref().and_then(|known| known.last_good_at),
    };
    let failed_rounds = match good == calls {
        true => 0,
        false => known
            .map_or(0, |known| known.failed_rounds)
            .saturating_add(1),
    };
    let object = json!({
        "ranAt": now.to_string(),
        "calls": calls,
        "good": good,
        "lastGoodAt": last_good_at.map(|at| at.to_string()),
        "failedRounds": failed_rounds,
    });
    let written = || {
        let beside = data.join(format!("{NAME}.{}.part", std::process::id()));
        std::fs::write(&beside, format!("{object}\n"))?;
        std::fs::rename(&beside, data.join(NAME))
    };
    written().with_context(|| format!("the result cannot be written to {}", data.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_that_fail_are_counted_until_one_is_good() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert_eq!(read(data), None);
        write(data, 2, 1).unwrap();
        write(data, 2, 0).unwrap();
        let bad = read(data).unwrap();
        assert_eq!((bad.calls, bad.good, bad.failed_rounds), (2, 0, 2));
        assert_eq!(bad.last_good_at, None);
        write(data, 2, 2).unwrap();
        let good = read(data).unwrap();
        assert_eq!(good.failed_rounds, 0);
        assert_eq!(good.last_good_at, Some(good.ran_at));
        write(data, 1, 0).unwrap();
        assert_eq!(read(data).unwrap().last_good_at, good.last_good_at);
        std::fs::write(data.join(NAME), "{").unwrap();
        assert_eq!(read(data), None);
    }
}
