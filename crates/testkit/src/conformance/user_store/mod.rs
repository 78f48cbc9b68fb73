//! Requirements for every `UserStore` and its `UserReader`.

mod answers;
mod atomicity;
pub(crate) mod blocks;
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
    a_refusal_does_not_affect_other_mutations, a_thousand_mutations_of_one_call_are_written,
    answers_come_in_the_order_of_the_mutations,
    each_mutation_of_a_call_sees_the_outcome_of_the_previous_one, no_mutations_have_no_answers,
    the_expected_presence_does_not_affect_the_outcome,
};
pub use atomicity::a_change_is_written_atomically;
pub use blocks::{
    a_block_is_not_lost_if_create_and_delete_are_concurrent,
    a_decision_sees_the_block_of_a_deleted_user, a_restored_user_gets_a_block_left_later,
};
pub use comments::comments_are_the_latest_twenty_newest_first;
pub use concurrency::{
    a_tag_first_used_concurrently_is_created_once, concurrent_batches_in_opposite_orders_finish,
    concurrent_creates_and_deletes_of_one_name_lose_nothing,
    concurrent_creates_of_one_vendor_data_create_one_user,
    concurrent_mutations_of_one_user_lose_nothing,
};
pub use deleted::only_keys_including_deleted_users_find_a_deleted_user;
pub use histories::random_histories_are_stored_as_decided;
pub use names::{
    a_user_of_another_application_is_not_found,
    a_vendor_data_can_be_reused_after_its_user_is_deleted, a_vendor_data_is_matched_exactly,
    commands_on_an_unknown_user_are_refused,
};
pub use notes::{
    a_note_whose_id_exists_changes_nothing, notes_are_written_also_if_nothing_changes,
};
pub use tags::tags_are_created_on_first_use_and_shared;
pub use times::times_of_one_user_grow_with_every_change;
pub use values::{
    every_field_comes_back_exactly_as_written, large_metadata_comes_back_exactly_as_written,
    numbers_come_back_exactly_as_written, unusual_vendor_data_works_in_every_operation,
};

/// Generates one test per clause of `UserStore`. Accepts the path of an async function that returns a
/// [`UserStoreSubject`](crate::conformance::UserStoreSubject).
#[macro_export]
macro_rules! user_store_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            user_store,
            [
                a_block_is_not_lost_if_create_and_delete_are_concurrent,
                a_change_is_written_atomically,
                a_decision_sees_the_block_of_a_deleted_user,
                a_note_whose_id_exists_changes_nothing,
                a_refusal_does_not_affect_other_mutations,
                a_restored_user_gets_a_block_left_later,
                a_tag_first_used_concurrently_is_created_once,
                a_thousand_mutations_of_one_call_are_written,
                a_user_of_another_application_is_not_found,
                a_vendor_data_can_be_reused_after_its_user_is_deleted,
                a_vendor_data_is_matched_exactly,
                answers_come_in_the_order_of_the_mutations,
                commands_on_an_unknown_user_are_refused,
                comments_are_the_latest_twenty_newest_first,
                concurrent_batches_in_opposite_orders_finish,
                concurrent_creates_and_deletes_of_one_name_lose_nothing,
                concurrent_creates_of_one_vendor_data_create_one_user,
                concurrent_mutations_of_one_user_lose_nothing,
                each_mutation_of_a_call_sees_the_outcome_of_the_previous_one,
                every_field_comes_back_exactly_as_written,
                large_metadata_comes_back_exactly_as_written,
                no_mutations_have_no_answers,
                notes_are_written_also_if_nothing_changes,
                numbers_come_back_exactly_as_written,
                only_keys_including_deleted_users_find_a_deleted_user,
                random_histories_are_stored_as_decided,
                tags_are_created_on_first_use_and_shared,
                the_expected_presence_does_not_affect_the_outcome,
                times_of_one_user_grow_with_every_change,
                unusual_vendor_data_works_in_every_operation,
            ]
        );
    };
}
