//! `GET Recordings/{id}` and `GET Recordings/{id}/Media`.

use super::refused::Refused;
use super::{segment, types};
use crate::app::App;
use crate::audio::{self, Wanted};
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::gate::{gate, permit};
use crate::refusal::Refusal;
use archive::Archive;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use model::access::Action;
use model::audit::AuditAction;
use model::{Recording, RecordingId};

/// Where the id stands in a path.
const ID_SEGMENT: usize = 6;

/// `GET Recordings/{id}`: what is known about one recording.
pub(crate) async fn recording(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Refused> {
    let recording = opened(&app, &caller, Action::Read, &uri).await?;
    let viewed = Entry::on(AuditAction::ViewRecording, recording.draft.id);
    audit::record_soon(&app, &caller, viewed).await?;
    Ok(Json(types::Recording::from(&recording)).into_response())
}

/// `GET Recordings/{id}/Media`: the stored file as it is.
pub(crate) async fn media(
    State(app): State<App>,
    caller: Caller,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refused> {
    let recording = opened(&app, &caller, Action::Listen, &uri).await?;
    if recording.object_key.is_empty() {
        return Err(Refusal::NoSound.into());
    }
    let tag = format!("\"{}\"", recording.sha256);
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    if known
        .into_iter()
        .any(|list| audio::names(list.as_bytes(), &tag))
    {
        let mut response = (StatusCode::NOT_MODIFIED, described(&recording, &tag)?).into_response();
        // What a 200 would say (RFC 9110 §8.6): nothing would mean an empty file.
        let length = HeaderValue::from(recording.size);
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
        return Ok(response);
    }
    let wanted = wanted(&method, &headers, &tag, recording.size);
    let (status, range) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0..recording.size),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Unsatisfiable => return Err(Refusal::Unsatisfiable(recording.size).into()),
    };
    intact(&app.archive, &recording).await?;
    if method != Method::HEAD {
        // On the disk before the first byte leaves; else none does.
        let (action, id) = (AuditAction::DownloadRecording, recording.draft.id);
        audit::listening(&app, &caller, action, id).await?;
    }
    let mut response = (status, described(&recording, &tag)?).into_response();
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
        *response.body_mut() =
            Body::from_stream(app.archive.read(&recording.object_key, range).await?);
    }
    Ok(response)
}

/// The recording of the path's id, for a caller who may do `action` with it. One that was
/// deleted does not exist any more, whosever it was.
async fn opened(
    app: &App,
    caller: &Caller,
    action: Action,
    uri: &Uri,
) -> Result<Recording, Refused> {
    permit(caller, action)?;
    let id = segment(uri, ID_SEGMENT);
    if let Ok(id) = RecordingId::parse(&id)
        && app.catalogue.recording(id).await?.is_none()
    {
        return Err(Refusal::NoRecording.into());
    }
    Ok(gate(app, caller, action, &id).await?)
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

fn described(recording: &Recording, tag: &str) -> Result<[(HeaderName, HeaderValue); 4], Refusal> {
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
            value(&format!("attachment; filename=\"{name}\""))?,
        ),
    ])
}

fn value(text: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::try_from(text).map_err(|_| Refusal::fault(&"a row holds no header value"))
}
