//! `doctor`: what could keep the recorder from recording, and what to do about it.
//!
//! It may run beside a running server and changes nothing that lasts.

pub(crate) mod machine;
mod network;
mod storage;

use crate::config::Settings;
use crate::{FAILED, say};
use serde_json::json;
use std::process::ExitCode;

/// The answer of one check.
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) check: &'static str,
    /// What was found.
    pub(crate) found: String,
    /// What to do about it; `None`: nothing is wrong.
    pub(crate) advice: Option<String>,
}

impl Finding {
    fn good(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            found: found.into(),
            advice: None,
        }
    }

    fn fault(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            check,
            found: found.into(),
            advice: Some(advice.into()),
        }
    }
}

/// Checks everything; exits 1 when something is wrong.
///
/// # Errors
/// None that checking itself could meet: what fails is a finding.
pub(crate) fn run(settings: &Settings, json: bool) -> anyhow::Result<ExitCode> {
    let mut findings = vec![settings_read(settings)];
    findings.extend(network::listeners(settings));
    findings.extend(network::sound_ports(settings));
    findings.extend(storage::findings(settings));
    findings.extend(machine::findings(settings));
    let faults = findings
        .iter()
        .filter(|finding| finding.advice.is_some())
        .count();
    if json {
        let object = |finding: &Finding| {
            json!({
                "check": finding.check,
                "ok": finding.advice.is_none(),
                "found": finding.found,
                "advice": finding.advice,
            })
        };
        let objects: Vec<_> = findings.iter().map(object).collect();
        say::result(serde_json::to_string_pretty(&objects)?);
    } else {
        for finding in &findings {
            let word = if finding.advice.is_some() {
                "FAULT"
            } else {
                "ok"
            };
            say::result(format_args!(
                "{word:<5}  {:<11}  {}",
                finding.check, finding.found
            ));
            if let Some(advice) = &finding.advice {
                say::result(format_args!("{:20}what to do: {advice}", ""));
            }
        }
        let fault_words = if faults == 1 {
            "1 fault".to_owned()
        } else {
            format!("{faults} faults")
        };
        say::note(format_args!("{} checks, {fault_words}", findings.len()));
    }
    Ok(if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

/// Wrong settings never come this far: they end every command.
fn settings_read(settings: &Settings) -> Finding {
    let given = settings
        .lines
        .iter()
        .filter(|line| line.source != crate::config::Source::Default);
    let clients = settings.clients.len();
    let count = given.count();
    Finding::good(
        "settings",
        format!("{count} given, the others default; {clients} clients"),
    )
}
