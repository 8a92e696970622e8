//! From a sound file and what is said of it to a recording.

use super::{Intake, Metadata, Reason, Received, Refused, kind};
use archive::Archive;
use catalogue::{Catalogue, Stored, Uploaded};
use jiff::{SignedDuration, Timestamp};
use media::check::Kind;
use model::access::{Action, Denied, Principal, permit};
use model::details::{Details, Participant};
use model::people::UserId;
use model::{Draft, Recording, RecordingId, SessionId, Source, State};
use std::io::Read;
use std::path::Path;

/// Octets of a file read at a time.
const BLOCK_OCTETS: usize = 256 * 1024;

/// Why an upload is not kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be used as it is.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The file is over [`super::FILE_OCTETS_MAX`].
    #[error("the file has more than 256 MiB")]
    TooLarge,
    /// The uploader may not do this.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The file cannot be read or written.
    #[error("cannot take the file in: {0}")]
    Disk(std::io::Error),
    /// The system has no randomness for an id.
    #[error("the system has no randomness")]
    Randomness,
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] catalogue::Error),
}

/// What uploading in the name of a user is to the policy.
fn action(uploader: &Principal, owner: UserId) -> Action {
    if uploader.id == owner {
        Action::UploadOwn
    } else {
        Action::UploadAny
    }
}

/// Keeps a file that was taken in. The uploader is the catalogue's actor: one with a principal
/// needs the right to, one without is the system itself.
///
/// # Errors
/// [`Error::Refused`] when there is no such user; [`Error::Denied`]; when the archive or the
/// catalogue fails. Nothing is kept then.
pub async fn store(
    catalogue: &Catalogue,
    archive: &Archive,
    metadata: Metadata,
    received: Received,
) -> Result<Recording, Error> {
    let owner = catalogue.user(&metadata.username).await?;
    let owner = owner.ok_or_else(|| {
        Refused::new(
            Reason::Metadata,
            "localParty.username is no user of this system",
        )
    })?;
    if let Some(uploader) = &catalogue.actor().principal {
        permit(uploader, action(uploader, owner.id))?;
    }
    let id = mint(catalogue.now())?;
    let uploaded = Uploaded {
        note: metadata.notes.clone(),
        preserved: metadata.preserved,
    };
    let draft = draft(id, owner.id, metadata, &received);
    let keys = Keys::of(&draft, &received);
    let stored = match put(archive, &keys, received).await {
        Ok(stored) => stored,
        Err(error) => {
            keys.remove(archive).await;
            return Err(error.into());
        }
    };
    match catalogue.register_upload(&draft, stored, uploaded).await {
        Ok(recording) => Ok(recording),
        Err(error) => {
            keys.remove(archive).await;
            let invalid = matches!(
                error,
                catalogue::Error::NoReferenceNumber(_) | catalogue::Error::BadText { .. }
            );
            if invalid {
                return Err(Refused::new(Reason::Metadata, &error.to_string()).into());
            }
            Err(error.into())
        }
    }
}

/// Where an upload lies in the archive.
struct Keys {
    sound: String,
    peaks: String,
}

impl Keys {
    fn of(draft: &Draft, received: &Received) -> Self {
        let base = base(draft.start_time, draft.id);
        Self {
            sound: format!("{base}.{}", received.format.extension()),
            peaks: format!("{base}.peaks"),
        }
    }

    /// An object without a row is found by nobody: it must not stay.
    async fn remove(&self, archive: &Archive) {
        for key in [&self.peaks, &self.sound] {
            if let Err(left) = archive.remove(key).await {
                tracing::error!(key, "an upload could not be removed again: {left}");
            }
        }
    }
}

async fn put(archive: &Archive, keys: &Keys, received: Received) -> Result<Stored, archive::Error> {
    let Received {
        staging,
        format,
        size,
        sha256,
        peaks,
        ..
    } = received;
    archive.put(&keys.sound, staging, sha256, size).await?;
    archive.put_bytes(&keys.peaks, &peaks).await?;
    Ok(Stored {
        size,
        sha256,
        format,
        object_key: keys.sound.clone(),
    })
}

/// Brings in a file from the disk; `metadata` is the JSON beside it. The kind of the file is
/// told by its name: `.mp3`, or else WAV.
///
/// # Errors
/// Those of [`store`] and of reading the file.
pub async fn import(
    catalogue: &Catalogue,
    archive: &Archive,
    file: &Path,
    metadata: &[u8],
) -> Result<Recording, Error> {
    let metadata = Metadata::parse(metadata)?;
    let extension = file.extension().unwrap_or_default().to_ascii_lowercase();
    let media_type = if extension == "mp3" {
        "audio/mpeg"
    } else {
        "audio/wav"
    };
    let kind = kind(media_type).unwrap_or(Kind::Wav);
    let (archive_of_file, file) = (archive.clone(), file.to_owned());
    let reading = tokio::task::spawn_blocking(move || read(&archive_of_file, kind, &file));
    let received = reading
        .await
        .map_err(|failed| Error::Disk(std::io::Error::other(failed)))??;
    store(catalogue, archive, metadata, received).await
}

fn read(archive: &Archive, kind: Kind, path: &Path) -> Result<Received, Error> {
    let mut file = std::fs::File::open(path).map_err(Error::Disk)?;
    let mut intake = Intake::new(archive, kind)?;
    let mut block = vec![0; BLOCK_OCTETS];
    loop {
        match file.read(&mut block) {
            Ok(0) => return intake.finish(),
            Ok(length) => intake.write(&block[..length])?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::Disk(error)),
        }
    }
}

fn mint(now: Timestamp) -> Result<RecordingId, Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|_| Error::Randomness)?;
    let ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Ok(RecordingId::mint(ms, random))
}

/// Key of a recording's objects without their ending: by the day it began.
fn base(start: Timestamp, id: RecordingId) -> String {
    let date = jiff::tz::Offset::UTC.to_datetime(start).date();
    let (year, month, day) = (date.year(), date.month(), date.day());
    format!("{year:04}/{month:02}/{day:02}/{id}")
}

fn draft(id: RecordingId, owner: UserId, metadata: Metadata, received: &Received) -> Draft {
    let sound = received.sound;
    let duration_ms = sound.duration_ms();
    let length = SignedDuration::from_millis(i64::try_from(duration_ms).unwrap_or(i64::MAX));
    let end = metadata.start_time.saturating_add(length);
    let local = Participant {
        address: metadata.local_number.clone(),
        number: metadata.local_number.clone(),
        user: Some(owner),
        local: true,
        ..Participant::default()
    };
    let remote = Participant {
        address: metadata.remote_number.clone(),
        number: metadata.remote_number.clone(),
        name: metadata.remote_name,
        ..Participant::default()
    };
    let known = !remote.number.is_empty() || !remote.name.is_empty();
    Draft {
        id,
        session: SessionId::from_bytes(id.to_bytes()),
        pbx_call_id: metadata.pbx_call_id,
        start_time: metadata.start_time,
        duration_ms,
        direction: metadata.direction,
        local_number: metadata.local_number,
        remote_number: metadata.remote_number,
        owner: Some(owner),
        sides_assumed: false,
        state: State::Available,
        reason: "uploaded".to_owned(),
        answered_at: metadata.start_time,
        ended_at: end.unwrap_or(metadata.start_time),
        undecoded: Vec::new(),
        oddities: Vec::new(),
        details: Details {
            source: Source::Upload,
            channels: if sound.channels == 1 { 1 } else { 2 },
            sample_rate: sound.sample_rate,
            codecs: vec![sound.encoding.name().to_owned()],
            participants: [Some(local), known.then_some(remote)]
                .into_iter()
                .flatten()
                .collect(),
            stated_duration: Some(metadata.stated_duration),
            ..Details::default()
        },
    }
}
