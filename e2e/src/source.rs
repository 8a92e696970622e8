//! The Python recording client and its comparison, run as processes.
//!
//! Nothing is computed here: what was sent is what `client/src.py` wrote down, what is in a
//! recording is what `client/check_wav.py` found.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::Server;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("client")
        .join(name)
}

fn python(name: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .arg("-B")
        .arg(script(name))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A running recording client; killed when dropped.
#[derive(Debug)]
pub struct Source {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
    folder: tempfile::TempDir,
}

impl Source {
    /// Starts it against a server, over UDP.
    ///
    /// # Panics
    /// When Python is missing.
    #[must_use]
    pub fn start(server: &Server, arguments: &[&str]) -> Self {
        Self::start_over(server, "udp", arguments)
    }

    /// Starts it against a server, over `udp` or `tcp`.
    ///
    /// # Panics
    /// When Python is missing.
    #[must_use]
    pub fn start_over(server: &Server, transport: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("earwitness-src-")
            .tempdir()
            .unwrap();
        let to = server.address(&format!("sip-{transport}")).to_string();
        let mut child = python("src.py")
            .args(["--to", &to, "--transport", transport, "--record"])
            .arg(folder.path().join("sent.json"))
            .args(arguments)
            .spawn()
            .expect("python3 is installed");
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = child.stderr.take().unwrap();
        Self {
            child,
            stdout,
            stderr,
            folder,
        }
    }

    /// Places calls, waits for their end, and expects that nothing was odd.
    #[must_use]
    pub fn run(server: &Server, arguments: &[&str]) -> Sent {
        Self::start(server, arguments).finish()
    }

    /// Waits until every call has its final answer; how many were 200.
    ///
    /// # Panics
    /// When the client ends before.
    pub fn answered(&mut self) -> u64 {
        let line = self.line();
        let count = line
            .trim()
            .strip_prefix("answered ")
            .and_then(|text| text.parse().ok());
        count.unwrap_or_else(|| panic!("instead of `answered N`: {line}{}", self.errors()))
    }

    /// Asks it to hang up.
    ///
    /// # Panics
    /// When it is gone.
    pub fn hang_up(&self) {
        let command = format!("kill -TERM {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &command])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end; every call must have been answered and ended as asked.
    ///
    /// # Panics
    /// When one was not.
    #[must_use]
    pub fn finish(self) -> Sent {
        let (sent, good) = self.outcome();
        assert!(
            good,
            "the recording client is not content: {}",
            sent.summary
        );
        sent
    }

    /// Waits for the end, whatever it was; whether the client is content.
    ///
    /// # Panics
    /// When it wrote no record.
    #[must_use]
    pub fn outcome(mut self) -> (Sent, bool) {
        let mut line = self.line();
        if line.starts_with("answered ") {
            line = self.line();
        }
        let status = self.child.wait().unwrap();
        let Ok(summary) = serde_json::from_str(&line) else {
            panic!("no summary but {line:?}, {status}: {}", self.errors());
        };
        let text = std::fs::read(self.folder.path().join("sent.json")).unwrap();
        let record = serde_json::from_slice(&text).unwrap();
        let folder = tempfile::Builder::new()
            .prefix("earwitness-sent-")
            .tempdir()
            .unwrap();
        std::fs::write(folder.path().join("sent.json"), text).unwrap();
        (
            Sent {
                record,
                summary,
                folder,
            },
            status.success(),
        )
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    fn errors(&mut self) -> String {
        let mut text = String::new();
        // Only called when it has ended: nothing more than an empty text can go wrong.
        let _ = self.stderr.read_to_string(&mut text);
        text
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // It has usually ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a client sent.
#[derive(Debug)]
pub struct Sent {
    /// The whole record, as `src.py` wrote it.
    pub record: Value,
    /// The client's own opinion.
    pub summary: Value,
    folder: tempfile::TempDir,
}

impl Sent {
    /// The calls of the record.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    pub fn calls(&self) -> &Vec<Value> {
        self.record["calls"].as_array().unwrap()
    }

    /// How many packets of a stream left (copies not counted).
    ///
    /// # Panics
    /// When there is no such stream.
    #[must_use]
    pub fn packets(&self, call: usize, stream: usize) -> usize {
        let packets = self.calls()[call]["streams"][stream]["packets"]
            .as_array()
            .unwrap();
        packets.iter().filter(|packet| packet[3] != 0).count()
    }

    /// Compares a file with what was sent. `until_ns`: only packets sent up to then must be
    /// there.
    ///
    /// # Panics
    /// When the comparison itself fails.
    #[must_use]
    pub fn compare(&self, call: usize, wav: &[u8], until_ns: Option<i64>) -> Value {
        let path = self.folder.path().join(format!("{call}.wav"));
        std::fs::File::create(&path)
            .unwrap()
            .write_all(wav)
            .unwrap();
        let mut command = python("check_wav.py");
        command
            .arg("--record")
            .arg(self.folder.path().join("sent.json"));
        command
            .args(["--call", &call.to_string(), "--wav"])
            .arg(&path);
        if let Some(until_ns) = until_ns {
            command.args(["--until-ns", &until_ns.to_string()]);
        }
        let output = command.output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Every call is among these recordings, with every sample.
    ///
    /// # Panics
    /// When one is not.
    pub fn all_whole(&self, server: &Server, details: &[Value]) {
        for (index, call) in self.calls().iter().enumerate() {
            let mut details = details.iter();
            let detail = details.find(|detail| detail["pbxCallId"] == call["pbxCallId"]);
            let detail = detail.unwrap_or_else(|| panic!("no recording of {call}"));
            let found = self.compare(index, &server.media("boss", detail), None);
            assert_eq!(found["exact"], true, "{found}");
        }
    }
}
