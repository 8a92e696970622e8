//! TLS as the calling side speaks it, over a socket that does not wait.
//!
//! The recorder has to show the very certificate of the settings, whatever name is in it; where
//! the settings name none, anything it shows is taken, and that is said.

use crate::config::Certificates;
use crate::say;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme,
};

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
        let provider = Arc::new(ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let own = files.map(own).transpose()?;
        if own.is_none() {
            say::note("the recorder's certificate is not checked: `sip.tls_certificate` is empty");
        }
        let expected = own.as_ref().and_then(|(chain, _)| chain.first().cloned());
        let recorder = Arc::new(Recorder {
            expected,
            algorithms,
        });
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                let config = config
                    .dangerous()
                    .with_custom_certificate_verifier(recorder);
                match own {
                    Some((chain, key)) => config.with_client_auth_cert(chain, key),
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

fn own(
    files: &Certificates,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let unreadable = |path: &Path, error| format!("cannot read {}: {error}", path.display());
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(&files.certificate, error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key);
    Ok((chain, key.map_err(|error| unreadable(&files.key, error))?))
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

/// The recorder's certificate, and no other.
#[derive(Debug)]
struct Recorder {
    expected: Option<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.expected.as_ref().is_some_and(|own| own != end_entity) {
            let problem = "the recorder does not show the certificate of `sip.tls_certificate`";
            return Err(rustls::Error::General(problem.to_owned()));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
