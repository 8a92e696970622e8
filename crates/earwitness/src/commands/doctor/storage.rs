//! The data folder, the space on its disk, the catalogue and the archive.

use super::Finding;
use crate::commands::wait;
use crate::config::Settings;
use archive::Archive;
use catalogue::Catalogue;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Everything about storage.
pub(super) fn findings(settings: &Settings) -> Vec<Finding> {
    let data = &settings.server.data;
    if !data.exists() {
        return vec![to_be_made(data)];
    }
    let mut findings = vec![writable(data, settings.recording.loss_window)];
    findings.push(space(data, settings.limits.disk_reserve_bytes));
    if findings.iter().all(|finding| finding.advice.is_none()) {
        findings.push(database(settings));
        findings.push(archive(settings));
    }
    findings
}

/// Before the first start there is nothing yet to look at, only a place.
fn to_be_made(data: &Path) -> Finding {
    let parent = data
        .ancestors()
        .find(|folder| folder.is_dir())
        .unwrap_or_else(|| Path::new("/"));
    let (data, parent_text) = (data.display(), parent.display());
    match tempfile_in(parent) {
        Ok(()) => Finding::good("data", format!("{data} will be made at the first start")),
        Err(error) => Finding::fault(
            "data",
            format!("{data} does not exist and cannot be made in {parent_text}: {error}"),
            format!("make {data} and give it to the user the recorder runs as"),
        ),
    }
}

fn writable(data: &Path, loss_window: Duration) -> Finding {
    let began = Instant::now();
    let took = match tempfile_in(data) {
        Ok(()) => began.elapsed(),
        Err(error) => {
            let found = format!("{} cannot be written: {error}", data.display());
            let advice = "give the folder to the user the recorder runs as (`chown -R`), and see \
                          that its disk is mounted for writing";
            return Finding::fault("data", found, advice);
        }
    };
    let pace = format!("a write and its sync take {} ms", took.as_millis());
    if took > loss_window {
        let found = format!("{pace}, longer than `[recording] loss_window`");
        return Finding::fault("data", found, "use a faster disk, or raise `loss_window`");
    }
    Finding::good("data", format!("{} is writable; {pace}", data.display()))
}

/// Writes, syncs and removes a small file.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".earwitness-doctor-{}", std::process::id()));
    let written = std::fs::File::create_new(&path).and_then(|mut file| {
        file.write_all(&[0; 4096])?;
        file.sync_all()
    });
    let removed = std::fs::remove_file(&path);
    written.and(removed)
}

fn space(data: &Path, reserve_bytes: u64) -> Finding {
    let Some(free_bytes) = capture::free_bytes(data) else {
        let advice = "see that the disk is mounted";
        return Finding::fault("disk", "free space is not known", advice);
    };
    let (free_mib, reserve_mib) = (free_bytes >> 20, reserve_bytes >> 20);
    let found = format!("{free_mib} MiB free, {reserve_mib} MiB are kept in reserve");
    if free_bytes < reserve_bytes {
        let advice = "free or add space: until then new calls are refused with 503; or lower \
                      `[limits] disk_reserve`";
        return Finding::fault("disk", found, advice);
    }
    Finding::good("disk", found)
}

fn database(settings: &Settings) -> Finding {
    let asked = Catalogue::open(&settings.catalogue_url, &settings.server.data)
        .map_err(Into::into)
        .and_then(|catalogue| wait(async { Ok(catalogue.ready().await?) }));
    match asked {
        Ok(()) => Finding::good("catalogue", format!("{} answers", settings.catalogue_url)),
        Err(error) => Finding::fault(
            "catalogue",
            format!("{error:#}"),
            "see that the file belongs to the user the recorder runs as; restore it from a \
             backup when it is damaged",
        ),
    }
}

fn archive(settings: &Settings) -> Finding {
    let asked = Archive::open(&settings.archive_url, &settings.server.data)
        .map_err(Into::into)
        .and_then(|archive| wait(async { Ok(archive.check().await?) }));
    match asked {
        Ok(()) => Finding::good("archive", format!("{} is writable", settings.archive_url)),
        Err(error) => Finding::fault(
            "archive",
            format!("{error:#}"),
            "see that the folder is there and belongs to the user the recorder runs as",
        ),
    }
}
