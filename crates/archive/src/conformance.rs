//! What every kind of archive must do: async functions that its tests call, each with an empty
//! archive of its own.

use crate::{Archive, Error, Receipt, Staging};
use futures_util::StreamExt;
use model::Sha256;
use sha2::Digest;
use std::io::Write;

/// A key like those of the product.
const KEY: &str = "2026/11/24/0193.wav";

/// Bytes that differ from place to place, longer than several blocks.
pub(crate) fn long() -> Vec<u8> {
    (0..1_000_003_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

pub(crate) fn sum(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

pub(crate) fn receipt(key: &str, bytes: &[u8]) -> Receipt {
    Receipt {
        key: key.to_owned(),
        size: bytes.len() as u64,
        sha256: sum(bytes),
    }
}

fn staged(archive: &Archive, bytes: &[u8]) -> Staging {
    let mut staged = archive.staging().unwrap();
    for piece in bytes.chunks(77_777) {
        staged.write_all(piece).unwrap();
    }
    staged.flush().unwrap();
    staged
}

async fn put(archive: &Archive, key: &str, bytes: &[u8]) -> Result<Receipt, Error> {
    archive
        .put(key, staged(archive, bytes), sum(bytes), bytes.len() as u64)
        .await
}

async fn read(archive: &Archive, key: &str, range: std::ops::Range<u64>) -> Vec<u8> {
    let mut blocks = archive.read(key, range).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(block) = blocks.next().await {
        let block = block.unwrap();
        assert!(
            !block.is_empty() && block.len() <= 256 * 1024,
            "a bounded block"
        );
        bytes.extend_from_slice(&block);
    }
    bytes
}

pub(crate) async fn what_was_put_is_read_back(archive: &Archive) {
    let bytes = long();
    let put = put(archive, KEY, &bytes).await.unwrap();
    assert_eq!(put, receipt(KEY, &bytes));
    assert_eq!(archive.size(KEY).await.unwrap(), bytes.len() as u64);
    assert_eq!(archive.verify(KEY).await.unwrap(), put);
    assert_eq!(read(archive, KEY, 0..put.size).await, bytes);

    let uncounted = staged(archive, &bytes);
    assert_eq!(uncounted.written(), (put.size, put.sha256));

    let small = archive.put_bytes("a.json", b"{}").await.unwrap();
    assert_eq!(small, receipt("a.json", b"{}"));
    assert_eq!(read(archive, "a.json", 0..2).await, b"{}");
    let empty = archive.put_bytes("empty", b"").await.unwrap();
    assert_eq!(archive.verify("empty").await.unwrap(), empty);
    assert_eq!(read(archive, "empty", 0..0).await, b"");
}

pub(crate) async fn any_range_is_read(archive: &Archive) {
    let bytes = long();
    let size = bytes.len() as u64;
    put(archive, KEY, &bytes).await.unwrap();
    let block = 256 * 1024;
    for (start, end) in [
        (0, 1),
        (size - 1, size),
        (5, 5),
        (size, size),
        (block - 1, block + 1),
        (1, block + 1),
        (block, 2 * block),
        (3, size - 3),
    ] {
        let part = &bytes[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()];
        assert_eq!(read(archive, KEY, start..end).await, part, "{start}..{end}");
    }
    for (start, end) in [(0, size + 1), (size + 1, size + 1), (5, 4), (0, u64::MAX)] {
        let refused = archive.read(KEY, start..end).await.err();
        assert!(
            matches!(refused, Some(Error::OutOfRange { .. })),
            "{start}..{end}"
        );
    }
}

pub(crate) async fn the_same_bytes_again_are_no_fault(archive: &Archive) {
    let bytes = long();
    let first = put(archive, KEY, &bytes).await.unwrap();
    assert_eq!(put(archive, KEY, &bytes).await.unwrap(), first);
    archive.put_bytes("small", b"x").await.unwrap();
    archive.put_bytes("small", b"x").await.unwrap();
}

pub(crate) async fn other_bytes_never_replace_an_object(archive: &Archive) {
    archive.put_bytes(KEY, b"first").await.unwrap();
    for other in [&b"other"[..], b"first and more", b""] {
        match archive.put_bytes(KEY, other).await {
            Err(Error::Mismatch { stored }) => assert_eq!(stored, receipt(KEY, b"first")),
            outcome => panic!("{outcome:?}"),
        }
    }
    assert_eq!(archive.verify(KEY).await.unwrap(), receipt(KEY, b"first"));
}

pub(crate) async fn what_its_writer_did_not_announce_is_not_stored(archive: &Archive) {
    let bytes = b"rendered";
    let garbled = archive
        .put(KEY, staged(archive, bytes), sum(b"else"), 8)
        .await;
    match garbled {
        Err(Error::Garbled {
            size: 8, sha256, ..
        }) => assert_eq!(sha256, sum(bytes)),
        outcome => panic!("{outcome:?}"),
    }
    let short = archive
        .put(KEY, staged(archive, bytes), sum(bytes), 9)
        .await;
    assert!(matches!(short, Err(Error::Garbled { .. })));
    assert!(matches!(
        archive.size(KEY).await,
        Err(Error::NotFound { .. })
    ));
}

pub(crate) async fn of_many_at_once_one_wins(archive: &Archive) {
    let put = |number: u8| {
        let archive = archive.clone();
        tokio::spawn(async move { archive.put_bytes(KEY, &[number; 1000]).await })
    };
    let puts: Vec<_> = (0..8).map(put).collect();
    let mut winner = None;
    let mut refusals = Vec::new();
    for put in puts {
        match put.await.unwrap() {
            Ok(receipt) => assert_eq!(winner.replace(receipt), None),
            Err(Error::Mismatch { stored }) => refusals.push(stored),
            Err(error) => panic!("{error}"),
        }
    }
    let winner = winner.unwrap();
    assert_eq!(archive.verify(KEY).await.unwrap(), winner);
    assert_eq!(
        refusals,
        vec![winner; 7],
        "everybody is told of the same object"
    );
}

pub(crate) async fn what_is_not_there_is_not_found(archive: &Archive) {
    archive.put_bytes(KEY, b"x").await.unwrap();
    for key in [
        "2026/11/24/0194.wav",
        "2026/11/24",
        "2026",
        "nowhere/x",
        "2026/11/24/0193.wav/x",
    ] {
        let read = archive.read(key, 0..0).await.err();
        assert!(
            matches!(read, Some(Error::NotFound { .. })),
            "{key} {read:?}"
        );
        assert!(
            matches!(archive.size(key).await, Err(Error::NotFound { .. })),
            "{key}"
        );
        assert!(
            matches!(archive.verify(key).await, Err(Error::NotFound { .. })),
            "{key}"
        );
    }
}

pub(crate) async fn a_removed_object_is_gone_and_may_come_again(archive: &Archive) {
    archive.put_bytes(KEY, b"x").await.unwrap();
    archive.remove(KEY).await.unwrap();
    assert!(matches!(
        archive.verify(KEY).await,
        Err(Error::NotFound { .. })
    ));
    archive.remove(KEY).await.unwrap();
    archive.remove("never/was").await.unwrap();
    archive.put_bytes(KEY, b"y").await.unwrap();
    assert_eq!(archive.size(KEY).await.unwrap(), 1);
}

pub(crate) async fn bad_keys_are_refused_everywhere(archive: &Archive) {
    for key in [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        ".staging/x",
        "a b",
        &"x".repeat(1000),
    ] {
        let put = put(archive, key, b"x").await;
        assert!(matches!(put, Err(Error::BadKey { .. })), "{key}");
        assert!(matches!(
            archive.put_bytes(key, b"x").await,
            Err(Error::BadKey { .. })
        ));
        assert!(matches!(
            archive.read(key, 0..0).await.err(),
            Some(Error::BadKey { .. })
        ));
        assert!(matches!(archive.size(key).await, Err(Error::BadKey { .. })));
        assert!(matches!(
            archive.verify(key).await,
            Err(Error::BadKey { .. })
        ));
        assert!(matches!(
            archive.remove(key).await,
            Err(Error::BadKey { .. })
        ));
    }
}

pub(crate) async fn a_check_leaves_nothing(archive: &Archive) {
    archive.check().await.unwrap();
    archive.check().await.unwrap();
}
