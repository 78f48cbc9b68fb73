//! Use cases of other services: evidence reports and status queries.

use std::sync::Arc;

use super::users::{ServiceError, authorize};
use crate::model::evidence::{
    EvidenceId, ReportOutcome, RiskReport, SessionReport, SessionStatus, TransactionReport,
};
use crate::model::{Caller, Operation, Timestamp, UserId, UserKey, UserStatus, VendorData};
use crate::ports::{
    Clock, Decide, Entropy, FactsSpec, Mutation, Presence, StoreError, UserReader, UserStore,
    WriteError,
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
    pub user: Option<ReportedUser>,
}

/// User fields in the response to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedUser {
    /// `didit_internal_id`.
    pub id: UserId,
    /// The client's own identifier.
    pub vendor_data: VendorData,
    /// The user's status.
    pub status: UserStatus,
    /// The user's version.
    pub version: u64,
}

/// Use cases of other services.
pub struct IngestService {
    store: Arc<dyn UserStore>,
    reader: Arc<dyn UserReader>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
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
        Self {
            store,
            reader,
            clock,
            entropy,
        }
    }

    /// Current time; reported times are validated against it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Stores session reports. Returns results in the order of the reports; a rejected report does not affect the
    /// others.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Contended`], [`ServiceError::Store`]. Reports stored before an
    /// error stay stored; a retry is harmless.
    pub async fn sessions(
        &self,
        caller: &Caller,
        reports: Vec<SessionReport>,
    ) -> Result<Vec<ReportAnswer>, ServiceError> {
        authorize(caller, Operation::ReportSessions)?;
        let (application, settings) = (caller.application(), caller.grant.settings);
        let mutation = |report: SessionReport| {
            let context = caller.context(self.clock.now(), self.entropy.seed());
            let key = report.vendor_data.clone();
            let facts = FactsSpec {
                history: report.state.status == SessionStatus::Approved,
                block_left: settings.block_survives_deletion,
                ..facts_for(EvidenceId::Session(report.session.clone()))
            };
            let decide: Decide = Arc::new(move |facts| {
                decide_session(facts, &report, settings, application, &context)
            });
            mutation_of(key, facts, decide)
        };
        let mutations = reports.into_iter().map(mutation).collect();
        self.commit(caller, mutations).await
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
        authorize(caller, Operation::ReportTransactions)?;
        let application = caller.application();
        let mutation = |report: TransactionReport| {
            let context = caller.context(self.clock.now(), self.entropy.seed());
            let key = report.vendor_data.clone();
            let facts = FactsSpec {
                block_left: caller.grant.settings.block_survives_deletion,
                ..facts_for(EvidenceId::Transaction(report.transaction.clone()))
            };
            let decide: Decide =
                Arc::new(move |facts| decide_transaction(facts, &report, application, &context));
            mutation_of(key, facts, decide)
        };
        let mutations = reports.into_iter().map(mutation).collect();
        self.commit(caller, mutations).await
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
        authorize(caller, Operation::ReportRisks)?;
        let mutation = |report: RiskReport| {
            let context = caller.context(self.clock.now(), self.entropy.seed());
            let key = report.vendor_data.clone();
            let facts = facts_for(EvidenceId::RiskEvent(report.event.id.clone()));
            let decide: Decide = Arc::new(move |facts| decide_risk(facts, &report, &context));
            mutation_of(key, facts, decide)
        };
        let mutations = reports.into_iter().map(mutation).collect();
        self.commit(caller, mutations).await
    }

    /// Returns the status of this name, for [`crate::rules::enforcement`], and the version of the user that has it.
    /// Returns `None` for an unknown name. A block survives the deletion of its user if the application's settings
    /// require it.
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

    async fn commit(
        &self,
        caller: &Caller,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<ReportAnswer>, ServiceError> {
        let answers = self.store.commit(caller.application(), mutations).await?;
        answers
            .into_iter()
            .map(|answer| match answer {
                Ok(written) => Ok(Ok(Reported {
                    receipt: written.receipt.ok_or_else(no_receipt)?,
                    user: Some(ReportedUser {
                        id: written.user.record.id,
                        status: written.user.record.status,
                        version: written.user.record.version,
                        vendor_data: written.user.record.vendor_data,
                    }),
                })),
                Err(WriteError::UserGone(receipt)) => Ok(Ok(Reported {
                    receipt,
                    user: None,
                })),
                Err(WriteError::Refused(rejection)) => Ok(Err(rejection)),
                Err(WriteError::Contended) => Err(ServiceError::Contended),
            })
            .collect()
    }
}

fn facts_for(evidence: EvidenceId) -> FactsSpec {
    FactsSpec {
        comments: false,
        evidence: Some(evidence),
        ..FactsSpec::default()
    }
}

fn mutation_of(vendor_data: VendorData, facts: FactsSpec, decide: Decide) -> Mutation {
    Mutation {
        key: UserKey::VendorData(vendor_data),
        expected: Presence::Present,
        facts,
        decide,
    }
}

fn no_receipt() -> StoreError {
    StoreError::Defect {
        reason: "the store returned a report without a receipt".to_owned(),
    }
}

#[cfg(test)]
mod tests;
