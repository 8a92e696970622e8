//! An archive in a local folder.
//!
//! The one way to publish, [`Local::publish`], is: bytes to the disk, folders to the disk,
//! link create-only, folder to the disk. Nothing else writes outside the staging folder.

use crate::archive::Receipt;
use crate::error::Error;
use bytes::Bytes;
use futures_util::{Stream, stream};
use model::Sha256;
use sha2::Digest;
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Staged files live here, on the same file system as the objects. No key begins with a dot.
const STAGING: &str = ".staging";
/// Most bytes of an object in memory for one reader.
const BLOCK_BYTES: usize = 256 * 1024;
/// Folders remembered as being on the disk; beyond, they are forgotten and synced again.
const FOLDERS_MAX: usize = 10_000;

/// The folder.
#[derive(Debug)]
pub(crate) struct Local {
    folder: PathBuf,
    staging: PathBuf,
    /// Folders whose own entries this process has synced.
    durable: Mutex<BTreeSet<PathBuf>>,
}

/// An object being written. Dropping it without [`crate::Archive::put`] forgets it.
#[derive(Debug)]
pub struct Staging {
    file: File,
    path: PathBuf,
    size: u64,
    hash: sha2::Sha256,
}

impl Local {
    /// Opens or creates the folder and sweeps out what dead processes had staged.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let staging = folder.join(STAGING);
        make_folder(&staging)?;
        let local = Self {
            folder: folder.to_owned(),
            staging,
            durable: Mutex::new(BTreeSet::new()),
        };
        local.sweep()?;
        Ok(local)
    }

    /// Where the archive lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A new staged file. It stays locked while it is open: that is how another process which
    /// opens the archive (`verify` beside a running server) tells it from a leftover.
    pub(crate) fn staging(&self) -> Result<Staging, Error> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = self.staging.join(format!("{}-{number}", process::id()));
            let file = match create_new(&path) {
                Ok(file) => file,
                Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(unavailable(&path, e)),
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => continue,
                Err(fs::TryLockError::Error(e)) => return Err(unavailable(&path, e)),
            }
            // Another process may have swept the file in the instant before it was locked.
            if file.metadata().map_err(|e| unavailable(&path, e))?.nlink() == 1 {
                return Ok(Staging {
                    file,
                    path,
                    size: 0,
                    hash: sha2::Sha256::new(),
                });
            }
        }
    }

    /// Publishes a staged file under the receipt's key, which has been checked.
    pub(crate) fn publish(&self, staged: Staging, receipt: Receipt) -> Result<Receipt, Error> {
        let (size, sha256) = (staged.size, sum(staged.hash.clone()));
        if (size, sha256) != (receipt.size, receipt.sha256) {
            return Err(Error::Garbled {
                key: receipt.key,
                size,
                sha256,
            });
        }
        staged
            .file
            .sync_all()
            .map_err(|e| unavailable(&staged.path, e))?;
        let target = self.folder.join(&receipt.key);
        let parent = self.make_parents(&receipt.key)?;
        match fs::hard_link(&staged.path, &target) {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                let stored = self.verify(&receipt.key)?;
                if stored != receipt {
                    return Err(Error::Mismatch { stored });
                }
                // It may be there from a process that died before its own sync.
                let file = File::open(&target).map_err(|e| unavailable(&target, e))?;
                file.sync_all().map_err(|e| unavailable(&target, e))?;
            }
            Err(e) => return Err(unavailable(&target, e)),
        }
        sync_folder(&parent)?;
        Ok(receipt)
    }

    /// Stages and publishes a few bytes.
    pub(crate) fn publish_bytes(&self, key: String, bytes: &[u8]) -> Result<Receipt, Error> {
        let mut staged = self.staging()?;
        staged
            .write_all(bytes)
            .map_err(|e| unavailable(&staged.path, e))?;
        let receipt = Receipt {
            key,
            size: staged.size,
            sha256: sum(sha2::Sha256::new_with_prefix(bytes)),
        };
        self.publish(staged, receipt)
    }

    /// Opens an object for reading a range.
    pub(crate) fn reader(&self, key: &str, range: Range<u64>) -> Result<Reader, Error> {
        let (file, path, size) = self.open_object(key)?;
        let Range { start, end } = range;
        if start > end || end > size {
            return Err(Error::OutOfRange {
                key: key.to_owned(),
                start,
                end,
                size,
            });
        }
        Ok(Reader {
            file,
            path,
            start,
            end,
        })
    }

    /// An object's size in bytes.
    pub(crate) fn size(&self, key: &str) -> Result<u64, Error> {
        Ok(self.open_object(key)?.2)
    }

    /// Reads an object in full.
    pub(crate) fn verify(&self, key: &str) -> Result<Receipt, Error> {
        let (mut file, path, _) = self.open_object(key)?;
        let mut hash = sha2::Sha256::new();
        let mut size: u64 = 0;
        let mut block = vec![0; BLOCK_BYTES];
        loop {
            let length = match file.read(&mut block) {
                Ok(0) => break,
                Ok(length) => length,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Err(unavailable(&path, e)),
            };
            hash.update(&block[..length]);
            size += length as u64;
        }
        Ok(Receipt {
            key: key.to_owned(),
            size,
            sha256: sum(hash),
        })
    }

    /// Removes an object, durably.
    pub(crate) fn remove(&self, key: &str) -> Result<(), Error> {
        let path = self.folder.join(key);
        match fs::remove_file(&path) {
            Ok(()) => sync_folder(parent(&path)),
            Err(e) if self.lacks(&e) => Ok(()),
            Err(e) => Err(unavailable(&path, e)),
        }
    }

    /// Goes the way of [`Self::publish`] without leaving anything.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut staged = self.staging()?;
        let path = staged.path.clone();
        staged
            .write_all(b"writable?")
            .map_err(|e| unavailable(&path, e))?;
        staged.file.sync_all().map_err(|e| unavailable(&path, e))?;
        let link = path.with_extension("link");
        fs::hard_link(&path, &link).map_err(|e| unavailable(&link, e))?;
        fs::remove_file(&link).map_err(|e| unavailable(&link, e))?;
        sync_folder(&self.staging)
    }

    fn open_object(&self, key: &str) -> Result<(File, PathBuf, u64), Error> {
        let path = self.folder.join(key);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if self.lacks(&e) => {
                return Err(Error::NotFound {
                    key: key.to_owned(),
                });
            }
            Err(e) => return Err(unavailable(&path, e)),
        };
        let metadata = file.metadata().map_err(|e| unavailable(&path, e))?;
        if !metadata.is_file() {
            return Err(Error::NotFound {
                key: key.to_owned(),
            });
        }
        Ok((file, path, metadata.len()))
    }

    /// Whether an error says that an object is not there. An archive that is not mounted shows
    /// no object, but has not lost any either.
    fn lacks(&self, error: &io::Error) -> bool {
        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
            && self.staging.is_dir()
    }

    /// Makes the folders above an object and sees to it that each is on the disk, also those
    /// an earlier process may have made and not synced.
    fn make_parents(&self, key: &str) -> Result<PathBuf, Error> {
        let target = self.folder.join(key);
        let deepest = parent(&target).to_owned();
        if deepest.is_dir() && self.durable().contains(&deepest) {
            return Ok(deepest);
        }
        let mut folder = self.folder.clone();
        for name in key
            .split('/')
            .rev()
            .skip(1)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            folder.push(name);
            make_folder(&folder)?;
        }
        let mut durable = self.durable();
        if durable.len() >= FOLDERS_MAX {
            durable.clear();
        }
        durable.insert(deepest.clone());
        Ok(deepest)
    }

    fn durable(&self) -> std::sync::MutexGuard<'_, BTreeSet<PathBuf>> {
        // The set is whole at any time: a panic elsewhere cannot have spoilt it.
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes staged files nobody holds.
    fn sweep(&self) -> Result<(), Error> {
        let failed = |e| unavailable(&self.staging, e);
        let mut swept = 0_u64;
        for entry in fs::read_dir(&self.staging).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            // Gone again, or not ours to open: then it is not ours to remove either.
            let Ok(file) = File::open(&path) else {
                continue;
            };
            if file.try_lock().is_ok() && fs::remove_file(&path).is_ok() {
                swept += 1;
            }
        }
        if swept > 0 {
            tracing::info!(
                files = swept,
                "removed unfinished objects of an earlier run"
            );
        }
        Ok(())
    }
}

impl Staging {
    /// Size in bytes and hash of what was written until now, for [`crate::Archive::put`] where
    /// the writer itself keeps no count.
    #[must_use]
    pub fn written(&self) -> (u64, Sha256) {
        (self.size, sum(self.hash.clone()))
    }
}

impl Write for Staging {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.file.write(bytes)?;
        self.hash.update(&bytes[..length]);
        self.size += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is swept when the archive is next opened.
        let _ = fs::remove_file(&self.path);
    }
}

/// A part of an object, still to be read.
#[derive(Debug)]
pub(crate) struct Reader {
    file: File,
    path: PathBuf,
    start: u64,
    end: u64,
}

impl Reader {
    /// The blocks; each is read when it is asked for.
    pub(crate) fn blocks(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        stream::try_unfold(self, |mut reader| async move {
            if reader.start >= reader.end {
                return Ok(None);
            }
            let path = reader.path.clone();
            tokio::task::spawn_blocking(move || {
                let block = reader.block()?;
                Ok(Some((block, reader)))
            })
            .await
            .map_err(|e| unavailable(&path, io::Error::other(e)))?
        })
    }

    fn block(&mut self) -> Result<Bytes, Error> {
        let wanted = usize::try_from(self.end - self.start).unwrap_or(usize::MAX);
        let mut block = vec![0; wanted.min(BLOCK_BYTES)];
        self.file
            .read_exact_at(&mut block, self.start)
            .map_err(|e| unavailable(&self.path, e))?;
        self.start += block.len() as u64;
        Ok(Bytes::from(block))
    }
}

/// Creates a folder, and those above it, for the owner alone, and syncs the folder it is in.
fn make_folder(folder: &Path) -> Result<(), Error> {
    let create = || match DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        done => done,
    };
    match create() {
        Err(e) if e.kind() == ErrorKind::NotFound && parent(folder) != folder => {
            make_folder(parent(folder))?;
            create().map_err(|e| unavailable(folder, e))?;
        }
        done => done.map_err(|e| unavailable(folder, e))?,
    }
    sync_folder(parent(folder))
}

/// The folder a path is in; the working directory for a single relative name.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(|e| unavailable(folder, e))
}

fn sum(hash: sha2::Sha256) -> Sha256 {
    Sha256(hash.finalize().into())
}

fn unavailable(path: &Path, source: io::Error) -> Error {
    Error::Unavailable {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
