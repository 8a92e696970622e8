//! What is said to and by the catalogue about the audit.
//!
//! Each row's hash is SHA-256 over the hash before it and the row, so that no row can be
//! changed, taken out or moved without a trace; a head record remembers the last one, so that
//! none can be cut off.

use model::audit::{AuditAction, AuditEvent, Outcome};
use model::filter::TimeFilter;
use model::people::UserId;
use model::{RecordingId, Sha256};

/// A row of the audit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditRow {
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// What happened.
    pub event: AuditEvent,
    /// Hash over the row before it and this one.
    pub hash: Sha256,
}

/// Which rows are wanted; all conditions must hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AuditFilter {
    /// When.
    pub at: TimeFilter,
    /// User name, letter case ignored.
    pub who: Option<String>,
    /// The user.
    pub user: Option<UserId>,
    /// What.
    pub action: Option<AuditAction>,
    /// On which recording.
    pub recording: Option<RecordingId>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Address the request came from.
    pub from: Option<std::net::IpAddr>,
    /// Anywhere in the details, letter case ignored.
    pub text: Option<String>,
}

/// Which row comes first.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AuditOrder {
    /// The newest.
    #[default]
    Newest,
    /// The oldest, as exports have it.
    Oldest,
}

/// Where the chain ends now. Written down elsewhere, it shows a chain that was replaced whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuditHead {
    /// Number of the last row; 0: there is none.
    pub number: u64,
    /// Hash of the last row; zeros when there is none.
    pub hash: Sha256,
}

/// What a check of the chain found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditCheck {
    /// Rows that were looked at.
    pub rows: u64,
    /// Where the chain ends.
    pub head: AuditHead,
    /// The first broken link; `None`: the chain is whole.
    pub broken: Option<Broken>,
}

/// A broken link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Broken {
    /// Number of the first row that is missing or not what it was.
    pub row: u64,
    /// What is wrong with it, for people.
    pub why: String,
}

/// Comma-separated values: the audit in the form existing tools read, and cells for all else.
pub mod csv {
    use super::AuditRow;

    /// The first line, without its end.
    pub const HEADER: &str = "Date,Email,IpAddress,AppName,ActionType,Details";

    /// The line of a row, without its end. The date is in UTC. Who was refused, what failed and
    /// on which recording stands in the details.
    #[must_use]
    pub fn line(row: &AuditRow) -> String {
        let event = &row.event;
        let from = event.from.map(|from| from.to_string()).unwrap_or_default();
        let mut details = Vec::new();
        if event.outcome != model::audit::Outcome::Done {
            details.push(event.outcome.name().to_owned());
        }
        if let Some(recording) = event.recording {
            details.push(format!("recording {recording}"));
        }
        if !event.details.is_empty() {
            details.push(event.details.clone());
        }
        let cells = [
            event.at.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string(),
            event.who.clone(),
            from,
            event.app.clone(),
            event.action.name().to_owned(),
            details.join("; "),
        ];
        cells.map(|c| cell(&c)).join(",")
    }

    /// A text as a cell: in quotes where it needs them. One that a spreadsheet would take for a
    /// formula gets an apostrophe before it.
    #[must_use]
    pub fn cell(cell: &str) -> String {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let cell = if formula {
            format!("'{cell}")
        } else {
            cell.to_owned()
        };
        if cell.contains([',', '"', '\n', '\r']) {
            return format!("\"{}\"", cell.replace('"', "\"\""));
        }
        cell
    }
}
