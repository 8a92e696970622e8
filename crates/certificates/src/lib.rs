//! Certificates and keys of TLS, for whoever serves or calls: read from PEM files, replaced while
//! running.
//!
//! Invariant: no socket and no thread; a key is never shown or logged. Which versions and suites
//! there are is said once, in [`provider`] and rustls's own defaults.
//! Not here: what a peer is allowed to do, once it has shown what it was asked for.

mod expiry;
mod shown;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{self, RootCertStore};

pub use expiry::ends_at;
pub use shown::shown;

/// Why a certificate, a key or an authority cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
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

/// Ring's suites, named outright: which provider is the process's default is nobody's business.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// What somebody shows: a certificate, those that lead to a known root, and the private key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    /// Of the certificate and of the key.
    paths: (PathBuf, PathBuf),
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A key is never printed.
        write!(formatter, "Identity({})", self.paths.0.display())
    }
}

impl Identity {
    /// Reads PEM files: the certificate followed by those that lead to a known root, and its key.
    ///
    /// # Errors
    /// [`Error::Unreadable`] and [`Error::NoCertificate`] name the file.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, Error> {
        let paths = (certificate.to_owned(), key.to_owned());
        let chain = certificates(certificate)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|source| unreadable(key, source))?;
        Ok(Self { chain, key, paths })
    }

    /// The certificate and those behind it.
    #[must_use]
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.clone()
    }

    /// The private key.
    #[must_use]
    pub fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }

    /// That TLS cannot use them, and why.
    #[must_use]
    pub fn unusable(&self, source: rustls::Error) -> Error {
        let (certificate, key) = self.paths.clone();
        Error::Unusable {
            certificate,
            key,
            source,
        }
    }
}

/// Takes certificates that one of the authorities in a PEM file has signed.
///
/// # Errors
/// When the file cannot be read, or names no authority.
pub fn authority(
    path: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let failed = |problem: String| Error::Authority {
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

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|source| unreadable(path, source))?;
    if chain.is_empty() {
        return Err(Error::NoCertificate(path.to_owned()));
    }
    Ok(chain)
}

fn unreadable(path: &Path, source: pem::Error) -> Error {
    Error::Unreadable {
        path: path.to_owned(),
        source,
    }
}

/// What connections begin with. Clones share it, and what is put in its place.
#[derive(Debug)]
pub struct Renewable<T>(Arc<RwLock<T>>);

impl<T> Clone for Renewable<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Clone> Renewable<T> {
    /// Shared from now on.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Arc::new(RwLock::new(value)))
    }

    /// What is in force now.
    #[must_use]
    pub fn now(&self) -> T {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// From now on connections begin with what `other` holds; those that are open go on.
    pub fn renew(&self, other: &Self) {
        let other = other.now();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_what_is_put_in_place() {
        let (first, second) = (Renewable::new(1), Renewable::new(2));
        let shared = first.clone();
        first.renew(&second);
        assert_eq!((shared.now(), second.now()), (2, 2));
        // What was in place of the other is another's again.
        second.renew(&Renewable::new(3));
        assert_eq!(shared.now(), 2);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.pem");
        let nowhere = folder.path().join("nowhere.pem");
        std::fs::write(&path, "nothing").unwrap();
        let loaded = Identity::load(&path, &nowhere);
        assert!(matches!(loaded, Err(Error::NoCertificate(named)) if named == path));
        let loaded = Identity::load(&nowhere, &path);
        assert!(matches!(loaded, Err(Error::Unreadable { path, .. }) if path == nowhere));
        let read = authority(&path, &provider());
        assert!(matches!(read, Err(Error::NoCertificate(named)) if named == path));
    }
}
