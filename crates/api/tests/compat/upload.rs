//! `POST Recordings`: what is taken and comes back unchanged, and what is refused without a
//! trace.

use crate::house::{Answer, BASE, House, request, sha256};
use axum::body::Body;
use axum::http::Request;
use futures_util::{StreamExt, stream};
use model::audit::AuditAction;
use serde_json::{Value, json};
use std::convert::Infallible;

/// 8 kHz, stereo, made with LAME.
pub(crate) const MP3: &[u8] = include_bytes!("../../../media/tests/check/data/telephone.mp3");

const BOUNDARY: &str = "----earwitness7";

/// A part: its name, its Content-Type, its body.
type Part<'a> = (&'a str, &'a str, &'a [u8]);

fn wav(tag: u16, channels: u16, bits: u16, octets: u32) -> Vec<u8> {
    let align = channels * bits.div_ceil(8);
    let mut file = b"RIFF".to_vec();
    file.extend((36 + octets).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0");
    file.extend(tag.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(8_000_u32.to_le_bytes());
    file.extend((8_000 * u32::from(align)).to_le_bytes());
    file.extend(align.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(b"data");
    file.extend(octets.to_le_bytes());
    file.extend((0..octets).map(|n| (n * 7 / 3) as u8));
    file
}

pub(crate) fn telephone() -> Vec<u8> {
    wav(1, 2, 16, 64_000)
}

fn said() -> Value {
    json!({
        "startDateTime": "2018-09-25T13:00:00.0000000Z",
        "duration": "P0DT0H1M30S",
        "direction": 1,
        "localParty": { "username": "john_doe", "phoneNumber": "2-2-5" },
        "remoteParty": { "phoneNumber": "+39 0584 943232", "firstName": "Anna" },
        "pbxCallId": "100",
        "notes": "Some notes",
        "preserved": true,
    })
}

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, media_type, part) in parts {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; ").bytes());
        body.extend(format!("name=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n").bytes());
        body.extend(*part);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

fn post(username: &str, body: impl Into<Body>) -> Request<Body> {
    request("POST", username, BASE)
        .header(
            "content-type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )
        .body(body.into())
        .unwrap()
}

async fn upload(
    house: &House,
    username: &str,
    said: &Value,
    media_type: &str,
    file: &[u8],
) -> Answer {
    let said = said.to_string();
    let parts = [
        ("jsondata", "application/json", said.as_bytes()),
        ("attachment", media_type, file),
    ];
    house.send(post(username, form(&parts))).await
}

/// Refused with this reason, and nothing left behind.
async fn refused(house: &House, answer: &Answer, reason: u64, what: &str) {
    assert_eq!(answer.status, 400, "{what}: {}", answer.text());
    let json = answer.json();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["message", "reason"], "{what}");
    assert_eq!(json["reason"], reason, "{what}: {}", answer.text());
    // A staged file is forgotten on a thread of its own.
    for _ in 0..100 {
        if house.files().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(house.files(), Vec::<std::path::PathBuf>::new(), "{what}");
    let list = house.get("chief", BASE).await.json();
    assert_eq!(list["totalCount"], 0, "{what}");
}

#[tokio::test]
async fn every_kind_of_file_comes_back_unchanged() {
    let house = House::of_people().await;
    let files = [
        ("audio/wav", telephone(), "audio/wav", "wav"),
        ("audio/wave", wav(1, 1, 8, 8_001), "audio/wav", "wav"),
        ("audio/vnd.wav", wav(6, 1, 8, 8_000), "audio/wav", "wav"),
        ("audio/vnd.wave", wav(7, 2, 8, 16_000), "audio/wav", "wav"),
        ("audio/x-pn-wav", wav(1, 1, 16, 16_000), "audio/wav", "wav"),
        ("Audio/X-Wav; rate=8000", telephone(), "audio/wav", "wav"),
        ("audio/mpeg", MP3.to_vec(), "audio/mpeg", "mp3"),
    ];
    for (number, (sent, file, served, extension)) in files.into_iter().enumerate() {
        let answer = upload(&house, "chief", &said(), sent, &file).await;
        assert_eq!(answer.status, 201, "{sent}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json");
        let json = answer.json();
        assert_eq!(json.as_object().unwrap().len(), 1);
        let id = json["id"].as_str().unwrap();
        let details = house.get("chief", &format!("{BASE}/{id}")).await.json();
        let reference = format!("2018{:09}", number + 1);
        assert_eq!(details["referenceNumber"], reference.as_str());
        assert_eq!(details["size"], file.len());
        let hash = details["hash"]["SHA256"].as_str().unwrap().to_owned();
        assert_eq!(hash, sha256(&file).to_string());
        let media = house.get("chief", &format!("{BASE}/{id}/Media")).await;
        assert_eq!((media.status.as_u16(), &media.body), (200, &file), "{sent}");
        assert_eq!(media.header("content-type"), served);
        let name = format!("attachment; filename=\"{reference}.{extension}\"");
        assert_eq!(media.header("content-disposition"), name);
        let path = format!("/api/v1/recordings/{id}/peaks");
        let outline = house.get("chief", &path).await.json();
        let values = outline["left"].as_array().unwrap();
        assert!(!values.is_empty() && values.len() == outline["right"].as_array().unwrap().len());
        assert!(values.iter().any(|value| *value != 0), "{sent}");
    }
    assert_eq!(house.files().len(), 14, "each has its outline beside it");
    assert_eq!(house.audit(AuditAction::UploadRecording).await.len(), 7);
}

#[tokio::test]
async fn what_was_said_is_said_again() {
    let house = House::of_people().await;
    let answer = upload(&house, "chief", &said(), "audio/wav", &telephone()).await;
    let id = answer.json()["id"].clone();
    let details = house
        .get("john_doe", &format!("{BASE}/{}", id.as_str().unwrap()))
        .await
        .json();
    for (key, value) in [
        ("id", id),
        ("pbxCallId", json!("100")),
        ("startTime", json!("2018-09-25T13:00:00Z")),
        ("duration", json!("P0DT0H1M30S")),
        ("direction", json!(1)),
        ("localPartyNumber", json!("225")),
        ("remotePartyNumber", json!("+390584943232")),
    ] {
        assert_eq!(details[key], value, "{key}");
    }
    assert_eq!(details["owner"]["username"], "john_doe");
    assert_eq!(details["note"]["text"], "Some notes");
    assert_eq!(details["note"]["owner"]["username"], "chief");
    assert_eq!(details["preservingUser"]["username"], "chief");
    let list = house.get("john_doe", BASE).await.json();
    assert_eq!(list["recordings"][0]["duration"], "P0DT0H1M30S");
}

#[tokio::test]
async fn the_smallest_upload_has_nulls() {
    let house = House::of_people().await;
    let said = json!({
        "startDateTime": "2018-09-25T13:00:00+02:00", "duration": "PT4S", "direction": 0,
        "localParty": { "username": "JOHN_DOE", "phoneNumber": "225" },
        "pbxInfo": {},
    });
    let answer = upload(&house, "john_doe", &said, "audio/mpeg", MP3).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let details = house.get("john_doe", &format!("{BASE}/{id}")).await.json();
    assert_eq!(details["startTime"], "2018-09-25T11:00:00Z");
    for key in ["pbxCallId", "note", "preservingUser"] {
        assert_eq!(details[key], Value::Null, "{key}");
    }
    assert_eq!(details["remotePartyNumber"], "");
}

#[tokio::test]
async fn uploading_for_others_takes_complete_management() {
    let house = House::of_people().await;
    for (username, of, status) in [
        ("stranger", "john_doe", 401),
        ("outsider", "outsider", 403),
        ("recorder", "recorder", 403),
        ("john_doe", "jane_roe", 403),
        ("jane_roe", "john_doe", 403),
        ("john_doe", "nobody", 400),
        ("john_doe", "John_Doe", 201),
        ("chief", "jane_roe", 201),
        ("chief", "outsider", 201),
    ] {
        let mut said = said();
        said["localParty"]["username"] = json!(of);
        let answer = upload(&house, username, &said, "audio/wav", &telephone()).await;
        assert_eq!(answer.status.as_u16(), status, "{username} for {of}");
    }
    assert_eq!(house.files().len(), 6, "three, and their outlines");
}

#[tokio::test]
async fn a_request_that_cannot_be_read_has_reason_0() {
    let house = House::of_people().await;
    let said = said().to_string();
    let (json, file) = (said.as_bytes(), telephone());
    let form_of = |parts: &[Part<'_>]| post("chief", form(parts));
    let attachment = ("attachment", "audio/wav", file.as_slice());
    let whole = form(&[("jsondata", "application/json", json), attachment]);
    let plain = |content_type: &str, body: &[u8]| {
        let request = request("POST", "chief", BASE).header("content-type", content_type);
        request.body(Body::from(body.to_owned())).unwrap()
    };
    let long = format!("{{\"notes\":\"{}\"}}", "x".repeat(70_000));
    for (what, request) in [
        (
            "nothing",
            request("POST", "chief", BASE).body(Body::empty()).unwrap(),
        ),
        ("json", plain("application/json", json)),
        ("no boundary", plain("multipart/form-data", &whole)),
        (
            "another boundary",
            plain("multipart/form-data; boundary=x", &whole),
        ),
        ("empty", post("chief", Body::empty())),
        ("no jsondata", form_of(&[attachment])),
        (
            "null",
            form_of(&[("jsondata", "application/json", b"null"), attachment]),
        ),
        (
            "an array",
            form_of(&[("jsondata", "application/json", b"[]"), attachment]),
        ),
        (
            "no JSON",
            form_of(&[("jsondata", "application/json", b"{"), attachment]),
        ),
        (
            "too long",
            form_of(&[("jsondata", "", long.as_bytes()), attachment]),
        ),
        (
            "twice",
            form_of(&[("jsondata", "", json), ("jsondata", "", json), attachment]),
        ),
        (
            "cut off",
            post("chief", whole[..whole.len() - 100].to_vec()),
        ),
        (
            "cut off at the end",
            post("chief", whole[..whole.len() - 4].to_vec()),
        ),
        (
            "both wrong",
            form_of(&[("attachment", "text/html", b"x"), ("jsondata", "", b"{")]),
        ),
    ] {
        let answer = house.send(request).await;
        refused(&house, &answer, 0, what).await;
    }
}

#[tokio::test]
async fn metadata_that_is_not_valid_has_reason_1() {
    let house = House::of_people().await;
    for (field, bad) in [
        ("startDateTime", json!(null)),
        ("startDateTime", json!("yesterday")),
        ("duration", json!("90")),
        ("duration", json!(null)),
        ("direction", json!(3)),
        ("direction", json!("1")),
        ("localParty", json!(null)),
        ("localParty", json!({ "username": "john_doe" })),
        (
            "localParty",
            json!({ "username": "nobody", "phoneNumber": "1" }),
        ),
        ("remoteParty", json!(5)),
        ("pbxCallId", json!("x".repeat(256))),
        ("notes", json!(["x"])),
        ("preserved", json!("yes")),
    ] {
        let mut said = said();
        said[field] = bad.clone();
        let answer = upload(&house, "chief", &said, "audio/wav", &telephone()).await;
        refused(&house, &answer, 1, &format!("{field} {bad}")).await;
        // Also when the file is bad, and when it comes first.
        let text = said.to_string();
        let parts = [
            ("attachment", "audio/wav", &b"RIFF"[..]),
            ("jsondata", "application/json", text.as_bytes()),
        ];
        if said["localParty"]["username"] != "nobody" {
            let answer = house.send(post("chief", form(&parts))).await;
            refused(&house, &answer, 1, &format!("{field} {bad}")).await;
        }
    }
    // Found out when the file is stored already: it has to go again.
    let mut said = said();
    said["notes"] = json!("a bell \u{7}");
    let answer = upload(&house, "chief", &said, "audio/wav", &telephone()).await;
    refused(&house, &answer, 1, "a control character").await;
}

#[tokio::test]
async fn a_file_that_is_no_sound_has_reason_2() {
    let house = House::of_people().await;
    let whole = telephone();
    let mut beyond = whole.clone();
    beyond[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut damaged = MP3.to_vec();
    damaged[1084..1440].fill(0xff);
    for (what, media_type, file) in [
        ("html", "audio/wav", &b"<html>not found</html>"[..]),
        ("nothing", "audio/wav", b""),
        ("a WAV that is no MP3", "audio/mpeg", &whole),
        ("an MP3 that is no WAV", "audio/wav", MP3),
        ("another type", "audio/ogg", &whole),
        ("no type", "", &whole),
        ("cut off", "audio/wav", &whole[..whole.len() - 1]),
        ("a size beyond the end", "audio/wav", &beyond),
        ("24 bits", "audio/wav", &wav(1, 2, 24, 6_000)),
        ("another coding", "audio/wav", &wav(49, 1, 16, 6_000)),
        ("three channels", "audio/wav", &wav(1, 3, 16, 6_000)),
        ("no samples", "audio/wav", &wav(1, 2, 16, 0)),
        ("an MP3 cut off", "audio/mpeg", &MP3[..MP3.len() - 1]),
        ("an MP3 that cannot be decoded", "audio/mpeg", &damaged),
    ] {
        let answer = upload(&house, "chief", &said(), media_type, file).await;
        refused(&house, &answer, 2, what).await;
    }
    let said = said().to_string();
    let json = ("jsondata", "application/json", said.as_bytes());
    let file = ("attachment", "audio/wav", whole.as_slice());
    for parts in [vec![json], vec![json, file, file]] {
        let answer = house.send(post("chief", form(&parts))).await;
        refused(&house, &answer, 2, "attachments").await;
    }
}

/// A request whose file has so many octets of silence behind its header.
fn long(silence: u64) -> Body {
    let said = said().to_string();
    let octets = u32::try_from(silence).unwrap();
    let mut head = wav(1, 1, 16, 0);
    head[4..8].copy_from_slice(&(36 + octets).to_le_bytes());
    head[40..44].copy_from_slice(&octets.to_le_bytes());
    let mut beginning = form(&[
        ("jsondata", "application/json", said.as_bytes()),
        ("attachment", "audio/wav", &head),
    ]);
    let end = beginning.split_off(beginning.len() - BOUNDARY.len() - 8);
    let block = 1 << 20;
    let silence = (0..silence.div_ceil(block)).map(move |place| {
        let length = (silence - place * block).min(block);
        vec![0; usize::try_from(length).unwrap()]
    });
    let pieces = std::iter::once(beginning).chain(silence).chain([end]);
    Body::from_stream(stream::iter(pieces.map(Ok::<_, Infallible>)))
}

#[tokio::test]
async fn the_largest_file_is_taken_and_one_octet_more_is_not() {
    let house = House::of_people().await;
    let largest = 256 * 1024 * 1024;
    let answer = house.send(post("chief", long(largest - 44 + 2))).await;
    refused(&house, &answer, 2, "too large").await;
    assert_eq!(answer.header("connection"), "close");
    // What says that it is too large is not even read.
    let mut request = post(
        "chief",
        Body::from_stream(stream::pending::<Result<Vec<u8>, Infallible>>()),
    );
    let length = axum::http::HeaderValue::from(2 * largest);
    request.headers_mut().insert("content-length", length);
    let answer = house.send(request).await;
    refused(&house, &answer, 2, "announced").await;
    assert_eq!(answer.header("connection"), "close");
    let answer = house.send(post("chief", long(largest - 44))).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let files = house.files().into_iter();
    let sizes: Vec<u64> = files.map(|file| file.metadata().unwrap().len()).collect();
    // And its outline, however long it is.
    assert!(sizes.len() == 2 && sizes.contains(&largest), "{sizes:?}");
    assert!(sizes.iter().any(|size| *size <= 8_024), "{sizes:?}");
}

#[tokio::test]
async fn a_client_that_waits_in_the_middle_of_too_much_is_answered() {
    let house = House::of_people().await;
    let endless = stream::iter(std::iter::repeat_n(vec![0; 1 << 20], 257).map(Ok::<_, Infallible>));
    let said = said().to_string();
    let mut beginning = form(&[
        ("jsondata", "application/json", said.as_bytes()),
        ("attachment", "audio/wav", &wav(1, 1, 16, 0)),
    ]);
    beginning.truncate(beginning.len() - BOUNDARY.len() - 8);
    let body = stream::iter([Ok(beginning)])
        .chain(endless)
        .chain(stream::pending());
    let answer = house.send(post("chief", Body::from_stream(body))).await;
    refused(&house, &answer, 2, "too much").await;
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let house = House::of_people().await;
    let whole = form(&[("attachment", "audio/wav", &telephone())]);
    let half = whole[..whole.len() / 2].to_vec();
    let broken: [Result<Vec<u8>, std::io::Error>; 2] =
        [Ok(half), Err(std::io::Error::other("gone"))];
    let answer = house
        .send(post("chief", Body::from_stream(stream::iter(broken))))
        .await;
    refused(&house, &answer, 0, "broken off").await;
}

#[tokio::test]
async fn the_path_with_a_slash_takes_uploads_too() {
    let house = House::of_people().await;
    let said = said().to_string();
    let file = telephone();
    let parts = [
        ("something", "text/plain", &b"else"[..]),
        ("attachment", "audio/wav", &file),
        ("jsondata", "application/json", said.as_bytes()),
    ];
    let path = "/fw/apps/recorder/webapi/recordings/";
    let request = request("POST", "chief", path)
        .header(
            "content-type",
            format!("Multipart/Form-Data; boundary=\"{BOUNDARY}\""),
        )
        .body(Body::from(form(&parts)));
    let answer = house.send(request.unwrap()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}
