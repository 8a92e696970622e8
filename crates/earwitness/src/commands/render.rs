//! `render`: makes a recording's sound again from its kept journal, into a file.
//!
//! Nothing is stored and nothing in the catalogue changes: the same journal and the same
//! profile give the same bytes, so that what is archived can be compared with it.

use super::{open_catalogue, wait};
use crate::cli::Render;
use crate::config::Settings;
use crate::say;
use anyhow::Context as _;
use archive::Archive;
use futures_util::StreamExt as _;
use journal::Journal;
use model::RecordingId;
use model::access::{Action, Level, Principal, Rights};
use model::people::UserId;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Renders one recording.
///
/// # Errors
/// When there is no such recording, no journal of it was kept, or it cannot be rendered.
pub(crate) fn run(settings: &Settings, options: &Render) -> anyhow::Result<ExitCode> {
    let catalogue = open_catalogue(settings)?;
    let archive = Archive::open(&settings.archive_url, &settings.server.data)?;
    let out = options.out.as_path();
    anyhow::ensure!(!out.exists(), "{} is there already", out.display());
    let kept = Unfinished::beside(out, "ewj");
    wait(async {
        let recording = catalogue.recording(options.id).await?;
        let recording =
            recording.with_context(|| format!("there is no recording {}", options.id))?;
        let start = recording
            .open(&everything(), Action::Read)?
            .draft
            .start_time;
        let key = jobs::journal_key(start, options.id);
        copy(&archive, &key, &kept.0).await.with_context(|| {
            format!(
                "no journal of recording {} was kept (`archive.keep_journal`)",
                options.id
            )
        })
    })?;
    let journal = Journal::from_file(&kept.0)?;
    let sound = Unfinished::beside(out, "part");
    let rendition = render(settings, &journal, options.id, &sound.0)?;
    std::fs::rename(&sound.0, out).with_context(|| format!("cannot write {}", out.display()))?;
    let (size, sha256) = (rendition.size, rendition.sha256);
    say::note(format_args!(
        "{}: {size} bytes, SHA-256 {sha256}",
        out.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Whoever can run commands on the system's own files may read any row.
fn everything() -> Principal {
    Principal {
        id: UserId(0),
        username: String::new(),
        level: Level::COMPLETE,
        supervises: BTreeSet::new(),
        rights: Rights::default(),
    }
}

async fn copy(archive: &Archive, key: &str, to: &Path) -> anyhow::Result<()> {
    let size = archive.size(key).await?;
    let mut blocks = archive.read(key, 0..size).await?;
    let mut file = File::create_new(to)?;
    while let Some(block) = blocks.next().await {
        file.write_all(&block?)?;
    }
    Ok(())
}

fn render(
    settings: &Settings,
    journal: &Journal,
    recording: RecordingId,
    to: &Path,
) -> anyhow::Result<finalise::Rendition> {
    let file = File::create_new(to).with_context(|| format!("cannot write {}", to.display()))?;
    let mut file = BufWriter::new(file);
    let profile = crate::serve::profile(settings);
    let rendition = finalise::render(journal, recording, &profile, &mut file)?;
    file.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(rendition)
}

/// A file that is gone unless it gets its name.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(out: &Path, ending: &str) -> Self {
        let mut name = out.as_os_str().to_owned();
        name.push(format!(".{}.{ending}", std::process::id()));
        Self(name.into())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Renamed when all went well.
        let _ = std::fs::remove_file(&self.0);
    }
}
