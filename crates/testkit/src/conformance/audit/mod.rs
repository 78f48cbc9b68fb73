//! What every `AuditReader` and `AuditTrail` must do, beside a `UserStore` that writes most of what they read.

mod appending;
mod erasure;
mod listing;
mod scene;
mod walks;

use std::sync::Arc;

use async_trait::async_trait;
use users_domain::model::{ApplicationId, AuditId};
use users_domain::ports::{AuditReader, AuditTrail};

use super::UserStoreSubject;

pub use appending::{
    an_entry_whose_id_is_known_stays_as_it_was_written_first,
    appended_entries_are_written_all_or_none,
};
pub use erasure::{
    an_entry_whose_detail_was_erased_is_shown_without_it, long_details_end_a_page_early,
};
pub use listing::{
    activity_shows_the_user_of_a_name_and_no_earlier_one,
    every_page_shows_all_that_was_committed_before_the_question_was_asked,
    no_page_shows_an_entry_of_another_application, pages_are_those_of_audit_listing,
};
pub use walks::page_by_page_every_entry_is_met_once_with_ties_whatever_is_written_meanwhile;

/// An adapter of the ports around the audit trail under test. All of it looks at the same data.
#[derive(Clone)]
pub struct AuditSubject {
    /// Writes users, and entries with them.
    pub users: UserStoreSubject,
    /// Reads the trail.
    pub reader: Arc<dyn AuditReader>,
    /// Adds to it.
    pub trail: Arc<dyn AuditTrail>,
    /// Breaks it.
    pub breaker: Arc<dyn BreakAudit>,
}

/// Does to the trail what no port does.
#[async_trait]
pub trait BreakAudit: Send + Sync {
    /// Erases the detail of an entry, as happens when a person is erased.
    async fn erase_detail(&self, application: ApplicationId, entry: AuditId);
}

/// Makes one test per clause of an `AuditReader` and an `AuditTrail`. Takes the path of an asynchronous function that makes
/// an [`AuditSubject`].
#[macro_export]
macro_rules! audit_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            audit,
            [
                activity_shows_the_user_of_a_name_and_no_earlier_one,
                an_entry_whose_detail_was_erased_is_shown_without_it,
                an_entry_whose_id_is_known_stays_as_it_was_written_first,
                appended_entries_are_written_all_or_none,
                every_page_shows_all_that_was_committed_before_the_question_was_asked,
                long_details_end_a_page_early,
                no_page_shows_an_entry_of_another_application,
                page_by_page_every_entry_is_met_once_with_ties_whatever_is_written_meanwhile,
                pages_are_those_of_audit_listing,
            ]
        );
    };
}
