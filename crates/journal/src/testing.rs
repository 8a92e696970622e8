//! A disk in memory that fails as disks do, for tests of this crate and of those above it.
//!
//! Deterministic: the same calls give the same bytes. [`FaultyDisk::kill`] is what `kill -9`
//! leaves, [`FaultyDisk::power_cut`] what a power cut leaves; both end the old disk, so that
//! whatever still holds it can change nothing.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::{Disk, DiskFile};

/// What a sync does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Sync {
    /// It makes durable what it should.
    #[default]
    Honest,
    /// It fails and forgets what it should have made durable, as Linux does.
    Failing,
    /// It says yes and makes nothing durable.
    Lying,
}

/// A disk in memory. Clones are handles to the same disk.
#[derive(Clone, Debug, Default)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    room_bytes: Option<u64>,
    write_bytes_max: Option<usize>,
    sync: Sync,
    truncate_fails: bool,
    reads_fail: bool,
    steps: u64,
    steps_max: Option<u64>,
    dead: bool,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    /// How much of `bytes` was synced.
    common: usize,
    /// Whether bytes before `common` changed since.
    overwritten: bool,
    /// What a failing sync has forgotten: never durable, though it can still be read.
    forgotten: Vec<Range<usize>>,
}

impl FaultyDisk {
    /// An empty, healthy disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes only so many more bytes, then says that the disk is full; `None`: no limit.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.lock().room_bytes = bytes;
    }

    /// Takes at most so many bytes in one write; `None`: all of them.
    pub fn set_write_max(&self, bytes: Option<usize>) {
        self.lock().write_bytes_max = bytes;
    }

    /// What a sync does from now on.
    pub fn set_sync(&self, sync: Sync) {
        self.lock().sync = sync;
    }

    /// Whether cutting a file fails from now on.
    pub fn set_truncate_fails(&self, fails: bool) {
        self.lock().truncate_fails = fails;
    }

    /// Whether reading fails from now on.
    pub fn set_reads_fail(&self, fails: bool) {
        self.lock().reads_fail = fails;
    }

    /// After so many more changes (creating, writing, cutting, syncing, removing) everything
    /// fails, as if the machine stopped there.
    pub fn stop_after(&self, steps: u64) {
        let mut state = self.lock();
        state.steps_max = Some(state.steps.saturating_add(steps));
    }

    /// How many changes there were.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.lock().steps
    }

    /// What `kill -9` leaves: everything written, durable or not. This disk ends.
    #[must_use]
    pub fn kill(&self) -> Self {
        let mut state = self.lock();
        state.dead = true;
        let survivor = State {
            inodes: state.inodes.clone(),
            names: state.names.clone(),
            durable_names: state.durable_names.clone(),
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(survivor)),
        }
    }

    /// What a power cut leaves at worst: only what was synced. This disk ends.
    #[must_use]
    pub fn power_cut(&self) -> Self {
        let mut state = self.lock();
        state.dead = true;
        let contents = |inode: usize| state.inode(inode).durable;
        let names = state.durable_names.iter();
        let files = names.map(|(path, inode)| (path.clone(), contents(*inode)));
        Self::with_files(files.collect())
    }

    /// What a power cut may leave: what was synced, and by chance some of the names changed
    /// and some pages written since, the others being zeros. This disk ends.
    #[must_use]
    pub fn power_cut_by_chance(&self, seed: u64) -> Self {
        let mut state = self.lock();
        state.dead = true;
        let mut chance = Chance(seed.wrapping_mul(2).wrapping_add(1));
        let mut files = BTreeMap::new();
        let all: std::collections::BTreeSet<&PathBuf> = state
            .names
            .keys()
            .chain(state.durable_names.keys())
            .collect();
        for path in all {
            let (now, then) = (state.names.get(path), state.durable_names.get(path));
            let survivor = if chance.coin() { now } else { then };
            let survivor = if now == then { now } else { survivor };
            if let Some(inode) = survivor {
                files.insert(path.clone(), chance.contents(&state.inode(*inode)));
            }
        }
        Self::with_files(files)
    }

    /// A healthy disk with these files, all durable.
    #[must_use]
    pub fn with_files(files: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        let disk = Self::new();
        {
            let mut state = disk.lock();
            for (path, bytes) in files {
                let inode = state.inodes.len();
                let (durable, common) = (bytes.clone(), bytes.len());
                state.inodes.push(Inode {
                    bytes,
                    durable,
                    common,
                    ..Inode::default()
                });
                state.names.insert(path.clone(), inode);
                state.durable_names.insert(path, inode);
            }
        }
        disk
    }

    /// All files and what is in them now.
    #[must_use]
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let state = self.lock();
        let contents = |inode: usize| state.inode(inode).bytes;
        state
            .names
            .iter()
            .map(|(path, inode)| (path.clone(), contents(*inode)))
            .collect()
    }

    /// Everything that can be read on the device itself: what is in all files and what was
    /// last synced of them, those unlinked included. Blocks that were overwritten are gone.
    #[must_use]
    pub fn image(&self) -> Vec<Vec<u8>> {
        let state = self.lock();
        let both = |inode: &Inode| [inode.bytes.clone(), inode.durable.clone()];
        state.inodes.iter().flat_map(both).collect()
    }
}

impl Inode {
    fn keep(&mut self) {
        if std::mem::take(&mut self.overwritten) {
            self.common = 0;
        }
        self.durable.truncate(self.common);
        self.durable
            .extend_from_slice(self.bytes.get(self.common..).unwrap_or(&[]));
        for range in &self.forgotten {
            self.durable
                .get_mut(range.clone())
                .unwrap_or(&mut [])
                .fill(0);
        }
        self.common = self.bytes.len();
    }
}

impl State {
    fn inode(&self, inode: usize) -> Inode {
        self.inodes.get(inode).cloned().unwrap_or_default()
    }

    fn step(&mut self) -> io::Result<()> {
        self.alive()?;
        if self.steps_max.is_some_and(|max| self.steps >= max) {
            self.dead = true;
        }
        self.steps = self.steps.saturating_add(1);
        self.alive()
    }

    fn alive(&self) -> io::Result<()> {
        if self.dead {
            Err(io::Error::other("the machine stopped"))
        } else {
            Ok(())
        }
    }
}

fn sync_failure() -> io::Error {
    io::Error::other("the disk failed to sync")
}

impl Disk for FaultyDisk {
    fn create_directory(&self, _path: &Path) -> io::Result<()> {
        self.lock().alive()
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.lock();
        state.step()?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = state.inodes.len();
        state.inodes.push(Inode::default());
        state.names.insert(path.to_owned(), inode);
        Ok(Box::new(FaultyFile {
            disk: self.clone(),
            inode,
        }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let state = self.lock();
        state.alive()?;
        let inode = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(FaultyFile {
            disk: self.clone(),
            inode,
        }))
    }

    fn reopen(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open(path)
    }

    fn overwrite(&self, path: &Path) -> io::Result<()> {
        let inode = {
            let state = self.lock();
            state.alive()?;
            *state.names.get(path).ok_or(io::ErrorKind::NotFound)?
        };
        let file = FaultyFile {
            disk: self.clone(),
            inode,
        };
        // Two steps, so that a machine can stop in between.
        for second in [false, true] {
            self.lock().step()?;
            file.change(|inode| {
                let half = inode.bytes.len() / 2;
                let (first, last) = inode.bytes.split_at_mut(half);
                (if second { last } else { first }).fill(0);
                inode.overwritten = true;
            })?;
        }
        file.sync()
    }

    fn sync_all(&self, _directory: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.step()?;
        match state.sync {
            Sync::Honest => {}
            Sync::Failing => return Err(sync_failure()),
            Sync::Lying => return Ok(()),
        }
        state.inodes.iter_mut().for_each(Inode::keep);
        state.durable_names = state.names.clone();
        Ok(())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let state = self.lock();
        state.alive()?;
        let inside = state
            .names
            .keys()
            .filter(|path| path.parent() == Some(directory));
        let name = |path: &PathBuf| Some(path.file_name()?.to_str()?.to_owned());
        Ok(inside.filter_map(name).collect())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.step()?;
        state
            .names
            .remove(path)
            .map(drop)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.step()?;
        match state.sync {
            Sync::Honest => {}
            Sync::Failing => return Err(sync_failure()),
            Sync::Lying => return Ok(()),
        }
        let inside = |name: &Path| name.parent() == Some(path);
        state.durable_names.retain(|name, _| !inside(name));
        let now: Vec<(PathBuf, usize)> = state
            .names
            .iter()
            .filter(|(name, _)| inside(name))
            .map(|(name, inode)| (name.clone(), *inode))
            .collect();
        state.durable_names.extend(now);
        Ok(())
    }
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    inode: usize,
}

impl FaultyFile {
    fn change<T>(&self, change: impl FnOnce(&mut Inode) -> T) -> io::Result<T> {
        let mut state = self.disk.lock();
        state
            .inodes
            .get_mut(self.inode)
            .map(change)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl DiskFile for FaultyFile {
    fn append(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let wanted: usize = slices.iter().map(|slice| slice.len()).sum();
        let count = {
            let mut state = self.disk.lock();
            state.step()?;
            let room = state.room_bytes.map_or(wanted, |room| {
                usize::try_from(room).unwrap_or(usize::MAX).min(wanted)
            });
            if room == 0 && wanted > 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let count = room.min(state.write_bytes_max.unwrap_or(wanted));
            state.room_bytes = state
                .room_bytes
                .map(|room| room.saturating_sub(count as u64));
            count
        };
        self.change(|inode| {
            let end = inode.bytes.len().saturating_add(count);
            slices
                .iter()
                .for_each(|slice| inode.bytes.extend_from_slice(slice));
            inode.bytes.truncate(end);
        })?;
        Ok(count)
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        {
            let mut state = self.disk.lock();
            state.step()?;
            if state.truncate_fails {
                return Err(io::Error::other("the disk failed to cut a file"));
            }
        }
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.change(|inode| {
            inode.bytes.truncate(bytes);
            inode.common = inode.common.min(bytes);
            inode
                .forgotten
                .iter_mut()
                .for_each(|range| range.end = range.end.min(bytes));
        })
    }

    fn sync(&self) -> io::Result<()> {
        let sync = {
            let mut state = self.disk.lock();
            state.step()?;
            state.sync
        };
        match sync {
            Sync::Honest => self.change(Inode::keep),
            Sync::Failing => {
                self.change(|inode| inode.forgotten.push(inode.common..inode.bytes.len()))?;
                Err(sync_failure())
            }
            Sync::Lying => Ok(()),
        }
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.lock();
        state.alive()?;
        if state.reads_fail {
            return Err(io::Error::other("the disk failed to read"));
        }
        let bytes = state
            .inodes
            .get(self.inode)
            .map_or(&[][..], |inode| &inode.bytes);
        let rest = bytes
            .get(usize::try_from(offset).unwrap_or(usize::MAX)..)
            .unwrap_or(&[]);
        let mut rest = rest;
        io::Read::read(&mut rest, buffer)
    }

    fn size(&self) -> io::Result<u64> {
        self.change(|inode| inode.bytes.len() as u64)
    }
}

/// Pages the system writes back in any order.
const PAGE_BYTES: usize = 512;

/// A small deterministic generator: xorshift.
struct Chance(u64);

impl Chance {
    fn coin(&mut self) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 & 8 != 0
    }

    fn contents(&mut self, inode: &Inode) -> Vec<u8> {
        let mut bytes = inode.durable.clone();
        if inode.overwritten {
            let pages = bytes.chunks_mut(PAGE_BYTES);
            for (old, new) in pages.zip(inode.bytes.chunks(PAGE_BYTES)) {
                if old.len() == new.len() && self.coin() {
                    old.copy_from_slice(new);
                }
            }
        }
        let fresh = inode.bytes.get(inode.common..).unwrap_or(&[]);
        if fresh.is_empty() || self.coin() {
            return bytes;
        }
        bytes.truncate(inode.common);
        for page in fresh.chunks(PAGE_BYTES) {
            let survives = self.coin();
            bytes.extend(page.iter().map(|byte| if survives { *byte } else { 0 }));
        }
        bytes
    }
}
