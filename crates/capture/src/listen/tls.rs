//! Certificates of SIP over TLS (RFC 7866 §12): ours, and who must show one. TLS 1.2 and 1.3 with
//! ring's suites, which are those of RFC 7525. Never shows or logs a key.
//!
//! Who calls us is told by address; a certificate signed by the authority of the settings comes
//! on top where one is asked for. Whom we call back has to show the same: its name is not looked
//! at, since equipment writes addresses into Contact and names into certificates.

use certificates::{Identity, Renewable};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// What SIP over TLS is spoken with. Clones share it, and what [`Tls::renew`] puts in its place.
#[derive(Clone)]
pub struct Tls(Renewable<Ends>);

/// Both ways to begin a connection.
#[derive(Clone)]
struct Ends {
    accept: TlsAcceptor,
    connect: TlsConnector,
}

impl Tls {
    /// Reads PEM files: our certificate, followed by those that lead to a known root, its private
    /// key, and the authorities one of which must have signed the certificate of whoever calls.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn load(
        certificate: &Path,
        key: &Path,
        client_ca: Option<&Path>,
    ) -> Result<Self, certificates::Error> {
        let own = Identity::load(certificate, key)?;
        let provider = certificates::provider();
        let authority = client_ca
            .map(|path| certificates::authority(path, &provider))
            .transpose()?;
        // Whom we call back shows what it would have to show when calling us.
        let judge = authority.clone();
        let callee = certificates::shown(&provider, move |shown, behind, now| match &judge {
            Some(authority) => authority
                .verify_client_cert(shown, behind, now)
                .map(|_verified| ()),
            None => Ok(()),
        });
        let accept = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                let config = match authority {
                    Some(authority) => config.with_client_cert_verifier(authority),
                    None => config.with_no_client_auth(),
                };
                config.with_single_cert(own.chain(), own.key())
            })
            .map_err(|source| own.unusable(source))?;
        let connect = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config
                    .dangerous()
                    .with_custom_certificate_verifier(callee)
                    .with_client_auth_cert(own.chain(), own.key())
            })
            .map_err(|source| own.unusable(source))?;
        Ok(Self(Renewable::new(Ends {
            accept: TlsAcceptor::from(Arc::new(accept)),
            connect: TlsConnector::from(Arc::new(connect)),
        })))
    }

    /// From now on connections begin with what `other` holds; those that are open go on.
    pub fn renew(&self, other: &Self) {
        self.0.renew(&other.0);
    }

    pub(super) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<server::TlsStream<TcpStream>> {
        self.0.now().accept.accept(stream).await
    }

    /// As the calling side; `host` only tells the other end whom we mean.
    pub(super) async fn connect(
        &self,
        host: String,
        stream: TcpStream,
    ) -> io::Result<client::TlsStream<TcpStream>> {
        let peer = stream.peer_addr()?.ip();
        let name = ServerName::try_from(host).unwrap_or_else(|_| peer.into());
        self.0.now().connect.connect(name, stream).await
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").finish_non_exhaustive()
    }
}
