//! Reports to a tenant, and the stored evidence.

use std::sync::{Arc, Mutex, PoisonError};

use users_domain::model::evidence::{
    Evidence, EvidenceId, History, RiskReport, SessionReport, StoredEvidence, TransactionReport,
};
use users_domain::model::{UserId, UserKey, UserRecord};
use users_domain::ports::{FactsSpec, Mutation, WriteError};
use users_domain::rules::Rejection;
use users_domain::service::{ReportAnswer, ServiceError};

use super::Tenant;
use crate::{Report, by_name};

impl Tenant {
    /// Reports sessions.
    pub async fn sessions(&self, reports: Vec<SessionReport>) -> Vec<ReportAnswer> {
        let answers = self.ingest.sessions(&self.service, reports).await;
        answers.expect("the store answers")
    }

    /// Reports one session.
    ///
    /// # Errors
    /// The refusal of the report.
    pub async fn session(&self, report: SessionReport) -> ReportAnswer {
        let mut answers = self.sessions(vec![report]).await;
        answers.pop().expect("one answer")
    }

    /// Reports transactions.
    pub async fn transactions(&self, reports: Vec<TransactionReport>) -> Vec<ReportAnswer> {
        let answers = self.ingest.transactions(&self.service, reports).await;
        answers.expect("the store answers")
    }

    /// Reports risk events.
    pub async fn risks(&self, reports: Vec<RiskReport>) -> Vec<ReportAnswer> {
        let answers = self.ingest.risks(&self.service, reports).await;
        answers.expect("the store answers")
    }

    /// Reports the sessions in one call and the transactions in another.
    ///
    /// # Errors
    /// Those of [`users_domain::service::IngestService::sessions`].
    pub async fn try_reports(&self, reports: &[Report]) -> Result<Vec<ReportAnswer>, ServiceError> {
        let (mut sessions, mut transactions) = (Vec::new(), Vec::new());
        for report in reports {
            match report.clone() {
                Report::Session(report) => sessions.push(report),
                Report::Transaction(report) => transactions.push(report),
            }
        }
        let mut answers = self.ingest.sessions(&self.service, sessions).await?;
        let others = self.ingest.transactions(&self.service, transactions);
        answers.extend(others.await?);
        Ok(answers)
    }

    /// Like [`Self::try_reports`], but panics if the store fails.
    pub async fn reports(&self, reports: &[Report]) -> Vec<ReportAnswer> {
        let answers = self.try_reports(reports).await;
        answers.expect("the store answers")
    }

    /// The evidence that a decision about an unknown user sees.
    pub async fn stored_evidence(&self, id: EvidenceId) -> Option<StoredEvidence> {
        self.evidence_seen_by(unknown_user(), id).await
    }

    /// The evidence that a decision about this user sees.
    pub async fn evidence_seen_by(&self, key: UserKey, id: EvidenceId) -> Option<StoredEvidence> {
        let mut rows = self.all_seen(vec![(key, id)]).await;
        rows.pop().expect("one row or none")
    }

    async fn all_seen(&self, asked: Vec<(UserKey, EvidenceId)>) -> Vec<Option<StoredEvidence>> {
        let reads = asked.into_iter().map(|(key, id)| read_of(key, id));
        let (reads, seen): (Vec<_>, Vec<_>) = reads.unzip();
        let answers = self.subject.store.commit(self.id(), reads).await;
        let refused = Err(WriteError::Refused(Rejection::UserNotFound));
        let answers = answers.expect("the store answers");
        assert!(answers.iter().all(|answer| *answer == refused));
        let evidence = |seen: Seen| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.take().expect("a decision was made")
        };
        seen.into_iter().map(evidence).collect()
    }

    /// The users that are not deleted, each with its history.
    pub async fn histories(&self) -> Vec<(UserRecord, History)> {
        let rows = self.subject.reader.histories(self.id(), None, 1_000).await;
        rows.expect("the store answers")
    }

    /// Compares the stored evidence rows with the decisions.
    pub(super) async fn assert_evidence_as_decided(&self) {
        let decided: Vec<(UserId, Evidence)> = self.journal.evidence();
        let ids = decided.iter().map(|(_, evidence)| (unknown_user(), evidence.id())).collect();
        let stored = self.all_seen(ids).await.into_iter().flatten();
        let stored: Vec<_> = stored.map(|row| (row.owner.user, row.evidence)).collect();
        assert_eq!(stored, decided, "rows of evidence");
    }
}

/// The evidence row that a decision saw; `None` before the decision.
type Seen = Arc<Mutex<Option<Option<StoredEvidence>>>>;

fn unknown_user() -> UserKey {
    by_name("an unknown user")
}

fn read_of(key: UserKey, id: EvidenceId) -> (Mutation, Seen) {
    let seen = Seen::default();
    let recorder = Arc::clone(&seen);
    let facts = FactsSpec { comments: false, evidence: Some(id), ..FactsSpec::default() };
    let read = Mutation::of_existing(key, facts, move |facts| {
        let evidence = facts.kept.clone();
        *recorder.lock().unwrap_or_else(PoisonError::into_inner) = Some(evidence);
        Rejection::UserNotFound.into()
    });
    (read, seen)
}
