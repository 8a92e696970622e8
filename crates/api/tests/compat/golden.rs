//! Requests and responses, byte for byte, one pair in each file of `golden/`.
//!
//! `UPDATE=1 cargo test -p api golden` writes what the responses are now.

use crate::house::House;
use axum::body::Body;
use axum::http::Request;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const BETWEEN: &str = "\n----\n";

#[tokio::test]
async fn every_pair_is_as_written() {
    let house = House::new().await;
    let mut wrong = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let sent = text
            .split_once(BETWEEN)
            .map_or_else(|| text.trim_end(), |(sent, _)| sent);
        let now = format!("{sent}{BETWEEN}{}", answered(&house, sent).await);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, now).unwrap();
        } else if now != text {
            wrong.push(format!("{}:\n{now}", file.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "other than written:\n{}",
        wrong.join("\n\n")
    );
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat/golden");
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "http"))
        .collect();
    files.sort();
    assert!(files.len() > 20, "the golden files are there");
    files
}

/// The response as text: status, headers by name, an empty line, the body.
async fn answered(house: &House, sent: &str) -> String {
    let mut lines = sent.lines().skip_while(|line| line.starts_with('#'));
    let mut line = lines.next().unwrap().split(' ');
    let request = Request::builder()
        .method(line.next().unwrap())
        .uri(line.next().unwrap());
    let request = lines
        .take_while(|line| !line.is_empty())
        .fold(request, |request, header| {
            let (name, value) = header.split_once(": ").unwrap();
            request.header(name, value)
        });
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let mut text = format!("HTTP/1.1 {}\n", answer.status);
    for header in headers {
        writeln!(text, "{header}").unwrap();
    }
    write!(text, "\n{}", String::from_utf8_lossy(&answer.body)).unwrap();
    text.push('\n');
    text
}
