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
    /// Whether the sound of a stream is silenced while one of its keys is pressed, and the keys
    /// are not named.
    pub mute_keys: bool,
}

impl Profile {
    /// The version of the rules this build renders by.
    ///
    /// - 1: G.711 at 8,000 samples a second; everything else is silence.
    /// - 2: G.722, G.726 at 32 kbit/s, G.729, Opus and L16 too, at the rate of the best codec
    ///   heard. Recordings of G.711 alone have the same bytes as before.
    /// - 3: streams are aligned by their sender reports (RTCP), where they share a clock.
    ///   Recordings of calls without such reports have the same bytes as before.
    pub const VERSION: u32 = 3;
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            format: Format::Wav,
            max_sample_rate: 16_000,
            mute_keys: false,
        }
    }
}
