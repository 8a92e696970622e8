//! Messages out of a stream, by Content-Length (RFC 3261 §18.3).
//!
//! Holds at most one message's bytes beyond what was pushed last. How the stream is cut into
//! pieces makes no difference to what comes out.

use std::collections::VecDeque;

use crate::limits::{HEADER_SECTION_BYTES_MAX, STREAM_MESSAGE_BYTES_MAX};
use crate::message::{content_length, head_end};

/// One thing found in the stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Frame {
    /// A whole message, not yet parsed.
    Message(Vec<u8>),
    /// A keep-alive (RFC 5626 §3.5.1): answer CRLF.
    Ping,
}

/// Why the stream cannot be read on; the caller answers (see `Endpoint::refuse`) and closes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameError {
    /// A message longer than any we take: 513.
    #[error("message too large")]
    TooLarge {
        /// The header section, as far as it came.
        head: Vec<u8>,
    },
    /// A Content-Length that cannot be read, so that nobody knows where the message ends: 400.
    #[error("Content-Length cannot be read")]
    BadLength {
        /// The header section.
        head: Vec<u8>,
    },
}

/// Cuts a stream into messages.
#[derive(Debug, Default)]
pub struct Framer {
    bytes: VecDeque<u8>,
    /// How far the search for the end of the header section has come.
    searched: usize,
    /// The whole length of the message at the front, once its header section is known.
    message: Option<usize>,
    /// Line ends seen since the last message.
    line_ends: u8,
    failed: bool,
}

impl Framer {
    /// A framer at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the stream; after an error they are ignored.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.failed {
            self.bytes.extend(bytes);
        }
    }

    /// The next thing in the stream; `None` when more bytes are needed. Nothing follows an error.
    #[expect(
        clippy::should_implement_trait,
        reason = "not an iterator: more comes after None"
    )]
    pub fn next(&mut self) -> Option<Result<Frame, FrameError>> {
        if self.failed {
            return None;
        }
        if self.message.is_none() {
            if self.skip_line_ends() {
                return Some(Ok(Frame::Ping));
            }
            if let Err(error) = self.find_length() {
                self.failed = true;
                self.bytes = VecDeque::new();
                return Some(Err(error));
            }
        }
        let length = self.message.filter(|&length| length <= self.bytes.len())?;
        self.message = None;
        self.searched = 0;
        self.line_ends = 0;
        Some(Ok(Frame::Message(self.bytes.drain(..length).collect())))
    }

    /// Drops line ends between messages; true when two came in a row.
    fn skip_line_ends(&mut self) -> bool {
        loop {
            match (self.bytes.front(), self.bytes.get(1)) {
                (Some(b'\n'), _) => {
                    self.bytes.pop_front();
                }
                (Some(b'\r'), Some(b'\n')) => {
                    self.bytes.drain(..2);
                    self.line_ends = self.line_ends.saturating_add(1);
                    if self.line_ends == 2 {
                        self.line_ends = 0;
                        return true;
                    }
                }
                (Some(b'\r'), Some(_)) => {
                    self.bytes.pop_front();
                }
                _ => return false,
            }
        }
    }

    /// Finds the end of the header section, and with it the length of the message.
    fn find_length(&mut self) -> Result<(), FrameError> {
        let bytes = &*self.bytes.make_contiguous();
        // Three bytes back, because an empty line may lie across the old end.
        let from = self.searched.saturating_sub(3);
        let found = head_end(bytes.get(from..).unwrap_or_default());
        self.searched = bytes.len();
        let Some((head, body)) = found else {
            return match bytes.len() > HEADER_SECTION_BYTES_MAX {
                true => Err(FrameError::TooLarge {
                    head: head_of(bytes, bytes.len()),
                }),
                false => Ok(()),
            };
        };
        let (head, body) = (from.saturating_add(head), from.saturating_add(body));
        if head > HEADER_SECTION_BYTES_MAX {
            return Err(FrameError::TooLarge {
                head: head_of(bytes, head),
            });
        }
        match content_length(bytes.get(..head).unwrap_or_default()) {
            Err(()) => Err(FrameError::BadLength {
                head: head_of(bytes, head),
            }),
            // Without Content-Length a message in a stream has no body (RFC 3261 §20.14).
            Ok(length) => match body.saturating_add(length.unwrap_or(0)) {
                whole if whole > STREAM_MESSAGE_BYTES_MAX => Err(FrameError::TooLarge {
                    head: head_of(bytes, head),
                }),
                whole => {
                    self.message = Some(whole);
                    Ok(())
                }
            },
        }
    }
}

/// The first bytes of a message that is given up, cut to what a header section may hold.
fn head_of(bytes: &[u8], length: usize) -> Vec<u8> {
    bytes
        .get(..length.min(HEADER_SECTION_BYTES_MAX))
        .unwrap_or_default()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(stream: &[u8], piece: usize) -> Vec<Result<Frame, FrameError>> {
        let mut framer = Framer::new();
        let mut frames = Vec::new();
        for bytes in stream.chunks(piece) {
            framer.push(bytes);
            frames.extend(std::iter::from_fn(|| framer.next()));
        }
        frames
    }

    fn message(text: &str) -> Result<Frame, FrameError> {
        Ok(Frame::Message(text.as_bytes().to_vec()))
    }

    #[test]
    fn pieces_make_no_difference() {
        let stream = b"\r\nA x SIP/2.0\r\nl: 3\r\n\r\nabc\r\n\r\n\r\n\
            B\nContent-Length :\n 2\n\nxyC\r\n\r\n\r\n\r\n";
        let expected = [
            message("A x SIP/2.0\r\nl: 3\r\n\r\nabc"),
            Ok(Frame::Ping),
            message("B\nContent-Length :\n 2\n\nxy"),
            message("C\r\n\r\n"),
            Ok(Frame::Ping),
        ];
        for piece in 1..=stream.len() {
            assert_eq!(frames(stream, piece), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn too_large_and_unreadable_lengths_end_the_stream() {
        for length in ["1048576", "18446744073709551615", "99999999999999999999999"] {
            let stream = format!("A\r\nl: {length}\r\n\r\nabc");
            let found = frames(stream.as_bytes(), 4);
            assert!(
                matches!(&*found, [Err(FrameError::TooLarge { .. })]),
                "{length}"
            );
        }
        for length in ["-999", "", "1 2", "0x10", "3\r\nl: 4"] {
            let found = frames(format!("A\r\nl: {length}\r\n\r\nabc").as_bytes(), 400);
            assert!(
                matches!(&*found, [Err(FrameError::BadLength { .. })]),
                "{length}"
            );
        }
        let endless = "A\r\n".repeat(40_000);
        let found = frames(endless.as_bytes(), 1000);
        assert!(matches!(&*found, [Err(FrameError::TooLarge { .. })]));
    }

    #[test]
    fn the_largest_message_passes() {
        let head = "A\r\nl: 1048556\r\n\r\n";
        let stream = [head.as_bytes(), &vec![b'x'; 1_048_556]].concat();
        assert_eq!(stream.len() - head.len(), 1_048_556);
        assert_eq!(
            frames(&stream, 65_536),
            [Ok(Frame::Message(stream.clone()))]
        );
    }
}
