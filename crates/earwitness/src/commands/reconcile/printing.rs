//! What is printed: a table of what somebody has to look at, or one JSON document of all rows,
//! as they come.

use super::judging::{Reason, Status};
use super::listed::Listed;
use crate::commands::table;
use crate::say;
use catalogue::{Counterpart, MatchedBy};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Rows of which the table's widths are made; those behind are as wide.
const CHUNK: usize = 1_000;

/// What is said about a row.
pub(super) struct Line {
    pub(super) line: u64,
    pub(super) status: Status,
    pub(super) reasons: Vec<Reason>,
    /// What it says; none where it cannot be read.
    pub(super) call: Option<Listed>,
    pub(super) recording: Option<(Counterpart, MatchedBy)>,
}

/// Prints rows as they come, and counts them.
pub(super) struct Printer {
    json: bool,
    all: bool,
    rows: Vec<Vec<String>>,
    head_is_out: bool,
    recorded: u64,
    missing: u64,
    review: u64,
    not_answered: u64,
}

const HEAD: [&str; 9] = [
    "LINE",
    "STATUS",
    "START",
    "SECONDS",
    "CALLER",
    "CALLED",
    "CALL ID",
    "RECORDING",
    "WHY",
];

impl Printer {
    pub(super) fn new(json: bool, all: bool) -> Self {
        if json {
            say::result("{\"calls\": [");
        }
        Self {
            json,
            all,
            rows: Vec::new(),
            head_is_out: false,
            recorded: 0,
            missing: 0,
            review: 0,
            not_answered: 0,
        }
    }

    pub(super) fn not_answered(&mut self) {
        self.not_answered += 1;
    }

    pub(super) fn line(&mut self, line: &Line) {
        let first = self.recorded + self.missing + self.review == 0;
        match line.status {
            Status::Recorded => self.recorded += 1,
            Status::Missing => self.missing += 1,
            Status::Review => self.review += 1,
        }
        if self.json {
            let comma = if first { "" } else { "," };
            return say::result(format_args!("{comma}{}", object(line)));
        }
        if self.all || line.status != Status::Recorded {
            self.rows.push(cells(line));
        }
        if self.rows.len() >= CHUNK {
            self.chunk();
        }
    }

    fn chunk(&mut self) {
        let lines = table::lines(&HEAD, &std::mem::take(&mut self.rows));
        let known = usize::from(self.head_is_out);
        lines.iter().skip(known).for_each(say::result);
        self.head_is_out = true;
    }

    /// Prints the rest and the sums; whether all calls are recorded.
    pub(super) fn end(mut self) -> bool {
        let Self {
            recorded,
            missing,
            review,
            not_answered,
            ..
        } = self;
        let expected = recorded + missing + review;
        if self.json {
            let summary = json!({
                "expected": expected, "recorded": recorded, "missing": missing,
                "review": review, "notAnswered": not_answered,
            });
            say::result(format_args!("],\n\"summary\": {summary}}}"));
        } else if !self.rows.is_empty() {
            self.chunk();
        }
        say::note(format_args!(
            "expected: {expected}, recorded: {recorded}, missing: {missing}, \
             to review: {review}, not answered and not expected: {not_answered}"
        ));
        missing + review == 0
    }
}

fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |time| time.to_string())
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

fn object(line: &Line) -> Value {
    let call = line.call.as_ref();
    let text = |of: fn(&Listed) -> &String| call.map(of).filter(|text| !text.is_empty());
    let start = call.and_then(|call| call.starts.first());
    let recording = line.recording.map(|(recording, by)| {
        json!({
            "id": recording.id.to_string(),
            "startTime": recording.start_time.to_string(),
            "seconds": seconds(recording.duration_ms),
            "state": recording.state.name(),
            "matchedBy": match by {
                MatchedBy::CallId => "callId",
                MatchedBy::Numbers => "numbers",
                MatchedBy::OneNumber => "oneNumber",
            },
        })
    });
    json!({
        "line": line.line,
        "status": line.status.name(),
        "reasons": line.reasons.iter().map(Reason::name).collect::<Vec<_>>(),
        "why": words(&line.reasons),
        "callId": text(|call| &call.call_id),
        "startTime": start.map(|&ms| time(ms)),
        "seconds": call.and_then(|call| call.duration_ms).map(seconds),
        "caller": text(|call| &call.caller),
        "called": text(|call| &call.called),
        "recording": recording,
    })
}

fn words(reasons: &[Reason]) -> String {
    let words: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    words.join("; ")
}

fn cells(line: &Line) -> Vec<String> {
    let call = line.call.as_ref();
    let text = |of: fn(&Listed) -> &String| call.map(of).cloned().unwrap_or_default();
    let start = call.and_then(|call| call.starts.first());
    let lasted = call.and_then(|call| call.duration_ms);
    vec![
        line.line.to_string(),
        line.status.name().to_uppercase(),
        start.map_or_else(String::new, |&ms| time(ms)),
        lasted.map_or_else(String::new, |ms| format!("{:.1}", seconds(ms))),
        text(|call| &call.caller),
        text(|call| &call.called),
        text(|call| &call.call_id),
        line.recording
            .map_or_else(String::new, |(recording, _)| recording.id.to_string()),
        words(&line.reasons),
    ]
}
