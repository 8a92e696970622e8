//! Connections: how many, how slow, and how they end.
//!
//! Nobody holds a connection for nothing: a request has to arrive, and its answer to be taken,
//! with a little progress all the time; and nobody from elsewhere takes all places. Knows
//! nothing of what is asked. What one request may hold (100 header lines, 64 KiB of address) is
//! bounded by the HTTP parser below.

mod door;
mod paced;
mod places;
mod tls;

pub use tls::Tls;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use door::{Plain, Secure};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long answers under way may take to end after the shutdown.
const LINGER_MAX: Duration = Duration::from_secs(5);

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
    serve_on(Plain::new(listener), router, shutdown).await
}

/// The same over TLS 1.2 and 1.3.
///
/// # Errors
/// None today: failing to accept is logged and tried again, a failed handshake costs the one
/// connection.
pub async fn serve_tls(
    listener: TcpListener,
    tls: Tls,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_on(Secure::new(listener, tls)?, router, shutdown).await
}

async fn serve_on<L>(
    door: L,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()>
where
    L: Listener<Addr = SocketAddr>,
    Peer: for<'a> Connected<IncomingStream<'a, L>>,
{
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

/// The other end of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer {
    address: SocketAddr,
    secure: bool,
}

impl Peer {
    /// Its IP address.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.address.ip()
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_secure(self) -> bool {
        self.secure
    }
}

impl From<SocketAddr> for Peer {
    /// A peer on a connection in clear.
    fn from(address: SocketAddr) -> Self {
        Self {
            address,
            secure: false,
        }
    }
}

impl Connected<IncomingStream<'_, Plain>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Plain>) -> Self {
        Self::from(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, Secure>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Secure>) -> Self {
        Self {
            address: *stream.remote_addr(),
            secure: true,
        }
    }
}
