//! SIP over TLS: calls in both versions, certificates that clients must show, and peers that mean
//! no good and harm nobody else.

#![expect(clippy::unwrap_used, reason = "test helpers panic")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use e2e::tls::{Authority, Client};
use e2e::{Dialog, Invite, PATIENCE, Server, System, Wire, sip};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::version;

/// A recorder with a TLS listener, and the authority that signed its certificate.
fn recorder(mutual: bool) -> (System, Server, Authority) {
    let authority = Authority::new();
    let own = authority.sign("recorder");
    let certificate = format!("{:?}", own.certificate);
    let key = format!("{:?}", own.key);
    let client_ca = format!("{:?}", authority.certificate());
    let mut settings = vec![
        ("sip", "tls", "[\"127.0.0.1:0\"]"),
        ("sip", "tls_certificate", &certificate),
        ("sip", "tls_key", &key),
    ];
    if mutual {
        settings.push(("sip", "tls_client_ca", &client_ca));
    }
    let system = System::with(&settings);
    system.add_user("boss", "complete", "", &[]);
    let server = system.start();
    (system, server, authority)
}

fn options(wire: &mut Wire) -> u16 {
    let id = sip::unique();
    let bytes = sip::request(
        wire,
        "OPTIONS",
        &id,
        b"<sip:a@b>",
        "<sip:r@e2e>",
        1,
        &[],
        b"",
    );
    wire.send(&bytes);
    wire.answer("OPTIONS").status()
}

fn call(to: SocketAddr, client: &Client) {
    let mut dialog = Dialog::establish(Wire::tls(to, client), &Invite::new());
    dialog.talk(0, 25);
    dialog.bye();
}

/// Many connections of another process, which may have more of them than a test.
struct Crowd(Child);

impl Crowd {
    fn of(count: u32, to: SocketAddr) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("client/crowd.py");
        let (host, port) = (to.ip().to_string(), to.port().to_string());
        let mut child = Command::new("python3")
            .arg(script)
            .args([host, port, count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "open\n");
        Self(child)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn siprec_48_calls_over_tls_1_2_and_1_3() {
    let (_system, server, authority) = recorder(false);
    let to = server.address("sip-tls");
    for version in [&version::TLS12, &version::TLS13] {
        call(to, &authority.client_with(None, &[version]));
    }
    for detail in server.recordings("boss", 2) {
        e2e::lasts(&detail, 500);
    }
}

#[test]
fn siprec_48_we_say_where_we_are_reached_by_tls() {
    let (_system, server, authority) = recorder(false);
    let to = server.address("sip-tls");
    let client = authority.client(None);
    let dialog = Dialog::establish(Wire::tls(to, &client), &Invite::new());
    let contact = dialog.answer.header("Contact").unwrap();
    assert_eq!(contact, format!("<sip:{to};transport=tls>;+sip.srs"));

    let mut wire = Wire::tls(to, &client);
    let invite = Invite::new();
    let bytes = String::from_utf8(invite.bytes(&wire)).unwrap();
    wire.send(bytes.replacen("INVITE sip:", "INVITE sips:", 1).as_bytes());
    let mut dialog = Dialog::answered(wire, &invite);
    let contact = dialog.answer.header("Contact").unwrap();
    assert_eq!(contact, format!("<sips:{to}>;+sip.srs"));
    dialog.bye();
}

#[test]
fn siprec_49_who_shows_no_certificate_of_ours_is_refused() {
    let (_system, server, authority) = recorder(true);
    let to = server.address("sip-tls");
    let strangers = Authority::new();
    let other = strangers.sign("client");
    for (identity, versions) in [
        (None, &version::TLS12),
        (None, &version::TLS13),
        (Some(&other), &version::TLS12),
        (Some(&other), &version::TLS13),
    ] {
        let client = authority.client_with(identity, &[versions]);
        let mut stream = client.connect(to);
        stream.sock.set_read_timeout(Some(PATIENCE)).unwrap();
        // In TLS 1.3 the client has finished before the recorder has looked.
        let sent = stream.write_all(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n");
        let read = sent.and_then(|()| stream.read(&mut [0; 100]));
        assert!(read.is_err(), "{read:?}");
    }
    call(to, &authority.client(Some(&authority.sign("client"))));
    e2e::lasts(&server.recordings("boss", 1)[0], 500);
    assert!(
        server.log().contains("TLS handshakes failed"),
        "{}",
        server.log()
    );
}

#[test]
fn peers_that_mean_no_good_keep_nobody_out() {
    let (_system, server, authority) = recorder(false);
    let to = server.address("sip-tls");
    let client = authority.client(None);
    let mut before = Wire::tls(to, &client);
    assert_eq!(options(&mut before), 200);
    // More than there is room for: connections that say nothing, half a handshake, SIP in clear
    // and noise.
    let crowd = Crowd::of(6_000, to);
    assert_eq!(options(&mut Wire::tls(to, &client)), 200);
    assert_eq!(options(&mut before), 200);
    call(to, &client);
    e2e::lasts(&server.recordings("boss", 1)[0], 500);
    // A handshake that never ends is ended.
    let mut last = Wire::Tcp(TcpStream::connect(to).unwrap(), Vec::new());
    last.send(&[22, 3, 1, 2, 0, 1, 0, 1, 252]);
    assert!(last.closed(Duration::from_secs(30)));
    drop(crowd);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn connections_that_say_nothing_keep_nobody_out() {
    let system = System::new();
    let server = system.start();
    let to = server.address("sip-tcp");
    let mut before = Wire::tcp(to);
    assert_eq!(options(&mut before), 200);
    // Over TCP no handshake ends them.
    let crowd = Crowd::of(6_000, to);
    assert_eq!(options(&mut Wire::tcp(to)), 200);
    assert_eq!(options(&mut before), 200);
    Dialog::establish(Wire::tcp(to), &Invite::new()).bye();
    drop(crowd);
}

#[test]
fn a_new_certificate_is_taken_at_sighup() {
    let (_system, server, authority) = recorder(false);
    let to = server.address("sip-tls");
    let mut before = Wire::tls(to, &authority.client(None));
    assert_eq!(options(&mut before), 200);
    // What cannot be used changes nothing.
    let files = authority.sign("next");
    let own = files.certificate.with_file_name("recorder.pem");
    let own_key = own.with_extension("key");
    std::fs::copy(&files.certificate, &own).unwrap();
    server.signal("HUP");
    e2e::wait_for("a word about it", PATIENCE, || {
        server
            .log()
            .contains("certificates stay as they were")
            .then_some(())
    });
    assert_eq!(options(&mut Wire::tls(to, &authority.client(None))), 200);
    std::fs::copy(&files.key, &own_key).unwrap();
    server.signal("HUP");
    e2e::wait_for("a word about it", PATIENCE, || {
        server
            .log()
            .contains("certificates are read again")
            .then_some(())
    });
    let mut after = Wire::tls(to, &authority.client(None));
    assert_eq!(options(&mut after), 200);
    let Wire::Tls(stream, _) = &after else {
        panic!("it is encrypted");
    };
    let shown = &stream.conn.peer_certificates().unwrap()[0];
    assert_eq!(
        *shown,
        CertificateDer::from_pem_file(&files.certificate).unwrap()
    );
    assert_eq!(options(&mut before), 200);
}

#[test]
fn test_calls_over_tls() {
    let (system, server, _authority) = recorder(true);
    let to = format!("sip:{}", server.address("sip-tls"));
    let arguments = [
        "test-call",
        "--to",
        &to,
        "--transport",
        "tls",
        "--seconds",
        "1",
    ];
    let _ = system.command(&arguments, "");
    e2e::lasts(&server.recordings("boss", 1)[0], 1_000);
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let authority = Authority::new();
    let (own, other) = (authority.sign("recorder"), authority.sign("other"));
    let own_key = format!("{:?}", own.key);
    let other_key = format!("{:?}", other.key);
    let certificate = format!("{:?}", own.certificate);
    let nothing = "\"nowhere.pem\"".to_owned();
    for (certificate, key, ca, named) in [
        (&certificate, &other_key, None, "sip.tls_key"),
        (&nothing, &own_key, None, "sip.tls_certificate"),
        (&own_key, &own_key, None, "sip.tls_certificate"),
        (&certificate, &own_key, Some(&nothing), "sip.tls_client_ca"),
        (&certificate, &own_key, Some(&own_key), "sip.tls_client_ca"),
    ] {
        let mut settings = vec![
            ("sip", "tls", "[\"127.0.0.1:0\"]"),
            ("sip", "tls_certificate", certificate.as_str()),
            ("sip", "tls_key", key.as_str()),
        ];
        settings.extend(ca.map(|ca| ("sip", "tls_client_ca", ca.as_str())));
        let output = System::with(&settings).run(&["serve"], "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(named), "{named}: {said}");
    }
}
