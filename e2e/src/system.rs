//! A recorder in a folder of its own: settings, users, the running process.
//!
//! It must never touch a port, a file or a process that it did not make itself: every port is
//! picked by the kernel, but for RTP, whose range is this process's own.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use crate::{PATIENCE, wait_for};

mod asks;

/// The binary under test.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("EARWITNESS_BIN") {
        return PathBuf::from(path);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("e2e lies in the workspace");
    ["target/release/earwitness", "target/debug/earwitness"]
        .iter()
        .map(|path| root.join(path))
        .find(|path| path.is_file())
        .expect("there is no earwitness binary: run `make build` first")
}

/// A data folder and its settings, used by the server and by commands alike.
#[derive(Debug)]
pub struct System {
    folder: tempfile::TempDir,
    settings: PathBuf,
}

impl Default for System {
    fn default() -> Self {
        Self::new()
    }
}

impl System {
    /// Defaults, but for addresses and ports.
    #[must_use]
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// Defaults with some keys changed: (section, key, TOML value).
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn with(changes: &[(&str, &str, &str)]) -> Self {
        Self::with_ports(200, changes, "")
    }

    /// Like [`System::with`], with so many RTP ports and `more` TOML at the end.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn with_ports(ports: u16, changes: &[(&str, &str, &str)], more: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("earwitness-e2e-")
            .tempdir()
            .unwrap();
        let settings = folder.path().join("earwitness.toml");
        let range = port_range(ports);
        let mut keys = vec![
            ("server", "data", "\"data\""),
            ("server", "node", "\"e2e\""),
            ("server", "drain", "\"1s\""),
            ("http", "listen", "\"127.0.0.1:0\""),
            ("sip", "udp", "[\"127.0.0.1:0\"]"),
            ("sip", "tcp", "[\"127.0.0.1:0\"]"),
            ("rtp", "ports", &range),
            // A test machine may have little room; what is tested is not this limit.
            ("limits", "disk_reserve", "\"16MiB\""),
        ];
        keys.retain(|(section, key, _)| !changes.iter().any(|c| (c.0, c.1) == (section, key)));
        keys.extend_from_slice(changes);
        keys.sort_by_key(|(section, _, _)| *section);
        let (mut text, mut open) = (String::new(), "");
        for (section, key, value) in keys {
            if section != open {
                writeln!(text, "[{section}]").unwrap();
                open = section;
            }
            writeln!(text, "{key} = {value}").unwrap();
        }
        std::fs::write(&settings, text + more).unwrap();
        Self { folder, settings }
    }

    /// The folder that holds everything of this system.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Runs a command of the program on this system.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut child = Command::new(binary())
            .args(arguments)
            .arg("--config")
            .arg(&self.settings)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input has closed it: that is its own affair.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed; its standard output.
    ///
    /// # Panics
    /// When it fails.
    pub fn command(&self, arguments: &[&str], stdin: &str) -> String {
        let output = self.run(arguments, stdin);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{arguments:?}: {}\n{error}",
            output.status
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Adds a user whose password is [`password`] of the name.
    ///
    /// # Panics
    /// When the command fails.
    pub fn add_user(&self, name: &str, level: &str, number: &str, more: &[&str]) {
        let mut arguments = vec!["user", "add", name, "--level", level, "--password-stdin"];
        if !number.is_empty() {
            arguments.extend(["--number", number]);
        }
        arguments.extend(more);
        self.command(&arguments, &password(name));
    }

    /// State and reason of every recording, by its `pbxCallId`. Read from the embedded catalogue,
    /// so that a test of capture does not depend on the API.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn states(&self) -> Vec<(String, String, String)> {
        let query = "import json, sqlite3, sys\n\
            rows = sqlite3.connect(sys.argv[1]).execute(\n\
            'select coalesce(pbx_call_id, \"\"), state, reason from recordings')\n\
            print(json.dumps(list(rows)))";
        let path = self.data().join("catalogue.db");
        let output = Command::new("python3")
            .args(["-c", query])
            .arg(path)
            .output()
            .unwrap();
        serde_json::from_slice::<Vec<[String; 3]>>(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
            .into_iter()
            .map(|[call, state, reason]| (call, state, reason))
            .collect()
    }

    /// Starts the server.
    ///
    /// # Panics
    /// When it does not say `ready`.
    #[must_use]
    pub fn start(&self) -> Server {
        self.start_with(&[])
    }

    /// Starts the server with more arguments.
    ///
    /// # Panics
    /// When it does not say `ready`.
    #[must_use]
    pub fn start_with(&self, more: &[&str]) -> Server {
        let mut command = Command::new(binary());
        command.arg("serve").args(more);
        self.started(command)
    }

    /// Starts the server by a command that ends with `serve`.
    ///
    /// # Panics
    /// When it does not say `ready`.
    #[must_use]
    pub fn started(&self, mut command: Command) -> Server {
        let mut child = command
            .arg("--config")
            .arg(&self.settings)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stderr = collected(child.stderr.take().unwrap());
        let (sender, receiver) = mpsc::channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut server = Server {
            child,
            ready: String::new(),
            stderr,
            stdout: receiver,
            http: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        server.ready = server
            .stdout
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("no ready line; stderr:\n{}", server.log()));
        assert!(
            server.ready.starts_with("ready "),
            "first line on stdout: {}",
            server.ready
        );
        server.http = server.address("http");
        server
    }
}

/// The password that [`System::add_user`] gives.
#[must_use]
pub fn password(name: &str) -> String {
    format!("Secret-{name}-of-7-words")
}

/// A range of RTP ports that nobody uses now and no other server of this process will be given.
///
/// It lies below the ports the kernel gives to sockets that ask for any, and above those that a
/// recorder with default settings takes first.
fn port_range(ports: u16) -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 41).unwrap() * 100;
    let step = ports.next_multiple_of(2);
    let begin = 24_000 + 4_300 * slot();
    for _ in 0..500 {
        let first = begin + (start + NEXT.fetch_add(step, Ordering::Relaxed)) % 4_300;
        let last = first + ports - 1;
        let free = |port| std::net::UdpSocket::bind(("127.0.0.1", port)).is_ok();
        if last < begin + 4_300 && (first..=last).all(free) {
            return format!("\"{first}-{last}\"");
        }
    }
    panic!("no {ports} UDP ports in a row are free from {begin} on");
}

/// Which of two test processes that run side by side this is: each has half of the ports.
fn slot() -> u16 {
    let said = std::env::var("EARWITNESS_TEST_SLOT").unwrap_or_default();
    said.parse().unwrap_or(0) % 2
}

/// A SIP listener that a recorder can have again after its end: one port for UDP and TCP, which
/// the kernel gives to nobody who asks for any.
///
/// # Panics
/// When none is free.
#[must_use]
pub fn lasting_listener() -> String {
    format!("[\"127.0.0.1:{}\"]", lasting_port())
}

/// A port that is free for UDP and TCP, and which the kernel gives to nobody who asks for any.
///
/// # Panics
/// When none is free.
#[must_use]
pub fn lasting_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 97).unwrap() * 10;
    let begin = 21_000 + 1_000 * slot();
    for _ in 0..1_000 {
        let port = begin + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 1_000;
        let udp = std::net::UdpSocket::bind(("127.0.0.1", port));
        if udp.is_ok() && std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free from {begin} on");
}

fn collected(mut from: impl Read + Send + 'static) -> Arc<Mutex<Vec<u8>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&kept);
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut chunk) {
            sink.lock().unwrap().extend_from_slice(&chunk[..length]);
        }
    });
    kept
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    ready: String,
    stderr: Arc<Mutex<Vec<u8>>>,
    stdout: mpsc::Receiver<String>,
    /// Where HTTP is.
    pub http: SocketAddr,
}

impl Server {
    /// The first address of a key of the ready line: `http`, `sip-udp`, `sip-tcp`.
    ///
    /// # Panics
    /// When the line has no such key.
    #[must_use]
    pub fn address(&self, key: &str) -> SocketAddr {
        let found = self
            .ready
            .split(' ')
            .find_map(|word| word.strip_prefix(&format!("{key}=")));
        found
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("no address {key} in: {}", self.ready))
    }

    /// Process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything on standard error until now.
    ///
    /// # Panics
    /// Never, but when the reading thread did.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.stderr.lock().unwrap()).into_owned()
    }

    /// What else came on standard output until now: there should be nothing.
    #[must_use]
    pub fn more_stdout(&self) -> Vec<String> {
        self.stdout.try_iter().collect()
    }

    /// `kill -9`, and waits for the end.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn kill_nine(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &command])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end and says how it ended.
    ///
    /// # Panics
    /// When it does not end.
    pub fn wait(&mut self, limit: Duration) -> std::process::ExitStatus {
        wait_for("the server's end", limit, || self.child.try_wait().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, or been killed by the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let text = format!("--- stderr of the server:\n{}---\n", self.log());
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }
}
