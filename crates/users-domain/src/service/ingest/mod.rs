//! What other services report about users, and what they ask.

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

/// What came of one report.
pub type ReportAnswer = Result<Reported, Rejection>;

/// What came of a report that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Whether it was news.
    pub receipt: ReportOutcome,
    /// The user after it; none where it is gone.
    pub user: Option<ReportedUser>,
}

/// A user as the answer to a report shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedUser {
    /// `didit_internal_id`.
    pub id: UserId,
    /// The client's own identifier.
    pub vendor_data: VendorData,
    /// Where the user stands.
    pub status: UserStatus,
    /// The user's version.
    pub version: u64,
}

/// The use cases of services that report and ask.
pub struct IngestService {
    store: Arc<dyn UserStore>,
    reader: Arc<dyn UserReader>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl IngestService {
    /// The most reports of one call (docs/API.md).
    pub const MAX_REPORTS: usize = 500;

    /// Over these ports.
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

    /// The current time: what reported times are checked against.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Takes sessions in. Answers in the order of the reports; one refusal does not harm the others.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Contended`], [`ServiceError::Store`]. What was taken in before an
    /// error stays; the same call does no harm when it is repeated.
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
                ..asking_for(EvidenceId::Session(report.session.clone()))
            };
            let decide: Decide = Arc::new(move |facts| {
                decide_session(facts, &report, settings, application, &context)
            });
            about(key, facts, decide)
        };
        let mutations = reports.into_iter().map(mutation).collect();
        self.commit(caller, mutations).await
    }

    /// Takes transactions in, as [`Self::sessions`].
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
                ..asking_for(EvidenceId::Transaction(report.transaction.clone()))
            };
            let decide: Decide =
                Arc::new(move |facts| decide_transaction(facts, &report, application, &context));
            about(key, facts, decide)
        };
        let mutations = reports.into_iter().map(mutation).collect();
        self.commit(caller, mutations).await
    }

    /// Takes risk events in, as [`Self::sessions`]. They make no users.
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
            let facts = asking_for(EvidenceId::RiskEvent(report.event.id.clone()));
            let decide: Decide = Arc::new(move |facts| decide_risk(facts, &report, &context));
            about(key, facts, decide)
        };
        let mutations = reports.into_iter().map(mutation).collect();
        self.commit(caller, mutations).await
    }

    /// The status that holds for this name, for [`crate::rules::enforcement`], and the version of the user who has it. `None` for
    /// a name that is not known. Of a deleted user a block remains, where the application wants it.
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
        // Asked for after the user: whoever was deleted in between is seen here.
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

fn asking_for(evidence: EvidenceId) -> FactsSpec {
    FactsSpec {
        comments: false,
        evidence: Some(evidence),
        ..FactsSpec::default()
    }
}

fn about(vendor_data: VendorData, facts: FactsSpec, decide: Decide) -> Mutation {
    Mutation {
        key: UserKey::VendorData(vendor_data),
        expected: Presence::Present,
        facts,
        decide,
    }
}

fn no_receipt() -> StoreError {
    StoreError::Defect {
        reason: "a report without a receipt".to_owned(),
    }
}

#[cfg(test)]
mod tests;
