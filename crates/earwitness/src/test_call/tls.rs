//! TLS as the calling side speaks it, over a socket that does not wait.
//!
//! The recorder has to show the very certificate of the settings, whatever name is in it; where
//! the settings name none, anything it shows is taken, and that is said.

use crate::config::Certificates;
use crate::say;
use certificates::Identity;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use tokio_rustls::rustls::{self, ClientConfig, ClientConnection};

/// What connections are opened with.
#[derive(Clone, Debug)]
pub(crate) struct Client(Arc<ClientConfig>);

/// One connection.
pub(super) struct Session(Box<ClientConnection>);

impl Client {
    /// Trusts the certificate of the settings, and shows it where one is asked for.
    ///
    /// # Errors
    /// When its files cannot be used.
    pub(super) fn new(files: Option<&Certificates>) -> Result<Self, String> {
        let own = files.map(|files| Identity::load(&files.certificate, &files.key));
        let own = own.transpose().map_err(|error| error.to_string())?;
        if own.is_none() {
            say::note("the recorder's certificate is not checked: `sip.tls_certificate` is empty");
        }
        let provider = certificates::provider();
        let expected = own.as_ref().and_then(|own| own.chain().into_iter().next());
        let recorder = certificates::shown(&provider, move |shown, _behind, _now| {
            if expected.as_ref().is_some_and(|own| own != shown) {
                let problem = "the recorder does not show the certificate of `sip.tls_certificate`";
                return Err(rustls::Error::General(problem.to_owned()));
            }
            Ok(())
        });
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                let config = config
                    .dangerous()
                    .with_custom_certificate_verifier(recorder);
                match own {
                    Some(own) => config.with_client_auth_cert(own.chain(), own.key()),
                    None => Ok(config.with_no_client_auth()),
                }
            });
        let config = config.map_err(|error| format!("--transport tls: {error}"))?;
        Ok(Self(Arc::new(config)))
    }

    /// Begins a connection to a recorder at this address.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(super) fn session(&self, peer: IpAddr) -> anyhow::Result<Session> {
        let mut connection = ClientConnection::new(Arc::clone(&self.0), peer.into())?;
        // What is sent before the handshake is over waits inside.
        connection.set_buffer_limit(None);
        Ok(Session(Box::new(connection)))
    }
}

impl Session {
    /// Whether something waits to leave.
    pub(super) fn wants_write(&self) -> bool {
        self.0.wants_write()
    }

    /// Takes a message to be sent.
    ///
    /// # Errors
    /// When the connection has failed.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.writer().write_all(bytes)
    }

    /// Sends what the socket takes.
    ///
    /// # Errors
    /// When the other end is gone.
    pub(super) fn flush(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        while self.0.wants_write() {
            match self.0.write_tls(stream) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Like reading from the socket itself: what was sent to us, in clear.
    ///
    /// # Errors
    /// Of the socket or of TLS; that there is nothing yet is one.
    pub(super) fn read(&mut self, stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // Without a word of farewell is an end all the same.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                result => return result,
            }
            self.0.read_tls(stream)?;
            let progress = self.0.process_new_packets();
            // An alert of ours tells the other end why.
            self.flush(stream)?;
            progress.map_err(io::Error::other)?;
        }
    }
}
