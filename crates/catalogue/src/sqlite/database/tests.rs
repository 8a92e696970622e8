//! The embedded back end against the conformance suite, and what only it does.

mod keeping;
mod opening;
mod reading;
mod sharing;

use super::*;
use crate::Catalogue;
use crate::conformance;
use proptest::prelude::*;
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
    edits::what_is_stored_is_counted_without_what_was_deleted,
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
    people::preferences_go_with_their_user,
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
