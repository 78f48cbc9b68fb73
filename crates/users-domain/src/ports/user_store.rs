//! Writing users: the one way a user changes.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use super::{Answered, IdempotencyError, Idempotent, StoreError};
use crate::model::evidence::{EvidenceId, ReportOutcome};
use crate::model::{
    ActivityKind, ApplicationId, Comment, TagName, User, UserDetail, UserField, UserKey,
};
use crate::rules::{ChangeSet, Decision, Facts, Rejection};

/// Which facts a decision needs beside the user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each asks for a fact of its own"
)]
pub struct FactsSpec {
    /// Whether it needs the comments, or its answer shows them; they can be large.
    pub comments: bool,
    /// The tags of these names.
    pub tags: Vec<TagName>,
    /// The kept row of this name.
    pub evidence: Option<EvidenceId>,
    /// Whether somebody who is not deleted has the user's name.
    pub name_taken: bool,
    /// Whether the user of the name that was deleted last was BLOCKED, where nobody has the name or the user is deleted itself.
    pub block_left: bool,
    /// Whether it will probably need the user's history. Decides what is read first, never what comes out.
    pub history: bool,
}

impl Default for FactsSpec {
    /// What an answer that shows the user needs.
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

/// Pure: may run several times, on different facts; only the last run counts. Same facts, same answer.
pub type Decide = Arc<dyn Fn(&Facts) -> Decision + Send + Sync>;

/// Whether the caller expects the user to be there. Decides which way is tried first, never what comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Probably not: trying to insert comes first.
    Absent,
    /// Probably.
    Present,
}

/// One change of one user.
#[derive(Clone)]
pub struct Mutation {
    /// Whom.
    pub key: UserKey,
    /// Whether that user is expected to be there.
    pub expected: Presence,
    /// What the decision needs to see.
    pub facts: FactsSpec,
    /// The decision.
    pub decide: Decide,
}

impl fmt::Debug for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutation")
            .field("expected", &self.expected)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

/// What came of a mutation that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The user as this mutation left it.
    pub user: UserDetail,
    /// Whether the mutation changed anything.
    pub changed: bool,
    /// Read-only fields that were sent with another value and ignored.
    pub ignored: Vec<UserField>,
    /// Whether a reason was sent for a status that the user had already.
    pub reason_is_unused: bool,
    /// What came of a report, if the mutation is one.
    pub receipt: Option<ReportOutcome>,
}

impl Written {
    /// The answer after `change` was written; `comments` are those from before.
    #[must_use]
    pub fn changed(change: &ChangeSet, decision: &Decision, comments: Vec<Comment>) -> Self {
        let newest_first = change
            .audit()
            .iter()
            .rev()
            .filter_map(crate::model::AuditEntry::as_comment);
        let comments = newest_first
            .chain(comments)
            .take(Comment::SHOWN_IN_DETAIL)
            .collect();
        Self {
            user: detail(change.user(), comments),
            changed: true,
            ignored: ignored(decision),
            reason_is_unused: decision.reason_is_unused,
            receipt: decision.receipt,
        }
    }

    /// The answer when nothing was to be changed.
    #[must_use]
    pub fn unchanged(user: &User, decision: &Decision, comments: Vec<Comment>) -> Self {
        Self {
            user: detail(user, comments),
            changed: false,
            ignored: ignored(decision),
            reason_is_unused: decision.reason_is_unused,
            receipt: decision.receipt,
        }
    }
}

fn detail(user: &User, comments: Vec<Comment>) -> UserDetail {
    UserDetail {
        record: user.record.clone(),
        metadata: user.metadata.text(),
        comments,
    }
}

fn ignored(decision: &Decision) -> Vec<UserField> {
    let refused = decision
        .notes
        .iter()
        .filter(|note| note.header.kind == ActivityKind::ReadOnlyRefused);
    refused
        .flat_map(|note| note.header.fields.iter().copied())
        .collect()
}

/// Why one mutation of a call was not written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The decision says no.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// The user is gone: the report is kept with what remains of it, if it said anything new.
    #[error("the user is gone")]
    UserGone(ReportOutcome),
    /// Others changed the user again and again meanwhile: the same call may succeed later.
    #[error("the user is being changed by others")]
    Contended,
}

/// Writes users of one application.
///
/// - A changed user, its evidence, its audit entries, its events and its search text MUST be written together or not at
///   all.
/// - A decision that asks for evidence MUST see the row that is kept of it, whosever it is; one that needs the history MUST
///   be made again with it.
/// - Evidence of a deleted user MUST be kept up to date and change nothing else.
/// - Reports of one thing by several at once MUST lose nothing, also where they name different users.
/// - Concurrent mutations of one user MUST lose nothing: each is decided on the outcome of the one before.
/// - Two creates of one `vendor_data` at once MUST make one user.
/// - One refusal MUST NOT harm its neighbours.
/// - Notes MUST be written also where the outcome is no change; writing a note whose id exists MUST change nothing.
/// - A `vendor_data` MUST be free again once its user is deleted.
/// - A user of another application MUST NOT be found.
/// - A decision that asks whether a name is taken MUST be told so, whoever takes it at the same time.
/// - A decision that asks whether a block was left behind MUST be told so, whoever deletes the user of that name at the same
///   time.
/// - A deleted user MUST be found by a key that asks for deleted users too, and by no other; what is written of it MUST
///   leave whoever has its name now as it is.
///
/// And of calls that are carried out once:
///
/// - The answer of a call MUST be written with the last of its changes or not at all.
/// - A repeat MUST get the kept answer and change nothing, also where its decision would now be another one.
/// - Of one call sent several times at once one MUST be carried out; the others get its answer or are told that it is
///   under way.
/// - Another call of the same name MUST be refused as long as the first one's answer is kept.
/// - What is not to be kept MUST leave the claim free.
/// - A claim MUST be free again [`StoredResponse::KEPT_HOURS`](crate::model::StoredResponse::KEPT_HOURS) after it was answered,
///   by the store's clock.
/// - A claim of another application MUST NOT be found.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Decides and writes. Answers in the order of `mutations`.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known that anything was written; some of the mutations may have been.
    async fn commit(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError>;

    /// The same as the last commit of a call that is carried out once.
    ///
    /// # Errors
    /// [`IdempotencyError`]; as of [`commit`](Self::commit), some of the mutations may have been written where the store failed.
    async fn commit_idempotent(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
        once: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError>;
}
