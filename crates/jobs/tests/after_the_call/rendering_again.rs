//! Rendering again: whatever breaks it off, the next try ends it, the row changes once, and
//! nothing lies in the archive that the catalogue does not know of.

use crate::calls::{START_NS, administrator, begin, close, interrupted, open, session, speak};
use archive::Archive;
use catalogue::{AuditFilter, BesideKind, Catalogue, Edit, Stored};
use finalise::Profile;
use jobs::{Again, KeepJournal, Outcome, Settler};
use model::access::Action;
use model::audit::AuditAction;
use model::{Mode, Recording, RecordingId, Sha256, State};
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

/// More steps than any of the work here has.
const STEPS_MAX: usize = 100;

struct House {
    data: TempDir,
    catalogue: Catalogue,
    archive: Archive,
    recording: RecordingId,
    /// As it is when all went well.
    whole: Recording,
}

impl House {
    /// A recording that was settled by an earlier version, which could not render it, or not
    /// decode all of it.
    async fn new(state: State) -> Self {
        let made = tempfile::tempdir().unwrap();
        let log = open(made.path());
        begin(&log, 1, Mode::Always);
        speak(&log, 1, 0..100);
        close(&log, 1);
        let catalogue = Catalogue::open("sqlite:catalogue.db", made.path()).unwrap();
        let archive = Archive::open("file:archive", made.path()).unwrap();
        let options = jobs::Options {
            profile: Profile::default(),
            keep_journal: KeepJournal::Always,
            clock_ns: || START_NS + 1_000_000_000_000,
        };
        let settler = Settler::new(log, catalogue.clone(), archive, options);
        let recording = session(1).first_recording();
        settler.settle(session(1), recording).await.unwrap();
        let whole = read(&catalogue, recording).await;

        let data = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open("sqlite:catalogue.db", data.path()).unwrap();
        let archive = Archive::open("file:archive", data.path()).unwrap();
        let base = whole.object_key.strip_suffix(".wav").unwrap();
        let journal_key = format!("{base}.ewj");
        let bytes = std::fs::read(made.path().join("archive").join(&journal_key)).unwrap();
        archive.put_bytes(&journal_key, &bytes).await.unwrap();
        let mut draft = whole.draft.clone();
        draft.state = state;
        let mut stored = Stored {
            size: 0,
            sha256: Sha256([0; 32]),
            format: model::Format::Wav,
            object_key: String::new(),
        };
        if state != State::Failed {
            draft.undecoded = vec!["G.999".to_owned()];
            draft.details.profile = 0;
            for ending in ["peaks", "quality.json", "signalling.json"] {
                let key = format!("{base}.{ending}");
                archive.put_bytes(&key, b"old").await.unwrap();
            }
            let put = archive
                .put_bytes(&whole.object_key, b"less of it")
                .await
                .unwrap();
            (stored.size, stored.sha256, stored.object_key) = (put.size, put.sha256, put.key);
        }
        let registered = catalogue.register_with_journal(&draft, stored, journal_key);
        registered.await.unwrap();
        Self {
            data,
            catalogue,
            archive,
            recording,
            whole,
        }
    }

    fn again(&self) -> Again {
        let (catalogue, archive) = (self.catalogue.clone(), self.archive.clone());
        Again::new(catalogue, archive, Profile::default(), self.data.path())
    }

    /// Everything in the archive is the row's, or known beside it.
    async fn nothing_is_forgotten(&self, object_key: &str) {
        let mut known = BTreeSet::new();
        let mut sounds = vec![object_key.to_owned()];
        for beside in self.catalogue.beside(self.recording).await.unwrap() {
            match beside.kind {
                BesideKind::Journal => drop(known.insert(beside.key)),
                BesideKind::Sound => sounds.push(beside.key),
            }
        }
        for sound in sounds {
            let base = sound.strip_suffix(".wav").unwrap_or_default().to_owned();
            for ending in ["peaks", "quality.json", "signalling.json"] {
                known.insert(format!("{base}.{ending}"));
            }
            known.insert(sound);
        }
        let lying = objects(&self.data.path().join("archive/2026"), "2026");
        assert!(lying.is_subset(&known), "{lying:?}\n{known:?}");
    }

    async fn is_whole(&self) {
        let row = read(&self.catalogue, self.recording).await;
        assert_eq!(row.draft, self.whole.draft);
        assert_eq!((row.size, row.sha256), (self.whole.size, self.whole.sha256));
        let stored = self.archive.verify(&row.object_key).await.unwrap();
        assert_eq!((stored.size, stored.sha256), (row.size, row.sha256));
        let filter = AuditFilter {
            action: Some(AuditAction::RenderRecording),
            ..AuditFilter::default()
        };
        assert_eq!(self.catalogue.audit_count(&filter).await.unwrap(), 1);
        self.nothing_is_forgotten(&row.object_key).await;
    }
}

async fn read(catalogue: &Catalogue, recording: RecordingId) -> Recording {
    let row = catalogue.recording(recording).await.unwrap().unwrap();
    row.open(&administrator(), Action::Read).unwrap()
}

/// The keys of all objects below a folder.
fn objects(folder: &Path, key: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let key = format!("{key}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(objects(&entry.path(), &key));
        } else {
            found.insert(key);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_any_two_steps_is_made_good_by_the_next_try() {
    for state in [State::Failed, State::Interrupted] {
        let mut steps = 0;
        loop {
            let house = House::new(state).await;
            let again = house.again();
            let done = interrupted(again.render(house.recording), steps).await;
            let next = house.again().render(house.recording).await.unwrap();
            assert!(
                matches!(next, Outcome::Replaced(_) | Outcome::Whole),
                "{next:?}"
            );
            // What was broken off may still be at work: it changes nothing any more.
            house.is_whole().await;
            if let Some(done) = done {
                assert!(matches!(done, Ok(Outcome::Replaced(_))), "{done:?}");
                assert_eq!(next, Outcome::Whole);
                break;
            }
            steps += 1;
            assert!(steps < STEPS_MAX);
        }
        assert!(steps > 6, "{steps} places to break off");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_meanwhile_leaves_nothing_unknown() {
    for steps in 0..STEPS_MAX {
        let house = House::new(State::Failed).await;
        let again = house.again();
        let done = interrupted(again.render(house.recording), steps).await;
        let edit = Edit::Delete {
            reason: "x".to_owned(),
        };
        let deleted = house.catalogue.edit(house.recording, vec![edit], None);
        let deleted = deleted.await.unwrap();
        house.nothing_is_forgotten(&deleted.object_key).await;
        assert_eq!(house.catalogue.removals(9).await.unwrap().len(), 1);
        let next = house.again().render(house.recording).await;
        assert_eq!(next.unwrap(), Outcome::Missing);
        if done.is_some() {
            return;
        }
    }
    panic!("rendering has no end");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_of_a_node_renders_what_failed() {
    let house = House::new(State::Failed).await;
    house.again().run().await;
    house.is_whole().await;
    house.again().run().await;
    house.is_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_or_a_reason_nothing_changes() {
    let house = House::new(State::Failed).await;
    let key = house
        .catalogue
        .rendering(house.recording)
        .await
        .unwrap()
        .unwrap();
    house
        .archive
        .remove(&key.journal_key.unwrap())
        .await
        .unwrap();
    let before = read(&house.catalogue, house.recording).await;
    let outcome = house.again().render(house.recording).await.unwrap();
    assert_eq!(outcome, Outcome::NoJournal);
    assert_eq!(read(&house.catalogue, house.recording).await, before);
    let unknown = session(9).first_recording();
    let outcome = house.again().render(unknown).await.unwrap();
    assert_eq!(outcome, Outcome::Missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_costs_nothing_else() {
    let house = House::new(State::Failed).await;
    let known = house
        .catalogue
        .rendering(house.recording)
        .await
        .unwrap()
        .unwrap();
    let path = house
        .data
        .path()
        .join("archive")
        .join(known.journal_key.unwrap());
    std::fs::write(path, b"this was a journal").unwrap();
    let outcome = house.again().render(house.recording).await;
    assert!(
        matches!(outcome, Err(jobs::Error::Journal { .. })),
        "{outcome:?}"
    );
    house.again().run().await;
    assert_eq!(
        read(&house.catalogue, house.recording).await.draft.state,
        State::Failed
    );
}
