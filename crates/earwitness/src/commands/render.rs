//! `render`: makes a recording's sound again from its kept journal.
//!
//! Into a file, nothing is stored and nothing in the catalogue changes: the same journal and the
//! same profile give the same bytes, so that what is archived can be compared with it. Without
//! a file, a recording that failed or was not decoded whole gets the better sound.

use super::{open_catalogue, wait};
use crate::cli::{OutFormat, Render};
use crate::config::Settings;
use crate::{FAILED, say};
use anyhow::Context as _;
use archive::Archive;
use finalise::Profile;
use jobs::{Again, Outcome};
use journal::Journal;
use model::RecordingId;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Renders one recording.
///
/// # Errors
/// When there is no such recording, no journal of it was kept, or it cannot be rendered.
pub(crate) fn run(settings: &Settings, options: &Render) -> anyhow::Result<ExitCode> {
    let catalogue = open_catalogue(settings)?;
    let data = &settings.server.data;
    let archive = Archive::open(&settings.archive_url, data)?;
    let profile = crate::serve::profile(settings);
    let seal = crate::node_key::existing(data)?;
    match &options.out {
        Some(out) => {
            anyhow::ensure!(!out.exists(), "{} is there already", out.display());
            let beside = out.parent().filter(|folder| !folder.as_os_str().is_empty());
            let scratch = beside.unwrap_or_else(|| Path::new("."));
            let again = Again::new(catalogue.clone(), archive, profile, scratch).sealed_by(seal);
            let journal = wait(async {
                let known = catalogue.object(options.id).await?;
                known.with_context(|| format!("there is no recording {}", options.id))?;
                let journal = again.journal(options.id).await?;
                journal.with_context(|| no_journal(options.id))
            })?;
            let format = match options.format {
                OutFormat::Wav => model::Format::Wav,
            };
            into_file(&Profile { format, ..profile }, &journal, options.id, out)
        }
        None => {
            let again = Again::new(catalogue, archive, profile, data).sealed_by(seal);
            let outcome = wait(async { Ok(again.render(options.id).await?) })?;
            in_place(options.id, outcome)
        }
    }
}

fn no_journal(recording: RecordingId) -> String {
    format!("no journal of recording {recording} was kept (`archive.keep_journal`)")
}

fn in_place(recording: RecordingId, outcome: Outcome) -> anyhow::Result<ExitCode> {
    match outcome {
        Outcome::Replaced(stored) => say::note(format_args!(
            "{recording}: {} bytes, SHA-256 {}",
            stored.size, stored.sha256
        )),
        Outcome::Whole => say::note(format_args!("{recording} is whole: nothing to do")),
        Outcome::NoBetter => {
            say::fault(format_args!(
                "{recording}: this version can decode no more of it"
            ));
            return Ok(ExitCode::from(FAILED));
        }
        Outcome::Failed(reason) => anyhow::bail!("{recording} cannot be rendered: {reason}"),
        Outcome::NoJournal => anyhow::bail!(no_journal(recording)),
        Outcome::Missing => anyhow::bail!("there is no recording {recording}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn into_file(
    profile: &Profile,
    journal: &Journal,
    recording: RecordingId,
    out: &Path,
) -> anyhow::Result<ExitCode> {
    let sound = Unfinished::beside(out, "part");
    let rendition = render(profile, journal, recording, &sound.0)?;
    std::fs::rename(&sound.0, out).with_context(|| format!("cannot write {}", out.display()))?;
    let (size, sha256) = (rendition.size, rendition.sha256);
    say::note(format_args!(
        "{}: {size} bytes, SHA-256 {sha256}",
        out.display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn render(
    profile: &Profile,
    journal: &Journal,
    recording: RecordingId,
    to: &Path,
) -> anyhow::Result<finalise::Rendition> {
    let file = File::create_new(to).with_context(|| format!("cannot write {}", to.display()))?;
    let mut file = BufWriter::new(file);
    let rendition = finalise::render(journal, recording, profile, &mut file)?;
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
