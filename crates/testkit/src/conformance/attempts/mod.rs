//! What every `AttemptLog` must do.

mod adding;
mod events;
mod listing;

pub use adding::{
    a_resend_that_is_delivered_ends_the_dead_letter_of_its_event,
    an_attempt_at_a_destination_that_was_removed_is_not_kept,
    an_attempt_is_found_as_it_was_added_with_the_stores_time,
    attempts_of_another_application_or_destination_are_not_found,
    every_added_attempt_is_counted_also_of_those_at_once,
};
pub use events::an_event_is_found_by_its_application_and_time_until_it_goes;
pub use listing::{
    attempts_are_filtered_by_time_and_outcome, page_by_page_every_attempt_is_met_once_newest_first,
};

/// Makes one test per clause of an `AttemptLog`. Takes the path of an asynchronous function that makes a
/// [`WebhookSubject`](crate::conformance::WebhookSubject).
#[macro_export]
macro_rules! attempt_log_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            attempts,
            [
                a_resend_that_is_delivered_ends_the_dead_letter_of_its_event,
                an_attempt_at_a_destination_that_was_removed_is_not_kept,
                an_attempt_is_found_as_it_was_added_with_the_stores_time,
                an_event_is_found_by_its_application_and_time_until_it_goes,
                attempts_are_filtered_by_time_and_outcome,
                attempts_of_another_application_or_destination_are_not_found,
                every_added_attempt_is_counted_also_of_those_at_once,
                page_by_page_every_attempt_is_met_once_newest_first,
            ]
        );
    };
}
