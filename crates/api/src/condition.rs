//! How a node stands, in words and in bytes: the seam between HTTP and whoever looks after disks,
//! certificates and the recorder.
//!
//! Nothing here names a call, a number or a person, and no path of the machine.

use crate::live::LiveAnswer;
use jiff::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;

/// Asked for the condition whenever somebody wants to see it; the answer may be some seconds old.
pub type Inspecting = Arc<dyn Fn() -> LiveAnswer<'static, Arc<Condition>> + Send + Sync>;

/// How a node stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// What is stored, and for how long there is room.
    pub storage: Storage,
    /// Calls that are over and not archived yet.
    pub waiting_calls: u64,
    /// When the first of them ended.
    pub oldest_ended_at: Option<Timestamp>,
    /// Most bytes in the spool; `None`: as many as the disk has.
    pub spool_limit_bytes: Option<u64>,
    /// What was looked at and how it is, area by area.
    pub health: Vec<Finding>,
}

/// What is stored, in bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storage {
    /// In the journal.
    pub spool_bytes: u64,
    /// Sound of recordings in the archive.
    pub archive_bytes: u64,
    /// Free on the disk of the archive.
    pub disk_free_bytes: u64,
    /// Size of that disk.
    pub disk_total_bytes: u64,
    /// What recordings added a day in the last week; `None`: not known yet.
    pub per_day_bytes: Option<u64>,
    /// When the disk has no more than its reserve left at that pace; `None`: not foreseeable.
    pub full_at: Option<Timestamp>,
}

/// How good or bad something is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Grade {
    /// Nothing to do.
    Ok,
    /// Recording goes on; somebody should look.
    Warn,
    /// Something is not recorded, or will not be soon.
    Error,
}

impl Grade {
    /// The word of the v1 API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// What was found of one area.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// How it is.
    pub grade: Grade,
    /// `disk`, `clock`, `spool`, `database`, `archive`, `certificates`, `descriptors`, `probe` or
    /// `capture`.
    pub area: &'static str,
    /// What was found, in one sentence without its full stop.
    pub fact: String,
    /// What comes of it; empty where nothing does.
    pub consequence: String,
    /// What to do about it; empty where there is nothing to do.
    pub advice: String,
}

/// Where this node listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listener {
    /// `sip-udp`, `sip-tcp`, `sip-tls`, `http` or `https`.
    pub kind: &'static str,
    /// The address that is bound, with its real port.
    pub address: SocketAddr,
}
