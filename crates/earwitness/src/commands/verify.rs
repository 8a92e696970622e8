//! `verify`: reads recordings back and compares them with what the catalogue says, and checks
//! that the audit is what was written.

use super::{open_catalogue, wait};
use crate::cli::Verify;
use crate::config::Settings;
use crate::{FAILED, say};
use archive::Archive;
use catalogue::{Broken, Catalogue, Object};
use model::RecordingId;
use std::process::ExitCode;

/// How many rows are asked for at once.
const ROWS_MAX: u64 = 500;

/// What was found.
#[derive(Default)]
struct Tally {
    read_back: u64,
    without_file: u64,
    audit_rows: u64,
    faults: u64,
}

/// Reads back the recordings named, or all, and checks the audit's chain; one line on stdout for
/// each fault.
///
/// # Errors
/// When the catalogue or the archive cannot be used at all.
pub(crate) fn run(settings: &Settings, options: Verify) -> anyhow::Result<ExitCode> {
    let catalogue = open_catalogue(settings)?;
    let archive = Archive::open(&settings.archive_url, &settings.server.data)?;
    let mut tally = Tally::default();
    // No id is the same as `--all`.
    wait(async {
        match options.ids.as_slice() {
            [] => all(&catalogue, &archive, &mut tally).await,
            ids => some(&catalogue, &archive, ids, &mut tally).await,
        }?;
        audit(&catalogue, &mut tally).await
    })?;
    let Tally {
        read_back,
        without_file,
        audit_rows,
        faults,
    } = tally;
    say::note(format_args!(
        "recordings read back: {read_back}, without a file: {without_file}, audit rows: \
         {audit_rows}, faults: {faults}"
    ));
    Ok(if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

async fn all(catalogue: &Catalogue, archive: &Archive, tally: &mut Tally) -> anyhow::Result<()> {
    let mut last = None;
    loop {
        let objects = catalogue.objects_after(last, ROWS_MAX).await?;
        let Some(final_row) = objects.last() else {
            return Ok(());
        };
        last = Some(final_row.id);
        for object in &objects {
            check(archive, object, tally).await;
        }
    }
}

/// Names the first link of the audit's chain that is broken. Those behind it prove nothing.
async fn audit(catalogue: &Catalogue, tally: &mut Tally) -> anyhow::Result<()> {
    let checked = catalogue.verify_audit(None).await?;
    tally.audit_rows = checked.rows;
    if let Some(Broken { row, why }) = checked.broken {
        tally.faults += 1;
        say::result(format_args!("audit row {row}: {why}"));
    }
    Ok(())
}

async fn some(
    catalogue: &Catalogue,
    archive: &Archive,
    ids: &[RecordingId],
    tally: &mut Tally,
) -> anyhow::Result<()> {
    for id in ids {
        match catalogue.object(*id).await? {
            Some(object) => check(archive, &object, tally).await,
            None => {
                tally.faults += 1;
                say::result(format_args!("{id}: there is no such recording"));
            }
        }
    }
    Ok(())
}

async fn check(archive: &Archive, object: &Object, tally: &mut Tally) {
    if object.object_key.is_empty() {
        tally.without_file += 1;
        return;
    }
    tally.read_back += 1;
    let problem = match archive.verify(&object.object_key).await {
        Err(error) => error.to_string(),
        Ok(found) if found.size != object.size => {
            format!(
                "{} bytes in the archive, {} when stored",
                found.size, object.size
            )
        }
        Ok(found) if found.sha256 != object.sha256 => {
            format!(
                "SHA-256 {} in the archive, {} when stored",
                found.sha256, object.sha256
            )
        }
        Ok(_) => return,
    };
    tally.faults += 1;
    let Object {
        id,
        reference_number,
        ..
    } = object;
    say::result(format_args!("{id} ({reference_number}): {problem}"));
}
