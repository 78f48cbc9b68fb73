//! The rules of the domain: synchronous, total functions over the model, without ports, clock or randomness.

mod audit_draft;
pub mod audit_listing;
mod change;
mod change_set;
mod decide;
mod decision;
pub mod enforcement;
pub mod erasure;
pub mod field_mutability;
pub mod keys;
mod limits;
pub mod listing;
mod refusal;
pub mod role_matrix;
pub mod search_text;
pub mod session_aggregate;
mod shown_value;
mod sliding_window;
pub mod status_machine;
pub mod webhooks;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod golden_tests;

use change::{FieldEdit, UserChange};
pub use change_set::ChangeSet;
pub use decide::{
    ChangeStatus, CreateUser, IfMatch, LegalHoldCommand, MetadataPatch, Patch, Recount, UpdateUser,
    decide_create, decide_delete, decide_legal_hold, decide_recount, decide_restore, decide_risk,
    decide_session, decide_status_change, decide_transaction, decide_update,
};
pub use decision::{Decision, EvidenceOnly, Facts, Outcome, Rejection};
pub use limits::{DefaultLimits, highest_limit, limit_of_key, limit_within};
pub(crate) use refusal::refused_reports_entry;
pub use refusal::{refusal_entry, settings_entry};
pub(crate) use shown_value::shown_value;
pub use sliding_window::SlidingWindow;
