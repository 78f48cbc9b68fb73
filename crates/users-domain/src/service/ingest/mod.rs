//! Use cases of other services: evidence reports and status queries.

use std::sync::Arc;

use super::Contexts;
use super::users::{ServiceError, authorize};
use crate::model::evidence::{
    EvidenceId, ReportOutcome, RiskReport, SessionReport, SessionStatus, TransactionReport,
};
use crate::model::{
    Caller, CommandContext, Operation, Timestamp, UserKey, UserRecord, UserStatus, VendorData,
};
use crate::ports::{
    Clock, Entropy, FactsSpec, Mutation, StoreError, UserReader, UserStore, WriteError,
};
use crate::rules::{Rejection, decide_risk, decide_session, decide_transaction};

/// Result of one report.
pub type ReportAnswer = Result<Reported, Rejection>;

/// Result of an accepted report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Whether the report was applied, stale or a duplicate.
    pub receipt: ReportOutcome,
    /// The user after the report; `None` if the user is deleted.
    pub user: Option<UserRecord>,
}

/// Use cases of other services.
pub struct IngestService {
    store: Arc<dyn UserStore>,
    reader: Arc<dyn UserReader>,
    contexts: Contexts,
}

impl IngestService {
    /// Maximum number of reports per call (docs/API.md).
    pub const MAX_REPORTS: usize = 500;

    /// Creates the service with its ports.
    pub fn new(
        store: Arc<dyn UserStore>,
        reader: Arc<dyn UserReader>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, reader, contexts: Contexts { clock, entropy } }
    }

    /// Current time; reported times are validated against it.
    pub fn now(&self) -> Timestamp {
        self.contexts.now()
    }

    /// Stores session reports. Returns results in their order; a rejected report does not affect the others.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Contended`], [`ServiceError::Store`]. Reports stored before an
    /// error stay stored; a retry is harmless.
    pub async fn sessions(
        &self,
        caller: &Caller,
        reports: Vec<SessionReport>,
    ) -> Result<Vec<ReportAnswer>, ServiceError> {
        let (application, settings) = (caller.application(), caller.grant.settings);
        let mutation = |report: SessionReport, context| {
            let facts = FactsSpec {
                history: report.state.status == SessionStatus::Approved,
                block_left: settings.block_survives_deletion,
                ..facts_for(EvidenceId::Session(report.session.clone()))
            };
            let key = UserKey::VendorData(report.vendor_data.clone());
            Mutation::of_existing(key, facts, move |facts| {
                decide_session(facts, &report, settings, application, &context)
            })
        };
        self.commit(caller, Operation::ReportSessions, reports, mutation).await
    }

    /// Stores transaction reports, like [`Self::sessions`].
    ///
    /// # Errors
    /// Those of [`Self::sessions`].
    pub async fn transactions(
        &self,
        caller: &Caller,
        reports: Vec<TransactionReport>,
    ) -> Result<Vec<ReportAnswer>, ServiceError> {
        let (application, settings) = (caller.application(), caller.grant.settings);
        let mutation = |report: TransactionReport, context| {
            let facts = FactsSpec {
                block_left: settings.block_survives_deletion,
                ..facts_for(EvidenceId::Transaction(report.transaction.clone()))
            };
            let key = UserKey::VendorData(report.vendor_data.clone());
            Mutation::of_existing(key, facts, move |facts| {
                decide_transaction(facts, &report, application, &context)
            })
        };
        self.commit(caller, Operation::ReportTransactions, reports, mutation).await
    }

    /// Stores risk events, like [`Self::sessions`], but never creates users.
    ///
    /// # Errors
    /// Those of [`Self::sessions`].
    pub async fn risks(
        &self,
        caller: &Caller,
        reports: Vec<RiskReport>,
    ) -> Result<Vec<ReportAnswer>, ServiceError> {
        let mutation = |report: RiskReport, context| {
            let facts = facts_for(EvidenceId::RiskEvent(report.event.id.clone()));
            let key = UserKey::VendorData(report.vendor_data.clone());
            Mutation::of_existing(key, facts, move |facts| decide_risk(facts, &report, &context))
        };
        self.commit(caller, Operation::ReportRisks, reports, mutation).await
    }

    /// Returns the status of this name, for [`crate::rules::enforcement`], and the version of its user; `None` for an
    /// unknown name. A block survives the deletion of its user if the settings require it.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Store`].
    pub async fn status(
        &self,
        caller: &Caller,
        vendor_data: &VendorData,
    ) -> Result<Option<(UserStatus, Option<u64>)>, ServiceError> {
        authorize(caller, Operation::ReadEnforcement)?;
        let application = caller.application();
        if let Some((status, version)) = self.reader.status(application, vendor_data).await? {
            return Ok(Some((status, Some(version))));
        }
        // Read after the user, so that a deletion between the two reads is seen.
        let blocked = caller.grant.settings.block_survives_deletion
            && self.reader.block_left(application, vendor_data).await?;
        Ok(blocked.then_some((UserStatus::Blocked, None)))
    }

    async fn commit<R>(
        &self,
        caller: &Caller,
        operation: Operation,
        reports: Vec<R>,
        mutation: impl Fn(R, CommandContext) -> Mutation + Send,
    ) -> Result<Vec<ReportAnswer>, ServiceError> {
        authorize(caller, operation)?;
        let mutations =
            reports.into_iter().map(|report| mutation(report, self.contexts.of(caller))).collect();
        let answers = self.store.commit(caller.application(), mutations).await?;
        answers
            .into_iter()
            .map(|answer| match answer {
                Ok(written) => Ok(Ok(Reported {
                    receipt: written.receipt.ok_or_else(no_receipt)?,
                    user: Some(written.user.record),
                })),
                Err(WriteError::UserGone(receipt)) => Ok(Ok(Reported { receipt, user: None })),
                Err(WriteError::Refused(rejection)) => Ok(Err(rejection)),
                Err(WriteError::Contended) => Err(ServiceError::Contended),
            })
            .collect()
    }
}

fn facts_for(evidence: EvidenceId) -> FactsSpec {
    FactsSpec { evidence: Some(evidence), ..FactsSpec::without_comments() }
}

fn no_receipt() -> StoreError {
    StoreError::Defect { reason: "the store returned a report without a receipt".to_owned() }
}

#[cfg(test)]
mod tests;
