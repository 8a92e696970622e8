//! SIP as a value: bytes and time in, messages and deadlines out.
