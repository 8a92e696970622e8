//! How a node stands: storage, what waits, where it listens, and what somebody should look at.

use super::time;
use crate::condition::{Condition, Finding, Grade, Listener, Storage};
use serde::Serialize;

/// What is stored, in bytes.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stored {
    /// In the journal.
    pub(crate) spool_bytes: u64,
    /// Sound of recordings in the archive.
    pub(crate) archive_bytes: u64,
    /// Free on the disk of the archive.
    pub(crate) disk_free_bytes: u64,
    /// Size of that disk.
    pub(crate) disk_total_bytes: u64,
    /// What recordings added a day in the last week; null: there is no whole day yet.
    pub(crate) per_day_bytes: Option<u64>,
    /// When the disk has no more than its reserve left at that pace; null: not foreseeable.
    #[schema(format = DateTime)]
    pub(crate) full_at: Option<String>,
}

impl Stored {
    pub(crate) fn of(storage: &Storage) -> Self {
        Self {
            spool_bytes: storage.spool_bytes,
            archive_bytes: storage.archive_bytes,
            disk_free_bytes: storage.disk_free_bytes,
            disk_total_bytes: storage.disk_total_bytes,
            per_day_bytes: storage.per_day_bytes,
            full_at: storage.full_at.map(time),
        }
    }
}

/// Calls that are over and not archived yet.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Waiting {
    pub(crate) calls: u64,
    /// When the first of them ended; null: none waits.
    #[schema(format = DateTime)]
    pub(crate) oldest_ended_at: Option<String>,
}

impl Waiting {
    pub(crate) fn of(condition: &Condition) -> Self {
        Self {
            calls: condition.waiting_calls,
            oldest_ended_at: condition.oldest_ended_at.map(time),
        }
    }
}

/// Where a node listens.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ListensAt {
    /// `sip-udp`, `sip-tcp`, `sip-tls`, `http` or `https`.
    pub(crate) kind: &'static str,
    /// Address and port.
    pub(crate) address: String,
}

impl From<&Listener> for ListensAt {
    fn from(listener: &Listener) -> Self {
        Self {
            kind: listener.kind,
            address: listener.address.to_string(),
        }
    }
}

/// What was found of one area.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `ok`, `warn` or `error`.
    pub(crate) level: &'static str,
    /// `disk`, `clock`, `spool`, `database`, `archive`, `certificates`, `descriptors`, `probe` or
    /// `capture`.
    pub(crate) area: &'static str,
    pub(crate) fact: String,
    /// Empty where nothing comes of it.
    pub(crate) consequence: String,
    /// Empty where there is nothing to do.
    pub(crate) advice: String,
}

impl From<&Finding> for Health {
    fn from(finding: &Finding) -> Self {
        Self {
            level: finding.grade.name(),
            area: finding.area,
            fact: finding.fact.clone(),
            consequence: finding.consequence.clone(),
            advice: finding.advice.clone(),
        }
    }
}

/// What somebody should look at.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Notice {
    /// `warn` or `error`.
    pub(crate) level: &'static str,
    pub(crate) fact: String,
    pub(crate) consequence: String,
}

impl Notice {
    /// What is not well, the worst first.
    pub(crate) fn all(condition: &Condition) -> Vec<Self> {
        let bad = |finding: &&Finding| finding.grade != Grade::Ok;
        let mut found: Vec<&Finding> = condition.health.iter().filter(bad).collect();
        found.sort_by_key(|finding| std::cmp::Reverse(finding.grade));
        let notice = |finding: &Finding| Self {
            level: finding.grade.name(),
            fact: finding.fact.clone(),
            consequence: finding.consequence.clone(),
        };
        found.into_iter().map(notice).collect()
    }
}
