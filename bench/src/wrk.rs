//! Requests from many clients at once, by `wrk`, on the core that the server does not have.

use crate::capture::SENDER;
use crate::process;
use anyhow::{Context as _, bail, ensure};
use std::fmt::Write as _;
use std::process::{Command, Stdio};

/// What a load of requests showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answers {
    pub(crate) per_second: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// Asks for the paths one after the other, over and over, with so many clients.
pub(crate) fn ask(
    server: impl std::fmt::Display,
    paths: &[String],
    header: Option<&str>,
    clients: u32,
    seconds: u64,
) -> anyhow::Result<Answers> {
    let mut script = "local paths = {\n".to_owned();
    for path in paths {
        writeln!(script, "{path:?},")?;
    }
    script += "}\nlocal at = 0\nrequest = function()\n  at = at % #paths + 1\n";
    script += "  return wrk.format('GET', paths[at])\nend\n";
    let file = tempfile::Builder::new().suffix(".lua").tempfile()?;
    std::fs::write(file.path(), script)?;
    let mut command = Command::new("wrk");
    command
        .args(["--threads", "1", "--latency", "--timeout", "60s"])
        .args(["--connections", &clients.to_string()])
        .args(["--duration", &format!("{seconds}s")])
        .arg("--script")
        .arg(file.path());
    if let Some(header) = header {
        command.args(["--header", header]);
    }
    let child = command
        .arg(format!("http://{server}"))
        .stdout(Stdio::piped())
        .spawn()
        .context("wrk is missing: scripts/need bench")?;
    process::pin(child.id(), SENDER)?;
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "wrk: {text}");
    // An answer that is an error, or none at all, is no answer.
    for word in ["Non-2xx", "Socket errors"] {
        ensure!(!text.contains(word), "{}: {text}", paths[0]);
    }
    let answers = read(&text)?;
    ensure!(
        answers.per_second > 0.0,
        "{}: no answer in {seconds} s",
        paths[0]
    );
    Ok(answers)
}

fn read(text: &str) -> anyhow::Result<Answers> {
    let behind = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name));
        line.map(|rest| rest.trim_start_matches(':').trim().to_owned())
            .with_context(|| format!("wrk said nothing of {name}: {text}"))
    };
    Ok(Answers {
        per_second: behind("Requests/sec")?.parse()?,
        p50: milliseconds(&behind("50%")?)?,
        p99: milliseconds(&behind("99%")?)?,
    })
}

fn milliseconds(text: &str) -> anyhow::Result<f64> {
    for (unit, factor) in [("us", 1e-3), ("ms", 1.0), ("s", 1e3), ("m", 6e4)] {
        if let Some(number) = text.strip_suffix(unit) {
            return Ok(number.parse::<f64>()? * factor);
        }
    }
    bail!("{text} is no time");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_prints_is_read() {
        let text = "Running 2s test @ http://127.0.0.1:1\n  Latency Distribution\n\
                    50%  153.00us\n     75%    1.20ms\n     90%    2.00ms\n     99%    1.02s \n\
                    10 requests in 2.00s\nRequests/sec:  34567.12\nTransfer/sec:      4.00MB\n";
        let answers = read(text).unwrap();
        assert_eq!((answers.p50, answers.p99), (0.153, 1020.0));
        assert_eq!(answers.per_second, 34567.12);
        assert!(read("nothing").is_err());
    }
}
