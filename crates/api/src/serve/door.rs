//! Listeners with a bounded number of places, in clear and encrypted.

use super::paced::Paced;
use super::places::{Place, Places};
use super::tls::Tls;
use axum::serve::Listener;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::server::TlsStream;

/// How long to wait when the process has no descriptors left.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// The longest a TLS handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Most finished handshakes waiting to be served.
const READY_MAX: usize = 64;

/// Connections in clear.
pub(super) struct Plain {
    listener: TcpListener,
    places: Places,
}

impl Plain {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            places: Places::new(),
        }
    }

    /// The next connection that has a place.
    async fn next(&self) -> (TcpStream, Place, SocketAddr) {
        loop {
            let room = self.places.room().await;
            let (stream, address) = self.arrival().await;
            if let Some(place) = self.places.take(room, address.ip()) {
                return (stream, place, address);
            }
            tracing::debug!("an address has too many connections: one more is closed");
        }
    }

    async fn arrival(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // Answers are written whole; waiting to fill packets only delays them.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!("a connection keeps Nagle's algorithm: {error}");
                    }
                    return (stream, address);
                }
                Err(error) => {
                    tracing::warn!("cannot accept an HTTP connection: {error}");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
    }
}

impl Listener for Plain {
    type Io = Paced<TcpStream, Place>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let (stream, place, address) = self.next().await;
        (Paced::new(stream, place), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// An encrypted connection and who is at its other end.
type Arrival = (Paced<TlsStream<TcpStream>, Place>, SocketAddr);

/// Encrypted connections. Handshakes run beside each other, so that a slow one delays nobody.
pub(super) struct Secure {
    address: SocketAddr,
    ready: mpsc::Receiver<Arrival>,
    accepting: JoinHandle<()>,
}

impl Secure {
    pub(super) fn new(listener: TcpListener, tls: Tls) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let plain = Plain::new(listener);
        let (sender, ready) = mpsc::channel(READY_MAX);
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, place, address) = plain.next().await;
                let (tls, sender) = (tls.clone(), sender.clone());
                tokio::spawn(async move {
                    match tokio::time::timeout(HANDSHAKE_MAX, tls.accept(stream)).await {
                        Ok(Ok(stream)) => {
                            // Nobody takes it any more: the server is shutting down.
                            let _ = sender.send((Paced::new(stream, place), address)).await;
                        }
                        Ok(Err(error)) => tracing::debug!("a TLS handshake failed: {error}"),
                        Err(_) => tracing::debug!("a TLS handshake took too long"),
                    }
                });
            }
        });
        Ok(Self {
            address,
            ready,
            accepting,
        })
    }
}

impl Listener for Secure {
    type Io = Paced<TlsStream<TcpStream>, Place>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Arrival {
        match self.ready.recv().await {
            Some(arrival) => arrival,
            // The accepting task is gone: nobody will ever arrive.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
