//! What is stored beside the sound: waveform, signalling, quality.

use super::OnePath;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::Caller;
use crate::gate::gate;
use crate::refusal::Refusal;
use crate::v1::extract::Path;
use crate::v1::types::{Message, Quality, Signalling, Waveform};
use axum::Json;
use axum::extract::State;
use futures_util::TryStreamExt;
use model::Recording;
use model::access::Action;
use model::audit::AuditAction;

/// Endings of all that can lie beside a sound, whose own ending they stand in for.
pub(super) const ENDINGS: [&str; 4] = [QUALITY, SIGNALLING, PEAKS, "ewj"];

const QUALITY: &str = "quality.json";
const SIGNALLING: &str = "signalling.json";
const PEAKS: &str = "peaks";

/// Most bytes of an object that is read whole.
const OBJECT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Get the outline of the sound
///
/// For drawing a waveform without reading the sound: at most some 4,000 values a channel.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/peaks",
    operation_id = "getWaveform",
    tag = "recordings",
    params(OnePath),
    responses((status = 200, description = "The outline", body = Waveform)),
)]
pub(super) async fn get_waveform(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<Json<Waveform>, Refusal> {
    let recording = gate(&app, &caller, Action::Listen, &path.id).await?;
    let bytes = read(&app, &recording, PEAKS, "this recording has no outline").await?;
    let outline = waveform(&bytes);
    outline
        .map(Json)
        .ok_or_else(|| Refusal::fault(&"a stored outline cannot be read"))
}

/// Get the messages of the call
///
/// As received and sent, except that keys of encrypted media and credentials were cut out
/// before anything was written.
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/signalling",
    operation_id = "getSignalling",
    tag = "recordings",
    params(OnePath),
    responses((status = 200, description = "The messages", body = Signalling)),
)]
pub(super) async fn get_signalling(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<Json<Signalling>, Refusal> {
    let recording = gate(&app, &caller, Action::Read, &path.id).await?;
    let bytes = read(
        &app,
        &recording,
        SIGNALLING,
        "this recording has no signalling",
    )
    .await?;
    let messages: Vec<Message> = parsed(&bytes)?;
    let entry = Entry::on(AuditAction::ViewSignalling, recording.draft.id);
    audit::record_soon(&app, &caller, entry).await?;
    Ok(Json(Signalling {
        keys_cut: true,
        messages,
    }))
}

/// Get what became of the packets of the call
#[utoipa::path(
    get,
    path = "/api/v1/recordings/{id}/quality",
    operation_id = "getQuality",
    tag = "recordings",
    params(OnePath),
    responses((status = 200, description = "The report", body = Quality)),
)]
pub(super) async fn get_quality(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<OnePath>,
) -> Result<Json<Quality>, Refusal> {
    let recording = gate(&app, &caller, Action::Read, &path.id).await?;
    let bytes = read(
        &app,
        &recording,
        QUALITY,
        "this recording has no quality report",
    )
    .await?;
    Ok(Json(parsed(&bytes)?))
}

/// The key of a sound without its ending.
pub(super) fn base(key: &str) -> &str {
    match key.rsplit_once('.') {
        Some((base, ending)) if !ending.contains('/') => base,
        _ => key,
    }
}

async fn read(
    app: &App,
    recording: &Recording,
    ending: &str,
    missing: &'static str,
) -> Result<Vec<u8>, Refusal> {
    if recording.object_key.is_empty() {
        return Err(Refusal::Missing(missing));
    }
    let key = format!("{}.{ending}", base(&recording.object_key));
    let size = match app.archive.size(&key).await {
        Ok(size) => size,
        Err(archive::Error::NotFound { .. }) => return Err(Refusal::Missing(missing)),
        Err(error) => return Err(error.into()),
    };
    if size > OBJECT_BYTES_MAX {
        return Err(Refusal::fault(&format!("{key} has {size} bytes")));
    }
    let blocks = app.archive.read(&key, 0..size).await?;
    let bytes = blocks.try_fold(Vec::new(), |mut all, block| async move {
        all.extend_from_slice(&block);
        Ok(all)
    });
    Ok(bytes.await?)
}

fn parsed<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::fault(&error))
}

/// Reads the stored form, version 1: see `media::peaks`.
fn waveform(bytes: &[u8]) -> Option<Waveform> {
    let (head, values) = bytes.split_at_checked(24)?;
    if !head.starts_with(b"EWPK\x01\x02") {
        return None;
    }
    let word = |from: usize| {
        Some(u32::from_le_bytes(
            head.get(from..from + 4)?.try_into().ok()?,
        ))
    };
    let samples = u64::from_le_bytes(head.get(16..24)?.try_into().ok()?);
    let (pairs, _none) = values.as_chunks::<2>();
    Some(Waveform {
        sample_rate: word(8)?,
        samples_per_value: word(12)?,
        samples,
        left: pairs.iter().map(|pair| pair[0]).collect(),
        right: pairs.iter().map(|pair| pair[1]).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_are_read() {
        let mut bytes = b"EWPK\x01\x02\0\0".to_vec();
        bytes.extend(8000_u32.to_le_bytes());
        bytes.extend(160_u32.to_le_bytes());
        bytes.extend(320_u64.to_le_bytes());
        bytes.extend([1, 2, 3, 4]);
        let outline = waveform(&bytes).unwrap();
        assert_eq!((outline.left, outline.right), (vec![1, 3], vec![2, 4]));
        assert_eq!(
            (
                outline.sample_rate,
                outline.samples_per_value,
                outline.samples
            ),
            (8000, 160, 320)
        );
        for end in 0..24 {
            assert!(waveform(&bytes[..end]).is_none());
        }
        assert!(waveform(&[0; 30]).is_none());
    }

    #[test]
    fn endings_are_cut() {
        assert_eq!(base("2026/11/24/id.wav"), "2026/11/24/id");
        assert_eq!(base("2026/11/24/id.abc.mp3"), "2026/11/24/id.abc");
        assert_eq!(base("a.b/id"), "a.b/id");
    }
}
