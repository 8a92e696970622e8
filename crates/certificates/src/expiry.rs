//! Until when a certificate holds: the one field of it that people have to know beforehand.

use crate::{Error, certificates};
use std::path::Path;

/// When the first certificate of a PEM file ends, in seconds since 1970; `None` when it does not
/// say so in the form of RFC 5280 §4.1.
///
/// # Errors
/// [`Error::Unreadable`] and [`Error::NoCertificate`] name the file.
pub fn ends_at(certificate: &Path) -> Result<Option<i64>, Error> {
    let chain = certificates(certificate)?;
    Ok(chain.first().and_then(|first| not_after(first)))
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Certificate, its signed part, and in it: version, serial number, algorithm, issuer, validity.
fn not_after(der: &[u8]) -> Option<i64> {
    let (certificate, _) = inside(der, SEQUENCE)?;
    let (mut signed, _) = inside(certificate, SEQUENCE)?;
    if let Some((_, rest)) = inside(signed, VERSION) {
        signed = rest;
    }
    for _ in ["serial number", "algorithm", "issuer"] {
        signed = element(signed)?.2;
    }
    let (validity, _) = inside(signed, SEQUENCE)?;
    let (_, _, until) = element(validity)?;
    let (kind, text, _) = element(until)?;
    seconds(kind, text)
}

fn inside(der: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(der)?;
    (tag == wanted).then_some((content, rest))
}

/// Tag and content of the first element, and what is behind it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = octets
                .iter()
                .fold(0, |all, octet| all << 8 | usize::from(*octet));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 §4.1.2.5).
fn seconds(kind: u8, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = match kind {
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2)?;
            let year: i64 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let mut parts = [0; 5];
    let mut left = rest;
    for part in &mut parts {
        let (two, behind) = left.split_at_checked(2)?;
        *part = two.parse::<i64>().ok()?;
        left = behind;
    }
    let [month, day, hour, minute, second] = parts;
    if !left.is_empty() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = days(year, month, day);
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days since 1970-01-01 in the calendar of today, the year counted from March so that the leap
/// day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (kind, text, expected) in [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "261124101500Z", Some(1_795_515_300)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (GENERALIZED_TIME, "20000229000000Z", Some(951_782_400)),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (UTC_TIME, "261324101500Z", None),
            (UTC_TIME, "2611241015Z", None),
            (GENERALIZED_TIME, "20500101000000", None),
            (0x04, "261124101500Z", None),
        ] {
            assert_eq!(seconds(kind, text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_certificate_is_found_and_garbage_is_none() {
        let sequence = |content: &[u8]| {
            let mut der = vec![SEQUENCE, u8::try_from(content.len()).unwrap()];
            der.extend_from_slice(content);
            der
        };
        let mut validity = vec![UTC_TIME, 13];
        validity.extend_from_slice(b"200101000000Z");
        validity.extend_from_slice(&[UTC_TIME, 13]);
        validity.extend_from_slice(b"261124101500Z");
        for version in [&[VERSION, 3, 2, 1, 2][..], &[]] {
            let mut signed = version.to_vec();
            signed.extend_from_slice(&[0x02, 1, 7]);
            signed.extend_from_slice(&sequence(&[]));
            signed.extend_from_slice(&sequence(&[]));
            signed.extend_from_slice(&sequence(&validity));
            let der = sequence(&sequence(&signed));
            assert_eq!(not_after(&der), Some(1_795_515_300));
            for length in 0..der.len() - 1 {
                assert_eq!(not_after(&der[..length]), None);
            }
        }
    }
}
