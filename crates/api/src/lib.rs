//! HTTP: the compatible API, sign-in, audio ranges.
