//! A small company with three recorded calls, for tests of who may see what.
//!
//! anna (base, in Sales), bruno (base, in no group), carla (Record Only), nora (no level),
//! sergio (base, supervises Sales), boss (complete). It must stay as it is: tests count on it.

use crate::{Sent, Server, Source, System};

/// Three calls, of anna (in Sales), bruno (in no group) and of nobody.
#[derive(Debug)]
pub struct Scene {
    /// The recorder.
    pub server: Server,
    /// What was sent.
    pub sent: Sent,
    /// The id of anna's recording.
    pub anna: String,
    /// The id of bruno's.
    pub bruno: String,
    /// The id of nobody's.
    pub nobody: String,
    /// Settings and data.
    pub system: System,
}

/// Places the calls and waits for their recordings.
///
/// # Panics
/// When they do not come.
#[must_use]
pub fn scene() -> Scene {
    let system = System::new();
    system.command(&["group", "add", "Sales"], "");
    system.add_user("boss", "complete", "", &[]);
    let names = [
        "--first-name",
        "Anna",
        "--last-name",
        "Neri",
        "--department",
        "EMEA",
    ];
    system.add_user(
        "anna",
        "base",
        "220",
        &[&names[..], &["--group", "Sales"]].concat(),
    );
    system.add_user("bruno", "base", "221", &[]);
    system.add_user("carla", "record", "223", &[]);
    system.add_user("nora", "none", "", &[]);
    system.add_user("sergio", "base", "", &["--supervises", "Sales"]);
    let server = system.start();
    let more = [
        "--calls",
        "3",
        "--local",
        "22{}",
        "--seconds",
        "1.5",
        "--direction",
        "in",
    ];
    let sent = Source::run(&server, &more);
    let details = server.recordings("boss", 3);
    let id = |number: &str| {
        let found = details
            .iter()
            .find(|detail| detail["localPartyNumber"] == number);
        let found = found.unwrap_or_else(|| panic!("no recording of {number}: {details:?}"));
        found["id"].as_str().unwrap().to_owned()
    };
    let (anna, bruno, nobody) = (id("220"), id("221"), id("222"));
    Scene {
        server,
        sent,
        anna,
        bruno,
        nobody,
        system,
    }
}
