//! The machine that figures come from: without it they mean nothing.

use std::fs::read_to_string;
use std::process::Command;

/// Commit, processor, memory and kernel in some lines.
pub(crate) fn describe() -> String {
    let field = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = read_to_string("/proc/meminfo").unwrap_or_default();
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let commit = output("git", &["describe", "--always", "--dirty"]);
    format!(
        "Commit {commit}; {cores} cores of {}; {} of memory; Linux {}.",
        field(&cpu, "model name"),
        field(&memory, "MemTotal"),
        kernel.trim(),
    )
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_default()
}
