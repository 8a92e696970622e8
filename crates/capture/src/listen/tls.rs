//! Certificates of SIP over TLS (RFC 7866 §12): ours, and who must show one. TLS 1.2 and 1.3 with
//! ring's suites, which are those of RFC 7525. Never shows or logs a key.
//!
//! Who calls us is told by address; a certificate signed by the authority of the settings comes
//! on top where one is asked for. Whom we call back has to show the same: its name is not looked
//! at, since equipment writes addresses into Contact and names into certificates.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::net::TcpStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{
    self, ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// What SIP over TLS is spoken with. Clones share it, and what [`Tls::renew`] puts in its place.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<Ends>>);

/// Both ways to begin a connection.
#[derive(Clone)]
struct Ends {
    accept: TlsAcceptor,
    connect: TlsConnector,
}

/// Why a certificate, a key or an authority cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read, or is no PEM.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// There is no certificate in the file.
    #[error("there is no certificate in {0}")]
    NoCertificate(PathBuf),
    /// Certificate and key are not what TLS needs, or do not belong together.
    #[error("certificate {certificate} and key {key} cannot be used: {source}")]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// Nothing can be signed by what the file holds.
    #[error("{path} names no authority: {problem}")]
    Authority {
        /// The authority's file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
}

impl Tls {
    /// Reads PEM files: our certificate, followed by those that lead to a known root, its private
    /// key, and the authorities one of which must have signed the certificate of whoever calls.
    ///
    /// # Errors
    /// [`TlsError`] names the file and what is wrong with it.
    pub fn load(
        certificate: &Path,
        key: &Path,
        client_ca: Option<&Path>,
    ) -> Result<Self, TlsError> {
        let chain = certificates(certificate)?;
        let private =
            PrivateKeyDer::from_pem_file(key).map_err(|source| unreadable(key, source))?;
        // Named outright: which provider is the process's default is nobody's business here.
        let provider = Arc::new(ring::default_provider());
        let authority = client_ca
            .map(|path| authority(path, &provider))
            .transpose()?;
        let callee = Arc::new(Callee {
            authority: authority.clone(),
            algorithms: provider.signature_verification_algorithms,
        });
        let unusable = |source| TlsError::Unusable {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            source,
        };
        let accept = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                let config = match authority {
                    Some(authority) => config.with_client_cert_verifier(authority),
                    None => config.with_no_client_auth(),
                };
                config.with_single_cert(chain.clone(), private.clone_key())
            })
            .map_err(unusable)?;
        let connect = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config
                    .dangerous()
                    .with_custom_certificate_verifier(callee)
                    .with_client_auth_cert(chain, private)
            })
            .map_err(unusable)?;
        Ok(Self(Arc::new(RwLock::new(Ends {
            accept: TlsAcceptor::from(Arc::new(accept)),
            connect: TlsConnector::from(Arc::new(connect)),
        }))))
    }

    /// From now on connections begin with what `other` holds; those that are open go on.
    pub fn renew(&self, other: &Self) {
        let other = other.ends();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = other;
    }

    fn ends(&self) -> Ends {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<server::TlsStream<TcpStream>> {
        self.ends().accept.accept(stream).await
    }

    /// As the calling side; `host` only tells the other end whom we mean.
    pub(super) async fn connect(
        &self,
        host: String,
        stream: TcpStream,
    ) -> io::Result<client::TlsStream<TcpStream>> {
        let peer = stream.peer_addr()?.ip();
        let name = ServerName::try_from(host).unwrap_or_else(|_| peer.into());
        self.ends().connect.connect(name, stream).await
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").finish_non_exhaustive()
    }
}

fn unreadable(path: &Path, source: pem::Error) -> TlsError {
    TlsError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|source| unreadable(path, source))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(path.to_owned()));
    }
    Ok(chain)
}

fn authority(
    path: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let failed = |problem: String| TlsError::Authority {
        path: path.to_owned(),
        problem,
    };
    let mut roots = RootCertStore::empty();
    for root in certificates(path)? {
        roots.add(root).map_err(|error| failed(error.to_string()))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| failed(error.to_string()))
}

/// Whom we call back: what it must show is what it would have to show when calling us.
#[derive(Debug)]
struct Callee {
    authority: Option<Arc<dyn ClientCertVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Callee {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(authority) = &self.authority {
            authority.verify_client_cert(end_entity, intermediates, now)?;
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
