//! What every `UserStore` must do with what services report, together with the `UserReader` that sees it.

mod atomicity;
mod concurrency;
mod deletion;
mod facts;
mod histories;
mod model;
mod ownership;
mod trail;
mod values;

pub use atomicity::a_changed_user_its_evidence_its_audit_entries_and_its_events_are_written_together_or_not_at_all;
pub use concurrency::{
    a_user_of_several_first_reports_at_once_is_made_once,
    concurrent_batches_over_the_same_users_all_end_and_lose_no_step,
    reports_of_one_session_for_two_users_at_once_give_it_to_one,
};
pub use deletion::{
    a_new_user_of_a_deleted_ones_name_has_only_sessions_of_its_own,
    evidence_of_a_deleted_user_is_kept_up_to_date_and_changes_nothing_else,
    reports_about_a_user_who_is_deleted_meanwhile_make_nobody_anew_and_lose_nothing,
};
pub use facts::{
    a_decision_that_asks_for_evidence_sees_the_row_that_is_kept_of_it_whosever_it_is,
    a_decision_that_needs_the_history_is_made_again_with_it,
    a_wrong_standing_is_found_and_put_right,
};
pub use histories::{
    five_hundred_reports_of_one_call_are_taken_in_in_order,
    random_histories_in_any_order_come_to_the_recount,
};
pub use ownership::{
    a_revision_says_one_thing_only, a_session_keeps_its_user,
    one_refused_report_does_not_harm_its_neighbours,
    the_same_ids_in_two_applications_are_two_sessions,
};
pub use trail::{
    a_report_that_changes_nothing_leaves_nothing,
    every_report_leaves_its_audit_entry_and_its_events,
};
pub use values::every_report_comes_back_exactly_as_it_was_made;

/// Makes one test per clause about evidence. Takes the path of an asynchronous function that makes a
/// [`UserStoreSubject`](crate::conformance::UserStoreSubject).
#[macro_export]
macro_rules! evidence_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!($make_subject, evidence, [
            a_changed_user_its_evidence_its_audit_entries_and_its_events_are_written_together_or_not_at_all,
            a_decision_that_asks_for_evidence_sees_the_row_that_is_kept_of_it_whosever_it_is,
            a_decision_that_needs_the_history_is_made_again_with_it,
            a_new_user_of_a_deleted_ones_name_has_only_sessions_of_its_own,
            a_report_that_changes_nothing_leaves_nothing,
            a_revision_says_one_thing_only,
            a_session_keeps_its_user,
            a_user_of_several_first_reports_at_once_is_made_once,
            a_wrong_standing_is_found_and_put_right,
            concurrent_batches_over_the_same_users_all_end_and_lose_no_step,
            every_report_comes_back_exactly_as_it_was_made,
            every_report_leaves_its_audit_entry_and_its_events,
            evidence_of_a_deleted_user_is_kept_up_to_date_and_changes_nothing_else,
            five_hundred_reports_of_one_call_are_taken_in_in_order,
            one_refused_report_does_not_harm_its_neighbours,
            random_histories_in_any_order_come_to_the_recount,
            reports_about_a_user_who_is_deleted_meanwhile_make_nobody_anew_and_lose_nothing,
            reports_of_one_session_for_two_users_at_once_give_it_to_one,
            the_same_ids_in_two_applications_are_two_sessions,
        ]);
    };
}
