//! One SIP connection, whichever side opened it, in clear or encrypted: frames what comes, writes
//! what is queued, and ends.
//!
//! A peer that sends what cannot be framed, or a message over the limit, is answered where that
//! is possible and hung up on; so is one that does not take what it asked for.

use super::Heard;
use super::places::Place;
use sip::{Flow, Frame, Framer};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Messages waiting to be written to one connection; a peer that reads nothing is hung up on.
const UNSENT_MESSAGES_MAX: usize = 2_048;
/// A peer that is silent for so long is asked whether it is there.
const KEEP_ALIVE_IDLE_S: u32 = 60;
/// A peer that acknowledges nothing for so long is gone.
const UNACKNOWLEDGED_MS: u32 = 30_000;
/// What is queued when a connection ends may take so long to leave.
const LINGER_MAX: Duration = Duration::from_secs(5);
/// What a peer still sends then is read and thrown away, up to here: closing on it would tear
/// down the answer it is about to read.
const LINGER_BYTES_MAX: usize = 8 << 20;
const READ_BYTES: usize = 16_384;

/// One connection, for whoever sends to it.
#[derive(Clone)]
pub(crate) struct Line {
    send: Sender<Vec<u8>>,
    hang_up: Arc<Notify>,
}

impl Line {
    /// A line, and what comes out at its other end.
    pub(super) fn new(place: &Place) -> (Self, Receiver<Vec<u8>>) {
        let (send, unsent) = channel(UNSENT_MESSAGES_MAX);
        let hang_up = Arc::clone(&place.hang_up);
        (Self { send, hang_up }, unsent)
    }

    /// Queues a message. A peer that reads so little that there is no room is hung up on: it
    /// would miss answers without knowing.
    pub(crate) fn send(&self, bytes: Vec<u8>) -> bool {
        let sent = self.send.try_send(bytes).is_ok();
        if !sent {
            self.hang_up.notify_one();
        }
        sent
    }
}

/// Lets the system find out that a peer is gone without a word. Where it cannot, the connection
/// stays until the peer ends it.
pub(super) fn prepare(stream: &TcpStream) {
    use nix::sys::socket::{setsockopt, sockopt};
    let _ = stream.set_nodelay(true);
    let _ = setsockopt(stream, sockopt::KeepAlive, &true);
    let _ = setsockopt(stream, sockopt::TcpKeepIdle, &KEEP_ALIVE_IDLE_S);
    let _ = setsockopt(stream, sockopt::TcpUserTimeout, &UNACKNOWLEDGED_MS);
}

/// Speaks with a peer until one side ends it, and says so.
pub(super) async fn converse(
    (mut reader, writer): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    flow: Flow,
    (line, unsent): (Line, Receiver<Vec<u8>>),
    heard: Sender<Heard>,
    place: &Place,
) {
    let mut writing = pin!(write(writer, unsent));
    let lingers = tokio::select! {
        () = read(&mut reader, flow, &heard, line, place) => true,
        // Who gives way does so at once: somebody waits for the place.
        () = place.hang_up.notified() => false,
        () = &mut writing => false,
    };
    let connection = flow.connection;
    let _ = heard.send(Heard::Closed { connection }).await;
    if lingers {
        // It ends when the loop has dropped the line; what is queued still goes out.
        let ending = async { tokio::join!(writing, throw_away(&mut reader)) };
        let _ = tokio::time::timeout(LINGER_MAX, ending).await;
    }
}

async fn read(
    reader: &mut (impl AsyncRead + Unpin),
    flow: Flow,
    heard: &Sender<Heard>,
    answer: Line,
    place: &Place,
) {
    let mut framer = Framer::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let length = match reader.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(length) => length,
        };
        framer.push(buffer.get(..length).unwrap_or_default());
        while let Some(frame) = framer.next() {
            match frame {
                Ok(Frame::Message(bytes)) => {
                    place.shown();
                    if !place.hears(flow.peer.ip()) {
                        return;
                    }
                    if heard.send(Heard::Message { flow, bytes }).await.is_err() {
                        return;
                    }
                }
                Ok(Frame::Ping) => {
                    place.shown();
                    // RFC 5626 §3.5.1: a double CRLF is answered with a single one.
                    answer.send(b"\r\n".to_vec());
                }
                Err(error) => {
                    let _ = heard.send(Heard::Unframed { flow, error }).await;
                    return;
                }
            }
        }
    }
}

async fn write(mut writer: impl AsyncWrite + Unpin, mut unsent: Receiver<Vec<u8>>) {
    while let Some(bytes) = unsent.recv().await {
        let written = async {
            writer.write_all(&bytes).await?;
            writer.flush().await
        };
        if written.await.is_err() {
            return;
        }
    }
    let _ = writer.shutdown().await;
}

async fn throw_away(reader: &mut (impl AsyncRead + Unpin)) {
    let mut buffer = vec![0; READ_BYTES];
    let mut bytes = 0;
    while let Ok(length @ 1..) = reader.read(&mut buffer).await {
        bytes += length;
        if bytes > LINGER_BYTES_MAX {
            return;
        }
    }
}
