//! How a recording is to be written.

use model::Format;

/// The form of the sound. The same journal and the same profile give the same bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Profile {
    /// Version of the rules below; "same bytes" holds for one version.
    pub version: u32,
    /// Form of the file.
    pub format: Format,
    /// Upper bound of the sampling rate in Hz; the rate is that of the best codec heard.
    pub max_sample_rate: u32,
}

impl Profile {
    /// The version of the rules this build renders by.
    pub const VERSION: u32 = 1;
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            format: Format::Wav,
            max_sample_rate: 16_000,
        }
    }
}
