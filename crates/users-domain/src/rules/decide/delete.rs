//! Soft deletion of a user: reads no longer return the user, and its `vendor_data` can be used again.

use super::decided;
use crate::model::{ActivityKind, CommandContext, Operation, UserField};
use crate::rules::audit_draft::AuditDraft;
use crate::rules::{Decision, Facts, Rejection, UserChange};

/// Deletes the user if it exists and is not under legal hold.
#[must_use]
pub fn decide_delete(facts: &Facts, context: &CommandContext) -> Decision {
    let Some(user) = &facts.user else {
        return Rejection::UserNotFound.into();
    };
    if user.record.is_held() {
        let (kind, operation) = (ActivityKind::DeletionRefused, Operation::DeleteUsers);
        let note = AuditDraft::of(UserField::DeletedAt).attempt(user, kind, operation, context);
        let vendor_data = user.record.vendor_data.clone();
        return Decision { notes: vec![note], ..Rejection::UnderLegalHold { vendor_data }.into() };
    }
    decided(facts, &[UserChange::Deleted], Operation::DeleteUsers, context)
}
