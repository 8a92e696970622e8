//! What was looked at, in words for people who manage the system.

use api::{Finding, Grade, Probe};
use capture::Refusal;
use jiff::Timestamp;

/// A disk that will be full within so many days is worth a word.
const DISK_DAYS: i64 = 14;
/// So is a certificate that ends within so many.
const CERTIFICATE_DAYS: i64 = 21;
/// A call that waits longer is not only waiting for its turn, in seconds.
const WAITING_SECONDS: i64 = 600;
/// A spool that is fuller than this, in hundredths, is worth a word.
const SPOOL_FULL: u128 = 80;

/// The disk of a folder, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disk {
    pub(super) free_bytes: u64,
    pub(super) total_bytes: u64,
    pub(super) reserve_bytes: u64,
}

/// What was looked at.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) now: Timestamp,
    /// Of the data folder and of the archive; none: not known.
    pub(super) disks: [Option<Disk>; 2],
    pub(super) full_at: Option<Timestamp>,
    pub(super) spool_bytes: u64,
    pub(super) spool_limit_bytes: Option<u64>,
    pub(super) waiting_calls: u64,
    pub(super) oldest_ended_at: Option<Timestamp>,
    pub(super) database: bool,
    pub(super) archive: bool,
    /// What `doctor` says of the machine: area, fact and, where something is wrong, advice.
    pub(super) machine: Vec<(&'static str, String, Option<String>)>,
    /// What each certificate is for and when it ends, in seconds since 1970.
    pub(super) certificates: Vec<(&'static str, Option<i64>)>,
    pub(super) probe: Option<Probe>,
    /// Why new calls are refused; none: this node records nothing.
    pub(super) refusing: Option<Option<Refusal>>,
}

/// Area by area, also what is well.
pub(super) fn health(looked: &Looked) -> Vec<Finding> {
    let mut health = vec![
        disk(looked),
        spool(looked),
        database(looked),
        archive(looked),
    ];
    health.extend(looked.machine.iter().map(machine));
    let certificates = looked.certificates.iter();
    health.extend(certificates.map(|(what, ends)| certificate(what, *ends, looked.now)));
    health.extend(looked.probe.as_ref().map(probe));
    health.extend(looked.refusing.map(recorder));
    health
}

fn good(area: &'static str, fact: impl Into<String>) -> Finding {
    bad(Grade::Ok, area, fact, "", "")
}

fn bad(
    grade: Grade,
    area: &'static str,
    fact: impl Into<String>,
    consequence: &str,
    advice: &str,
) -> Finding {
    Finding {
        grade,
        area,
        fact: fact.into(),
        consequence: consequence.to_owned(),
        advice: advice.to_owned(),
    }
}

fn disk(looked: &Looked) -> Finding {
    let known = looked.disks.iter().flatten();
    let Some(least) = known.min_by_key(|disk| disk.free_bytes) else {
        let consequence = "Nobody knows whether there is room for calls.";
        let advice = "See that the disk is mounted.";
        return bad(
            Grade::Warn,
            "disk",
            "Free space is not known",
            consequence,
            advice,
        );
    };
    let free = size(least.free_bytes);
    if least.free_bytes < least.reserve_bytes {
        return bad(
            Grade::Error,
            "disk",
            format!(
                "{free} free, {} are kept in reserve",
                size(least.reserve_bytes)
            ),
            "New calls are refused.",
            "Free or add space, or lower `[limits] disk_reserve`.",
        );
    }
    let days = looked.full_at.map(|full_at| days(looked.now, full_at));
    match days {
        Some(days) if days < DISK_DAYS => bad(
            Grade::Warn,
            "disk",
            format!("Disk full in {}", counted(days, "day")),
            "New calls will then be refused.",
            "Add space, or delete recordings that are no longer needed.",
        ),
        _ => good(
            "disk",
            format!("{free} of {} free", size(least.total_bytes)),
        ),
    }
}

fn spool(looked: &Looked) -> Finding {
    let held = size(looked.spool_bytes);
    let filled = looked
        .spool_limit_bytes
        .map(|limit| u128::from(looked.spool_bytes) * 100 / u128::from(limit.max(1)));
    if filled.is_some_and(|filled| filled >= SPOOL_FULL) {
        let full = filled.is_some_and(|filled| filled >= 100);
        let (grade, consequence) = match full {
            true => (Grade::Error, "New calls are refused."),
            false => (Grade::Warn, "New calls are refused when it is full."),
        };
        let limit = size(looked.spool_limit_bytes.unwrap_or_default());
        return bad(
            grade,
            "spool",
            format!("The spool holds {held} of at most {limit}"),
            consequence,
            "See why calls are not archived, or raise `[limits] spool`.",
        );
    }
    let waited = looked
        .oldest_ended_at
        .map_or(0, |ended| seconds(ended, looked.now));
    if looked.waiting_calls > 0 && waited > WAITING_SECONDS {
        let (calls, minutes) = (looked.waiting_calls, waited / 60);
        let calls = counted(i64::try_from(calls).unwrap_or(i64::MAX), "call");
        return bad(
            Grade::Warn,
            "spool",
            format!(
                "{calls} wait to be archived, one since {}",
                counted(minutes, "minute")
            ),
            "Their recordings cannot be heard yet; nothing is lost.",
            "See the log of the recorder, and whether archive and database answer.",
        );
    }
    good("spool", format!("The spool holds {held}"))
}

fn database(looked: &Looked) -> Finding {
    if looked.database {
        return good("database", "The catalogue answers");
    }
    bad(
        Grade::Error,
        "database",
        "The catalogue does not answer",
        "Calls are recorded and wait; nobody can find recordings.",
        "Run `earwitness doctor`; restore the catalogue from a backup when it is damaged.",
    )
}

fn archive(looked: &Looked) -> Finding {
    if looked.archive {
        return good("archive", "The archive can be written");
    }
    bad(
        Grade::Error,
        "archive",
        "Nothing can be stored in the archive",
        "Calls are recorded and wait in the spool until it is full.",
        "See that the folder is there and belongs to the user the recorder runs as.",
    )
}

fn machine((area, fact, advice): &(&'static str, String, Option<String>)) -> Finding {
    let consequence = match *area {
        "clock" => "Recordings carry a wrong time.",
        _ => "Calls may be refused although there is room.",
    };
    let subject = match *area {
        "clock" => "Clock",
        _ => "Open files",
    };
    let fact = format!("{subject}: {fact}");
    match advice {
        None => good(area, fact),
        Some(advice) => bad(Grade::Warn, area, fact, consequence, advice),
    }
}

fn certificate(what: &str, ends: Option<i64>, now: Timestamp) -> Finding {
    let area = "certificates";
    let advice = "Put a new one in its place and send SIGHUP to the recorder.";
    let Some(ends) = ends.and_then(|ends| Timestamp::from_second(ends).ok()) else {
        let fact = format!("The certificate of {what} cannot be read");
        let consequence = "Nothing, until it is to be read again.";
        return bad(Grade::Warn, area, fact, consequence, advice);
    };
    let left = days(now, ends);
    if ends <= now {
        let fact = format!("The certificate of {what} ended on {ends:.0}");
        return bad(
            Grade::Error,
            area,
            fact,
            "Others refuse to connect.",
            advice,
        );
    }
    if left < CERTIFICATE_DAYS {
        let fact = format!("The certificate of {what} ends in {}", counted(left, "day"));
        let consequence = "Others will then refuse to connect.";
        return bad(Grade::Warn, area, fact, consequence, advice);
    }
    good(
        area,
        format!("The certificate of {what} holds until {ends:.0}"),
    )
}

fn probe(probe: &Probe) -> Finding {
    let ran_at = probe.ran_at;
    if probe.good == probe.calls {
        return good(
            "probe",
            format!("The last test call was recorded ({ran_at:.0})"),
        );
    }
    bad(
        Grade::Error,
        "probe",
        format!(
            "{} of {} test calls were not recorded",
            probe.calls - probe.good.min(probe.calls),
            probe.calls
        ),
        "Calls may not be recorded.",
        "Run `earwitness test-call --verify` and `earwitness doctor`.",
    )
}

fn recorder(refusing: Option<Refusal>) -> Finding {
    match refusing {
        None => good("capture", "New calls are taken"),
        Some(why) => bad(
            Grade::Error,
            "capture",
            format!("New calls are refused: {why}"),
            "They are not recorded here.",
            "Remove the reason; clients with a second recorder use that one meanwhile.",
        ),
    }
}

/// Bytes in the unit people read.
fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut shown = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while shown >= 999.5 && unit + 1 < units.len() {
        shown /= 1_000.0;
        unit += 1;
    }
    format!("{shown:.1} {}", units[unit])
}

fn counted(count: i64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs()
}

fn days(from: Timestamp, to: Timestamp) -> i64 {
    seconds(from, to) / 86_400
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn well() -> Looked {
        let disk = Disk {
            free_bytes: 50_000_000_000,
            total_bytes: 100_000_000_000,
            reserve_bytes: 2_000_000_000,
        };
        Looked {
            disks: [Some(disk); 2],
            database: true,
            archive: true,
            refusing: Some(None),
            ..Looked::default()
        }
    }

    /// What is not well of one area.
    #[track_caller]
    fn found(looked: &Looked, area: &str, grade: Grade, fact: &str) {
        let health = health(looked);
        let of_area: Vec<_> = health.iter().filter(|found| found.area == area).collect();
        let told = of_area.iter().any(|found| {
            let said = !found.consequence.is_empty() && !found.advice.is_empty();
            found.grade == grade && found.fact == fact && said
        });
        assert!(told, "{of_area:?}");
        let others = health.iter().filter(|found| found.area != area);
        assert!(others.clone().all(|found| found.grade == Grade::Ok));
    }

    fn in_hours(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn what_is_well_needs_no_advice() {
        let health = health(&well());
        let is_well = |found: &Finding| found.grade == Grade::Ok && found.advice.is_empty();
        assert!(health.iter().all(is_well), "{health:?}");
        assert_eq!(health[0].fact, "50.0 GB of 100.0 GB free");
    }

    #[test]
    fn what_is_not_well_is_told_of_its_area_alone() {
        let mut looked = well();
        looked.full_at = Some(in_hours(12 * 24 + 1));
        found(&looked, "disk", Grade::Warn, "Disk full in 12 days");
        looked.full_at = Some(in_hours(15 * 24));
        looked.disks[0] = Some(Disk {
            free_bytes: 1_500_000_000,
            ..looked.disks[1].unwrap()
        });
        let fact = "1.5 GB free, 2.0 GB are kept in reserve";
        found(&looked, "disk", Grade::Error, fact);

        let mut looked = well();
        (looked.spool_bytes, looked.spool_limit_bytes) = (900_000, Some(1_000_000));
        let fact = "The spool holds 900.0 kB of at most 1.0 MB";
        found(&looked, "spool", Grade::Warn, fact);

        let mut looked = well();
        (looked.waiting_calls, looked.now) = (2, in_hours(1));
        looked.oldest_ended_at = Some(in_hours(0));
        let fact = "2 calls wait to be archived, one since 60 minutes";
        found(&looked, "spool", Grade::Warn, fact);

        let mut looked = well();
        looked.certificates = vec![("HTTPS", Some(86_400 * 3 + 5))];
        let fact = "The certificate of HTTPS ends in 3 days";
        found(&looked, "certificates", Grade::Warn, fact);
        looked.now = in_hours(4 * 24);
        let fact = "The certificate of HTTPS ended on 1970-01-04T00:00:05Z";
        found(&looked, "certificates", Grade::Error, fact);

        let mut looked = well();
        looked.refusing = Some(Some(Refusal::Calls));
        let fact = format!("New calls are refused: {}", Refusal::Calls);
        found(&looked, "capture", Grade::Error, &fact);
    }
}
