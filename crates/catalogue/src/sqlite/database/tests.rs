//! The embedded back end against the conformance suite, and what only it does.

use super::*;
use crate::conformance::{self, draft, everything, stored, user};
use crate::{AuditFilter, AuditOrder, Catalogue, Changes, Edit, NewUser, Page};
use model::access::Level;
use model::audit::AuditAction;
use model::filter::{Filter, Sort};
use proptest::prelude::*;
use rusqlite::TransactionBehavior;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

const URL: &str = "sqlite:catalogue.db";

fn catalogue() -> (TempDir, Catalogue) {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::open(URL, folder.path()).unwrap();
    (folder, catalogue)
}

fn database(folder: &Path) -> Database {
    Database::open(URL, folder, Arc::new(Timestamp::now)).unwrap()
}

fn add_group(rows: &Connection, name: &str) -> Result<(), Error> {
    rows.execute(
        "INSERT INTO groups (name, name_key) VALUES (?1, ?1)",
        [name],
    )?;
    Ok(())
}

macro_rules! conforms {
    ($($subject:ident :: $behaviour:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $behaviour() {
            let (_folder, catalogue) = catalogue();
            conformance::$subject::$behaviour(&catalogue).await;
        }
    )*};
}

conforms! {
    people::a_user_is_returned_as_added,
    people::names_are_unique_without_case,
    people::a_number_has_one_user,
    people::owners_are_found_by_key,
    people::only_what_is_given_changes,
    people::groups_must_exist_and_be_empty_to_go,
    people::somebody_keeps_complete_access,
    people::every_change_shows_in_the_version,
    people::an_old_name_is_a_new_user,
    recordings::a_recording_is_returned_as_registered,
    recordings::registering_again_changes_nothing,
    recordings::each_year_counts_by_itself,
    recordings::an_unknown_owner_does_not_lose_the_call,
    recordings::recordings_outlive_their_users,
    recordings::lists_are_newest_first_in_pages,
    recordings::objects_are_listed_by_id,
    recordings::times_before_1970_are_kept,
    counterparts::the_strongest_evidence_counts,
    counterparts::what_is_wrong_with_a_counterpart_is_said,
    counterparts::counterparts_are_in_reach,
    audit::what_is_written_down_is_found,
    audit::what_is_written_down_can_be_searched,
    audit::exports_have_the_form_others_read,
    audit::one_listening_is_one_row,
    audit::every_administrator_leaves_a_row,
    audit::the_chain_is_whole_and_its_end_known,
    audit::views_are_written_soon_and_repeats_counted,
    edits::notes_name_their_last_editor_and_are_kept,
    edits::tags_are_a_set_without_case,
    edits::marks_are_by_place,
    edits::preserving_protects_until_whoever_did_it_releases,
    edits::a_hold_protects_and_has_a_reason,
    edits::a_deleted_recording_is_a_tombstone,
    edits::what_was_deleted_is_listed_only_when_asked_for,
    edits::another_owner_is_another_reach,
    edits::edits_are_all_or_none_and_of_one_version,
    edits::uploads_carry_what_the_uploader_says,
    edits::marks_of_a_live_call_become_rows,
    renderings::a_better_rendering_replaces_a_failed_one,
    renderings::what_decodes_more_takes_the_place_and_the_old_sound_is_known,
    renderings::what_is_to_be_rendered_again_is_found,
    renderings::everything_of_a_deleted_recording_is_to_be_removed,
    rules::rules_have_an_order_that_can_be_changed,
    rules::a_rule_is_returned_as_added_and_resolved,
    rules::nonsense_makes_no_rule,
    rules::a_table_of_users_comes_in_whole_or_not_at_all,
    rules::a_group_keeps_its_people_under_another_name,
    rules::whose_a_number_is_comes_with_the_person,
    secrets::a_token_signs_its_user_in,
    secrets::a_token_ends_with_its_time_or_its_user,
    secrets::a_session_ends_with_time_password_or_user,
    secrets::a_request_is_done_once,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn lists_hold_what_the_policy_admits(story in conformance::scopes::stories()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (_folder, catalogue) = catalogue();
        runtime.block_on(conformance::scopes::lists_hold_what_the_policy_admits(&catalogue, story));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn filters_mean_what_they_say(story in conformance::filters::stories()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (_folder, catalogue) = catalogue();
        runtime.block_on(conformance::filters::filters_mean_what_they_say(&catalogue, story));
    }
}

#[test]
fn other_schemes_are_refused_without_repeating_secrets() {
    let folder = tempfile::tempdir().unwrap();
    for url in [
        "postgres://user:secret@host/db",
        "mysql:x",
        "sqlite:",
        "sqlite::memory:",
        "",
    ] {
        let error = Catalogue::open(url, folder.path()).unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{url}");
        assert!(error.to_string().contains("sqlite:FILE"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn files_are_for_the_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let _catalogue = Catalogue::open(URL, &data).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for name in ["catalogue.db", "catalogue.db-wal", "catalogue.db-shm"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    let absolute = format!("sqlite:{}", folder.path().join("elsewhere.db").display());
    let _other = Catalogue::open(&absolute, &data).unwrap();
    assert!(folder.path().join("elsewhere.db").exists());
}

#[test]
fn a_database_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = Catalogue::open("sqlite:file/catalogue.db", folder.path()).unwrap_err();
    assert!(matches!(error, Error::Open { .. }));
    assert!(error.to_string().contains("file/catalogue.db"), "{error}");
}

#[test]
fn several_processes_may_create_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| Catalogue::open(URL, folder.path()).unwrap());
        }
    });
}

#[tokio::test]
async fn what_another_process_changes_holds_at_once() {
    let (folder, server) = catalogue();
    let id = server
        .add_user(user("ann", Level::BASE, ""))
        .await
        .unwrap()
        .id;
    let before = server.sign_in_version(id).await.unwrap().unwrap();
    let command = Catalogue::open(URL, folder.path()).unwrap();
    let demoted = Changes {
        level: Some(Level::NONE),
        ..Changes::default()
    };
    command.set_user("ann", demoted, false).await.unwrap();
    let after = server.sign_in_version(id).await.unwrap().unwrap();
    assert!(after.version > before.version);
    assert_eq!(after.principal.level, Level::NONE);
    command.remove_user("ann", false).await.unwrap();
    assert_eq!(server.sign_in_version(id).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let (folder, catalogue) = catalogue();
    let registered = catalogue
        .register(&draft(1, 0, None), stored(1))
        .await
        .unwrap();
    drop(catalogue);
    let catalogue = Catalogue::open(URL, folder.path()).unwrap();
    let listing = catalogue
        .recordings(&everything(), Page::default())
        .await
        .unwrap();
    assert_eq!(listing.recordings, [registered]);
    let next = catalogue
        .register(&draft(2, 0, None), stored(2))
        .await
        .unwrap();
    assert_eq!(next.reference_number, "2026000000002");
}

#[tokio::test]
async fn what_was_answered_is_on_the_disk_without_a_clean_end() {
    let (folder, catalogue) = catalogue();
    let registered = catalogue
        .register(&draft(1, 0, None), stored(1))
        .await
        .unwrap();
    // The files as a crash at this instant leaves them.
    let crashed = tempfile::tempdir().unwrap();
    for name in ["catalogue.db", "catalogue.db-wal"] {
        std::fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    let after = Catalogue::open(URL, crashed.path()).unwrap();
    let listing = after
        .recordings(&everything(), Page::default())
        .await
        .unwrap();
    assert_eq!(listing.recordings, [registered]);
}

#[tokio::test]
async fn every_commit_is_synced_and_every_reference_checked() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    let settings = |rows: &Connection| {
        let read = |name| rows.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let mode: String = rows.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok((mode, read("synchronous")?, read("foreign_keys")?))
    };
    let expected = ("wal".to_owned(), 2, 1);
    assert_eq!(
        database.write(move |rows| settings(rows)).await.unwrap(),
        expected
    );
    assert_eq!(database.read(settings).await.unwrap(), expected);
}

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
async fn a_panic_is_rolled_back_and_costs_only_its_caller() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    let outcome = database
        .write(|rows| -> Result<(), Error> {
            add_group(rows, "half")?;
            panic!("a bug");
        })
        .await;
    assert!(matches!(outcome, Err(Error::Database { .. })));
    assert_eq!(database.read(crate::sqlite::groups::all).await.unwrap(), []);
    database
        .write(|rows| add_group(rows, "whole"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_locked_database_is_unavailable_rather_than_broken() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    database
        .write(|rows| Ok(rows.busy_timeout(Duration::ZERO)?))
        .await
        .unwrap();
    let mut other = connect(&folder.path().join("catalogue.db")).unwrap();
    let lock = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let refused = database.write(|_| Ok(())).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused}");
    assert_eq!(
        database.read(crate::sqlite::groups::all).await.unwrap(),
        [],
        "reading goes on"
    );
    drop(lock);
    database.write(|_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    let pages = |most: i64| {
        move |rows: &Transaction<'_>| {
            Ok(rows.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))?)
        }
    };
    // No fewer pages than there are.
    database.write(pages(1)).await.unwrap();
    let fill =
        |rows: &Transaction<'_>| (0..5000).try_for_each(|i| add_group(rows, &format!("g{i}")));
    let refused = database.write(fill).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused}");
    assert_eq!(database.read(crate::sqlite::groups::all).await.unwrap(), []);
    database.write(pages(1_000_000)).await.unwrap();
    database.write(fill).await.unwrap();
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path());
    let outcome = database.read(|rows| add_group(rows, "Sales")).await;
    assert!(outcome.is_err());
}

#[tokio::test]
async fn ready_when_it_reads_and_writes() {
    let (_folder, catalogue) = catalogue();
    catalogue.ready().await.unwrap();
    catalogue.add_user(NewUser::new("a", "h")).await.unwrap();
    catalogue.ready().await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_share_few_commits() {
    let (folder, catalogue) = catalogue();
    let mut tasks = Vec::new();
    for number in 0..400 {
        let catalogue = catalogue.clone();
        tasks.push(tokio::spawn(async move {
            let mut event = catalogue.event(AuditAction::SignIn);
            event.details = number.to_string();
            catalogue.audit(event).await
        }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let check = catalogue.verify_audit(None).await.unwrap();
    assert_eq!((check.rows, check.broken), (400, None));
    // The log has a frame that ends a transaction for each commit: far fewer than callers.
    let wal = std::fs::read(folder.path().join("catalogue.db-wal")).unwrap();
    let page = usize::try_from(u32::from_be_bytes(wal[8..12].try_into().unwrap())).unwrap();
    let frames = wal[32..].chunks(24 + page);
    let ends = frames.filter(|frame| frame[4..8] != [0; 4]).count();
    assert!(ends < 300, "{ends} commits");
}

#[tokio::test]
async fn a_job_that_fails_costs_only_itself_in_a_shared_commit() {
    let folder = tempfile::tempdir().unwrap();
    let database = Arc::new(database(folder.path()));
    let slow = {
        let database = Arc::clone(&database);
        tokio::spawn(async move {
            database
                .write(|rows| {
                    thread::sleep(Duration::from_millis(50));
                    add_group(rows, "first")
                })
                .await
        })
    };
    tokio::task::yield_now().await;
    let bad = database.write(|rows| -> Result<(), Error> {
        add_group(rows, "half")?;
        Err(Error::NoReason)
    });
    let panics = database.write(|rows| -> Result<(), Error> {
        add_group(rows, "quarter")?;
        panic!("a bug");
    });
    let good = database.write(|rows| add_group(rows, "last"));
    let (bad, panics, good) = tokio::join!(bad, panics, good);
    assert!(matches!(bad, Err(Error::NoReason)));
    assert!(matches!(panics, Err(Error::Database { .. })));
    good.unwrap();
    slow.await.unwrap().unwrap();
    let groups = database.read(crate::sqlite::groups::all).await.unwrap();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["first", "last"]);
}

#[tokio::test]
async fn what_waits_to_be_written_down_survives_the_end() {
    let (folder, catalogue) = catalogue();
    for second in 0..10 {
        let mut view = catalogue.event(AuditAction::ViewRecording);
        view.recording = Some(conformance::id(u8::from(second > 8)));
        catalogue.audit_soon(view).await.unwrap();
    }
    drop(catalogue);
    let catalogue = Catalogue::open(URL, folder.path()).unwrap();
    let all = AuditFilter::default();
    let rows = catalogue.audit_rows(&all, AuditOrder::Oldest, None, 9);
    let rows = rows.await.unwrap();
    let details: Vec<&str> = rows.iter().map(|row| row.event.details.as_str()).collect();
    assert_eq!(details, ["", "", "viewed 8 more times within five minutes"]);
}

#[tokio::test]
async fn counts_come_when_their_minutes_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicI64::new(1_795_514_400));
    let clock = {
        let now = Arc::clone(&now);
        Arc::new(move || Timestamp::from_second(now.load(Ordering::Relaxed)).unwrap())
    };
    let catalogue = Catalogue::open_at(URL, folder.path(), clock).unwrap();
    let view = || {
        let mut view = catalogue.event(AuditAction::ViewRecording);
        view.recording = Some(conformance::id(1));
        view
    };
    let all = AuditFilter::default();
    let written = async |count| {
        while catalogue.audit_count(&all).await.unwrap() < count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    catalogue.audit_soon(view()).await.unwrap();
    written(1).await;
    catalogue.audit_soon(view()).await.unwrap();
    catalogue.audit_soon(view()).await.unwrap();
    let mut other = view();
    other.action = AuditAction::ViewSignalling;
    catalogue.audit_soon(other).await.unwrap();
    written(2).await;
    now.fetch_add(300, Ordering::Relaxed);
    written(3).await;
    let rows = catalogue.audit_rows(&all, AuditOrder::Newest, None, 1);
    let row = rows.await.unwrap().remove(0);
    assert_eq!(row.event.details, "viewed 2 more times within five minutes");
    assert_eq!(catalogue.verify_audit(None).await.unwrap().broken, None);
}

#[tokio::test]
async fn an_upgrade_keeps_every_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../../migrations/sqlite/0001_start.sql"))
        .unwrap();
    old.execute_batch(
        "PRAGMA application_id = 1163354996; PRAGMA user_version = 1;
         INSERT INTO users (id, username, username_key, first_name, last_name, phone_number,
                            department, level, password_hash)
         VALUES (3, 'Ann', 'ann', '', '', '225', '', 2, 'h');
         INSERT INTO recordings
         VALUES (zeroblob(16), zeroblob(16), '2026000000001', 'call', 1000, 2000, 1, '225',
                 '+390584', 3, 0, 'available', 'bye', 900, 3100, '[]', '[]', 3, 'Straße', 3, 44,
                 zeroblob(32), 'wav', 'k.wav');
         INSERT INTO recordings
         VALUES (x'01010101010101010101010101010101', zeroblob(16), '2026000000002', NULL, 5000,
                 0, 0, '', '', NULL, 1, 'failed', 'x', 5000, 5000, '[]', '[]', NULL, NULL, NULL,
                 0, zeroblob(32), 'wav', '');",
    )
    .unwrap();
    drop(old);
    let catalogue = Catalogue::open(URL, folder.path()).unwrap();
    let listing = catalogue.recordings(&everything(), Page::default()).await;
    let rows = listing.unwrap().recordings;
    assert_eq!(rows.len(), 2);
    let ann = &rows[1];
    assert_eq!(ann.owner.as_ref().unwrap().username, "Ann");
    assert_eq!(ann.preserving_user.as_ref().unwrap().username, "Ann");
    assert_eq!(ann.note.as_ref().unwrap().text, "Straße");
    assert_eq!(ann.draft.details, model::Details::default());
    assert_eq!(catalogue.note_history(ann).await.unwrap().len(), 1);
    let found = Filter {
        text: Some("STRASSE".to_owned()),
        ..Filter::default()
    };
    assert_eq!(catalogue.count(&everything(), &found).await.unwrap(), 1);
}

#[tokio::test]
async fn what_cannot_be_written_down_now_is_refused_or_waits_but_is_never_lost() {
    let (folder, catalogue) = catalogue();
    catalogue
        .database()
        .write(|rows| Ok(rows.busy_timeout(Duration::ZERO)?))
        .await
        .unwrap();
    let mut other = connect(&folder.path().join("catalogue.db")).unwrap();
    let lock = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let play = catalogue.event(AuditAction::PlayRecording);
    let refused = catalogue.audit(play).await.unwrap_err();
    assert!(
        refused.is_unavailable(),
        "what needs its row must not happen"
    );
    for _ in 0..10 {
        let look = catalogue.event(AuditAction::ViewSignalling);
        catalogue.audit_soon(look).await.unwrap();
    }
    // Long enough for the thread to have tried in vain.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let all = AuditFilter::default();
    assert_eq!(catalogue.audit_count(&all).await.unwrap(), 0);
    drop(lock);
    while catalogue.audit_count(&all).await.unwrap() < 10 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let check = catalogue.verify_audit(None).await.unwrap();
    assert_eq!((check.rows, check.broken), (10, None));
}
