//! Requirements for every `UserStore` and its `UserReader` about reported evidence.

mod atomicity;
mod blocks;
mod concurrency;
mod deletion;
mod facts;
mod histories;
mod model;
mod ownership;
mod trail;
mod values;

pub use atomicity::a_report_is_written_atomically;
pub use blocks::a_report_sees_the_block_of_a_deleted_user;
pub use concurrency::{
    concurrent_batches_finish_and_lose_no_report, concurrent_first_reports_create_one_user,
    concurrent_reports_give_a_session_to_one_user,
};
pub use deletion::{
    a_new_user_does_not_inherit_sessions_of_a_deleted_one,
    evidence_of_a_deleted_user_is_updated_and_nothing_else,
    reports_during_a_deletion_create_no_user_and_are_not_lost,
};
pub use facts::{
    a_decision_sees_the_requested_evidence_of_any_user,
    a_decision_that_requires_the_history_is_repeated_with_it,
    a_wrong_session_aggregate_is_found_and_corrected,
};
pub use histories::{
    five_hundred_reports_of_one_call_are_applied_in_order,
    random_reports_in_any_order_equal_the_recount,
};
pub use ownership::{
    a_refused_report_does_not_affect_other_reports, a_revision_with_different_content_is_refused,
    a_session_stays_with_its_user, the_same_ids_in_two_applications_are_two_sessions,
};
pub use trail::{
    a_report_without_changes_writes_nothing, every_report_writes_its_audit_entry_and_events,
};
pub use values::every_report_is_read_as_it_was_reported;

/// Generates one test per clause about evidence. Accepts the path of an async function that returns a
/// [`UserStoreSubject`](crate::conformance::UserStoreSubject).
#[macro_export]
macro_rules! evidence_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            evidence,
            [
                a_decision_sees_the_requested_evidence_of_any_user,
                a_decision_that_requires_the_history_is_repeated_with_it,
                a_new_user_does_not_inherit_sessions_of_a_deleted_one,
                a_refused_report_does_not_affect_other_reports,
                a_report_is_written_atomically,
                a_report_sees_the_block_of_a_deleted_user,
                a_report_without_changes_writes_nothing,
                a_revision_with_different_content_is_refused,
                a_session_stays_with_its_user,
                a_wrong_session_aggregate_is_found_and_corrected,
                concurrent_batches_finish_and_lose_no_report,
                concurrent_first_reports_create_one_user,
                concurrent_reports_give_a_session_to_one_user,
                every_report_is_read_as_it_was_reported,
                every_report_writes_its_audit_entry_and_events,
                evidence_of_a_deleted_user_is_updated_and_nothing_else,
                five_hundred_reports_of_one_call_are_applied_in_order,
                random_reports_in_any_order_equal_the_recount,
                reports_during_a_deletion_create_no_user_and_are_not_lost,
                the_same_ids_in_two_applications_are_two_sessions,
            ]
        );
    };
}
