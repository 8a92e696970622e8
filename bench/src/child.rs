//! A child process that is driven by words and answers in JSON: the sender, the sink.

use crate::process;
use anyhow::Context as _;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running child; it ends with this value.
pub(crate) struct Driven {
    child: Child,
    words: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Driven {
    /// Starts this program again in another role, on one core.
    pub(crate) fn start(role: &str, arguments: &[String], core: usize) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(role)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        process::pin(child.id(), core)?;
        let lines = BufReader::new(child.stdout.take().context("no stdout")?).lines();
        let words = child.stdin.take();
        Ok(Self {
            child,
            words,
            lines,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line it prints.
    pub(crate) fn line(&mut self) -> anyhow::Result<String> {
        Ok(self.lines.next().context("the child has ended")??)
    }

    /// Says a word and waits for the answer.
    pub(crate) fn ask(&mut self, word: &str) -> anyhow::Result<Value> {
        let words = self.words.as_mut().context("no stdin")?;
        writeln!(words, "{word}")?;
        Ok(serde_json::from_str(&self.line()?)?)
    }

    /// Ends it and waits for that.
    pub(crate) fn finish(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        // The end of its input is its end.
        drop(self.words.take());
        drop(self.child.wait());
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.stop();
    }
}
