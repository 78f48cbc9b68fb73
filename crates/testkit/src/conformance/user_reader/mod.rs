//! What every `UserReader` must do, beside a `UserStore` that writes what it reads.

mod cursors;
mod freshness;
mod ids;
mod listing;
mod long_pages;
mod population;
mod searching;
mod walks;

pub use cursors::{
    a_walk_backwards_meets_every_user_that_stayed_once_whatever_is_written_meanwhile,
    a_walk_by_ascending_updated_at_never_skips_a_user_whatever_is_written_meanwhile,
    a_walk_by_creation_meets_every_user_that_stayed_once_whatever_is_written_meanwhile,
    a_walk_in_any_order_meets_every_user_that_did_not_move_once_whatever_is_written_meanwhile,
};
pub use freshness::{
    deleted_users_are_absent_from_every_answer,
    every_answer_shows_all_that_was_committed_before_the_question_was_asked,
    no_answer_shows_a_user_of_another_application,
};
pub use ids::ids_made_by_a_time_come_in_order_and_in_portions;
pub use listing::{
    counts_are_told_as_they_were_asked_for, pages_are_those_of_listing_for_every_filter,
    pages_are_those_of_listing_for_every_order_and_start,
    pages_of_random_users_are_those_of_listing,
};
pub use long_pages::pages_end_where_their_users_are_long_together;
pub use searching::{exact_matches_come_first, searches_are_those_of_listing_for_every_term};
pub use walks::page_by_page_every_user_is_met_once_with_ties;

/// Makes one test per clause of a `UserReader`. Takes the path of an asynchronous function that makes a
/// [`UserStoreSubject`](crate::conformance::UserStoreSubject).
#[macro_export]
macro_rules! user_reader_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!($make_subject, user_reader, [
            a_walk_backwards_meets_every_user_that_stayed_once_whatever_is_written_meanwhile,
            a_walk_by_ascending_updated_at_never_skips_a_user_whatever_is_written_meanwhile,
            a_walk_by_creation_meets_every_user_that_stayed_once_whatever_is_written_meanwhile,
            a_walk_in_any_order_meets_every_user_that_did_not_move_once_whatever_is_written_meanwhile,
            counts_are_told_as_they_were_asked_for,
            deleted_users_are_absent_from_every_answer,
            exact_matches_come_first,
            every_answer_shows_all_that_was_committed_before_the_question_was_asked,
            ids_made_by_a_time_come_in_order_and_in_portions,
            no_answer_shows_a_user_of_another_application,
            page_by_page_every_user_is_met_once_with_ties,
            pages_are_those_of_listing_for_every_filter,
            pages_are_those_of_listing_for_every_order_and_start,
            pages_end_where_their_users_are_long_together,
            pages_of_random_users_are_those_of_listing,
            searches_are_those_of_listing_for_every_term,
        ]);
    };
}
