//! Flows to the recorder, over UDP, TCP and TLS.
//!
//! Bytes go out as they are; what comes in is cut into messages and never answered here.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use super::Message;
use crate::tls;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);

/// A flow to the recorder.
#[derive(Debug)]
pub enum Wire {
    /// Datagrams.
    Udp(UdpSocket),
    /// A connection and what was read from it.
    Tcp(TcpStream, Vec<u8>),
    /// An encrypted one.
    Tls(Box<tls::Stream>, Vec<u8>),
}

impl Wire {
    /// A UDP socket of our own.
    ///
    /// # Panics
    /// When it cannot be had.
    #[must_use]
    pub fn udp(to: SocketAddr) -> Self {
        Self::udp_from("127.0.0.1", to)
    }

    /// A UDP socket on an address of our choice.
    ///
    /// # Panics
    /// When it cannot be had.
    #[must_use]
    pub fn udp_from(from: &str, to: SocketAddr) -> Self {
        let socket = UdpSocket::bind((from, 0)).unwrap();
        socket.connect(to).unwrap();
        Self::Udp(socket)
    }

    /// A TCP connection.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn tcp(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).unwrap();
        stream.set_nodelay(true).unwrap();
        Self::Tcp(stream, Vec::new())
    }

    /// A TLS connection.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn tls(to: SocketAddr, client: &tls::Client) -> Self {
        Self::Tls(Box::new(client.connect(to)), Vec::new())
    }

    /// A connection that the recorder has opened to us.
    ///
    /// # Panics
    /// When none comes in time.
    #[must_use]
    pub fn accept(listener: &std::net::TcpListener, limit: Duration) -> Self {
        listener.set_nonblocking(true).unwrap();
        let stream = crate::wait_for("a connection from the recorder", limit, || {
            listener.accept().ok()
        });
        stream.0.set_nonblocking(false).unwrap();
        Self::Tcp(stream.0, Vec::new())
    }

    /// Sends bytes as they are.
    ///
    /// # Panics
    /// When they cannot be sent.
    pub fn send(&mut self, bytes: &[u8]) {
        match self {
            Self::Udp(socket) => assert_eq!(socket.send(bytes).unwrap(), bytes.len()),
            Self::Tcp(stream, _) => stream.write_all(bytes).unwrap(),
            Self::Tls(stream, _) => {
                stream.write_all(bytes).unwrap();
                stream.flush().unwrap();
            }
        }
    }

    /// The next message; none when nothing came in time or the connection is closed.
    ///
    /// # Panics
    /// When the socket fails.
    pub fn receive(&mut self, limit: Duration) -> Option<Message> {
        let until = Instant::now() + limit;
        loop {
            if let Self::Tcp(_, buffer) | Self::Tls(_, buffer) = self {
                // The answer to a ping is an empty line.
                let empty = buffer
                    .iter()
                    .take_while(|byte| b"\r\n".contains(byte))
                    .count();
                buffer.drain(..empty);
            }
            if let Self::Tcp(_, buffer) | Self::Tls(_, buffer) = self
                && let Some((message, length)) = Message::parse(buffer)
            {
                buffer.drain(..length);
                return Some(message);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let mut chunk = vec![0; 65_535];
            match self {
                Self::Udp(socket) => {
                    socket.set_read_timeout(Some(left)).unwrap();
                    if let Ok(length) = socket.recv(&mut chunk)
                        && let Some((message, _)) = Message::parse(&chunk[..length])
                    {
                        return Some(message);
                    }
                }
                Self::Tcp(stream, buffer) => {
                    stream.set_read_timeout(Some(left)).unwrap();
                    more(stream.read(&mut chunk), &chunk, buffer)?;
                }
                Self::Tls(stream, buffer) => {
                    stream.sock.set_read_timeout(Some(left)).unwrap();
                    more(stream.read(&mut chunk), &chunk, buffer)?;
                }
            }
        }
    }

    /// A datagram that has come already, if there is one.
    ///
    /// # Panics
    /// On a connection.
    #[must_use]
    pub fn waiting(&self) -> Option<Message> {
        let Self::Udp(socket) = self else {
            panic!("only datagrams come one by one");
        };
        let mut chunk = [0; 4096];
        socket.set_nonblocking(true).unwrap();
        let length = socket.recv(&mut chunk);
        socket.set_nonblocking(false).unwrap();
        Some(Message::parse(&chunk[..length.ok()?])?.0)
    }

    /// The final answer to a method; provisional ones and everything else are passed over.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn answer(&mut self, method: &str) -> Message {
        let until = Instant::now() + ANSWER;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let message = self.receive(left);
            let message = message.unwrap_or_else(|| panic!("no final answer to {method}"));
            if message.status() >= 200 && message.method() == method {
                return message;
            }
        }
    }

    /// The next request of this method from the recorder.
    ///
    /// # Panics
    /// When there is none in time.
    pub fn asked(&mut self, method: &str, limit: Duration) -> Message {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let message = self.receive(left);
            let message = message.unwrap_or_else(|| panic!("no {method} from the recorder"));
            if message.status() == 0 && message.method() == method {
                return message;
            }
        }
    }

    /// Whether the other side has closed the connection, waiting for it.
    ///
    /// # Panics
    /// On a datagram socket.
    pub fn closed(&mut self, limit: Duration) -> bool {
        let (stream, reader): (&TcpStream, &mut dyn Read) = match self {
            Self::Udp(_) => panic!("only a connection can be closed"),
            Self::Tcp(stream, _) => (&stream.try_clone().unwrap(), stream),
            Self::Tls(stream, _) => (&stream.sock.try_clone().unwrap(), stream),
        };
        stream.set_read_timeout(Some(limit)).unwrap();
        let mut chunk = [0; 4096];
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return true,
                Ok(_) => {}
                // Whatever ends an encrypted connection, its own alerts among it.
                Err(error) => return error.kind() != std::io::ErrorKind::WouldBlock,
            }
        }
    }

    /// `UDP`, `TCP` or `TLS`, as a Via says it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Udp(_) => "UDP",
            Self::Tcp(..) => "TCP",
            Self::Tls(..) => "TLS",
        }
    }

    /// Our own address.
    ///
    /// # Panics
    /// When the socket has none.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        match self {
            Self::Udp(socket) => socket.local_addr().unwrap(),
            Self::Tcp(stream, _) => stream.local_addr().unwrap(),
            Self::Tls(stream, _) => stream.sock.local_addr().unwrap(),
        }
    }
}

/// Keeps what was read; none at the end of a connection.
fn more(read: std::io::Result<usize>, chunk: &[u8], buffer: &mut Vec<u8>) -> Option<()> {
    match read {
        Ok(0) => None,
        Ok(length) => {
            buffer.extend_from_slice(&chunk[..length]);
            Some(())
        }
        Err(error) => (error.kind() == std::io::ErrorKind::WouldBlock).then_some(()),
    }
}
