//! Requests and responses, byte for byte, one pair in each file of `golden/`.
//!
//! A line `# house: no recorder` or `# house: full recorder` above the request says what is
//! different in the house that is asked. `{{wav}}` and `{{mp3}}` in a body stand for files,
//! `{{waiting}}` and so on for the ids of calls in progress. What no two runs have in common is
//! written as `…`: new ids, when calls began and how long they last until now.
//!
//! `e2e/api/test_golden.py` asks the real program the same, but for pairs that say `# router
//! only:` and why.
//!
//! `UPDATE=1 cargo test -p api golden` writes what the responses are now.

use crate::calls::{self, Calls};
use crate::house::House;
use crate::upload;
use axum::body::Body;
use axum::http::Request;
use model::live::LiveError;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const BETWEEN: &str = "\n----\n";

/// Ids of calls in progress, which the real program mints anew each time.
const CALLS: [(&str, &str); 4] = [
    ("{{waiting}}", calls::WAITING),
    ("{{always}}", calls::ALWAYS),
    ("{{started}}", calls::STARTED),
    ("{{never}}", calls::NEVER),
];

#[tokio::test]
async fn every_pair_is_as_written() {
    let quiet = house(Some(Calls::new())).await;
    let mut wrong = Vec::new();
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let sent = text
            .split_once(BETWEEN)
            .map_or_else(|| text.trim_end(), |(sent, _)| sent);
        let answered = match different(sent) {
            Some(house) => answered(&house.await, sent).await,
            None => answered(&quiet, sent).await,
        };
        let now = format!("{sent}{BETWEEN}{answered}");
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

/// A house of its own for what changes something, or asks a recorder that is not there or can
/// do nothing.
fn different(sent: &str) -> Option<impl Future<Output = House>> {
    let calls = Calls::new();
    if sent.contains("# house: no recorder") {
        return Some(house(None));
    }
    if sent.contains("# house: full recorder") {
        *calls.fault.lock().unwrap() = Some(LiveError::Unavailable);
        return Some(house(Some(calls)));
    }
    let reads = ["GET ", "HEAD "];
    let request = sent.lines().find(|line| !line.starts_with('#')).unwrap();
    let reads = reads.iter().any(|method| request.starts_with(method));
    (!reads).then(|| house(Some(calls)))
}

async fn house(calls: Option<std::sync::Arc<Calls>>) -> House {
    let house = House::with(|mut options| {
        if let Some(calls) = calls {
            options.live = Some(calls);
        }
        options
    });
    let house = house.await;
    house.furnish().await;
    house
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

/// A body written as lines, with its files.
fn body<'a>(lines: impl Iterator<Item = &'a str>) -> Body {
    let lines: Vec<&str> = lines.collect();
    let text = lines.join("\r\n");
    let mut bytes = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, after) = behind.split_once("}}").unwrap();
        bytes.extend(before.bytes());
        match name {
            "wav" => bytes.extend(upload::telephone()),
            "mp3" => bytes.extend(upload::MP3),
            _ => panic!("there is no file {name}"),
        }
        rest = after;
    }
    bytes.extend(rest.bytes());
    Body::from(bytes)
}

/// The response as text: status, headers by name, an empty line, the body.
async fn answered(house: &House, sent: &str) -> String {
    let sent = CALLS
        .iter()
        .fold(sent.to_owned(), |sent, (name, id)| sent.replace(name, id));
    let mut lines = sent.lines().skip_while(|line| line.starts_with('#'));
    let mut line = lines.next().unwrap().split(' ');
    let request = Request::builder()
        .method(line.next().unwrap())
        .uri(line.next().unwrap());
    let request =
        lines
            .by_ref()
            .take_while(|line| !line.is_empty())
            .fold(request, |request, header| {
                let (name, value) = header.split_once(": ").unwrap();
                request.header(name, value)
            });
    let body = request.body(body(lines)).unwrap();
    let is_upload = body.method() == "POST" && !body.uri().path().contains("Live");
    let is_live = body.method() == "GET" && body.uri().path().contains("Live");
    let mut answer = house.send(body).await;
    if is_upload && answer.status == 201 {
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        answer.body = answer.text().replace(&id, "…").into_bytes();
    }
    if is_live && answer.status == 200 {
        answer
            .headers
            .insert("content-length", "0".parse().unwrap());
        let mut text = answer.text().to_owned();
        for item in answer.json().as_array().unwrap() {
            for key in ["duration", "startedAt"] {
                text = text.replace(item[key].as_str().unwrap(), "…");
            }
        }
        answer.body = text.into_bytes();
    }
    if [204, 304].contains(&answer.status.as_u16()) {
        // The router says how long nothing is; the server sends no such header.
        answer.headers.remove("content-length");
    }
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
    CALLS
        .iter()
        .fold(text, |text, (name, id)| text.replace(id, name))
}
