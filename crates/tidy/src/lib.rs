//! The house rules as tests: what the tests in `tests/` share.
//!
//! Reads the repository and `cargo metadata`, changes nothing.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `cargo metadata` of the workspace, of what is installed already.
///
/// # Panics
/// When cargo fails: nothing can be checked then.
#[must_use]
pub fn metadata(with_outside: bool) -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(root())
        .args(["metadata", "--format-version=1", "--offline", "--locked"]);
    if !with_outside {
        cargo.arg("--no-deps");
    }
    let output = cargo.output().expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// Files that git tracks, relative to the root, whose names end in one of `endings`.
///
/// # Panics
/// When git fails: nothing can be checked then.
#[must_use]
pub fn tracked(endings: &[&str]) -> Vec<String> {
    let output = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "-z"])
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let list = String::from_utf8(output.stdout).expect("file names are text");
    let wanted = |name: &&str| endings.iter().any(|ending| name.ends_with(ending));
    list.split('\0').filter(wanted).map(str::to_owned).collect()
}

/// The rows of the Markdown table that follows a heading, cells trimmed, without its head.
#[must_use]
pub fn table(markdown: &str, heading: &str) -> Vec<Vec<String>> {
    let after = markdown.split_once(heading).map_or("", |(_, after)| after);
    let lines = after.lines().map(str::trim);
    let lines = lines.skip_while(|line| !line.starts_with('|'));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        row.trim_matches('|')
            .split('|')
            .map(|c| c.trim().to_owned())
            .collect()
    })
    .collect()
}
