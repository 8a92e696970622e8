//! `serve --demo`: fills an empty data folder with three users and two recorded calls, so that
//! a newcomer has something to look at within seconds.
//!
//! The calls are real: they come over SIP and RTP into the running server. Passwords are
//! random, go into one file that only its owner can read, and are never printed.

use crate::say;
use crate::test_call::{self, Direction};
use anyhow::Context as _;
use catalogue::{Catalogue, NewUser};
use model::access::Level;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The users of the demo: name, first name, last name, number, level.
const USERS: [(&str, &str, &str, &str, &str); 3] = [
    ("record", "Rita", "Recordi", "223", "record"),
    ("base", "Bruno", "Basile", "225", "base"),
    ("complete", "Carla", "Completi", "201", "complete"),
];
const GROUP: &str = "Demo";
const CREDENTIALS: &str = "demo-credentials.txt";
const CALL: Duration = Duration::from_secs(6);
/// The calls: local number, remote number, who called.
const CALLS: [(&str, &str, Direction); 2] = [
    ("225", "+390584943232", Direction::In),
    ("201", "+4930123456", Direction::Out),
];
/// Looks for the recordings of the calls, every quarter of a second.
const LOOKS_MAX: u32 = 240;

/// Where the demo takes place.
pub(crate) struct Place {
    data: PathBuf,
    http: Option<SocketAddr>,
    public_url: Option<String>,
    fresh: bool,
}

impl Place {
    /// `fresh`: the data folder was empty before this start.
    pub(crate) fn new(
        data: PathBuf,
        http: Option<SocketAddr>,
        public_url: Option<String>,
        fresh: bool,
    ) -> Self {
        Self {
            data,
            http,
            public_url,
            fresh,
        }
    }

    /// Where people reach the server.
    fn url(&self) -> Option<String> {
        let here = self.http.map(|http| format!("http://{http}"));
        self.public_url.clone().or(here)
    }

    fn credentials(&self) -> PathBuf {
        self.data.join(CREDENTIALS)
    }
}

/// Runs the demo beside the server; what goes wrong is said and harms nothing.
pub(crate) async fn run(place: Place, catalogue: Catalogue, sip: Option<SocketAddr>) {
    let ran = if place.fresh {
        fill(&place, &catalogue, sip).await
    } else {
        say::note("The data folder is not empty: no demo users and calls are added.");
        Ok(())
    };
    let told = match ran {
        Ok(()) if place.credentials().exists() => tell(&place, &catalogue).await,
        other => other,
    };
    if let Err(error) = told {
        say::fault(format_args!("the demo did not work: {error:#}"));
    }
}

async fn fill(place: &Place, catalogue: &Catalogue, sip: Option<SocketAddr>) -> anyhow::Result<()> {
    let sip = sip.context("it needs a UDP listener (`sip.udp`)")?;
    catalogue.add_group(GROUP).await?;
    let mut lines = String::new();
    for (username, first_name, last_name, number, level) in USERS {
        let password = api::passwords::random()?;
        let hash = {
            let password = password.clone();
            tokio::task::spawn_blocking(move || api::passwords::hash(&password)).await??
        };
        let user = NewUser {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            numbers: vec![number.to_owned()],
            group: Some(GROUP.to_owned()),
            level: Level::parse(level).context("a demo level is unknown")?,
            ..NewUser::new(username, hash)
        };
        catalogue.add_user(user).await?;
        lines.push_str(&format!("{username}:{password}:{level}\n"));
    }
    place_calls(sip).await?;
    for _ in 0..LOOKS_MAX {
        if recordings(catalogue).await?.len() >= CALLS.len() {
            return write_credentials(place, &lines);
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    anyhow::bail!("the two calls were not settled within a minute; see the log above")
}

async fn place_calls(sip: SocketAddr) -> anyhow::Result<()> {
    let mut placing = Vec::new();
    for (local, remote, direction) in CALLS {
        let call = test_call::Options {
            to: sip::Uri::parse(&format!("sip:{sip}"))?,
            transport: test_call::Transport::Udp,
            tls: None,
            local: local.to_owned(),
            remote: remote.to_owned(),
            direction,
            duration: CALL,
            calls: 1,
            calls_per_second: 1.0,
            codec: test_call::Codec::Pcma,
            srtp: false,
            stop: Arc::default(),
        };
        placing.push(tokio::task::spawn_blocking(move || {
            test_call::place(&call, &mut |_| ())
        }));
    }
    for placed in placing {
        for outcome in placed.await?? {
            let problem = outcome.problem.unwrap_or_default();
            anyhow::ensure!(outcome.answered, "a test call was not answered: {problem}");
        }
    }
    Ok(())
}

/// The file appears whole, under its name, when everything it promises is there.
fn write_credentials(place: &Place, lines: &str) -> anyhow::Result<()> {
    let path = place.credentials();
    let unfinished = path.with_extension("tmp");
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .with_context(|| format!("cannot write {}", unfinished.display()))?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, &path)?;
    Ok(())
}

/// Prints where everything is, who may sign in, and a line to paste.
async fn tell(place: &Place, catalogue: &Catalogue) -> anyhow::Result<()> {
    let Some(url) = place.url() else {
        return Ok(());
    };
    let credentials = place.credentials();
    let file = std::path::absolute(&credentials)?;
    say::note("");
    say::note(format_args!("Earwitness is running: {url}/"));
    say::note("Demo users, with passwords in the file below:");
    for (username, first_name, last_name, number, level) in USERS {
        say::note(format_args!(
            "  {username:<9} {first_name} {last_name}, number {number}, level {level}"
        ));
    }
    say::note(format_args!("  {}", file.display()));
    let Some(id) = recordings(catalogue).await?.into_iter().next() else {
        return Ok(());
    };
    let password = format!(
        "sed -n 's/^complete:\\(.*\\):complete$/\\1/p' '{}'",
        file.display()
    );
    say::note("A recorded call, as programs see it:");
    say::note(format_args!(
        "  curl -s -u \"complete:$({password})\" \
         {url}/fw/Apps/Recorder/WebAPI/Recordings/{id}"
    ));
    say::note("");
    Ok(())
}

/// Ids of the first recordings there are.
async fn recordings(catalogue: &Catalogue) -> anyhow::Result<Vec<model::RecordingId>> {
    let objects = catalogue.objects_after(None, 10).await?;
    Ok(objects.into_iter().map(|object| object.id).collect())
}
