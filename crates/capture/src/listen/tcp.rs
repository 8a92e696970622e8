//! SIP over TCP: accepts connections, frames messages, writes answers.
//!
//! Each connection is two small tasks. A connection that sends what cannot be framed, or a
//! message over the limit, is answered where that is possible and closed; others go on.

use super::Heard;
use sip::{Flow, Frame, Framer, Transport};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Connections open at once over all listeners.
const CONNECTIONS_MAX: usize = 4_096;
/// Messages waiting to be written to one connection; a peer that reads nothing is hung up on.
const UNSENT_MESSAGES_MAX: usize = 2_048;
/// A peer that is silent for so long is asked whether it is there.
const KEEP_ALIVE_IDLE_S: u32 = 60;
/// A peer that acknowledges nothing for so long is gone.
const UNACKNOWLEDGED_MS: u32 = 30_000;
/// Whoever may not call has so long for a question and its refusal.
const FOREIGN_MAX: Duration = Duration::from_secs(10);
const READ_BYTES: usize = 16_384;

/// What all connections of a node share: their numbers and their bound.
#[derive(Clone)]
pub(crate) struct Connections {
    next: Arc<AtomicU64>,
    room: Arc<Semaphore>,
    permitted: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

impl Connections {
    /// `permitted` says from where calls may come.
    pub(crate) fn new(permitted: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self {
            next: Arc::new(AtomicU64::new(1)),
            room: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            permitted: Arc::new(permitted),
        }
    }
}

/// One connection, for whoever sends to it.
#[derive(Clone)]
pub(crate) struct Line {
    send: Sender<Vec<u8>>,
    hang_up: Arc<Notify>,
}

impl Line {
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
                tokio::time::sleep(Duration::from_millis(100)).await;
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
        let conversation = converse(stream, flow, heard.clone(), permit);
        if (connections.permitted)(peer.ip()) {
            tokio::spawn(conversation);
        } else {
            let heard = heard.clone();
            tokio::spawn(async move {
                if tokio::time::timeout(FOREIGN_MAX, conversation)
                    .await
                    .is_err()
                {
                    let _ = heard.send(Heard::Closed { connection }).await;
                }
            });
        }
    }
}

async fn converse(
    stream: TcpStream,
    flow: Flow,
    heard: Sender<Heard>,
    _permit: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    watch(&stream);
    let (reader, writer) = stream.into_split();
    let (send, unsent) = channel(UNSENT_MESSAGES_MAX);
    let connection = flow.connection;
    let hang_up = Arc::new(Notify::new());
    let line = Line {
        send: send.clone(),
        hang_up: Arc::clone(&hang_up),
    };
    if heard
        .send(Heard::Opened { connection, line })
        .await
        .is_err()
    {
        return;
    }
    let writing = write(writer, unsent);
    let reading = async {
        tokio::select! {
            () = read(reader, flow, &heard, send) => {}
            () = hang_up.notified() => {}
        }
        let _ = heard.send(Heard::Closed { connection }).await;
    };
    // The writer ends when the loop has dropped its sender; what is queued still goes out.
    tokio::join!(writing, reading);
}

/// Lets the system find out that a peer is gone without a word. Where it cannot, the connection
/// stays until the peer ends it.
fn watch(stream: &TcpStream) {
    use nix::sys::socket::{setsockopt, sockopt};
    let _ = setsockopt(stream, sockopt::KeepAlive, &true);
    let _ = setsockopt(stream, sockopt::TcpKeepIdle, &KEEP_ALIVE_IDLE_S);
    let _ = setsockopt(stream, sockopt::TcpUserTimeout, &UNACKNOWLEDGED_MS);
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
