//! Calls that were thrown away and are not in the audit yet: one small file each, in the spool.
//!
//! The file is on the disk before anything of the call is destroyed, and goes when the audit
//! has its line, so that a crash in between costs no line. It says which call it was and which
//! rule, never who talked or what was said. A call with such a file is not kept any more,
//! whatever the rules say later.

use crate::whole;
use model::live::LiveCall;
use model::{RecordingId, SessionId};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

/// The name of the folder in the spool.
pub(crate) const NAME: &str = "discarded";

/// A call that was thrown away because nobody started it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Discarded {
    /// Its session.
    pub session: SessionId,
    /// What would have been its recording.
    pub recording: RecordingId,
    /// The rule by which it was held; empty: none.
    pub rule: String,
}

/// The folder.
#[derive(Debug, Default)]
pub(crate) struct Discards(PathBuf);

impl Discards {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Puts a call's file on the disk. Waits for it.
    pub(crate) fn store(&self, call: &Discarded) -> io::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)?;
        whole::put(&self.path(call), call.rule.as_bytes())?;
        // The folder itself may be new.
        self.0
            .parent()
            .map_or(Ok(()), |spool| File::open(spool)?.sync_all())
    }

    /// The audit has the call's line. If the file comes back with a power cut, so does the
    /// question, and the answer is the same.
    pub(crate) fn remove(&self, call: &Discarded) -> io::Result<()> {
        match fs::remove_file(self.path(call)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// What an earlier run did not get into the audit.
    pub(crate) fn left(&self) -> Vec<Discarded> {
        let files = match fs::read_dir(&self.0) {
            Ok(files) => files,
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    tracing::error!(%error, "what was thrown away cannot be looked through");
                }
                return Vec::new();
            }
        };
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        names
            .filter_map(|name| {
                let (session, recording) = name.split_once('.')?;
                Some(Discarded {
                    session: parse(session)?,
                    recording: RecordingId::parse(recording).ok()?,
                    // Unreadable: the line is worth more than the rule's name.
                    rule: fs::read_to_string(self.0.join(&name)).unwrap_or_default(),
                })
            })
            .collect()
    }

    fn path(&self, call: &Discarded) -> PathBuf {
        self.0.join(format!("{}.{}", call.session, call.recording))
    }
}

fn parse(session: &str) -> Option<SessionId> {
    let id = RecordingId::parse(session).ok()?;
    Some(SessionId::from_bytes(id.to_bytes()))
}

/// What is written down of a call that is thrown away.
pub(crate) fn discarded(call: &LiveCall) -> Discarded {
    Discarded {
        session: call.session,
        recording: call.recording,
        rule: call.rule.clone(),
    }
}

/// The sessions of these calls.
pub(crate) fn sessions(calls: &[Discarded]) -> BTreeSet<SessionId> {
    calls.iter().map(|call| call.session).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_left_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let discards = Discards::new(folder.path().join("spool").join(NAME));
        assert_eq!(discards.left(), []);
        let call = |number, rule: &str| {
            let session = SessionId::mint(1_700_000_000_000, [number; 10]);
            Discarded {
                session,
                recording: session.first_recording(),
                rule: rule.to_owned(),
            }
        };
        let (one, other) = (call(1, "böse \"rule\""), call(2, ""));
        for call in [&one, &other, &one] {
            discards.store(call).unwrap();
        }
        let mut left = discards.left();
        left.sort_by_key(|call| call.session);
        assert_eq!(left, [one.clone(), other.clone()]);
        // What a crash left half written, and what is not ours, is none.
        fs::write(discards.path(&one).with_extension("new"), "b").unwrap();
        fs::write(discards.0.join("notes.txt"), "b").unwrap();
        discards.remove(&one).unwrap();
        discards.remove(&one).unwrap();
        assert_eq!(discards.left(), [other]);
    }
}
