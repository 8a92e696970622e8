//! The folder of call files: their names, making, and clearing away.

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::error::Error;
use crate::writer::write_all;
use model::{RecordingId, SessionId};

/// The folder of a log's call files: `calls` beside the log.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) directory: PathBuf,
}

impl Calls {
    pub(crate) fn new(disk: Arc<dyn Disk>, log: &Path) -> Self {
        let directory = log.with_file_name("calls");
        Self { disk, directory }
    }

    pub(crate) fn path(&self, session: SessionId) -> PathBuf {
        self.directory.join(format!("{session}.ewj"))
    }

    /// The sessions that have a call file, oldest first.
    pub(crate) fn list(&self) -> Result<Vec<SessionId>, Error> {
        let names = self.disk.list(&self.directory);
        let names = names.map_err(|source| Error::io("cannot list", &self.directory, source))?;
        let mut sessions: Vec<SessionId> = names.iter().filter_map(|name| whose(name)).collect();
        sessions.sort_unstable();
        Ok(sessions)
    }

    /// Makes a session's file with these bytes in it; nothing remains when that fails.
    pub(crate) fn create(
        &self,
        session: SessionId,
        bytes: &[u8],
    ) -> Result<Arc<dyn DiskFile>, Error> {
        let path = self.path(session);
        let created = self.disk.create(&path);
        let created = created.map_err(|source| Error::io("cannot create", &path, source))?;
        let file: Arc<dyn DiskFile> = created.into();
        if let Err(source) = append(&*file, bytes) {
            drop(self.clear(&path));
            return Err(Error::io("cannot write to", path, source));
        }
        Ok(file)
    }

    pub(crate) fn reopen(&self, session: SessionId) -> Result<Arc<dyn DiskFile>, Error> {
        let path = self.path(session);
        let opened = self.disk.reopen(&path);
        let opened = opened.map_err(|source| Error::io("cannot open", path, source))?;
        Ok(opened.into())
    }

    /// Unlinks a session's file, overwritten before when `wipe` says so. The folder is not
    /// synced.
    pub(crate) fn remove(&self, session: SessionId, wipe: bool) -> Result<(), Error> {
        let path = self.path(session);
        let removed = if wipe {
            self.clear(&path)
        } else {
            self.disk.remove(&path)
        };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(|source| Error::io("cannot delete", path, source)),
        }
    }

    fn clear(&self, path: &Path) -> io::Result<()> {
        self.disk.overwrite(path)?;
        self.disk.remove(path)
    }

    pub(crate) fn sync(&self) -> Result<(), Error> {
        let synced = self.disk.sync_directory(&self.directory);
        synced.map_err(|source| Error::io("cannot sync", &self.directory, source))
    }
}

/// Appends all bytes.
pub(crate) fn append(file: &dyn DiskFile, bytes: &[u8]) -> io::Result<()> {
    write_all(file, &mut [IoSlice::new(bytes)])
}

/// Whose file has this name.
fn whose(name: &str) -> Option<SessionId> {
    let stem = name.strip_suffix(".ewj")?;
    let id = RecordingId::parse(stem).ok()?;
    let session = SessionId::from_bytes(id.to_bytes());
    (session.to_string() == stem).then_some(session)
}
