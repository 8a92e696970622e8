//! HTTPS: certificates, handshakes, and what the router learns of the connection. The key here
//! is for these tests alone and in nobody's trust.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use api::{Peer, Tls};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/tls")
        .join(name)
}

fn tls() -> Tls {
    Tls::load(&file("certificate.pem"), &file("key.pem")).unwrap()
}

/// A server, and what stops it.
async fn server() -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let how = async |ConnectInfo(peer): ConnectInfo<Peer>| format!("secure={}", peer.is_secure());
    let router = Router::new().route("/", get(how));
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move {
        let _ = stopped.await;
    };
    tokio::spawn(api::serve_tls(listener, tls(), router, shutdown));
    (address, stop)
}

fn connector(versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(file("certificate.pem")).unwrap();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn asked(address: SocketAddr, versions: &[&'static SupportedProtocolVersion]) -> String {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector(versions).connect(name, stream).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    // A peer that closes without saying so in TLS is no fault of this test's.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn both_versions_are_served_and_known_to_be_secure() {
    let (address, _stop) = server().await;
    for version in [&version::TLS12, &version::TLS13] {
        let answer = asked(address, &[version]).await;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("secure=true"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn who_says_nothing_or_speaks_in_clear_delays_nobody() {
    let (address, _stop) = server().await;
    let mut held = Vec::new();
    for _ in 0..100 {
        held.push(TcpStream::connect(address).await.unwrap());
    }
    let mut clear = TcpStream::connect(address).await.unwrap();
    clear
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = clear.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "nothing is said in clear");
    assert!(
        asked(address, &[&version::TLS13])
            .await
            .ends_with("secure=true")
    );
}

#[tokio::test]
async fn a_shutdown_takes_no_more_connections() {
    let (address, stop) = server().await;
    assert!(asked(address, &[&version::TLS13]).await.contains("200"));
    stop.send(()).unwrap();
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    refused.await;
}

#[test]
fn what_cannot_be_used_is_named() {
    let (certificate, key) = (file("certificate.pem"), file("key.pem"));
    let missing = file("missing.pem");
    for (certificate, key, named) in [
        (&missing, &key, "missing.pem"),
        (&certificate, &missing, "missing.pem"),
        (&key, &key, "no certificate in"),
        (&certificate, &certificate, "certificate.pem"),
    ] {
        let error = Tls::load(certificate, key).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}
