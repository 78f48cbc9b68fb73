//! The store through which every change of a user is written.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use super::{Answered, IdempotencyError, Idempotent, StoreError};
use crate::model::evidence::{EvidenceId, ReportOutcome};
use crate::model::{
    ActivityKind, ApplicationId, Comment, TagName, User, UserDetail, UserField, UserKey,
};
use crate::rules::{ChangeSet, Decision, Facts, Rejection};

/// The facts that a decision needs in addition to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each flag requests a separate fact")]
pub struct FactsSpec {
    /// Whether the decision or the response needs the comments, which can be large.
    pub comments: bool,
    /// Names of the tags to read.
    pub tags: Vec<TagName>,
    /// Id of the row of evidence to read.
    pub evidence: Option<EvidenceId>,
    /// Whether to check if a user that is not deleted has the same `vendor_data`.
    pub name_taken: bool,
    /// Whether to check if the last deleted user with this `vendor_data`, which no other user has, was BLOCKED.
    pub block_left: bool,
    /// Whether the decision probably needs the user's history. Affects only what is read first, never the result.
    pub history: bool,
}

impl FactsSpec {
    /// No facts but the user, for a response that does not show its comments.
    #[must_use]
    pub fn without_comments() -> Self {
        Self { comments: false, ..Self::default() }
    }
}

impl Default for FactsSpec {
    /// The facts for a response that shows the user.
    fn default() -> Self {
        Self {
            comments: true,
            tags: Vec::new(),
            evidence: None,
            name_taken: false,
            block_left: false,
            history: false,
        }
    }
}

/// A pure function that decides a change. A store may call it repeatedly; only the last result counts.
pub type Decide = Arc<dyn Fn(&Facts) -> Decision + Send + Sync>;

/// Whether the caller expects the user to exist. Affects only which statement is tried first, never the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The user probably does not exist: insert first.
    Absent,
    /// The user probably exists.
    Present,
}

/// One change of one user.
#[derive(Clone)]
pub struct Mutation {
    /// The key of the user.
    pub key: UserKey,
    /// Whether the user is expected to exist.
    pub expected: Presence,
    /// The facts that the decision needs.
    pub facts: FactsSpec,
    /// The decision function.
    pub decide: Decide,
}

impl Mutation {
    /// A mutation of a user that probably exists.
    pub fn of_existing(
        key: UserKey,
        facts: FactsSpec,
        decide: impl Fn(&Facts) -> Decision + Send + Sync + 'static,
    ) -> Self {
        Self { key, expected: Presence::Present, facts, decide: Arc::new(decide) }
    }
}

/// Result of a mutation that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The user after the mutation.
    pub user: UserDetail,
    /// Whether the mutation changed anything.
    pub changed: bool,
    /// Read-only fields that were sent with a different value and ignored.
    pub ignored: Vec<UserField>,
    /// Whether a reason was sent for a status that the user already had.
    pub reason_is_unused: bool,
    /// The outcome of the report, if the mutation is a report.
    pub receipt: Option<ReportOutcome>,
}

impl Written {
    /// The result after `change` was written; `comments` are the previous comments.
    #[must_use]
    pub fn changed(change: &ChangeSet, decision: &Decision, comments: Vec<Comment>) -> Self {
        let newest_first =
            change.audit().iter().rev().filter_map(crate::model::AuditEntry::as_comment);
        let comments = newest_first.chain(comments).take(Comment::SHOWN_IN_DETAIL).collect();
        Self { changed: true, ..Self::unchanged(change.user(), decision, comments) }
    }

    /// The result if nothing was changed.
    #[must_use]
    pub fn unchanged(user: &User, decision: &Decision, comments: Vec<Comment>) -> Self {
        let notes = decision.notes.iter();
        Self {
            user: UserDetail {
                record: user.record.clone(),
                metadata: user.metadata.text(),
                comments,
            },
            changed: false,
            ignored: notes
                .filter(|note| note.header.kind == ActivityKind::ReadOnlyRefused)
                .flat_map(|note| note.header.fields.iter().copied())
                .collect(),
            reason_is_unused: decision.reason_is_unused,
            receipt: decision.receipt,
        }
    }
}

/// Why a mutation was not written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The decision refused the mutation.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// The user is deleted. A report with new information is stored with the deleted user.
    #[error("the user is deleted")]
    UserGone(ReportOutcome),
    /// Concurrent changes of the user prevented the write repeatedly: the same call may succeed later.
    #[error("the user is being changed by concurrent requests")]
    Contended,
}

/// Writes users of one application.
///
/// - A changed user, its evidence, audit entries, events and search text MUST be written together or not at all.
/// - A decision MUST see the evidence that it requests, whoever owns it, and be repeated with the history if needed.
/// - Evidence of a deleted user MUST be updated without any other change.
/// - Concurrent reports about one session, transaction or risk event MUST all be applied, for whichever users.
/// - Concurrent mutations of one user MUST all be applied: each is decided on the result of the previous one.
/// - Two concurrent creations with one `vendor_data` MUST create one user.
/// - A refused mutation MUST NOT affect the other mutations of the call.
/// - Notes MUST be written even if the decision changes nothing. Writing a note whose id exists MUST change nothing.
/// - A `vendor_data` MUST be free again once its user is deleted.
/// - A user of another application MUST NOT be found.
/// - A decision that requests `name_taken` MUST see the current value, even if the `vendor_data` is being taken.
/// - A decision that requests `block_left` MUST see the current value, even if such a user is being deleted.
/// - A deleted user MUST be found only by a key that includes deleted users; writing it MUST NOT change its successor.
///
/// For idempotent requests:
///
/// - The response of a request MUST be written atomically with the last of its changes.
/// - A repeated request MUST receive the stored response and change nothing, even if its decision would now differ.
/// - Of concurrent copies, one MUST be carried out; the others get its response or [`IdempotencyError::InUse`].
/// - A different request with the same claim name MUST be rejected while the response of the first one is stored.
/// - A response that must not be stored MUST leave the claim free.
/// - A claim MUST be free again `KEPT_HOURS` after its response was stored, by the store's clock.
/// - A claim of another application MUST NOT be found.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Runs the decisions and writes the changes. The results are in the order of `mutations`.
    ///
    /// # Errors
    /// [`StoreError`] if it is unknown whether anything was written; some of the mutations may have been written.
    async fn commit(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError>;

    /// As [`commit`](Self::commit), as the last commit of an idempotent request.
    ///
    /// # Errors
    /// [`IdempotencyError`]. As with [`commit`](Self::commit), some of the mutations may have been written if the store
    /// failed.
    async fn commit_idempotent(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
        once: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError>;
}
