//! A connection that is broken off when it makes no progress.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// The longest without progress: from the first bytes of a request to those of its answer,
/// between two pieces of an answer being taken, and between two requests.
const PROGRESS_MAX: Duration = Duration::from_secs(60);

/// A request that sends so many bytes makes progress; fewer are dripping.
const PROGRESS_BYTES: usize = 16 * 1024;

/// A connection that is broken off when it makes no progress.
pub(super) struct Paced<S, P> {
    stream: S,
    deadline: Pin<Box<Sleep>>,
    /// A request has begun to arrive and nothing of its answer has left.
    asking: bool,
    /// Bytes read since the deadline was last moved.
    read: usize,
    _place: P,
}

impl<S, P> Paced<S, P> {
    pub(super) fn new(stream: S, place: P) -> Self {
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

impl<S: AsyncRead + Unpin, P: Unpin> AsyncRead for Paced<S, P> {
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

impl<S: AsyncWrite + Unpin, P: Unpin> AsyncWrite for Paced<S, P> {
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

    fn paced(bytes: usize) -> (tokio::io::DuplexStream, Paced<tokio::io::DuplexStream, ()>) {
        let (far, near) = tokio::io::duplex(bytes);
        (far, Paced::new(near, ()))
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
