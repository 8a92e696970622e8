//! A disk that takes what is written and never says that it has it: an INVITE is refused in
//! good time, so that its client can go elsewhere, and calls are taken again when the disk is.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod node;

use capture::{Options, PortRange};
use journal::{Disk, DiskFile, Log, RealDisk};
use std::io::{self, IoSlice};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Whether syncs hang, and whom to wake when they no longer do.
type Gate = Arc<(Mutex<bool>, Condvar)>;

#[derive(Debug)]
struct HungDisk(Gate);

#[derive(Debug)]
struct HungFile(Box<dyn DiskFile>, Gate);

impl HungDisk {
    fn gated(&self, file: io::Result<Box<dyn DiskFile>>) -> io::Result<Box<dyn DiskFile>> {
        file.map(|file| Box::new(HungFile(file, Arc::clone(&self.0))) as Box<dyn DiskFile>)
    }
}

impl Disk for HungDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_directory(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.gated(RealDisk.create(path))
    }
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.gated(RealDisk.open(path))
    }
    fn reopen(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.gated(RealDisk.reopen(path))
    }
    fn overwrite(&self, path: &Path) -> io::Result<()> {
        RealDisk.overwrite(path)
    }
    fn sync_all(&self, directory: &Path) -> io::Result<()> {
        RealDisk.sync_all(directory)
    }
    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(directory)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync_directory(path)
    }
}

impl DiskFile for HungFile {
    fn append(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.append(slices)
    }
    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.0.truncate(bytes)
    }
    fn sync(&self) -> io::Result<()> {
        let (hangs, woken) = &*self.1;
        drop(
            woken
                .wait_while(hangs.lock().unwrap(), |hangs| *hangs)
                .unwrap(),
        );
        self.0.sync()
    }
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }
}

fn options(spool: &Path) -> Options {
    let ports = PortRange {
        first: 42_300,
        last: 42_399,
    };
    node::options(ports, spool, Duration::from_millis(500))
}

/// Places a call; its final answer.
fn invite(server: SocketAddr, number: usize) -> String {
    let sip = UdpSocket::bind("127.0.0.1:0").unwrap();
    sip.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let own = sip.local_addr().unwrap();
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
        m=audio 9000 RTP/AVP 8\r\na=sendonly\r\n";
    let invite = format!(
        "INVITE sip:srs@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{number}\r\n\
         From: <sip:src@127.0.0.1>;tag=a{number}\r\nTo: <sip:srs@{server}>\r\n\
         Call-ID: hung-{number}\r\nCSeq: 1 INVITE\r\nContact: <sip:src@{own}>;+sip.src\r\n\
         Max-Forwards: 70\r\nRequire: siprec\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    sip.send_to(invite.as_bytes(), server).unwrap();
    loop {
        let mut buffer = [0; 65_536];
        let length = sip.recv(&mut buffer).unwrap();
        let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
        if !text.starts_with("SIP/2.0 1") {
            return text;
        }
    }
}

#[test]
fn an_invite_does_not_wait_for_a_disk_that_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::default();
    let disk = Arc::new(HungDisk(Arc::clone(&gate)));
    let clocks = capture::clocks();
    let directory = folder.path().join("log");
    let log = Log::open(&directory, journal::Options::default(), disk, clocks).unwrap();
    let running = capture::start(options(folder.path()), log, Arc::new(|| ())).unwrap();
    let server = running.udp[0];
    let is_taken = |number| invite(server, number).starts_with("SIP/2.0 200");
    assert!(is_taken(1));

    *gate.0.lock().unwrap() = true;
    let asked = Instant::now();
    let refused = invite(server, 2);
    let waited = asked.elapsed();
    println!("refused after {waited:?}");
    assert!(refused.starts_with("SIP/2.0 503"), "{refused}");
    assert!(refused.contains("\r\nRetry-After: 3\r\n"), "{refused}");
    // Whoever comes while it hangs is refused without waiting for anything.
    let refused = invite(server, 3);
    assert!(refused.starts_with("SIP/2.0 503"), "{refused}");
    assert!(running.handle.refusal().is_some());

    *gate.0.lock().unwrap() = false;
    gate.1.notify_all();
    let taken = (4..100).any(|number| {
        std::thread::sleep(Duration::from_millis(100));
        is_taken(number)
    });
    assert!(taken, "the disk is back");
    running.handle.drain(Duration::ZERO);
    running.join();
}
