//! The real binary with real sockets: one behaviour per file in `tests/`.
