//! SIP connections over TCP and TLS: those that come, and those we open because a peer has closed
//! the one its dialog used.

use super::places::Place;
use super::stream::{Line, converse, prepare};
use super::tls::Tls;
use super::{Heard, Places};
use crate::ports::plain;
use sip::{Flow, Transport};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender};

/// Whoever may not call has so long for a question and its refusal.
const FOREIGN_MAX: Duration = Duration::from_secs(10);
/// The longest a TLS handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// The longest looking up a host and connecting to it may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Accepts connections until the loop that takes their messages is gone.
pub(crate) async fn accept(
    listener: TcpListener,
    local: SocketAddr,
    tls: Option<Tls>,
    heard: Sender<Heard>,
    places: Places,
) {
    while !heard.is_closed() {
        let (stream, peer) = match listener.accept().await {
            Ok((stream, peer)) => (stream, plain(peer)),
            Err(error) => {
                // Out of descriptors, mostly: others may be closed in a moment.
                tracing::warn!(%error, "cannot accept a SIP connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(place) = places.take(peer.ip()).await else {
            continue;
        };
        let transport = match tls {
            Some(_) => Transport::Tls,
            None => Transport::Tcp,
        };
        let flow = Flow {
            transport,
            local,
            peer,
            connection: place.connection,
        };
        let place = (places.clone(), place);
        tokio::spawn(take_part(stream, tls.clone(), flow, heard.clone(), place));
    }
}

/// One connection that has come, from its first byte on.
async fn take_part(
    stream: TcpStream,
    tls: Option<Tls>,
    flow: Flow,
    heard: Sender<Heard>,
    (places, place): (Places, Place),
) {
    let conversation = async {
        prepare(&stream);
        let Some(tls) = tls else {
            return open(stream.into_split(), flow, heard.clone(), &place).await;
        };
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(HANDSHAKE_MAX, tls.accept(stream)) => shaken,
            () = place.hang_up.notified() => return,
        };
        let peer = flow.peer.ip();
        match shaken {
            Ok(Ok(stream)) => {
                open(tokio::io::split(stream), flow, heard.clone(), &place).await;
            }
            Ok(Err(error)) => {
                tracing::debug!(%peer, %error, "a TLS handshake failed");
                // Mostly a certificate that one side does not take: whoever sets it up wants to
                // know.
                let told = (!place.is_foreign).then(|| places.failed()).flatten();
                if let Some(failures) = told {
                    tracing::warn!(%peer, %error, failures, "TLS handshakes failed");
                }
            }
            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
        }
    };
    if !place.is_foreign {
        return conversation.await;
    }
    if tokio::time::timeout(FOREIGN_MAX, conversation)
        .await
        .is_err()
    {
        let connection = flow.connection;
        let _ = heard.send(Heard::Closed { connection }).await;
    }
}

async fn open(
    halves: (
        impl tokio::io::AsyncRead + Unpin,
        impl tokio::io::AsyncWrite + Unpin,
    ),
    flow: Flow,
    heard: Sender<Heard>,
    place: &Place,
) {
    let (line, unsent) = Line::new(place);
    let opened = Heard::Opened {
        connection: flow.connection,
        line: line.clone(),
    };
    if heard.send(opened).await.is_ok() {
        converse(halves, flow, (line, unsent), heard, place).await;
    }
}

/// Opens connections to peers that have closed theirs.
pub(crate) struct Dialler {
    heard: Sender<Heard>,
    places: Places,
    /// Encryption, and where it is done.
    tls: Option<(Tls, Handle)>,
}

impl Dialler {
    pub(crate) fn new(heard: Sender<Heard>, places: Places, tls: Option<(Tls, Handle)>) -> Self {
        Self { heard, places, tls }
    }

    /// Begins to connect to `host`, in the place of `flow`; what is sent to the line waits until
    /// there is a connection, or is lost with it. `None` when there is no room for one more.
    pub(crate) fn dial(&self, flow: Flow, host: String, port: u16) -> Option<(u64, Line)> {
        let tls = match flow.transport {
            Transport::Udp => return None,
            Transport::Tcp => None,
            Transport::Tls => Some(self.tls.as_ref()?),
        };
        let place = self.places.take_own()?;
        let (line, unsent) = Line::new(&place);
        let connection = place.connection;
        let call = Call {
            // Our own end is the listener: that is where others reach us.
            flow: Flow { connection, ..flow },
            host,
            port,
            ends: (line.clone(), unsent),
            heard: self.heard.clone(),
            places: self.places.clone(),
        };
        match tls {
            Some((tls, runtime)) => {
                runtime.spawn(call.place(Some(tls.clone()), place));
            }
            None => {
                tokio::spawn(call.place(None, place));
            }
        }
        Some((connection, line))
    }
}

/// A connection to be opened.
struct Call {
    flow: Flow,
    host: String,
    port: u16,
    ends: (Line, Receiver<Vec<u8>>),
    heard: Sender<Heard>,
    places: Places,
}

impl Call {
    async fn place(self, tls: Option<Tls>, place: Place) {
        let connection = self.flow.connection;
        let heard = self.heard.clone();
        if let Err(error) = self.speak(tls, &place).await {
            tracing::warn!(%error, "a SIP peer that closed its connection cannot be reached");
            let _ = heard.send(Heard::Closed { connection }).await;
        }
    }

    async fn speak(self, tls: Option<Tls>, place: &Place) -> io::Result<()> {
        let connecting = connect(&self.places, &self.host, self.port);
        let stream = within(CONNECT_MAX, connecting).await?;
        prepare(&stream);
        let peer = plain(stream.peer_addr()?);
        let flow = Flow { peer, ..self.flow };
        match tls {
            None => {
                converse(stream.into_split(), flow, self.ends, self.heard, place).await;
            }
            Some(tls) => {
                let stream = within(HANDSHAKE_MAX, tls.connect(self.host, stream)).await?;
                let halves = tokio::io::split(stream);
                converse(halves, flow, self.ends, self.heard, place).await;
            }
        }
        Ok(())
    }
}

/// Connects to the first address of a host that calls may come from.
async fn connect(places: &Places, host: &str, port: u16) -> io::Result<TcpStream> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let mut last = io::Error::other("no address from where calls may come");
    let addresses = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => tokio::net::lookup_host((bare, port)).await?.collect(),
    };
    for address in addresses {
        if !places.permits(address.ip()) {
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn within<T>(limit: Duration, what: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| Err(io::ErrorKind::TimedOut.into());
    tokio::time::timeout(limit, what).await.unwrap_or_else(late)
}
