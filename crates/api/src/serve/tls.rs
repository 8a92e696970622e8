//! The certificate and key of HTTPS. Never shows or logs a key.

use certificates::{Identity, Renewable};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

/// What HTTPS is served with: TLS 1.2 and 1.3 with ring's suites, HTTP/1.1 alone. Clones share
/// it, and what [`Tls::renew`] puts in its place.
#[derive(Clone)]
pub struct Tls(Renewable<TlsAcceptor>);

impl Tls {
    /// Reads PEM files: the certificate, followed by those that lead to a known root, and its
    /// private key.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, certificates::Error> {
        let own = Identity::load(certificate, key)?;
        let config = ServerConfig::builder_with_provider(certificates::provider())
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config
                    .with_no_client_auth()
                    .with_single_cert(own.chain(), own.key())
            });
        let mut config = config.map_err(|source| own.unusable(source))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self(Renewable::new(acceptor)))
    }

    /// From now on connections begin with what `other` holds; those that are open go on.
    pub fn renew(&self, other: &Self) {
        self.0.renew(&other.0);
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.0.now().accept(stream).await
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}
