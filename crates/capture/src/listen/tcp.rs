//! SIP over TCP: accepts connections, frames messages, writes answers.
//!
//! Each connection is two small tasks. A connection that sends what cannot be framed, or a
//! message over the limit, is answered where that is possible and closed; others go on.

use super::Heard;
use sip::{Flow, Frame, Framer, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections open at once over all listeners.
const CONNECTIONS_MAX: usize = 4_096;
/// Messages waiting to be written to one connection; a peer that reads nothing loses answers.
const UNSENT_MESSAGES_MAX: usize = 64;
const READ_BYTES: usize = 16_384;

/// What all connections of a node share: their numbers and their bound.
#[derive(Clone)]
pub(crate) struct Connections {
    next: Arc<AtomicU64>,
    room: Arc<Semaphore>,
}

impl Connections {
    pub(crate) fn new() -> Self {
        Self {
            next: Arc::new(AtomicU64::new(1)),
            room: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        }
    }
}

/// Accepts connections until the loop that takes their messages is gone.
pub(crate) async fn accept(
    listener: TcpListener,
    local: SocketAddr,
    heard: Sender<Heard>,
    connections: Connections,
) {
    while !heard.is_closed() {
        let Ok(permit) = connections.room.clone().acquire_owned().await else {
            return;
        };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, mostly: others may be closed in a moment.
                tracing::warn!(%error, "cannot accept a SIP connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let connection = connections.next.fetch_add(1, Ordering::Relaxed);
        let flow = Flow {
            transport: Transport::Tcp,
            local,
            peer,
            connection,
        };
        tokio::spawn(converse(stream, flow, heard.clone(), permit));
    }
}

async fn converse(
    stream: TcpStream,
    flow: Flow,
    heard: Sender<Heard>,
    _permit: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let (send, unsent) = channel(UNSENT_MESSAGES_MAX);
    let connection = flow.connection;
    let opened = Heard::Opened {
        connection,
        send: send.clone(),
    };
    if heard.send(opened).await.is_err() {
        return;
    }
    let writing = tokio::spawn(write(writer, unsent));
    read(reader, flow, &heard, send).await;
    let _ = heard.send(Heard::Closed { connection }).await;
    // The writer ends when the loop has dropped its sender; what is queued still goes out.
    let _ = writing.await;
}

async fn read(
    mut reader: OwnedReadHalf,
    flow: Flow,
    heard: &Sender<Heard>,
    answer: Sender<Vec<u8>>,
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
                    if heard.send(Heard::Message { flow, bytes }).await.is_err() {
                        return;
                    }
                }
                Ok(Frame::Ping) => {
                    // RFC 5626 §3.5.1: a double CRLF is answered with a single one.
                    let _ = answer.send(b"\r\n".to_vec()).await;
                }
                Err(error) => {
                    let _ = heard.send(Heard::Unframed { flow, error }).await;
                    return;
                }
            }
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut unsent: Receiver<Vec<u8>>) {
    while let Some(bytes) = unsent.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
    let _ = writer.shutdown().await;
}
