//! What a recording session means: SDP answers and recording metadata.
