//! The path that all calls' SIP messages take: one UDP socket, or one TCP connection, in clear or
//! encrypted.

use super::tls::{Client, Session};
use anyhow::Context as _;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sip::{Frame, Framer, Transport};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::AsFd as _;
use std::time::Duration;

/// The largest datagram there can be.
const DATAGRAM_BYTES_MAX: usize = 65_535;
/// How long a TCP connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An open path to the recorder.
pub(super) struct Wire {
    path: Path,
    buffer: Vec<u8>,
    /// Our end.
    pub(super) local: SocketAddr,
}

enum Path {
    Udp(UdpSocket),
    Tcp {
        stream: TcpStream,
        session: Option<Session>,
        framer: Framer,
        unsent: Vec<u8>,
    },
}

impl Wire {
    /// Opens the path.
    ///
    /// # Errors
    /// When nobody listens there, or there is no way there.
    pub(super) fn open(
        transport: Transport,
        tls: Option<&Client>,
        peer: SocketAddr,
    ) -> anyhow::Result<Self> {
        let (path, local) = match transport {
            Transport::Udp => {
                let any: SocketAddr = match peer {
                    SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                    SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
                };
                let socket = UdpSocket::bind(any)?;
                socket
                    .connect(peer)
                    .with_context(|| format!("there is no way to {peer}"))?;
                socket.set_nonblocking(true)?;
                let local = socket.local_addr()?;
                (Path::Udp(socket), local)
            }
            Transport::Tcp | Transport::Tls => {
                let stream = TcpStream::connect_timeout(&peer, CONNECT_TIMEOUT)
                    .with_context(|| format!("no connection to {peer}"))?;
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                let session = tls.map(|tls| tls.session(peer.ip())).transpose()?;
                let local = stream.local_addr()?;
                (
                    Path::Tcp {
                        stream,
                        session,
                        framer: Framer::new(),
                        unsent: Vec::new(),
                    },
                    local,
                )
            }
        };
        Ok(Self {
            path,
            buffer: vec![0; DATAGRAM_BYTES_MAX],
            local,
        })
    }

    /// Waits until there is something to read, or for as long as said.
    ///
    /// # Errors
    /// When the operating system cannot wait.
    pub(super) fn wait(&self, longest: Duration) -> anyhow::Result<()> {
        let (fd, unsent) = match &self.path {
            Path::Udp(socket) => (socket.as_fd(), false),
            Path::Tcp {
                stream,
                session,
                unsent,
                ..
            } => {
                let encrypted = session.as_ref().is_some_and(Session::wants_write);
                (stream.as_fd(), encrypted || !unsent.is_empty())
            }
        };
        let writable = if unsent {
            PollFlags::POLLOUT
        } else {
            PollFlags::empty()
        };
        let mut fds = [PollFd::new(fd, PollFlags::POLLIN | writable)];
        // Rounded up: waking early would spin until the time has come.
        let longest_ms = longest.as_micros().div_ceil(1_000);
        let timeout = PollTimeout::try_from(longest_ms).unwrap_or(PollTimeout::MAX);
        match poll(&mut fds, timeout) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the other end is gone.
    pub(super) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.path {
            // What a full buffer loses is sent again like anything lost on the way.
            Path::Udp(socket) => settled(socket.send(bytes)).map(|_| ()),
            Path::Tcp {
                session, unsent, ..
            } => {
                match session {
                    Some(session) => session.send(bytes)?,
                    None => unsent.extend_from_slice(bytes),
                }
                self.flush()
            }
        }
    }

    /// Every whole message that has come.
    ///
    /// # Errors
    /// When the other end is gone.
    pub(super) fn receive(&mut self) -> std::io::Result<Vec<Vec<u8>>> {
        self.flush()?;
        let mut messages = Vec::new();
        match &mut self.path {
            Path::Udp(socket) => {
                while let Some(length) = settled(socket.recv(&mut self.buffer))? {
                    messages.push(self.buffer[..length].to_vec());
                }
            }
            Path::Tcp {
                stream,
                session,
                framer,
                ..
            } => {
                let mut closed = false;
                let mut read = |buffer: &mut [u8]| match session {
                    Some(session) => session.read(stream, buffer),
                    None => stream.read(buffer),
                };
                while let Some(length) = settled(read(&mut self.buffer))? {
                    framer.push(&self.buffer[..length]);
                    closed = length == 0;
                    if closed {
                        break;
                    }
                }
                while let Some(frame) = framer.next() {
                    match frame {
                        Ok(Frame::Message(message)) => messages.push(message),
                        Ok(Frame::Ping) => {}
                        Err(error) => return Err(std::io::Error::other(error)),
                    }
                }
                if closed && messages.is_empty() {
                    return Err(ErrorKind::ConnectionAborted.into());
                }
            }
        }
        Ok(messages)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if let Path::Tcp {
            stream,
            session,
            unsent,
            ..
        } = &mut self.path
        {
            if let Some(session) = session {
                return session.flush(stream);
            }
            while !unsent.is_empty() {
                match settled(stream.write(unsent))? {
                    Some(length) => drop(unsent.drain(..length)),
                    None => break,
                }
            }
        }
        Ok(())
    }
}

/// `None` when the operation would have to wait.
fn settled(result: std::io::Result<usize>) -> std::io::Result<Option<usize>> {
    match result {
        Ok(length) => Ok(Some(length)),
        Err(error) if [ErrorKind::WouldBlock, ErrorKind::Interrupted].contains(&error.kind()) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
