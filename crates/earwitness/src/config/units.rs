//! Durations and sizes with their units.

use std::time::Duration;

/// What [`duration`] accepts, for messages.
pub(crate) const DURATIONS: &str = "a whole number and ms, s, m, h or d, like \"30s\" or \"500ms\"";
/// What [`size`] accepts, for messages.
pub(super) const SIZES: &str =
    "0, or a whole number and B, KiB, MiB, GiB, TiB, kB, MB, GB or TB, like \"64MiB\"";

/// A duration from a whole number and its unit.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(unit_ms).map(Duration::from_millis)
}

/// A number of bytes from a whole number and its unit; a bare number is bytes.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let unit_bytes = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return None,
    };
    number.checked_mul(unit_bytes)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    Some((digits.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, expected_ms) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("4h", 14_400_000),
            ("2 m", 120_000),
            ("0s", 0),
        ] {
            assert_eq!(
                duration(text),
                Some(Duration::from_millis(expected_ms)),
                "{text}"
            );
        }
        for text in [
            "",
            "30",
            "s",
            "-1s",
            "1.5h",
            "1w",
            "30S",
            "99999999999999999999s",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(duration("18446744073709551615d"), None);
    }

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [
            ("0", 0),
            ("1GiB", 1 << 30),
            ("64 MiB", 64 << 20),
            ("1kB", 1_000),
            ("7B", 7),
        ] {
            assert_eq!(size(text), Some(expected), "{text}");
        }
        for text in ["", "MiB", "1mib", "1.5GiB", "-1", "18446744073709551615KiB"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
