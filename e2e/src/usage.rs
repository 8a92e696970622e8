//! What a recorder uses of the machine: memory and open files; and a recorder that may open few.

use std::fmt;
use std::process::Command;

use crate::{Server, System, system};

/// What a process uses.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Resident memory now, in KiB.
    pub memory_kib: u64,
    /// The most it ever was, in KiB.
    pub most_kib: u64,
    /// Open files.
    pub files: usize,
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (now, most) = (self.memory_kib / 1024, self.most_kib / 1024);
        write!(f, "{now} MiB ({most} at most), {} files", self.files)
    }
}

/// What a server uses now.
///
/// # Panics
/// When the process is gone.
#[must_use]
pub fn usage(server: &Server) -> Usage {
    let process = format!("/proc/{}", server.id());
    let status = std::fs::read_to_string(format!("{process}/status")).unwrap();
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.unwrap_or_else(|| panic!("no {name} in {status}"))
    };
    Usage {
        memory_kib: kib("VmRSS:"),
        most_kib: kib("VmHWM:"),
        files: std::fs::read_dir(format!("{process}/fd")).unwrap().count(),
    }
}

/// Starts a server that may have so many files open, and no more.
///
/// # Panics
/// When it does not say `ready`.
#[must_use]
pub fn start_with_files(system: &System, most: u32) -> Server {
    let mut command = Command::new("prlimit");
    command.arg(format!("--nofile={most}"));
    command.arg(system::binary()).arg("serve");
    system.started(command)
}
