//! Two streams whose sender reports read one clock lie beside each other as they were said,
//! although one of them was longer on its way; without reports only their arrival is known.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use e2e::{Source, System};

/// Alignment error in milliseconds, and the quality report.
fn recorded(more: &[&str]) -> (f64, serde_json::Value) {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let arguments = [&["--seconds", "7", "--way", "150"], more].concat();
    let sent = Source::run(&server, &arguments);
    let detail = &server.recordings("boss", 1)[0];
    let found = sent.compare(0, &server.media("boss", detail), None);
    assert_eq!(found["exact"], true, "{found}");
    let off_ms = found["alignmentErrorMs"].as_f64().unwrap();
    (off_ms, server.quality("boss", detail))
}

#[test]
fn siprec_40_with_reports_both_sides_are_aligned() {
    let (off_ms, quality) = recorded(&["--reports", "1"]);
    assert!(off_ms.abs() <= 20.0, "{off_ms} ms");
    let streams = quality["streams"].as_array().unwrap();
    assert_eq!(streams.len(), 2, "{quality}");
    let aligned: Vec<i64> = streams
        .iter()
        .filter_map(|s| s["alignedMs"].as_i64())
        .collect();
    assert_eq!(aligned.iter().max(), Some(&0), "{quality}");
    assert!(
        aligned.iter().any(|ms| (-170..=-130).contains(ms)),
        "{quality}"
    );
    for stream in streams {
        assert!(stream["senderReports"].as_u64() >= Some(5), "{quality}");
        assert_eq!(stream["expected"], stream["packets"], "{quality}");
        let sources = stream["sources"].as_array().unwrap();
        assert_eq!(sources.len(), 1, "{quality}");
        assert_eq!(sources[0]["restart"], serde_json::Value::Null);
        assert!(sources[0]["cname"].as_str().unwrap().contains('@'));
    }
    assert_eq!(
        streams[0]["sources"][0]["cname"],
        streams[1]["sources"][0]["cname"]
    );
}

#[test]
fn siprec_40_without_them_by_their_arrival() {
    let (off_ms, quality) = recorded(&[]);
    assert!((off_ms - 150.0).abs() <= 20.0, "{off_ms} ms");
    for stream in quality["streams"].as_array().unwrap() {
        assert_eq!(
            (&stream["alignedMs"], &stream["senderReports"]),
            (&0.into(), &0.into())
        );
    }
}

/// Everything new but the name.
#[test]
fn siprec_42_every_source_of_a_stream_is_told() {
    let system = System::new();
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    let sent = Source::run(
        &server,
        &[
            "--seconds",
            "4",
            "--new-source-every",
            "50",
            "--reports",
            "0.4",
            "--dress",
        ],
    );
    let detail = &server.recordings("boss", 1)[0];
    let found = sent.compare(0, &server.media("boss", detail), None);
    for stream in found["streams"].as_array().unwrap() {
        assert_eq!(stream["missing"], 0, "{found}");
    }
    let quality = server.quality("boss", detail);
    for stream in quality["streams"].as_array().unwrap() {
        let sources = stream["sources"].as_array().unwrap();
        assert!(sources.len() >= 4, "{quality}");
        assert_eq!(stream["lost"], 0, "{quality}");
        for (number, source) in sources.iter().enumerate().take(4) {
            let restart = if number == 0 { None } else { Some(true) };
            assert_eq!(source["restart"].as_bool(), restart, "{quality}");
            let from_ms = source["fromMs"].as_u64().unwrap();
            assert!(from_ms.abs_diff(number as u64 * 1_000) <= 100, "{quality}");
            let contributing = source["contributing"].as_array().unwrap();
            assert_eq!(contributing.len(), 2, "{quality}");
        }
    }
}
