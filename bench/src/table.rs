//! Rows of results: ratios first, then what they are made of.

use crate::say;
use serde_json::{Value, json};
use std::path::PathBuf;

/// One result.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What was measured, and under which load.
    pub(crate) what: String,
    /// The figure; not a number where there is none.
    pub(crate) value: f64,
    /// Its unit; `×` for a ratio.
    pub(crate) unit: &'static str,
    /// What is aimed at.
    pub(crate) aim: Option<Aim>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    AtMost(f64),
    AtLeast(f64),
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            what: what.into(),
            value,
            unit,
            aim: None,
        }
    }

    pub(crate) fn at_most(mut self, most: f64) -> Self {
        self.aim = Some(Aim::AtMost(most));
        self
    }

    pub(crate) fn at_least(mut self, least: f64) -> Self {
        self.aim = Some(Aim::AtLeast(least));
        self
    }

    pub(crate) fn is_missed(&self) -> bool {
        match self.aim {
            None => false,
            Some(Aim::AtMost(most)) => self.value > most,
            Some(Aim::AtLeast(least)) => self.value < least,
        }
    }

    fn aim_text(&self) -> String {
        match self.aim {
            None => String::new(),
            Some(Aim::AtMost(most)) => format!("≤ {}", figure(most)),
            Some(Aim::AtLeast(least)) => format!("≥ {}", figure(least)),
        }
    }
}

/// A figure with as many digits as mean something; a dash for none.
pub(crate) fn figure(value: f64) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    let digits = match value.abs() {
        size if size == size.trunc() || size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

/// Prints rows as a table in Markdown.
pub(crate) fn print(rows: &[Row]) {
    say::line("| what | figure | unit | aim | |\n|---|---:|---|---|---|");
    for row in rows {
        let verdict = match (row.aim, row.is_missed()) {
            (None, _) => "",
            _ if row.value.is_nan() => "",
            (Some(_), false) => "met",
            (Some(_), true) => "MISSED",
        };
        say::line(format_args!(
            "| {} | {} | {} | {} | {verdict} |",
            row.what,
            figure(row.value),
            row.unit,
            row.aim_text()
        ));
    }
}

/// Where results are kept.
pub(crate) fn folder() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    target.join("bench")
}

/// Keeps a part's rows for whoever draws them.
pub(crate) fn keep(part: &str, rows: &[Row]) -> anyhow::Result<()> {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({"what": row.what, "value": row.value, "unit": row.unit,
                "aim": row.aim_text(), "missed": row.is_missed()})
        })
        .collect();
    let folder = folder();
    std::fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(&rows)?;
    Ok(std::fs::write(folder.join(format!("{part}.json")), text)?)
}
