//! Every reason to refuse a new call before anything is created for it.
//!
//! At a limit the refusal asks to come back soon; when draining it does not, so that recording
//! clients fail over. A running call is never touched from here.

use std::fmt;
use std::path::{Path, PathBuf};

/// Files that stay unopened, so that nothing that runs lacks one.
const DESCRIPTORS_RESERVE: u64 = 256;

/// Bounds of what is taken; 0 means no bound of its own.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// Most calls at once.
    pub calls_max: usize,
    /// Most bytes in the journal.
    pub spool_bytes_max: u64,
    /// Least bytes free on the disk of the journal.
    pub disk_reserve_bytes: u64,
}

/// Why a new call is refused.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Refusal {
    /// As many calls as allowed are running.
    Calls,
    /// Too few files may still be opened.
    Descriptors,
    /// The disk has less free than it should keep.
    Disk,
    /// The recorder is shutting down.
    Draining,
    /// The journal cannot be written.
    Journal,
    /// No media port is free.
    Ports,
    /// The journal holds as much as allowed.
    Spool,
}

impl Refusal {
    /// One word, for counters.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Descriptors => "descriptors",
            Self::Disk => "disk",
            Self::Draining => "draining",
            Self::Journal => "journal",
            Self::Ports => "ports",
            Self::Spool => "spool",
        }
    }

    /// Seconds after which trying again makes sense; none when it never will.
    pub(crate) fn retry_after_s(self) -> Option<u32> {
        match self {
            Self::Draining => None,
            Self::Calls
            | Self::Descriptors
            | Self::Disk
            | Self::Journal
            | Self::Ports
            | Self::Spool => Some(3),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Calls => "as many calls as `limits.calls` allows are being recorded",
            Self::Descriptors => "as many files are open as the system allows (`ulimit -n`)",
            Self::Disk => "the disk has less free than `limits.disk_reserve`",
            Self::Draining => "shutting down",
            Self::Journal => "the journal cannot be written",
            Self::Ports => "no media port of `rtp.ports` is free",
            Self::Spool => "the journal holds as much as `limits.spool` allows",
        })
    }
}

/// What the node knows of its room; measured once a second, asked at each INVITE.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    limits: Limits,
    spool: PathBuf,
    pub(crate) draining: bool,
    pub(crate) journal_failing: bool,
    /// The disk takes what is written and does not say that it has it.
    pub(crate) journal_stuck: bool,
    short: Option<Refusal>,
}

impl Admission {
    pub(crate) fn new(limits: Limits, spool: PathBuf) -> Self {
        Self {
            limits,
            spool,
            draining: false,
            journal_failing: false,
            journal_stuck: false,
            short: None,
        }
    }

    /// Looks at the disk and the journal's size.
    pub(crate) fn measure(&mut self, spool_bytes: u64) {
        let starved = descriptors().is_some_and(|(open, limit)| is_starved(open, limit));
        let starved = starved.then_some(Refusal::Descriptors);
        self.short = shortage(&self.limits, spool_bytes, free_bytes(&self.spool)).or(starved);
    }

    /// Whether one more call may come while `calls` are running.
    pub(crate) fn refusal(&self, calls: usize) -> Option<Refusal> {
        if self.draining {
            return Some(Refusal::Draining);
        }
        if self.journal_failing || self.journal_stuck {
            return Some(Refusal::Journal);
        }
        let full = self.limits.calls_max > 0 && calls >= self.limits.calls_max;
        self.short.or_else(|| full.then_some(Refusal::Calls))
    }
}

fn shortage(limits: &Limits, spool_bytes: u64, free_bytes: Option<u64>) -> Option<Refusal> {
    if free_bytes.is_some_and(|free| free < limits.disk_reserve_bytes) {
        return Some(Refusal::Disk);
    }
    let full = limits.spool_bytes_max > 0 && spool_bytes >= limits.spool_bytes_max;
    full.then_some(Refusal::Spool)
}

/// Whether so few files may still be opened that a call could lack one: the calls of a second,
/// the journal's segments and everybody who asks over HTTP need some.
fn is_starved(open: u64, limit: u64) -> bool {
    let reserve = DESCRIPTORS_RESERVE.min(limit / 4);
    open.saturating_add(reserve) >= limit
}

/// Files that are open, and how many may be; `None` when unknown.
fn descriptors() -> Option<(u64, u64)> {
    use nix::sys::resource::{Resource, getrlimit};
    let (limit, _) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    let open = std::fs::read_dir("/proc/self/fd").ok()?.count();
    Some((u64::try_from(open).ok()?, limit))
}

/// Bytes an ordinary process may still write to the disk of `path`; `None` when unknown.
#[must_use]
pub fn free_bytes(path: &Path) -> Option<u64> {
    let stat = nix::sys::statvfs::statvfs(path).ok()?;
    Some(stat.blocks_available().saturating_mul(stat.fragment_size()))
}

/// Size in bytes of the disk of `path`; `None` when unknown.
#[must_use]
pub fn disk_bytes(path: &Path) -> Option<u64> {
    let stat = nix::sys::statvfs::statvfs(path).ok()?;
    Some(stat.blocks().saturating_mul(stat.fragment_size()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            calls_max: 2,
            spool_bytes_max: 1_000,
            disk_reserve_bytes: 500,
        }
    }

    #[test]
    fn limits_refuse_with_a_time_to_come_back_and_draining_without() {
        let mut admission = Admission::new(limits(), PathBuf::from("/"));
        assert_eq!(admission.refusal(1), None);
        assert_eq!(admission.refusal(2), Some(Refusal::Calls));
        assert_eq!(Refusal::Calls.retry_after_s(), Some(3));
        admission.journal_failing = true;
        assert_eq!(admission.refusal(0), Some(Refusal::Journal));
        admission.draining = true;
        assert_eq!(admission.refusal(0), Some(Refusal::Draining));
        assert_eq!(Refusal::Draining.retry_after_s(), None);
    }

    #[test]
    fn files_left_over_are_asked_for_before_there_are_none() {
        assert!(!is_starved(700, 1_024));
        assert!(is_starved(768, 1_024));
        assert!(!is_starved(64, 100));
        assert!(is_starved(75, 100));
        assert!(is_starved(u64::MAX, 10));
        assert!(descriptors().is_some_and(|(open, limit)| 0 < open && open <= limit));
    }

    #[test]
    fn room_is_disk_first_then_spool() {
        assert_eq!(shortage(&limits(), 0, Some(499)), Some(Refusal::Disk));
        assert_eq!(shortage(&limits(), 1_000, Some(500)), Some(Refusal::Spool));
        assert_eq!(shortage(&limits(), 999, Some(500)), None);
        assert_eq!(shortage(&limits(), 999, None), None);
        let unbounded = Limits::default();
        assert_eq!(shortage(&unbounded, u64::MAX, Some(0)), None);
        assert!(free_bytes(Path::new("/")).is_some_and(|free| free > 0));
    }

    #[test]
    fn a_disk_that_is_too_small_for_its_reserve_refuses() {
        let small = Limits {
            disk_reserve_bytes: u64::MAX,
            ..Limits::default()
        };
        let mut admission = Admission::new(small, PathBuf::from("/"));
        admission.measure(0);
        assert_eq!(admission.refusal(0), Some(Refusal::Disk));
    }
}
