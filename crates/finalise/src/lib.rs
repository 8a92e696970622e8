//! Journal in, recording out; deterministic.
