//! Samples: time line, codecs, audio files.
