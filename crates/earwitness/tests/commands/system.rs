//! A settings file in a folder of its own, and the program run on it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A settings file in a folder of its own.
pub(crate) struct System(tempfile::TempDir);

impl System {
    pub(crate) fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("earwitness.toml"), settings).unwrap();
        Self(folder)
    }

    /// Ports that the kernel picks, and a disk that may be small.
    pub(crate) fn quiet() -> Self {
        Self::new(
            "[http]\nlisten = \"127.0.0.1:0\"\n[sip]\nudp = [\"127.0.0.1:0\"]\n\
             tcp = [\"127.0.0.1:0\"]\n[limits]\ncalls = 10\ndisk_reserve = \"1MiB\"\n",
        )
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let mut child = command(self.folder())
            .args(arguments)
            .arg("--config")
            .arg(self.folder().join("earwitness.toml"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that takes no input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        said(&child.wait_with_output().unwrap())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        self.run_with_input(arguments, "")
    }

    /// Runs a command that must succeed; its stdout.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let (status, out, err) = self.run(arguments);
        assert_eq!(status, 0, "{arguments:?}: {out}{err}");
        out
    }

    /// Runs a command that must end with this status; its stderr.
    pub(crate) fn refused(&self, status: i32, arguments: &[&str]) -> String {
        let (found, out, err) = self.run(arguments);
        assert_eq!(found, status, "{arguments:?}: {out}{err}");
        err
    }
}

pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earwitness"));
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("EARWITNESS_") {
            command.env_remove(name);
        }
    }
    command
}

pub(crate) fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}
