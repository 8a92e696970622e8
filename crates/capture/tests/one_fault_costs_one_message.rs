//! A fault in the signalling loop costs the message it came with. What is told of a call's end is
//! the one place where somebody else's code runs in the loop: here it panics.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod node;

use capture::{Options, PortRange};
use journal::{Log, RealDisk};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn options(spool: &Path) -> Options {
    let ports = PortRange {
        first: 42_400,
        last: 42_499,
    };
    node::options(ports, spool, Duration::from_millis(500))
}

/// A call; requests inside it are answered.
struct Call {
    sip: UdpSocket,
    server: SocketAddr,
    number: usize,
    to: String,
}

impl Call {
    fn begin(server: SocketAddr, number: usize) -> Self {
        let sip = UdpSocket::bind("127.0.0.1:0").unwrap();
        sip.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let to = format!("<sip:srs@{server}>");
        let mut call = Self {
            sip,
            server,
            number,
            to,
        };
        let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
            m=audio 9000 RTP/AVP 8\r\na=sendonly\r\n";
        let answer = call.ask("INVITE", 1, sdp);
        assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
        let to = answer.lines().find_map(|line| line.strip_prefix("To: "));
        call.to = to.unwrap().to_owned();
        call.send("ACK", 1, "");
        call
    }

    fn send(&self, method: &str, cseq: u32, body: &str) {
        let Self {
            server,
            number,
            to,
            sip,
        } = self;
        let own = sip.local_addr().unwrap();
        let kind = match body {
            "" => "",
            _ => "Content-Type: application/sdp\r\n",
        };
        let request = format!(
            "{method} sip:srs@{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bK{method}{number}\r\n\
             From: <sip:src@127.0.0.1>;tag=a{number}\r\nTo: {to}\r\nCall-ID: fault-{number}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:src@{own}>;+sip.src\r\nMax-Forwards: 70\r\n\
             Require: siprec\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        sip.send_to(request.as_bytes(), server).unwrap();
    }

    fn ask(&self, method: &str, cseq: u32, body: &str) -> String {
        self.send(method, cseq, body);
        loop {
            let mut buffer = [0; 65_536];
            let length = self.sip.recv(&mut buffer).unwrap();
            let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
            let of = format!("CSeq: {cseq} {method}\r\n");
            if text.contains(&of) && !text.starts_with("SIP/2.0 1") {
                return text;
            }
        }
    }

    fn end(&self) {
        let answer = self.ask("BYE", 2, "");
        assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
    }
}

#[test]
fn calls_go_on_after_a_fault_in_the_loop() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("log");
    let (disk, clocks) = (Arc::new(RealDisk), capture::clocks());
    let log = Log::open(&directory, journal::Options::default(), disk, clocks).unwrap();
    let ended = Arc::new(AtomicUsize::new(0));
    let told = Arc::clone(&ended);
    let closed = Arc::new(move || {
        let before = told.fetch_add(1, Ordering::SeqCst);
        assert!(before != 0, "a fault on purpose");
    });
    let running = capture::start(options(folder.path()), log.clone(), closed).unwrap();
    let server = running.udp[0];
    let (broken, other) = (Call::begin(server, 1), Call::begin(server, 2));
    broken.end();
    while ended.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    // Those that run can be ended, others begun; each has its end in the journal.
    let later = Call::begin(server, 3);
    other.end();
    later.end();
    running.handle.drain(Duration::ZERO);
    running.join();
    assert_eq!(ended.load(Ordering::SeqCst), 3);
    assert!(log.open_sessions().is_empty());
    assert_eq!(log.unsettled().len(), 3);
}
