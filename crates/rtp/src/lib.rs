//! RTP and RTCP packets as values.
