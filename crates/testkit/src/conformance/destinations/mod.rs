//! What every `DestinationStore` must do.

mod adding;
mod changing;
mod removing;
mod secrets;
mod showing;
mod turning;

pub use adding::{
    a_destination_is_found_as_it_was_added, a_url_of_another_application_is_free,
    an_application_has_at_most_fifty_destinations_also_of_those_added_at_once,
    of_two_with_one_url_added_at_once_one_is_refused,
};
pub use changing::{
    a_change_of_ordering_parks_and_unparks_what_waits,
    a_change_to_the_url_of_another_is_refused_also_at_once,
    a_change_to_what_it_is_already_changes_nothing, another_url_forgets_how_the_old_one_fared,
    each_part_changes_alone,
};
pub use removing::{
    one_of_another_application_is_neither_found_changed_nor_removed,
    removing_one_removes_its_secrets_its_queue_and_its_log,
};
pub use secrets::{
    a_secret_is_sealed_anew_only_where_the_old_form_still_is, at_most_four_secrets_sign_at_once,
    of_rotations_at_once_each_makes_a_secret, secrets_before_the_newest_sign_for_the_grace,
    the_end_of_an_old_secret_never_moves_away, without_grace_only_the_newest_secret_signs,
};
pub use showing::{
    destinations_are_listed_oldest_first, the_summary_tells_what_waits_and_what_failed,
};
pub use turning::{
    turning_off_is_the_clients_and_keeps_what_waits,
    turning_off_what_the_service_disabled_makes_it_the_clients,
    turning_on_forgets_failures_breaker_and_pause_and_wakes_the_lane,
    turning_on_puts_aside_what_waits_where_that_is_wished,
};

/// Makes one test per clause of a `DestinationStore`. Takes the path of an asynchronous function that makes a
/// [`WebhookSubject`](crate::conformance::WebhookSubject).
#[macro_export]
macro_rules! destination_store_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            destinations,
            [
                a_change_of_ordering_parks_and_unparks_what_waits,
                a_change_to_the_url_of_another_is_refused_also_at_once,
                a_change_to_what_it_is_already_changes_nothing,
                a_destination_is_found_as_it_was_added,
                a_secret_is_sealed_anew_only_where_the_old_form_still_is,
                a_url_of_another_application_is_free,
                an_application_has_at_most_fifty_destinations_also_of_those_added_at_once,
                another_url_forgets_how_the_old_one_fared,
                at_most_four_secrets_sign_at_once,
                destinations_are_listed_oldest_first,
                each_part_changes_alone,
                of_rotations_at_once_each_makes_a_secret,
                of_two_with_one_url_added_at_once_one_is_refused,
                one_of_another_application_is_neither_found_changed_nor_removed,
                removing_one_removes_its_secrets_its_queue_and_its_log,
                secrets_before_the_newest_sign_for_the_grace,
                the_end_of_an_old_secret_never_moves_away,
                the_summary_tells_what_waits_and_what_failed,
                turning_off_is_the_clients_and_keeps_what_waits,
                turning_off_what_the_service_disabled_makes_it_the_clients,
                turning_on_forgets_failures_breaker_and_pause_and_wakes_the_lane,
                turning_on_puts_aside_what_waits_where_that_is_wished,
                without_grace_only_the_newest_secret_signs,
            ]
        );
    };
}
