//! A file on its way in: decoded, hashed and staged in one pass.
//!
//! Blocks; runs on a thread of its own. What is dropped before it is stored leaves nothing.

use super::{FILE_OCTETS_MAX, Reason, Refused};
use crate::upload::Error;
use archive::{Archive, Staging};
use media::check::{Check, Kind, Sound, Whole};
use model::{Format, Sha256};
use std::io::Write;

/// Media types of WAV files.
const WAV_TYPES: [&str; 6] = [
    "audio/wave",
    "audio/vnd.wav",
    "audio/vnd.wave",
    "audio/wav",
    "audio/x-pn-wav",
    "audio/x-wav",
];

/// The kind of file a media type (lower case, without parameters) stands for; `None`: it is
/// not taken.
#[must_use]
pub fn kind(media_type: &str) -> Option<Kind> {
    if WAV_TYPES.contains(&media_type) {
        return Some(Kind::Wav);
    }
    (media_type == "audio/mpeg").then_some(Kind::Mp3)
}

/// A file being taken in.
#[derive(Debug)]
pub struct Intake {
    staging: Staging,
    check: Check,
    format: Format,
    size: u64,
}

/// A whole file, staged and found to be sound.
#[derive(Debug)]
pub struct Received {
    pub(super) staging: Staging,
    pub(super) format: Format,
    pub(super) size: u64,
    pub(super) sha256: Sha256,
    pub(super) sound: Sound,
    pub(super) peaks: Vec<u8>,
}

impl Received {
    /// What it holds.
    #[must_use]
    pub fn sound(&self) -> Sound {
        self.sound
    }
}

impl Intake {
    /// A file that is said to be of this kind.
    ///
    /// # Errors
    /// [`Error::Archive`] when nothing can be staged.
    pub fn new(archive: &Archive, kind: Kind) -> Result<Self, Error> {
        Ok(Self {
            staging: archive.staging()?,
            check: Check::new(kind),
            format: match kind {
                Kind::Wav => Format::Wav,
                Kind::Mp3 => Format::Mp3,
            },
            size: 0,
        })
    }

    /// Takes the next octets.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Refused`] as soon as the file is known to be unsound,
    /// [`Error::Disk`] when it cannot be written.
    pub fn write(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.size += octets.len() as u64;
        if self.size > FILE_OCTETS_MAX {
            return Err(Error::TooLarge);
        }
        self.check.push(octets).map_err(unsound)?;
        self.staging.write_all(octets).map_err(Error::Disk)
    }

    /// The file is over.
    ///
    /// # Errors
    /// [`Error::Refused`] when it should not be.
    pub fn finish(self) -> Result<Received, Error> {
        let Whole { sound, peaks } = self.check.finish().map_err(unsound)?;
        let (size, sha256) = self.staging.written();
        Ok(Received {
            staging: self.staging,
            format: self.format,
            size,
            sha256,
            sound,
            peaks,
        })
    }
}

fn unsound(bad: media::check::Bad) -> Error {
    Error::Refused(Refused::new(Reason::Audio, &bad.to_string()))
}
