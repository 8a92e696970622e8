//! `import`: brings in a recording made elsewhere, on the code of the API's upload.

use super::{open_catalogue, wait};
use crate::cli::Import;
use crate::config::Settings;
use crate::{FAILED, say};
use anyhow::Context as _;
use api::upload::{Error, Reason};
use archive::Archive;
use std::process::ExitCode;

/// Imports one file; prints the recording's id alone on stdout.
///
/// # Errors
/// When the files cannot be read, or catalogue or archive cannot be used.
pub(crate) fn run(settings: &Settings, options: &Import) -> anyhow::Result<ExitCode> {
    let path = options.metadata.display();
    let metadata =
        std::fs::read(&options.metadata).with_context(|| format!("cannot read {path}"))?;
    let catalogue = open_catalogue(settings)?;
    let archive = Archive::open(&settings.archive_url, &settings.server.data)?;
    let file = options.file.as_path();
    let imported =
        wait(async { Ok(api::upload::import(&catalogue, &archive, file, &metadata).await) })?;
    match imported {
        Ok(recording) => {
            say::note(format_args!(
                "imported {} as {}",
                file.display(),
                recording.reference_number
            ));
            say::result(recording.draft.id);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let of_metadata = matches!(&error, Error::Refused(refused)
                if refused.reason != Reason::Audio);
            let place = if of_metadata { path } else { file.display() };
            say::fault(format_args!("{place}: {error}"));
            Ok(ExitCode::from(FAILED))
        }
    }
}
