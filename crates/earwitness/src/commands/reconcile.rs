//! `reconcile`: a list of calls that should have been recorded, compared with the catalogue.
//!
//! The table is read twice, row by row: once to find out what each row got, once to say it.
//! Whatever is not surely recorded is named; nothing is changed.

mod columns;
mod found;
mod judging;
mod listed;
mod matching;
mod printing;
mod times;

pub(crate) use columns::Wish;

use super::{open_catalogue, operator, wait};
use crate::cli::Reconcile;
use crate::config::Settings;
use crate::{FAILED, WRONG_USAGE, say};
use anyhow::Context as _;
use api::csv::Records;
use columns::Columns;
use found::{Finding, Found};
use jiff::Timestamp;
use judging::{Reason, Status, Tolerance, reasons};
use listed::{Listed, Row};
use model::Mode;
use model::access::{Action, scope};
use model::rules::{CallFacts, CallParty, Snapshot, decide};
use printing::{Line, Printer};
use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::process::ExitCode;
use times::Clock;

/// Most rows of a table: what is kept of each is bounded, and so is all of it.
const ROWS_MAX: usize = 10_000_000;

/// Compares a table with the catalogue.
///
/// # Errors
/// When the table cannot be read, or the catalogue cannot be used.
pub(crate) fn run(settings: &Settings, options: &Reconcile) -> anyhow::Result<ExitCode> {
    let path = options.file.display();
    let file = File::open(&options.file).with_context(|| format!("cannot read {path}"))?;
    let Opened {
        table,
        columns,
        taken,
    } = match open(options, &file) {
        Ok(opened) => opened,
        Err(fault) => {
            say::fault(format_args!("{path}: {fault:#}"));
            return Ok(ExitCode::from(WRONG_USAGE));
        }
    };
    say::note(format_args!("columns: {taken}"));
    let clock = Clock {
        zone: options.time_zone.clone(),
        form: options.date_format.clone(),
    };
    let catalogue = open_catalogue(settings)?;
    let scope = scope(&operator(), Action::List)?;
    let snapshot = wait(async { Ok(catalogue.rules_snapshot().await?) })?;
    let mut finding = Finding::new(&catalogue, &scope, options.within);
    for (number, record) in table.enumerate() {
        anyhow::ensure!(
            number < ROWS_MAX,
            "{path}: there are more than {ROWS_MAX} rows"
        );
        let record = record.with_context(|| path.to_string())?;
        finding.add(listed::row(&columns, &clock, &record.cells))?;
    }
    let found = finding.settle()?;
    let tolerance = Tolerance {
        start: options.within,
        duration: options.duration_within,
    };
    let Opened { table, .. } = open(options, &file)?;
    let mut printer = Printer::new(options.json, options.all);
    let mut rows = 0;
    for record in table {
        let record = record.with_context(|| path.to_string())?;
        anyhow::ensure!(rows < found.rows(), "{path} grew while it was read");
        let row = listed::row(&columns, &clock, &record.cells);
        match judged(record.line, row, rows, &found, tolerance, &snapshot) {
            Some(line) => printer.line(&line),
            None => printer.not_answered(),
        }
        rows += 1;
    }
    anyhow::ensure!(rows == found.rows(), "{path} shrank while it was read");
    Ok(if printer.end() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

/// A table behind its first line.
struct Opened<'f> {
    table: Records<BufReader<&'f File>>,
    columns: Columns,
    /// Which columns were taken for what, for people.
    taken: String,
}

/// Reads a table from its beginning.
fn open<'f>(options: &Reconcile, mut file: &'f File) -> anyhow::Result<Opened<'f>> {
    file.rewind()
        .context("it is read twice, so it must be a file")?;
    let mut table = Records::new(BufReader::new(file), options.delimiter)?;
    let head = table.next().context("it is empty")??.cells;
    let columns = Columns::find(&head, &options.columns).map_err(anyhow::Error::msg)?;
    Ok(Opened {
        table,
        taken: columns.words(&head),
        columns,
    })
}

/// What is said about a row; none of a call that nobody answered.
fn judged(
    line: u64,
    row: Row,
    number: usize,
    found: &Found,
    tolerance: Tolerance,
    snapshot: &Snapshot,
) -> Option<Line> {
    let call = match row {
        Row::NotAnswered => return None,
        Row::Unreadable(why) => {
            return Some(Line {
                line,
                status: Status::Review,
                reasons: vec![Reason::Unreadable(why)],
                call: None,
                recording: None,
            });
        }
        Row::Call(call) => call,
    };
    let outcome = found.of(number);
    let reasons = match (outcome.status, &outcome.recording) {
        (_, Some((recording, by))) => reasons(&call, recording, *by, outcome.several, tolerance),
        (Status::Review, None) => vec![Reason::Shared],
        (Status::Recorded | Status::Missing, None) => rule(snapshot, &call).into_iter().collect(),
    };
    let status = match outcome.status {
        Status::Recorded if !reasons.is_empty() => Status::Review,
        status @ (Status::Recorded | Status::Missing | Status::Review) => status,
    };
    Some(Line {
        line,
        status,
        reasons,
        call: Some(call),
        recording: outcome.recording,
    })
}

/// A rule by which no recording is made of a call unless somebody asks for it.
fn rule(snapshot: &Snapshot, call: &Listed) -> Option<Reason> {
    let at = Timestamp::from_millisecond(*call.starts.first()?).ok()?;
    let party = |number: &String| CallParty {
        keys: model::party::keys(number),
        local: None,
    };
    let facts = CallFacts {
        parties: [&call.caller, &call.called].map(party).into(),
        direction: model::Direction::Unknown,
        client: String::new(),
        at,
        over: true,
    };
    let verdict = decide(snapshot, &facts);
    let (_, rule) = verdict.rule.filter(|_| verdict.mode != Mode::Always)?;
    let mode = verdict.mode.name();
    Some(Reason::Rule { mode, rule })
}
