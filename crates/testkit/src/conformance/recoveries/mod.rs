//! Requirements for every `RecoveryStore`.

mod order;
mod portions;
mod starting;

pub use order::{
    one_recovered_delivery_per_ordering_key_is_due,
    without_ordering_all_recovered_deliveries_are_due,
};
pub use portions::{
    a_recovery_without_events_does_not_stall_the_next_one,
    concurrent_advances_lose_and_repeat_nothing,
    dead_letters_are_recovered_in_order_and_in_portions,
    dead_letters_without_an_event_do_not_stall_a_recovery,
};
pub use starting::{
    a_destination_has_one_running_recovery_at_a_time,
    a_recovery_is_found_by_its_application_and_destination,
    an_empty_recovery_finishes_and_the_next_one_continues, dead_letters_outside_the_recovery_stay,
};

/// Generates one test per clause of `RecoveryStore`. Accepts the path of an async function that returns a
/// [`WebhookSubject`](crate::conformance::WebhookSubject).
#[macro_export]
macro_rules! recovery_store_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            recoveries,
            [
                a_destination_has_one_running_recovery_at_a_time,
                a_recovery_is_found_by_its_application_and_destination,
                a_recovery_without_events_does_not_stall_the_next_one,
                an_empty_recovery_finishes_and_the_next_one_continues,
                concurrent_advances_lose_and_repeat_nothing,
                dead_letters_are_recovered_in_order_and_in_portions,
                dead_letters_outside_the_recovery_stay,
                dead_letters_without_an_event_do_not_stall_a_recovery,
                one_recovered_delivery_per_ordering_key_is_due,
                without_ordering_all_recovered_deliveries_are_due,
            ]
        );
    };
}
