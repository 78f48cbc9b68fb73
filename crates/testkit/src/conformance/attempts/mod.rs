//! Requirements for every `AttemptLog`.

mod adding;
mod events;
mod listing;

pub use adding::{
    a_delivered_resend_removes_the_dead_letter_of_its_event,
    an_attempt_at_a_removed_destination_is_not_stored,
    an_attempt_is_found_as_it_was_added_with_the_stores_time,
    attempts_of_another_application_or_destination_are_not_found,
    concurrently_added_attempts_are_all_counted,
};
pub use events::an_event_is_found_by_application_and_time_until_removed;
pub use listing::{
    attempts_are_filtered_by_time_and_outcome, paging_returns_every_attempt_once_newest_first,
};

/// Generates one test per clause of `AttemptLog`. Accepts the path of an async function that returns a
/// [`WebhookSubject`](crate::conformance::WebhookSubject).
#[macro_export]
macro_rules! attempt_log_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            attempts,
            [
                a_delivered_resend_removes_the_dead_letter_of_its_event,
                an_attempt_at_a_removed_destination_is_not_stored,
                an_attempt_is_found_as_it_was_added_with_the_stores_time,
                an_event_is_found_by_application_and_time_until_removed,
                attempts_are_filtered_by_time_and_outcome,
                attempts_of_another_application_or_destination_are_not_found,
                concurrently_added_attempts_are_all_counted,
                paging_returns_every_attempt_once_newest_first,
            ]
        );
    };
}
