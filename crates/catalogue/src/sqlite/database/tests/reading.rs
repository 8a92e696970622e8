//! Readers see whole states and change nothing.

use super::*;
use crate::conformance::{draft, everything, stored};
use crate::{Edit, Page};
use model::filter::{Filter, Sort};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_whole_states_while_others_write() {
    let (folder, catalogue) = catalogue();
    let other = Catalogue::open(URL, folder.path()).unwrap();
    let write = |catalogue: Catalogue, numbers: std::ops::Range<u8>| {
        tokio::spawn(async move {
            for number in numbers {
                let draft = draft(number, i64::from(number), None);
                catalogue.register(&draft, stored(number)).await.unwrap();
            }
        })
    };
    let writers = [write(catalogue.clone(), 0..20), write(other, 20..40)];
    let mut seen = 0;
    while seen < 40 {
        let listing = catalogue
            .recordings(&everything(), Page::default())
            .await
            .unwrap();
        assert_eq!(listing.total, listing.recordings.len() as u64);
        assert!(listing.total >= seen);
        seen = listing.total;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let mut numbers: Vec<_> = catalogue
        .recordings(&everything(), Page::default())
        .await
        .unwrap()
        .recordings
        .into_iter()
        .map(|recording| recording.reference_number)
        .collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 40, "a reference number is given once");
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    let outcome = database.read(|rows| add_group(rows, "Sales")).await;
    assert!(outcome.is_err());
}

#[tokio::test]
async fn a_row_that_is_not_what_it_must_be_is_never_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::open(URL, folder.path()).unwrap();
    let id = catalogue
        .register(&draft(1, 0, None), stored(1))
        .await
        .unwrap()
        .draft
        .id;
    let vandal = connect(&folder.path().join("catalogue.db")).unwrap();
    vandal
        .execute("UPDATE recordings SET oddities = 'no list'", [])
        .unwrap();
    assert!(matches!(
        catalogue.recording(id).await,
        Err(Error::Inconsistent(_))
    ));
    let listed = catalogue.recordings(&everything(), Page::default()).await;
    assert!(matches!(listed, Err(Error::Inconsistent(_))));
}

#[tokio::test]
async fn a_list_is_of_one_instant_however_slowly_it_is_read() {
    let (_folder, catalogue) = catalogue();
    for number in 0..200 {
        let draft = draft(number, i64::from(number), None);
        catalogue.register(&draft, stored(number)).await.unwrap();
    }
    let before = catalogue
        .recordings(&everything(), Page::default())
        .await
        .unwrap()
        .recordings;
    let mut stream = catalogue
        .stream(&everything(), &Filter::default(), Sort::NEWEST)
        .await
        .unwrap();
    assert_eq!(stream.total(), 200);
    let mut streamed = stream.next().await.unwrap().unwrap();
    for number in 200..250 {
        let draft = draft(number, i64::from(number), None);
        catalogue.register(&draft, stored(number)).await.unwrap();
    }
    for number in 0..100 {
        let delete = Edit::Delete {
            reason: "old".to_owned(),
        };
        let id = conformance::id(number);
        catalogue.edit(id, vec![delete], None).await.unwrap();
    }
    while let Some(batch) = stream.next().await.unwrap() {
        streamed.extend(batch);
    }
    assert_eq!(streamed, before);
    let now = catalogue.count(&everything(), &Filter::default()).await;
    assert_eq!(now.unwrap(), 150);
}

#[tokio::test]
async fn lists_that_are_dropped_make_room_for_others() {
    let (_folder, catalogue) = catalogue();
    for number in 0..250 {
        let draft = draft(number, i64::from(number), None);
        catalogue.register(&draft, stored(number)).await.unwrap();
    }
    let open = || async {
        catalogue
            .stream(&everything(), &Filter::default(), Sort::NEWEST)
            .await
    };
    let mut streams = Vec::new();
    for _ in 0..stream::STREAMS_MAX {
        streams.push(open().await.unwrap());
    }
    let refused = open().await.unwrap_err();
    assert!(matches!(refused, Error::TooManyLists));
    assert!(refused.is_unavailable());
    streams.clear();
    // The threads notice when they hand over their next batch.
    while open().await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
