//! The local folder against the conformance suite, and what only it does.

use super::*;
use crate::Archive;
use crate::conformance::{self, receipt, sum};
use futures_util::StreamExt;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

const URL: &str = "file:archive";

fn archive() -> (TempDir, Archive) {
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open(URL, data.path()).unwrap();
    (data, archive)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn staged_files(data: &TempDir) -> Vec<String> {
    names(&data.path().join("archive/.staging"))
}

macro_rules! conforms {
    ($($behaviour:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $behaviour() {
            let (data, archive) = archive();
            conformance::$behaviour(&archive).await;
            assert_eq!(staged_files(&data), [""; 0], "nothing stays behind");
        }
    )*};
}

conforms! {
    what_was_put_is_read_back,
    any_range_is_read,
    the_same_bytes_again_are_no_fault,
    other_bytes_never_replace_an_object,
    what_its_writer_did_not_announce_is_not_stored,
    of_many_at_once_one_wins,
    what_is_not_there_is_not_found,
    a_removed_object_is_gone_and_may_come_again,
    bad_keys_are_refused_everywhere,
    a_check_leaves_nothing,
}

#[test]
fn other_schemes_are_refused_without_repeating_secrets() {
    let data = tempfile::tempdir().unwrap();
    for url in [
        "s3://secret@bucket/prefix",
        "archive",
        "file:",
        "file://",
        "",
    ] {
        let error = Archive::open(url, data.path()).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{url}");
        assert!(error.to_string().contains("file:FOLDER"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn files_and_folders_are_for_the_owner_alone() {
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open("file:deep/archive", data.path()).unwrap();
    archive.put_bytes("2026/11/a.wav", b"x").await.unwrap();
    let mode = |path: &str| {
        fs::metadata(data.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    for folder in [
        "deep",
        "deep/archive",
        "deep/archive/2026",
        "deep/archive/2026/11",
    ] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
    assert_eq!(mode("deep/archive/2026/11/a.wav"), 0o600);
    let absolute = format!("file:{}", data.path().join("elsewhere").display());
    Archive::open(&absolute, Path::new("/nonexistent")).unwrap();
    assert!(data.path().join("elsewhere/.staging").is_dir());
}

#[tokio::test]
async fn a_leftover_of_a_dead_process_is_swept_and_nobody_elses() {
    let (data, archive) = archive();
    let leftover = data.path().join("archive/.staging/123-0");
    fs::write(&leftover, b"half a recor").unwrap();
    // Killed between the link and the unlink: the object is whole, the staged name is left.
    archive.put_bytes("a.wav", b"whole").await.unwrap();
    fs::hard_link(
        data.path().join("archive/a.wav"),
        data.path().join("archive/.staging/123-1"),
    )
    .unwrap();
    let mut running = archive.staging().unwrap();
    running.write_all(b"still ").unwrap();

    let second = Archive::open(URL, data.path()).unwrap();
    assert_eq!(staged_files(&data).len(), 1, "only what is being written");
    running.write_all(b"written").unwrap();
    let bytes = b"still written";
    let put = archive.put("b.wav", running, sum(bytes), 13).await.unwrap();
    assert_eq!(second.verify("b.wav").await.unwrap(), put);
    assert_eq!(
        second.verify("a.wav").await.unwrap(),
        receipt("a.wav", b"whole")
    );
    assert_eq!(staged_files(&data), [""; 0]);
}

#[tokio::test]
async fn dropping_what_was_staged_forgets_it() {
    let (data, archive) = archive();
    let staged = archive.staging().unwrap();
    assert_eq!(staged_files(&data).len(), 1);
    drop(staged);
    assert_eq!(staged_files(&data), [""; 0]);
}

#[tokio::test]
async fn a_folder_removed_meanwhile_is_made_again() {
    let (data, archive) = archive();
    archive.put_bytes("2026/a", b"x").await.unwrap();
    fs::remove_dir_all(data.path().join("archive/2026")).unwrap();
    archive.put_bytes("2026/b", b"x").await.unwrap();
    assert_eq!(names(&data.path().join("archive/2026")), ["b"]);
}

#[tokio::test]
async fn a_storage_that_is_away_is_not_a_mismatch() {
    let (data, archive) = archive();
    archive.put_bytes("a", b"x").await.unwrap();
    fs::remove_dir_all(data.path().join("archive")).unwrap();
    fs::write(data.path().join("archive"), b"not a folder").unwrap();
    assert!(archive.check().await.unwrap_err().is_unavailable());
    assert!(archive.verify("a").await.unwrap_err().is_unavailable());
    assert!(archive.remove("a").await.unwrap_err().is_unavailable());
    assert!(archive.staging().unwrap_err().is_unavailable());
    assert!(
        archive
            .put_bytes("b", b"x")
            .await
            .unwrap_err()
            .is_unavailable()
    );
    assert!(
        Archive::open(URL, data.path())
            .unwrap_err()
            .is_unavailable()
    );
}

#[tokio::test]
async fn an_object_cut_while_it_is_read_ends_the_stream_with_an_error() {
    let (data, archive) = archive();
    let bytes = conformance::long();
    archive.put_bytes("a", &bytes).await.unwrap();
    let mut blocks = archive.read("a", 0..bytes.len() as u64).await.unwrap();
    assert!(blocks.next().await.unwrap().is_ok());
    let file = OpenOptions::new()
        .write(true)
        .open(data.path().join("archive/a"))
        .unwrap();
    file.set_len(300_000).unwrap();
    assert!(blocks.next().await.unwrap().unwrap_err().is_unavailable());
    assert!(blocks.next().await.is_none());
    assert_ne!(
        archive.verify("a").await.unwrap(),
        receipt("a", &bytes),
        "a check finds it"
    );
}

#[tokio::test]
async fn a_reader_keeps_what_is_removed_meanwhile() {
    let (_data, archive) = archive();
    let bytes = conformance::long();
    archive.put_bytes("a", &bytes).await.unwrap();
    let blocks = archive.read("a", 0..bytes.len() as u64).await.unwrap();
    archive.remove("a").await.unwrap();
    let read: Vec<Bytes> = blocks.map(Result::unwrap).collect().await;
    assert_eq!(sum(&read.concat()), sum(&bytes));
}
