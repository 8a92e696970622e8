//! Stored sound over HTTP, the same for both APIs: ranges, entity tags, and the audit entry
//! without which not one byte leaves.

use crate::app::App;
use crate::audio::{self, Wanted};
use crate::audit;
use crate::auth::Caller;
use crate::refusal::Refusal;
use archive::Archive;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Recording;
use model::audit::AuditAction;

/// What the sound is wanted for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Use {
    /// Playing it where it was asked for.
    Play,
    /// Keeping a copy.
    Download,
}

/// The stored file of an opened recording, or the part of it that is asked for.
pub(crate) async fn serve(
    app: &App,
    caller: &Caller,
    method: &Method,
    headers: &HeaderMap,
    recording: &Recording,
    wanted_for: Use,
) -> Result<Response, Refusal> {
    if recording.object_key.is_empty() {
        return Err(Refusal::NoSound);
    }
    let tag = format!("\"{}\"", recording.sha256);
    let described = described(recording, &tag, wanted_for)?;
    if audio::known(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, described).into_response());
    }
    let (status, range) = match wanted(method, headers, &tag, recording.size) {
        Wanted::Whole => (StatusCode::OK, 0..recording.size),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Unsatisfiable => return Err(Refusal::Unsatisfiable(recording.size)),
    };
    intact(&app.archive, recording).await?;
    let mut response = (status, described).into_response();
    let length = range.end - range.start;
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if status == StatusCode::PARTIAL_CONTENT {
        let part = format!("bytes {}-{}/{}", range.start, range.end - 1, recording.size);
        response
            .headers_mut()
            .insert(header::CONTENT_RANGE, value(&part)?);
    }
    if method != Method::HEAD {
        let action = match wanted_for {
            Use::Play => AuditAction::PlayRecording,
            Use::Download => AuditAction::DownloadRecording,
        };
        // On the disk before the first byte leaves; else none does.
        audit::listening(app, caller, action, recording.draft.id).await?;
        let blocks = app.archive.read(&recording.object_key, range).await?;
        *response.body_mut() = Body::from_stream(blocks);
    }
    Ok(response)
}

/// Which bytes are asked for. `Range` means something with GET alone (RFC 9110 §14.2).
fn wanted(method: &Method, headers: &HeaderMap, tag: &str, size: u64) -> Wanted {
    let mut ranges = headers.get_all(header::RANGE).iter();
    let (Some(range), None, &Method::GET) = (ranges.next(), ranges.next(), method) else {
        return Wanted::Whole;
    };
    let condition = headers.get(header::IF_RANGE);
    if condition.is_some_and(|condition| !audio::unchanged(condition.as_bytes(), tag)) {
        return Wanted::Whole;
    }
    audio::wanted(range.as_bytes(), size)
}

/// Checks before the first byte that the archive holds what the row promises: an answer that
/// ends early, or holds other bytes than its hash says, is no evidence.
async fn intact(archive: &Archive, recording: &Recording) -> Result<(), Refusal> {
    let stored = archive.size(&recording.object_key).await?;
    if stored == recording.size {
        return Ok(());
    }
    let (id, size) = (recording.draft.id, recording.size);
    Err(Refusal::fault(&format!(
        "the stored file of recording {id} has {stored} bytes instead of {size}: \
         run `earwitness verify {id}`"
    )))
}

fn described(
    recording: &Recording,
    tag: &str,
    wanted_for: Use,
) -> Result<[(HeaderName, HeaderValue); 4], Refusal> {
    let disposition = match wanted_for {
        Use::Play => "inline",
        Use::Download => "attachment",
    };
    let name = format!(
        "{}.{}",
        recording.reference_number,
        recording.format.extension()
    );
    Ok([
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(recording.format.media_type()),
        ),
        (header::ETAG, value(tag)?),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (
            header::CONTENT_DISPOSITION,
            value(&format!("{disposition}; filename=\"{name}\""))?,
        ),
    ])
}

fn value(text: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::try_from(text).map_err(|_| Refusal::fault(&"a row holds no header value"))
}
