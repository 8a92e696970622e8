//! Lists of expected calls, compared with what is there.

use crate::system::{System, json};
use catalogue::{Catalogue, Edit, Stored};
use jiff::Timestamp;
use model::details::Details;
use model::{Direction, Draft, Format, RecordingId, SessionId, Sha256, State};

/// 2026-11-24 10:00 UTC.
const MORNING_S: i64 = 1_795_514_400;

/// A recording of 225 and a number, begun so many seconds after [`MORNING_S`].
fn draft(number: u8, after_s: i64, remote: &str, seconds: u64) -> Draft {
    let at = |second: i64| Timestamp::from_second(MORNING_S + second).unwrap();
    Draft {
        id: RecordingId::from_bytes([number; 16]),
        session: SessionId::from_bytes([number; 16]),
        pbx_call_id: Some(format!("call-{number}")),
        start_time: at(after_s),
        duration_ms: seconds * 1_000,
        direction: Direction::Unknown,
        local_number: "225".to_owned(),
        remote_number: remote.to_owned(),
        owner: None,
        sides_assumed: false,
        state: State::Available,
        reason: String::new(),
        answered_at: at(after_s),
        ended_at: at(after_s),
        undecoded: Vec::new(),
        oddities: Vec::new(),
        details: Details::default(),
    }
}

fn register(system: &System, drafts: &[Draft]) {
    let catalogue = open(system);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for draft in drafts {
        let stored = Stored {
            size: 44,
            sha256: Sha256([0; 32]),
            format: Format::Wav,
            object_key: format!("{}.wav", draft.id),
        };
        runtime.block_on(catalogue.register(draft, stored)).unwrap();
    }
}

fn open(system: &System) -> Catalogue {
    let folder = system.folder().join("data");
    std::fs::create_dir_all(&folder).unwrap();
    Catalogue::open("sqlite:catalogue.db", &folder).unwrap()
}

fn table(system: &System, text: &str) {
    std::fs::write(system.folder().join("calls.csv"), text).unwrap();
}

/// Status and reasons of every row, in the order of the table.
fn compared(system: &System, more: &[&str]) -> (i32, Vec<(String, String)>) {
    let arguments = [&["reconcile", "calls.csv", "--json"], more].concat();
    let (status, out, err) = system.run(&arguments);
    assert!(status < 2, "{err}");
    let document = json(&out);
    let calls = document["calls"].as_array().unwrap();
    let row = |call: &serde_json::Value| {
        let reasons = call["reasons"].as_array().unwrap();
        let reasons: Vec<&str> = reasons.iter().map(|r| r.as_str().unwrap()).collect();
        (
            call["status"].as_str().unwrap().to_owned(),
            reasons.join(" "),
        )
    };
    let rows: Vec<(String, String)> = calls.iter().map(row).collect();
    for status in ["recorded", "missing", "review"] {
        let counted = rows.iter().filter(|row| row.0 == status).count();
        assert_eq!(document["summary"][status], counted);
    }
    assert_eq!(document["summary"]["expected"], rows.len());
    (status, rows)
}

fn said(status: &str, reasons: &str) -> (String, String) {
    (status.to_owned(), reasons.to_owned())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of every reason")]
fn every_row_is_recorded_missing_or_to_be_looked_at() {
    let system = System::quiet();
    let with = |number, change: fn(&mut Draft)| {
        let mut draft = draft(number, i64::from(number) * 1_000, "+39058411", 30);
        change(&mut draft);
        draft
    };
    register(
        &system,
        &[
            draft(1, 0, "+390584943232", 90),
            with(2, |_| ()),
            with(3, |one| one.state = State::Interrupted),
            with(4, |one| one.state = State::Failed),
            with(5, |one| one.details.one_way = true),
            with(6, |one| one.duration_ms = 0),
            with(7, |one| one.undecoded.push("AMR/8000".to_owned())),
            with(8, |_| ()),
            with(9, |_| ()),
            Draft {
                pbx_call_id: Some("call-9".to_owned()),
                ..draft(10, 9_000, "+39058411", 31)
            },
            with(11, |_| ()),
        ],
    );
    let catalogue = open(&system);
    let delete = Edit::Delete {
        reason: "asked for".to_owned(),
    };
    let gone = RecordingId::from_bytes([8; 16]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let deleted = catalogue.edit(gone, vec![delete], None);
    runtime.block_on(deleted).unwrap();
    table(
        &system,
        "callId;start;duration;src;dst\n\
         ;24.11.2026 10:00:03;91;0039 0584 943232;225\n\
         call-2;2026-11-24 10:33:20;60;;\n\
         call-3;2026-11-24T10:50:00Z;30;;\n\
         call-4;1795518400;30;;\n\
         call-5;1795519400000;30;;\n\
         call-6;2026-11-24 12:40:00+01:00;30;;\n\
         call-7;2026-11-24 11:56:40;30;;\n\
         call-8;2026-11-24 12:13:20;30;;\n\
         call-9;2026-11-24 12:30:00;30;;\n\
         call-11;2026-11-24 13:05:00;30;;\n\
         call-11;2026-11-24 13:03:20;30;;\n\
         ;2026-11-24 13:03:20;30;225;+39058412\n\
         ;2026-11-24 10:00:10;90;225;+390584943232\n\
         ;2026-11-25 10:00:00;90;225;+390584943232\n\
         x;2026-11-24 10:00:00;90;226;227\n\
         ;tomorrow;90;226;227\n\
         ;2026-11-24 10:00:00;0;226;227\n",
    );
    let expected = [
        said("recorded", ""),
        said("review", "duration"),
        said("review", "interrupted"),
        said("review", "failed"),
        said("review", "oneWay"),
        said("review", "silent"),
        said("review", "undecoded"),
        said("review", "deleted"),
        said("review", "several"),
        said("review", "shared"),
        said("recorded", ""),
        said("missing", ""),
        said("missing", ""),
        said("missing", ""),
        said("missing", ""),
        said("review", "unreadable"),
    ];
    let (status, rows) = compared(&system, &[]);
    assert_eq!((status, &rows[..]), (1, &expected[..]));
    // How much may differ can be said, and a call id holds for a start that is wrong.
    let (_, rows) = compared(&system, &["--duration-within", "30s"]);
    assert_eq!(rows[1], said("recorded", ""));
    let (_, rows) = compared(&system, &["--within", "2s"]);
    assert_eq!(rows[0], said("missing", ""));
    let (_, rows) = compared(&system, &["--time-zone", "Europe/Rome"]);
    assert_eq!(rows[1], said("review", "duration start"));
    assert_eq!(rows[2], said("review", "interrupted"));
}

#[test]
fn one_number_alone_is_to_be_looked_at() {
    let system = System::quiet();
    register(&system, &[draft(1, 0, "+390584943232", 90)]);
    table(
        &system,
        "answer,src,dst\n1795514400,225,0584943232\n0,1,2\n",
    );
    let (status, rows) = compared(&system, &[]);
    assert_eq!((status, rows), (1, vec![said("review", "numbers")]));
}

#[test]
fn the_order_of_rows_makes_no_difference_and_a_recording_is_used_once() {
    let system = System::quiet();
    let calls = [(1, 0, 20), (2, 25, 20), (3, 50, 40)];
    let remote = "+390584943232";
    let drafts = calls.map(|(number, after, seconds)| draft(number, after, remote, seconds));
    register(&system, &drafts);
    let mut rows: Vec<String> = [0, 24, 52, 70]
        .map(|second| format!("{},20,225,{remote}\n", MORNING_S + second))
        .into();
    let mut answers = Vec::new();
    for _ in 0..rows.len() {
        rows.rotate_left(1);
        table(
            &system,
            &format!("start,seconds,caller,called\n{}", rows.concat()),
        );
        let (status, out, _) = system.run(&["reconcile", "calls.csv", "--json"]);
        assert_eq!(status, 1);
        let calls = json(&out)["calls"].as_array().unwrap().clone();
        let of = |call: &serde_json::Value| {
            let recording = call["recording"]["id"].as_str().unwrap_or("").to_owned();
            let status = call["status"].as_str().unwrap().to_owned();
            (
                call["startTime"].as_str().unwrap().to_owned(),
                status,
                recording,
            )
        };
        let mut answer: Vec<_> = calls.iter().map(of).collect();
        answer.sort();
        let mut used: Vec<&str> = answer.iter().map(|one| one.2.as_str()).collect();
        used.sort_unstable();
        used.dedup();
        assert_eq!(
            used.len(),
            4,
            "three recordings, and none for one row: {answer:?}"
        );
        answers.push(answer);
    }
    assert!(
        answers.windows(2).all(|two| two[0] == two[1]),
        "{answers:?}"
    );
    let statuses: Vec<&str> = answers[0].iter().map(|one| one.1.as_str()).collect();
    assert_eq!(statuses, ["recorded", "recorded", "review", "missing"]);
}

#[test]
fn a_rule_that_records_no_such_call_is_named() {
    let system = System::quiet();
    system.done(&["rule", "add", "board", "--mode", "never", "--number", "225"]);
    table(
        &system,
        "start,caller,called\n1795514400,225,1\n1795514400,226,1\n",
    );
    let (status, out, _) = system.run(&["reconcile", "calls.csv"]);
    assert_eq!(status, 1);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("LINE") && lines.len() == 3, "{out}");
    assert!(lines[1].contains("MISSING") && lines[1].contains("never (rule board)"));
    assert!(!lines[2].contains("rule"), "{out}");
}

#[test]
fn people_see_what_is_to_be_done_and_all_when_they_ask() {
    let system = System::quiet();
    register(&system, &[draft(1, 0, "1", 90)]);
    table(
        &system,
        "Tag,Uhr,Dauer,Wer,Wen\n24.11.2026,11:00:00,1:30,1,225\n",
    );
    let columns = "start=Tag+Uhr,duration=dauer,caller=wer,called=wen";
    let zone = "Europe/Rome";
    let asked = [
        "reconcile",
        "calls.csv",
        "--columns",
        columns,
        "--time-zone",
        zone,
    ];
    let (status, out, err) = system.run(&asked);
    assert_eq!((status, out.as_str()), (0, ""), "{err}");
    assert!(
        err.contains("start=Tag+Uhr, end=none, duration=Dauer"),
        "{err}"
    );
    assert!(err.contains("expected: 1, recorded: 1, missing: 0, to review: 0"));
    let all = system.done(&[&asked[..], &["--all"]].concat());
    assert!(
        all.contains("RECORDED") && all.contains("01010101-"),
        "{all}"
    );
}

#[test]
fn what_is_no_table_of_calls_is_wrong_usage() {
    let system = System::quiet();
    for (text, more, word) in [
        ("", &[][..], "empty"),
        ("a,b\n1,2\n", &[], "--columns"),
        ("start,duration\n1,2\n", &[], "whose"),
        ("start,caller\n", &["--columns", "caller=nobody"], "nobody"),
        ("start,caller\n", &["--columns", "who=caller"], "accepted"),
        (
            "start,caller\n",
            &["--time-zone", "Middle/Earth"],
            "accepted",
        ),
        ("start,caller\n", &["--within", "60"], "accepted"),
        ("start,caller\n", &["--delimiter", "ab"], "accepted"),
    ] {
        table(&system, text);
        let said = system.refused(2, &[&["reconcile", "calls.csv"], more].concat());
        assert!(said.contains(word), "{said}");
    }
    table(&system, "start,caller\n\"1795514400,225\n");
    let said = system.refused(1, &["reconcile", "calls.csv"]);
    assert!(said.contains("line 2: a quote"), "{said}");
    system.refused(1, &["reconcile", "none.csv"]);
    table(&system, "start,caller\n");
    system.done(&["reconcile", "calls.csv"]);
}
