//! What every `UserStore` must do, together with the `UserReader` that sees its writes.

mod answers;
mod atomicity;
mod blocks;
mod comments;
mod concurrency;
mod deleted;
mod histories;
pub(crate) mod names;
mod notes;
mod tags;
mod times;
mod values;

pub use answers::{
    a_thousand_mutations_at_once_are_written, answers_come_in_the_order_of_the_mutations,
    each_mutation_of_a_call_is_decided_on_the_outcome_of_the_one_before,
    no_mutations_have_no_answers, one_refusal_does_not_harm_its_neighbours,
    what_is_expected_never_decides_what_comes_out,
};
pub use atomicity::a_changed_user_its_audit_entries_its_events_and_its_search_text_are_written_together_or_not_at_all;
pub use blocks::{
    a_block_is_not_lost_to_who_is_made_while_its_user_is_deleted,
    a_decision_that_asks_for_a_block_left_behind_is_told_so,
    a_restored_user_takes_the_block_that_was_left_after_it,
};
pub use comments::comments_are_the_latest_twenty_newest_first;
pub use concurrency::{
    a_tag_first_used_by_several_at_once_is_made_once,
    concurrent_batches_in_opposite_orders_all_end,
    concurrent_creates_and_deletes_of_one_name_lose_nothing,
    concurrent_mutations_of_one_user_lose_nothing,
    two_creates_of_one_vendor_data_at_once_make_one_user,
};
pub use deleted::a_deleted_user_is_found_by_a_key_that_asks_for_deleted_users_too_and_by_no_other;
pub use histories::random_histories_are_stored_as_decided;
pub use names::{
    a_user_of_another_application_is_not_found,
    a_vendor_data_is_free_again_once_its_user_is_deleted, a_vendor_data_is_matched_exactly,
    an_unknown_user_is_refused_as_such,
};
pub use notes::{
    a_note_whose_id_exists_changes_nothing, notes_are_written_also_where_the_outcome_is_no_change,
};
pub use tags::tags_are_made_on_first_use_and_shared;
pub use times::times_of_one_user_grow_with_every_change;
pub use values::{
    every_field_comes_back_exactly_as_written, large_metadata_comes_back_exactly_as_written,
    numbers_come_back_exactly_as_written, unusual_vendor_data_works_in_every_operation,
};

/// Makes one test per clause of a `UserStore`. Takes the path of an asynchronous function that makes a
/// [`UserStoreSubject`](crate::conformance::UserStoreSubject).
#[macro_export]
macro_rules! user_store_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!($make_subject, user_store, [
            a_block_is_not_lost_to_who_is_made_while_its_user_is_deleted,
            a_changed_user_its_audit_entries_its_events_and_its_search_text_are_written_together_or_not_at_all,
            a_decision_that_asks_for_a_block_left_behind_is_told_so,
            a_deleted_user_is_found_by_a_key_that_asks_for_deleted_users_too_and_by_no_other,
            a_note_whose_id_exists_changes_nothing,
            a_restored_user_takes_the_block_that_was_left_after_it,
            a_tag_first_used_by_several_at_once_is_made_once,
            a_thousand_mutations_at_once_are_written,
            a_user_of_another_application_is_not_found,
            a_vendor_data_is_free_again_once_its_user_is_deleted,
            a_vendor_data_is_matched_exactly,
            an_unknown_user_is_refused_as_such,
            answers_come_in_the_order_of_the_mutations,
            comments_are_the_latest_twenty_newest_first,
            concurrent_batches_in_opposite_orders_all_end,
            concurrent_creates_and_deletes_of_one_name_lose_nothing,
            concurrent_mutations_of_one_user_lose_nothing,
            each_mutation_of_a_call_is_decided_on_the_outcome_of_the_one_before,
            every_field_comes_back_exactly_as_written,
            large_metadata_comes_back_exactly_as_written,
            no_mutations_have_no_answers,
            notes_are_written_also_where_the_outcome_is_no_change,
            numbers_come_back_exactly_as_written,
            one_refusal_does_not_harm_its_neighbours,
            random_histories_are_stored_as_decided,
            tags_are_made_on_first_use_and_shared,
            times_of_one_user_grow_with_every_change,
            two_creates_of_one_vendor_data_at_once_make_one_user,
            unusual_vendor_data_works_in_every_operation,
            what_is_expected_never_decides_what_comes_out,
        ]);
    };
}
