//! Connections: how many, how slow, and how they end.
//!
//! Nobody holds a connection for nothing: a request has to arrive, and its answer to be taken,
//! with a little progress all the time. Knows nothing of what is asked.

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, Sleep};

/// Most connections at a time; further ones wait in the listener's queue.
const CONNECTIONS_MAX: usize = 1024;

/// The longest without progress: from the first bytes of a request to those of its answer,
/// between two pieces of an answer being taken, and between two requests.
const PROGRESS_MAX: Duration = Duration::from_secs(60);

/// A request that sends so many bytes makes progress; fewer are dripping.
const PROGRESS_BYTES: usize = 16 * 1024;

/// How long answers under way may take to end after the shutdown.
const LINGER_MAX: Duration = Duration::from_secs(5);

/// How long to wait when the process has no descriptors left.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `shutdown` is ready; then takes no more connections,
/// lets answers under way end for five seconds, and returns.
///
/// # Errors
/// None today: failing to accept is logged and tried again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let door = Door {
        listener,
        places: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
    };
    let service = router.into_make_service_with_connect_info::<Peer>();
    let (closing, closed) = oneshot::channel();
    let signal = async move {
        shutdown.await;
        // The receiver waits below for as long as there is something to serve.
        let _ = closing.send(());
    };
    let serving = axum::serve(door, service)
        .with_graceful_shutdown(signal)
        .into_future();
    let lingering = async {
        let _ = closed.await;
        tokio::time::sleep(LINGER_MAX).await;
    };
    tokio::select! {
        done = serving => done,
        () = lingering => Ok(()),
    }
}

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer(SocketAddr);

impl Peer {
    /// Its IP address.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.0.ip()
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self(address)
    }
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// The listener with a bounded number of places.
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Listener for Door {
    type Io = Paced<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // Answers are written whole; waiting to fill packets only delays them.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!("a connection keeps Nagle's algorithm: {error}");
                    }
                    return (Paced::new(stream, place), address);
                }
                Err(error) => {
                    tracing::warn!("cannot accept an HTTP connection: {error}");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that is broken off when it makes no progress.
struct Paced<S> {
    stream: S,
    deadline: Pin<Box<Sleep>>,
    /// A request has begun to arrive and nothing of its answer has left.
    asking: bool,
    /// Bytes read since the deadline was last moved.
    read: usize,
    _place: OwnedSemaphorePermit,
}

impl<S> Paced<S> {
    fn new(stream: S, place: OwnedSemaphorePermit) -> Self {
        let deadline = Box::pin(tokio::time::sleep(PROGRESS_MAX));
        Self {
            stream,
            deadline,
            asking: true,
            read: 0,
            _place: place,
        }
    }

    fn progress(&mut self) {
        self.read = 0;
        self.deadline.as_mut().reset(Instant::now() + PROGRESS_MAX);
    }

    fn has_read(&mut self, bytes: usize) {
        self.read += bytes;
        let begins = bytes > 0 && !self.asking;
        if begins || self.read >= PROGRESS_BYTES {
            self.asking = true;
            self.progress();
        }
    }

    fn has_written(&mut self) {
        self.asking = false;
        self.progress();
    }

    /// What to say instead of "not yet".
    fn pending<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(done) => {
                self.has_read(buffer.filled().len() - before);
                Poll::Ready(done)
            }
            Poll::Pending => self.pending(context),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(done) => {
                self.has_written();
                Poll::Ready(done)
            }
            Poll::Pending => self.pending(context),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(context, pieces) {
            Poll::Ready(done) => {
                self.has_written();
                Poll::Ready(done)
            }
            Poll::Pending => self.pending(context),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(context) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => self.pending(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_shutdown(context) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => self.pending(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn paced(bytes: usize) -> (tokio::io::DuplexStream, Paced<tokio::io::DuplexStream>) {
        let (far, near) = tokio::io::duplex(bytes);
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        (far, Paced::new(near, place))
    }

    /// Time here is virtual: it jumps to the next deadline when nothing else can happen.
    #[tokio::test(start_paused = true)]
    async fn dripping_requests_are_cut_off() {
        let (mut far, mut near) = paced(64);
        let begin = Instant::now();
        let dripping = tokio::spawn(async move {
            while far.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        });
        let error = near.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(begin.elapsed().as_secs(), PROGRESS_MAX.as_secs());
        drop(near);
        dripping.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_nobody_takes_is_cut_off() {
        let (_far, mut near) = paced(64);
        let error = near.write_all(&[0; 65]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn slow_but_steady_clients_get_everything() {
        let (mut far, mut near) = paced(10);
        let sending = tokio::spawn(async move { near.write_all(&[7; 100]).await });
        let mut taken = 0;
        while taken < 100 {
            tokio::time::sleep(Duration::from_secs(50)).await;
            taken += far.read(&mut [0; 10]).await.unwrap();
        }
        sending.await.unwrap().unwrap();
    }
}
