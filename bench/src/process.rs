//! What a process costs, from what the kernel keeps of it in `/proc`.

use anyhow::Context as _;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs::{read_dir, read_to_string};

/// What a process has used up to now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Used {
    /// Nanoseconds on a processor, by the names of the threads.
    pub(crate) by_thread: BTreeMap<String, u64>,
    /// Bytes it made the disks write.
    pub(crate) written: u64,
}

impl Used {
    /// Reads it. Threads that have ended are forgotten by the kernel: measure over a time in
    /// which none ends that matters.
    pub(crate) fn of(process: u32) -> anyhow::Result<Self> {
        let mut by_thread = BTreeMap::new();
        for task in read_dir(format!("/proc/{process}/task"))? {
            let task = task?.path();
            // A thread may end between the two lines: then it counts as nothing.
            let Ok(name) = read_to_string(task.join("comm")) else {
                continue;
            };
            let spent = read_to_string(task.join("schedstat")).unwrap_or_default();
            let spent = spent
                .split(' ')
                .next()
                .and_then(|word| word.parse::<u64>().ok());
            *by_thread.entry(name.trim().to_owned()).or_default() += spent.unwrap_or_default();
        }
        let io = read_to_string(format!("/proc/{process}/io"))?;
        Ok(Self {
            by_thread,
            written: field(&io, "write_bytes").unwrap_or_default(),
        })
    }

    /// Nanoseconds of all threads.
    pub(crate) fn total(&self) -> u64 {
        self.by_thread.values().sum()
    }

    /// What was used since `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let spent = |(name, now): (&String, &u64)| {
            let then = before.by_thread.get(name).copied().unwrap_or_default();
            (name.clone(), now.saturating_sub(then))
        };
        Self {
            by_thread: self.by_thread.iter().map(spent).collect(),
            written: self.written.saturating_sub(before.written),
        }
    }
}

/// What the threads of one name have used, those included that have ended: of them what they
/// had used when they were last looked at.
#[derive(Debug)]
pub(crate) struct Threads {
    name: &'static str,
    /// Nanoseconds by thread.
    used: BTreeMap<String, u64>,
}

impl Threads {
    pub(crate) fn new(name: &'static str) -> Self {
        let used = BTreeMap::new();
        Self { name, used }
    }

    /// Looks at them. A process that is gone has none.
    pub(crate) fn look(&mut self, process: u32) {
        let tasks = read_dir(format!("/proc/{process}/task"));
        for task in tasks.into_iter().flatten().flatten() {
            let folder = task.path();
            let name = read_to_string(folder.join("comm")).unwrap_or_default();
            let spent = read_to_string(folder.join("schedstat")).unwrap_or_default();
            let spent = spent.split(' ').next().and_then(|word| word.parse().ok());
            if let Some(spent) = spent.filter(|_| name.trim() == self.name) {
                let thread = task.file_name().to_string_lossy().into_owned();
                self.used.insert(thread, spent);
            }
        }
    }

    /// Nanoseconds of all of them.
    pub(crate) fn total(&self) -> u64 {
        self.used.values().sum()
    }
}

/// Bytes of memory that are the process's own: no files, nothing shared.
pub(crate) fn memory(process: u32) -> anyhow::Result<u64> {
    let status = read_to_string(format!("/proc/{process}/status"))?;
    let kibibytes = field(&status, "RssAnon").context("no RssAnon")?;
    Ok(kibibytes * 1024)
}

/// Open descriptors.
pub(crate) fn descriptors(process: u32) -> anyhow::Result<usize> {
    Ok(read_dir(format!("/proc/{process}/fd"))?.count())
}

fn field(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line?
        .trim_start_matches(':')
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

/// Keeps all threads of a process, and those they will make, on one core. With a single core
/// there is nothing to choose.
pub(crate) fn pin(process: u32, core: usize) -> anyhow::Result<()> {
    if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
        return Ok(());
    }
    let mut set = CpuSet::new();
    set.set(core)?;
    for task in read_dir(format!("/proc/{process}/task"))? {
        let thread: i32 = task?.file_name().to_string_lossy().parse()?;
        sched_setaffinity(Pid::from_raw(thread), &set)?;
    }
    Ok(())
}

/// The most memory it ever had, files it mapped included.
pub(crate) fn memory_at_most(process: u32) -> anyhow::Result<u64> {
    let status = read_to_string(format!("/proc/{process}/status"))?;
    let kibibytes = field(&status, "VmHWM").context("no VmHWM")?;
    Ok(kibibytes * 1024)
}
