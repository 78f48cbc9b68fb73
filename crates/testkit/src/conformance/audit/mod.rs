//! Requirements for every `AuditReader` and `AuditTrail`. A `UserStore` writes most entries.

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
    an_entry_with_a_known_id_is_not_overwritten, appended_entries_are_written_all_or_none,
};
pub use erasure::{
    an_entry_whose_detail_was_erased_is_shown_without_it, long_details_shorten_a_page,
};
pub use listing::{
    activity_shows_only_the_current_user_of_a_name, no_page_shows_an_entry_of_another_application,
    pages_equal_audit_listing, pages_show_everything_committed_before_the_request,
};
pub use walks::paging_returns_every_entry_once_during_writes;

/// Adapters of the audit ports under test. All of them use the same data.
#[derive(Clone)]
pub struct AuditSubject {
    /// Writes users and their entries.
    pub users: UserStoreSubject,
    /// Reads the trail.
    pub reader: Arc<dyn AuditReader>,
    /// Appends entries to the trail.
    pub trail: Arc<dyn AuditTrail>,
    /// Erases details.
    pub breaker: Arc<dyn BreakAudit>,
}

/// Changes the trail in ways that no port offers.
#[async_trait]
pub trait BreakAudit: Send + Sync {
    /// Erases the detail of an entry, as the erasure of a person does.
    async fn erase_detail(&self, application: ApplicationId, entry: AuditId);
}

/// Generates one test per clause of `AuditReader` and `AuditTrail`. Accepts the path of an async function that returns
/// an [`AuditSubject`].
#[macro_export]
macro_rules! audit_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            audit,
            [
                activity_shows_only_the_current_user_of_a_name,
                an_entry_whose_detail_was_erased_is_shown_without_it,
                an_entry_with_a_known_id_is_not_overwritten,
                appended_entries_are_written_all_or_none,
                long_details_shorten_a_page,
                no_page_shows_an_entry_of_another_application,
                pages_equal_audit_listing,
                pages_show_everything_committed_before_the_request,
                paging_returns_every_entry_once_during_writes,
            ]
        );
    };
}
