//! What equipment sends, and what we make of it: `data/<vendor>/*.sip` against `*.facts`.
//!
//! A case is a list of messages, each after a line `%% received` (or `%% received lf` for
//! messages whose lines end with LF alone, `%% received second` for those of a second dialog).
//! `###` stands for the length of the body. Each request is answered as a recorder would, and
//! the answers are part of the case. To accept a
//! change: `UPDATE=1 cargo test -p siprec --test dialects`, then read the difference.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::{
    fmt::Write,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use sip::{Message, Method, Request, Response};
use siprec::{Caller, Facts, Plan, Presence, Session, Signal, facts, is_recording_session};

const MILLISECOND_NS: u64 = 1_000_000;

#[test]
fn siprec_dialects_give_the_facts_they_claim() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut cases = Vec::new();
    for vendor in fs::read_dir(&data).unwrap() {
        cases.extend(
            fs::read_dir(vendor.unwrap().path())
                .unwrap()
                .map(|file| file.unwrap().path()),
        );
    }
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "sip"));
    cases.sort();
    assert!(cases.len() >= 10, "the cases are there");
    let wrong: Vec<PathBuf> = cases.into_iter().filter(|case| !check(case)).collect();
    assert!(
        wrong.is_empty(),
        "facts differ (UPDATE=1 accepts): {wrong:#?}"
    );
}

/// Whether a case gives what is written beside it.
fn check(case: &Path) -> bool {
    let expected_path = case.with_extension("facts");
    let found = replay(&fs::read_to_string(case).unwrap());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&expected_path, &found).unwrap();
        return true;
    }
    let expected = fs::read_to_string(&expected_path).unwrap_or_default();
    if expected != found {
        std::io::Write::write_all(&mut std::io::stderr(), found.as_bytes()).unwrap();
    }
    expected == found
}

fn replay(case: &str) -> String {
    let mut report = String::new();
    let mut sessions = [Session::new(false), Session::new(false)];
    let mut signals: Vec<(bool, usize, Vec<u8>)> = Vec::new();
    for message in case.split("%% received").skip(1) {
        let (mark, message) = message.split_once('\n').unwrap();
        let bytes = as_sent(message, mark.trim() != "lf");
        let dialog = usize::from(mark.trim() == "second");
        let session = &mut sessions[dialog];
        let Message::Request(request) = sip::parse(&bytes).unwrap().message else {
            panic!("cases hold requests")
        };
        signals.push((false, dialog, bytes));
        let second = if dialog == 0 {
            ""
        } else {
            " of the second dialog"
        };
        writeln!(report, "# {}{second}", request.method).unwrap();
        if signals.len() == 1 {
            let lenient = is_recording_session(&request, false, false);
            let strict = is_recording_session(&request, false, true);
            writeln!(report, "recording session: {lenient}, strictly: {strict}").unwrap();
        }
        if request.method == Method::Ack {
            print_plan(&mut report, &session.acked(&request));
            continue;
        }
        let response = answer(session, &request, &mut report);
        signals.push((true, dialog, response.to_bytes()));
    }
    let signals = signals
        .iter()
        .zip(1..)
        .map(|((sent, dialog, bytes), index)| Signal {
            sent: *sent,
            dialog: u8::try_from(*dialog).unwrap(),
            time_ns: index * MILLISECOND_NS,
            bytes,
        });
    print_facts(&mut report, &facts(signals, &Caller::Unknown));
    report
}

fn as_sent(message: &str, carriage_returns: bool) -> Vec<u8> {
    let message = message.trim_end_matches('\n');
    let (head, body) = message.split_once("\n\n").unwrap_or((message, ""));
    let mut body = if body.is_empty() {
        String::new()
    } else {
        format!("{body}\n")
    };
    let mut head = format!("{head}\n\n");
    if carriage_returns {
        body = body.replace('\n', "\r\n");
        head = head.replace('\n', "\r\n");
    }
    head = head.replace("###", &body.len().to_string());
    [head.into_bytes(), body.into_bytes()].concat()
}

fn answer(session: &mut Session, request: &Request, report: &mut String) -> Response {
    let mut response = match session.request(request) {
        Ok(plan) => {
            print_plan(report, &plan);
            Response::new(200, "OK")
        }
        Err(reject) => {
            writeln!(
                report,
                "rejected: {} {} {:?}",
                reject.status, reject.reason, reject.headers
            )
            .unwrap();
            Response::new(reject.status, reject.reason)
        }
    };
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        response
            .headers
            .push(name, request.headers.first(name).unwrap_or_default());
    }
    let addresses: Vec<Option<SocketAddr>> = (0..8)
        .map(|line| Some(SocketAddr::from(([192, 0, 2, 9], 40_000 + 2 * line))))
        .collect();
    if response.status == 200
        && let Some(body) = session.answer(&addresses)
    {
        let lines = std::str::from_utf8(&body).unwrap().lines();
        // The number of our description follows from the Call-ID; its version matters.
        let lines = lines.filter(|line| !line.starts_with("v=") && !line.starts_with("t="));
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let shown = if line.starts_with("o=") {
                format!("o= {}", words[2])
            } else {
                line.into()
            };
            writeln!(report, "  {shown}").unwrap();
        }
        response.headers.push("Content-Type", "application/sdp");
        response.body = body;
    }
    response
}

fn print_plan(report: &mut String, plan: &Plan) {
    writeln!(
        report,
        "communication session: {:?}",
        plan.communication_session
    )
    .unwrap();
    for line in &plan.lines {
        let state = match (line.record, line.paused) {
            (false, _) => "refused",
            (true, true) => "paused",
            (true, false) => "recorded",
        };
        let (label, remote, types) = (&line.label, line.remote, &line.payload_types);
        writeln!(
            report,
            "line {}: {state} {label:?} {remote:?} {types:?}",
            line.index
        )
        .unwrap();
    }
    for oddity in &plan.oddities {
        writeln!(report, "odd: {oddity}").unwrap();
    }
}

fn print_facts(report: &mut String, facts: &Facts) {
    writeln!(report, "# facts").unwrap();
    for (name, value) in [
        ("communication session", &facts.communication_session),
        ("group", &facts.group),
        ("sip session", &facts.sip_session),
        ("pbx call id", &facts.pbx_call_id),
        ("start", &facts.start_time),
        ("stop", &facts.stop_time),
    ] {
        if let Some(value) = value {
            writeln!(report, "{name}: {value}").unwrap();
        }
    }
    for (index, one) in facts.participants.iter().enumerate() {
        let (name, caller, recorded) = (&one.name, one.caller, one.recorded);
        writeln!(
            report,
            "participant {index}: {:?} {:?} {name:?}",
            one.id, one.addresses
        )
        .unwrap();
        if caller.is_some() || recorded {
            writeln!(report, "  caller: {caller:?}, recorded: {recorded}").unwrap();
        }
        // Who is there from the first message to the last needs no line.
        for Presence { from_ns, until_ns } in &one.presence {
            match (from_ns / 1_000_000, until_ns.map(|ns| ns / 1_000_000)) {
                (..=1, None) => {}
                (from, None) => writeln!(report, "  came: {from} ms").unwrap(),
                (from, Some(until)) => {
                    writeln!(report, "  there: {from} ms to {until} ms").unwrap();
                }
            }
        }
    }
    for stream in &facts.streams {
        let (index, label, accepted) = (stream.index, &stream.label, stream.accepted);
        writeln!(
            report,
            "stream {index}: {label:?} accepted: {accepted} {:?}",
            stream.senders
        )
        .unwrap();
        for epoch in &stream.formats {
            let formats: Vec<String> = epoch
                .formats
                .iter()
                .map(|f| {
                    let fmtp = if f.fmtp.is_empty() {
                        String::new()
                    } else {
                        format!(" {}", f.fmtp)
                    };
                    let (number, name) = (f.payload_type, &f.encoding);
                    format!("{number} {name}/{}/{}{fmtp}", f.clock_rate, f.channels)
                })
                .collect();
            let from_ms = epoch.from_ns / MILLISECOND_NS;
            writeln!(report, "  from {from_ms} ms: {}", formats.join(", ")).unwrap();
        }
    }
    for oddity in &facts.oddities {
        writeln!(report, "odd: {oddity}").unwrap();
    }
}
