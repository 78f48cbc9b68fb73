//! What every `RecoveryStore` must do.

mod order;
mod portions;
mod starting;

pub use order::{
    what_is_put_back_waits_behind_what_waits_with_its_key,
    without_ordering_all_that_is_put_back_is_due,
};
pub use portions::{
    dead_letters_whose_event_is_gone_do_not_stall_a_recovery,
    dead_letters_without_any_event_do_not_stall_the_recovery_behind_them,
    processes_that_advance_at_once_lose_and_repeat_nothing,
    what_failed_since_then_is_put_back_in_its_order_portion_by_portion,
};
pub use starting::{
    a_recovery_is_found_by_its_application_and_destination,
    a_recovery_of_nothing_finishes_and_lets_the_next_one_go_on,
    one_recovery_of_a_destination_runs_at_a_time_also_of_those_started_at_once,
    what_failed_before_that_time_or_is_anothers_stays,
};

/// Makes one test per clause of a `RecoveryStore`. Takes the path of an asynchronous function that makes a
/// [`WebhookSubject`](crate::conformance::WebhookSubject).
#[macro_export]
macro_rules! recovery_store_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            recoveries,
            [
                a_recovery_is_found_by_its_application_and_destination,
                a_recovery_of_nothing_finishes_and_lets_the_next_one_go_on,
                dead_letters_whose_event_is_gone_do_not_stall_a_recovery,
                dead_letters_without_any_event_do_not_stall_the_recovery_behind_them,
                one_recovery_of_a_destination_runs_at_a_time_also_of_those_started_at_once,
                processes_that_advance_at_once_lose_and_repeat_nothing,
                what_failed_before_that_time_or_is_anothers_stays,
                what_failed_since_then_is_put_back_in_its_order_portion_by_portion,
                what_is_put_back_waits_behind_what_waits_with_its_key,
                without_ordering_all_that_is_put_back_is_due,
            ]
        );
    };
}
