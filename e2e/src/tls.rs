//! Certificates made on the spot, and TLS as a client speaks it.
//!
//! The keys live as long as the folder they are in, and nobody trusts them.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    SupportedProtocolVersion, version,
};

/// A connection we opened.
pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// An authority that signs certificates for 127.0.0.1.
#[derive(Debug)]
pub struct Authority {
    folder: tempfile::TempDir,
}

/// A certificate and its key, both PEM.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate's file.
    pub certificate: PathBuf,
    /// The key's file.
    pub key: PathBuf,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// When openssl is not there.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let this = Self { folder };
        let own = this.identity("authority");
        openssl(&own, &["-subj", "/CN=authority"]);
        this
    }

    /// Its own certificate's file.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.identity("authority").certificate
    }

    /// Signs a certificate for 127.0.0.1.
    ///
    /// # Panics
    /// When openssl fails.
    #[must_use]
    pub fn sign(&self, name: &str) -> Identity {
        let (own, signed) = (self.identity("authority"), self.identity(name));
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let (authority, key) = (path(&own.certificate), path(&own.key));
        let subject = format!("/CN={name}");
        let more = ["-subj", &subject, "-CA", &authority, "-CAkey", &key];
        let extensions = [
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-addext",
            "subjectAltName=IP:127.0.0.1,DNS:localhost",
        ];
        openssl(&signed, &[&more[..], &extensions].concat());
        signed
    }

    fn identity(&self, name: &str) -> Identity {
        let file = |ending| self.folder.path().join(format!("{name}.{ending}"));
        Identity {
            certificate: file("pem"),
            key: file("key"),
        }
    }

    /// A client that trusts this authority and shows `identity`, if any.
    ///
    /// # Panics
    /// When a file cannot be read.
    #[must_use]
    pub fn client(&self, identity: Option<&Identity>) -> Client {
        self.client_with(identity, &[&version::TLS13, &version::TLS12])
    }

    /// The same, with these versions of TLS alone.
    ///
    /// # Panics
    /// When a file cannot be read.
    #[must_use]
    pub fn client_with(
        &self,
        identity: Option<&Identity>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Client {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(self.certificate()).unwrap();
        roots.add(authority).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let config = match identity {
            None => config.with_no_client_auth(),
            Some(identity) => {
                let (chain, key) = identity.read();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        };
        Client(Arc::new(config))
    }
}

impl Identity {
    fn read(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let certificate = CertificateDer::from_pem_file(&self.certificate).unwrap();
        let key = PrivateKeyDer::from_pem_file(&self.key).unwrap();
        (vec![certificate], key)
    }

    /// Serves one connection that the recorder has opened to us.
    ///
    /// # Panics
    /// When its files cannot be read.
    #[must_use]
    pub fn serve(&self, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        let (chain, key) = self.read();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream)
    }
}

/// Opens connections.
#[derive(Clone, Debug)]
pub struct Client(Arc<ClientConfig>);

impl Client {
    /// A connection whose handshake has yet to happen.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn connect(&self, to: SocketAddr) -> Stream {
        let stream = TcpStream::connect(to).unwrap();
        stream.set_nodelay(true).unwrap();
        let connection = ClientConnection::new(Arc::clone(&self.0), to.ip().into()).unwrap();
        StreamOwned::new(connection, stream)
    }
}

fn openssl(identity: &Identity, more: &[&str]) {
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(more)
        .arg("-keyout")
        .arg(&identity.key)
        .arg("-out")
        .arg(&identity.certificate)
        .output()
        .unwrap_or_else(|error| panic!("openssl does not start ({error}): `make test` has it"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
