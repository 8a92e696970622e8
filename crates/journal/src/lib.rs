//! What happened on the wire, as it happened: an append-only, crash-safe log.
