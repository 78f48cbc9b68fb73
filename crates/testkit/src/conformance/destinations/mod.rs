//! Requirements for every `DestinationStore`.

mod adding;
mod changing;
mod removing;
mod secrets;
mod showing;
mod turning;

pub use adding::{
    a_destination_is_found_as_it_was_added, a_duplicate_url_is_refused_also_if_added_concurrently,
    a_url_of_another_application_can_be_used,
    an_application_has_at_most_fifty_destinations_also_concurrently,
};
pub use changing::{
    a_change_of_ordering_parks_and_unparks_deliveries,
    a_change_to_a_used_url_is_refused_also_concurrently,
    a_change_to_current_values_changes_nothing, a_new_url_resets_the_health,
    each_field_changes_independently,
};
pub use removing::{
    destinations_of_other_applications_are_inaccessible,
    removing_a_destination_removes_its_secrets_queue_and_log,
};
pub use secrets::{
    a_secret_is_resealed_only_if_it_is_unchanged, at_most_four_secrets_sign,
    concurrent_rotations_each_add_a_secret, old_secrets_sign_during_the_grace_period,
    the_expiry_of_an_old_secret_is_never_extended, without_grace_only_the_newest_secret_signs,
};
pub use showing::{
    destinations_are_listed_oldest_first, the_summary_has_waiting_and_failed_deliveries,
};
pub use turning::{
    disabling_by_the_client_keeps_waiting_deliveries,
    enabling_can_move_waiting_deliveries_to_dead_letters,
    enabling_resets_the_health_and_wakes_the_lane,
    the_client_can_disable_what_the_service_disabled,
};

/// Generates one test per clause of `DestinationStore`. Accepts the path of an async function that returns a
/// [`WebhookSubject`](crate::conformance::WebhookSubject).
#[macro_export]
macro_rules! destination_store_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            destinations,
            [
                a_change_of_ordering_parks_and_unparks_deliveries,
                a_change_to_a_used_url_is_refused_also_concurrently,
                a_change_to_current_values_changes_nothing,
                a_destination_is_found_as_it_was_added,
                a_duplicate_url_is_refused_also_if_added_concurrently,
                a_new_url_resets_the_health,
                a_secret_is_resealed_only_if_it_is_unchanged,
                a_url_of_another_application_can_be_used,
                an_application_has_at_most_fifty_destinations_also_concurrently,
                at_most_four_secrets_sign,
                concurrent_rotations_each_add_a_secret,
                destinations_are_listed_oldest_first,
                destinations_of_other_applications_are_inaccessible,
                disabling_by_the_client_keeps_waiting_deliveries,
                each_field_changes_independently,
                enabling_can_move_waiting_deliveries_to_dead_letters,
                enabling_resets_the_health_and_wakes_the_lane,
                old_secrets_sign_during_the_grace_period,
                removing_a_destination_removes_its_secrets_queue_and_log,
                the_client_can_disable_what_the_service_disabled,
                the_expiry_of_an_old_secret_is_never_extended,
                the_summary_has_waiting_and_failed_deliveries,
                without_grace_only_the_newest_secret_signs,
            ]
        );
    };
}
