//! Binding every SIP listener of the settings, and starting the thread of those with TLS.

use super::start::starting;
use super::{HEARD_MAX, Listeners, Options};
use crate::error::Error;
use crate::listen::tcp::Dialler;
use crate::listen::tls::Tls;
use crate::listen::{Heard, Places, tcp};
use crate::ports::within;
use nix::sys::socket::Backlog;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::{TcpListener, UdpSocket};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Room for SIP datagrams that wait for the loop.
const SIP_BUFFER_BYTES: usize = 4 << 20;

/// Connections that wait to be accepted, as far as the system allows so many.
const WAITING_CONNECTIONS_MAX: i32 = 4_096;

/// Everything SIP comes in by.
pub(super) struct Doors {
    pub(super) udp: Vec<(SocketAddr, Arc<UdpSocket>)>,
    /// To be started by the loop.
    pub(super) listeners: Listeners,
    /// What comes in.
    pub(super) heard: Receiver<Heard>,
    pub(super) dialler: Dialler,
    /// The thread of the TLS listeners, where there are any.
    pub(super) thread: Option<JoinHandle<()>>,
    /// Real addresses of the UDP, TCP and TLS listeners.
    pub(super) addresses: [Vec<SocketAddr>; 3],
}

/// SIP over TLS at work, in a thread of its own, so that handshakes delay no call.
struct Secure {
    addresses: Vec<SocketAddr>,
    thread: JoinHandle<()>,
    /// For connections that we open.
    dialling: (Tls, Handle),
}

impl Doors {
    /// Binds everything; `runtime` is the one of the signalling loop.
    pub(super) fn open(options: &Options, runtime: &Runtime) -> Result<Self, Error> {
        let (hear, heard) = channel(HEARD_MAX);
        let mut permitted = options.allow.clone();
        permitted.extend(options.clients.iter().flat_map(|client| &client.networks));
        let places = Places::new(move |peer| within(&permitted, peer));
        let (udp, tcp) = {
            let _entered = runtime.enter();
            let udp = bind_all(&options.udp, "udp", bind_udp)?;
            (udp, bind_all(&options.tcp, "tcp", bind_tcp)?)
        };
        let secure = match &options.tls {
            Some(tls) if !options.tls_listen.is_empty() => {
                Some(secure(&options.tls_listen, tls, &hear, &places)?)
            }
            _ => None,
        };
        let addresses = [
            udp.iter().map(|(address, _)| *address).collect(),
            tcp.iter().map(|(address, _)| *address).collect(),
            secure
                .as_ref()
                .map_or_else(Vec::new, |secure| secure.addresses.clone()),
        ];
        let (thread, dialling) = secure
            .map(|secure| (secure.thread, secure.dialling))
            .unzip();
        Ok(Self {
            udp,
            heard,
            dialler: Dialler::new(hear.clone(), places.clone(), dialling),
            listeners: Listeners { tcp, hear, places },
            thread,
            addresses,
        })
    }
}

fn secure(
    wanted: &[SocketAddr],
    tls: &Tls,
    hear: &Sender<Heard>,
    places: &Places,
) -> Result<Secure, Error> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(starting("TLS loop"))?;
    let listeners = {
        let _entered = runtime.enter();
        bind_all(wanted, "tls", bind_tcp)?
    };
    let addresses = listeners.iter().map(|(address, _)| *address).collect();
    let dialling = (tls.clone(), runtime.handle().clone());
    let (tls, hear, places) = (tls.clone(), hear.clone(), places.clone());
    let thread = std::thread::Builder::new().name("sip-tls".to_owned());
    let thread = thread.spawn(move || {
        runtime.block_on(async {
            for (local, listener) in listeners {
                let (tls, hear, places) = (Some(tls.clone()), hear.clone(), places.clone());
                tokio::spawn(tcp::accept(listener, local, tls, hear, places));
            }
            hear.closed().await;
        });
        runtime.shutdown_background();
    });
    Ok(Secure {
        addresses,
        thread: thread.map_err(starting("TLS thread"))?,
        dialling,
    })
}

/// Binds every address, and says which are real.
fn bind_all<T>(
    wanted: &[SocketAddr],
    transport: &'static str,
    bind: impl Fn(SocketAddr) -> io::Result<(SocketAddr, T)>,
) -> Result<Vec<(SocketAddr, T)>, Error> {
    let listen = |&address: &SocketAddr| {
        bind(address).map_err(|source| Error::Listen {
            transport,
            address,
            source,
        })
    };
    wanted.iter().map(listen).collect()
}

fn bind_udp(address: SocketAddr) -> io::Result<(SocketAddr, Arc<UdpSocket>)> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    widen(&socket);
    let local = socket.local_addr()?;
    Ok((local, Arc::new(UdpSocket::from_std(socket)?)))
}

fn bind_tcp(address: SocketAddr) -> io::Result<(SocketAddr, TcpListener)> {
    let listener = std::net::TcpListener::bind(address)?;
    // Clients that all come back at once wait a moment, not until they try again.
    nix::sys::socket::listen(&listener, Backlog::new(WAITING_CONNECTIONS_MAX)?)?;
    listener.set_nonblocking(true)?;
    Ok((listener.local_addr()?, TcpListener::from_std(listener)?))
}

/// A burst of INVITEs of many kilobytes each should wait in the socket, not be dropped. The
/// system may give less than asked; what is lost then is repeated by its sender.
fn widen(socket: &std::net::UdpSocket) {
    use nix::sys::socket::{setsockopt, sockopt};
    if setsockopt(socket, sockopt::RcvBufForce, &SIP_BUFFER_BYTES).is_err() {
        let _ = setsockopt(socket, sockopt::RcvBuf, &SIP_BUFFER_BYTES);
    }
}
