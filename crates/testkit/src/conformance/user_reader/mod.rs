//! Requirements for every `UserReader`. A `UserStore` writes the users.

mod cursors;
mod freshness;
mod ids;
mod listing;
mod long_pages;
mod population;
mod searching;
mod walks;

pub use cursors::{
    paging_backwards_returns_unmoved_users_once_during_writes,
    paging_by_ascending_updated_at_skips_no_user_during_writes,
    paging_by_creation_returns_every_user_once_during_writes,
    paging_in_any_order_returns_unmoved_users_once_during_writes,
};
pub use freshness::{
    deleted_users_are_absent_from_every_read, no_read_shows_a_user_of_another_application,
    reads_show_everything_committed_before_the_request,
};
pub use ids::ids_created_by_a_time_are_returned_in_order_and_in_portions;
pub use listing::{
    counts_follow_the_requested_mode, pages_equal_listing_for_every_filter,
    pages_equal_listing_for_every_order_and_start, pages_of_random_users_equal_listing,
};
pub use long_pages::long_users_shorten_a_page;
pub use searching::{exact_matches_come_first, searches_equal_listing_for_every_term};
pub use walks::paging_returns_every_user_once_with_ties;

/// Generates one test per clause of `UserReader`. Accepts the path of an async function that returns a
/// [`UserStoreSubject`](crate::conformance::UserStoreSubject).
#[macro_export]
macro_rules! user_reader_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            user_reader,
            [
                paging_backwards_returns_unmoved_users_once_during_writes,
                paging_by_ascending_updated_at_skips_no_user_during_writes,
                paging_by_creation_returns_every_user_once_during_writes,
                paging_in_any_order_returns_unmoved_users_once_during_writes,
                counts_follow_the_requested_mode,
                deleted_users_are_absent_from_every_read,
                exact_matches_come_first,
                reads_show_everything_committed_before_the_request,
                ids_created_by_a_time_are_returned_in_order_and_in_portions,
                no_read_shows_a_user_of_another_application,
                paging_returns_every_user_once_with_ties,
                pages_equal_listing_for_every_filter,
                pages_equal_listing_for_every_order_and_start,
                long_users_shorten_a_page,
                pages_of_random_users_equal_listing,
                searches_equal_listing_for_every_term,
            ]
        );
    };
}
