//! A telephone that others wrote, baresip: a whole SIP stack with media, which is told what to
//! do and says what happens over a connection of its own.
//!
//! It must never be waited for without a limit, and never outlive its test.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::tls::{Authority, Identity};
use crate::{PATIENCE, system, wait_for};

/// Of Debian's package; the same on every machine, where its modules are is not.
const PLACES: [&str; 3] = [
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/lib/aarch64-linux-gnu/baresip/modules",
];
/// What it is made of here: a codec, SRTP, a file as microphone, a bridge to nowhere as
/// loudspeaker.
const MODULES: [(&str, &[&str]); 3] = [
    ("module", &["g711", "srtp", "aufile", "aubridge"]),
    ("module_tmp", &["uuid", "account"]),
    ("module_app", &["menu", "ctrl_tcp"]),
];

/// A running baresip; killed when dropped.
#[derive(Debug)]
pub struct Phone {
    child: Child,
    control: TcpStream,
    read: Vec<u8>,
    /// What it said that nobody has asked for yet.
    told: Vec<Value>,
    output: PathBuf,
    transport: &'static str,
}

/// What a phone is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// `udp`, `tcp` or `tls`.
    pub transport: &'static str,
    /// The number it calls itself.
    pub number: &'a str,
    /// Whether its sound has to be protected by SRTP with keys in SDP.
    pub protected: bool,
    /// Whom it trusts, and what it shows.
    pub tls: Option<(&'a Authority, &'a Identity)>,
    /// What it says into the call, mu-law codes at 8,000 Hz.
    pub says: &'a [u8],
}

impl Phone {
    /// Starts it with everything it needs in `folder`.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start(folder: &Path, settings: &Settings<'_>) -> Self {
        let home = folder.join(format!("phone-{}", crate::sip::unique()));
        std::fs::create_dir(&home).unwrap();
        let control = system::lasting_port();
        write_home(&home, control, settings);
        let output = home.join("output.txt");
        let file = std::fs::File::create(&output).unwrap();
        let child = Command::new("baresip")
            .args(["-4", "-v", "-s", "-f"])
            .arg(&home)
            .current_dir(&home)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("baresip does not start ({error}): `make test` installs it, baresip-core")
            });
        let mut child = Some(child);
        let said = || std::fs::read_to_string(&output).unwrap_or_default();
        let address = SocketAddr::from(([127, 0, 0, 1], control));
        let control = wait_for("baresip", PATIENCE, || {
            let ended = child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "baresip ended: {ended:?}\n{}", said());
            TcpStream::connect(address).ok()
        });
        Self {
            child: child.take().unwrap(),
            control,
            read: Vec::new(),
            told: Vec::new(),
            output,
            transport: settings.transport,
        }
    }

    /// Has it do something, and waits until it has understood.
    ///
    /// # Panics
    /// When it does not take the command.
    pub fn command(&mut self, command: &str, parameters: &str) {
        self.say(command, parameters);
        let answer = self.until(command, |said| said["token"] == command);
        assert_eq!(answer["ok"], true, "{answer}");
    }

    fn say(&mut self, command: &str, parameters: &str) {
        let asked = json!({"command": command, "params": parameters, "token": command});
        let asked = asked.to_string();
        let frame = format!("{}:{asked},", asked.len());
        self.control.write_all(frame.as_bytes()).unwrap();
    }

    /// Calls the recorder; returns when the call is answered.
    ///
    /// # Panics
    /// When it is not answered.
    pub fn dial(&mut self, to: SocketAddr) {
        let uri = format!("sip:recorder@{to};transport={}", self.transport);
        self.say("dial", &uri);
        let over = ["CALL_ESTABLISHED", "CALL_CLOSED"];
        let said = self.until("an answer to the call", |said| {
            over.iter().any(|kind| said["type"] == *kind)
        });
        assert_eq!(said["type"], "CALL_ESTABLISHED", "{said}");
    }

    /// Waits for an event of this type, which may have come before it is asked for. When the
    /// sound is at its end the call is closed.
    ///
    /// # Panics
    /// When it does not come in time.
    pub fn event(&mut self, kind: &str) -> Value {
        self.until(kind, |said| said["type"] == kind)
    }

    /// Waits until the recorder has made an offer of its own.
    ///
    /// # Panics
    /// When it makes none in time.
    pub fn offered(&mut self) {
        let _ = self.until("an offer", |said| {
            said["type"] == "CALL_REMOTE_SDP" && said["param"] == "offer"
        });
    }

    /// Everything it said until now, all SIP messages among it.
    #[must_use]
    pub fn trace(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.output).unwrap_or_default()).into_owned()
    }

    fn until(&mut self, what: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        let limit = Instant::now() + PATIENCE;
        loop {
            while let Some(said) = self.next() {
                self.told.push(said);
            }
            if let Some(place) = self.told.iter().position(&mut wanted) {
                return self.told.remove(place);
            }
            let left = limit.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}");
            let mut chunk = [0; 4_096];
            let pause = left.min(Duration::from_secs(1));
            self.control.set_read_timeout(Some(pause)).unwrap();
            match self.control.read(&mut chunk) {
                Ok(0) => panic!("baresip has gone while {what} was waited for"),
                Ok(length) => self.read.extend_from_slice(&chunk[..length]),
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "{error}"),
            }
        }
    }

    /// The next whole netstring of what was read.
    fn next(&mut self) -> Option<Value> {
        let colon = self.read.iter().position(|byte| *byte == b':')?;
        let length = std::str::from_utf8(&self.read[..colon]).unwrap();
        let length: usize = length.parse().unwrap();
        let said = self.read.get(colon + 1..colon + 2 + length)?;
        let said = serde_json::from_slice(&said[..length]).unwrap();
        self.read.drain(..colon + 2 + length);
        Some(said)
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = std::fs::read_to_string(&self.output).unwrap_or_default();
            let text = format!("--- what baresip said:\n{said}---\n");
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }
}

fn write_home(home: &Path, control: u16, settings: &Settings<'_>) {
    let speech = home.join("speech.wav");
    std::fs::write(&speech, crate::sound::wav(settings.says)).unwrap();
    let modules = PLACES.iter().find(|place| Path::new(place).is_dir());
    let modules = modules.expect("baresip has its modules where Debian puts them");
    let mut lines = vec![
        "sip_listen 127.0.0.1:0".to_owned(),
        format!("ctrl_tcp_listen 127.0.0.1:{control}"),
        format!("audio_source aufile,{}", speech.display()),
        "audio_player aubridge,nowhere".to_owned(),
        "audio_alert aubridge,nowhere".to_owned(),
        "ausrc_srate 8000".to_owned(),
        "auplay_srate 8000".to_owned(),
        "ausrc_channels 1".to_owned(),
        "auplay_channels 1".to_owned(),
        format!("module_path {modules}"),
    ];
    for (kind, names) in MODULES {
        lines.extend(names.iter().map(|name| format!("{kind} {name}.so")));
    }
    if let Some((authority, identity)) = settings.tls {
        // Both in one file.
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let both = home.join("identity.pem");
        std::fs::write(&both, read(&identity.certificate) + &read(&identity.key)).unwrap();
        lines.push(format!("sip_certificate {}", both.display()));
        lines.push(format!("sip_cafile {}", authority.certificate().display()));
    }
    std::fs::write(home.join("config"), lines.join("\n") + "\n").unwrap();
    let protected = match settings.protected {
        true => ";mediaenc=srtp-mand",
        false => "",
    };
    let (number, transport) = (settings.number, settings.transport);
    let account = format!("<sip:{number}@127.0.0.1;transport={transport}>;regint=0{protected}\n");
    std::fs::write(home.join("accounts"), account).unwrap();
}
