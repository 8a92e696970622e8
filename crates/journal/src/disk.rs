//! The seam to the disk: everything the log does to files, and nothing else.
//!
//! A seam so that tests can cut the power, fill the disk and lie about `fsync`. It knows no
//! format. How much space is free is the caller's business: the log only meets its end.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A place where files are.
pub trait Disk: Debug + Send + Sync {
    /// Makes a folder and those above it; it may exist.
    ///
    /// # Errors
    /// What the system says.
    fn create_directory(&self, path: &Path) -> io::Result<()>;

    /// Makes a new file for appending and reading; it must not exist.
    ///
    /// # Errors
    /// What the system says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file for reading and syncing.
    ///
    /// # Errors
    /// What the system says.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file for appending, reading and cutting.
    ///
    /// # Errors
    /// What the system says.
    fn reopen(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Overwrites a file with zeros where it lies and makes that durable: what was in it can
    /// be read nowhere any more. Its length stays.
    ///
    /// # Errors
    /// What the system says; then some of it may have been overwritten.
    fn overwrite(&self, path: &Path) -> io::Result<()>;

    /// Makes everything durable that was written to the disk of a folder, names included.
    ///
    /// # Errors
    /// What the system says.
    fn sync_all(&self, directory: &Path) -> io::Result<()>;

    /// The names of the files in a folder, in no order.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// Unlinks a file.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
}

/// An open file. Appending and syncing may happen at the same time from two threads.
pub trait DiskFile: Debug + Send + Sync {
    /// Writes at the end, as far as the system likes; returns how many bytes.
    ///
    /// # Errors
    /// What the system says; then nothing was written.
    fn append(&self, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Cuts the file to a length in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn truncate(&self, bytes: u64) -> io::Result<()>;

    /// Makes the content durable.
    ///
    /// # Errors
    /// What the system says; what was written since the last success may then be gone.
    fn sync(&self) -> io::Result<()>;

    /// Reads at an offset in bytes, as far as the system likes; 0 at the end.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The length in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn size(&self) -> io::Result<u64>;
}

/// Bytes overwritten at once.
const ZEROS_BYTES: usize = 1024 * 1024;

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RealFile(File::open(path)?)))
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).append(true).open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn overwrite(&self, path: &Path) -> io::Result<()> {
        // Not for appending: Linux appends whatever the offset says.
        let file = OpenOptions::new().write(true).open(path)?;
        let (zeros, bytes) = (vec![0; ZEROS_BYTES], file.metadata()?.len());
        let mut at = 0u64;
        while at < bytes {
            let left = usize::try_from(bytes.saturating_sub(at)).unwrap_or(ZEROS_BYTES);
            let some = zeros.get(..left).unwrap_or(&zeros);
            file.write_all_at(some, at)?;
            at = at.saturating_add(some.len() as u64);
        }
        file.sync_data()
    }

    fn sync_all(&self, directory: &Path) -> io::Result<()> {
        Ok(nix::unistd::syncfs(File::open(directory)?)?)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let names = fs::read_dir(directory)?.map(|item| Ok(item?.file_name().into_string().ok()));
        names.filter_map(io::Result::transpose).collect()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

/// A file of this machine that is open for reading.
pub(crate) fn opened(file: File) -> Box<dyn DiskFile> {
    Box::new(RealFile(file))
}

#[derive(Debug)]
struct RealFile(File);

impl DiskFile for RealFile {
    fn append(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        (&self.0).write_vectored(slices)
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}
