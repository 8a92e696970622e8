//! Clocks that a test turns: of one recorder, never of the machine.
//!
//! The recorder is started with `client/clock.c` in front of its C library. A jump moves the
//! wall clock alone, as somebody does who sets it; skipped time passes on all its clocks. What
//! comes over a socket is stamped as on a machine whose clock was turned at that very instant.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{Server, System, system};

/// Words of one turn, and those before the first.
const TURN_WORDS: u64 = 3;
const HEAD_WORDS: u64 = 1;
/// As many as the other side has room for.
const TURNS_MAX: u64 = 64;

/// The clocks of the recorders started on them.
#[derive(Debug)]
pub struct Clock {
    turns: File,
    count: u64,
    path: PathBuf,
}

impl Clock {
    /// Clocks that tell the real time, kept in a folder.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let path = folder.join("turns");
        let turns = File::create_new(&path).unwrap();
        turns
            .set_len(8 * (HEAD_WORDS + TURN_WORDS * TURNS_MAX))
            .unwrap();
        Self {
            turns,
            count: 0,
            path,
        }
    }

    /// Starts a server of this system on these clocks.
    ///
    /// # Panics
    /// When it does not say `ready`.
    #[must_use]
    pub fn start(&self, system: &System) -> Server {
        let mut command = Command::new(system::binary());
        command
            .arg("serve")
            .env("LD_PRELOAD", library())
            .env("EARWITNESS_E2E_TURNS", &self.path);
        system.started(command)
    }

    /// The wall clock is set, by so many seconds forward or back.
    pub fn jump(&mut self, seconds: i64) {
        self.turn(seconds * 1_000_000_000, 0);
    }

    /// So much time passes at once.
    ///
    /// # Panics
    /// After some hundred years.
    pub fn skip(&mut self, time: Duration) {
        self.turn(0, i64::try_from(time.as_nanos()).unwrap());
    }

    fn turn(&mut self, wall_ns: i64, skipped_ns: i64) {
        assert!(self.count < TURNS_MAX, "no room for one more turn");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now_ns = i64::try_from(now.as_nanos()).unwrap();
        let first = HEAD_WORDS + TURN_WORDS * self.count;
        for (word, value) in (first..).zip([now_ns, wall_ns, skipped_ns]) {
            self.write(word, value);
        }
        self.count += 1;
        // Last: the other side reads what is counted.
        self.write(0, i64::try_from(self.count).unwrap());
    }

    fn write(&self, word: u64, value: i64) {
        self.turns
            .write_all_at(&value.to_ne_bytes(), 8 * word)
            .unwrap();
    }
}

/// What is loaded in front of the C library, compiled once for each test program.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = LIBRARY.get_or_init(|| {
        let folder = tempfile::Builder::new()
            .prefix("earwitness-clock-")
            .tempdir()
            .unwrap();
        let path = folder.path().join("clock.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("client/clock.c");
        let compiled = Command::new("gcc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([&path, &source])
            .output()
            .expect("gcc is installed");
        let errors = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "{errors}");
        (folder, path)
    });
    path
}
