//! What services report to a tenant, and what is kept of it.

use std::sync::{Arc, Mutex, PoisonError};

use users_domain::model::evidence::{
    Evidence, EvidenceId, History, RiskReport, SessionReport, StoredEvidence, TransactionReport,
};
use users_domain::model::{UserId, UserRecord};
use users_domain::ports::{FactsSpec, Mutation, Presence, WriteError};
use users_domain::rules::Rejection;
use users_domain::service::{ReportAnswer, ServiceError};

use super::Tenant;
use crate::{Report, by_name};

impl Tenant {
    /// Takes sessions in.
    pub async fn sessions(&self, reports: Vec<SessionReport>) -> Vec<ReportAnswer> {
        let answers = self.ingest.sessions(&self.service, reports).await;
        answers.expect("the store answers")
    }

    /// Takes one session in.
    ///
    /// # Errors
    /// Why it was refused.
    pub async fn session(&self, report: SessionReport) -> ReportAnswer {
        let mut answers = self.sessions(vec![report]).await;
        answers.pop().expect("one answer")
    }

    /// Takes transactions in.
    pub async fn transactions(&self, reports: Vec<TransactionReport>) -> Vec<ReportAnswer> {
        let answers = self.ingest.transactions(&self.service, reports).await;
        answers.expect("the store answers")
    }

    /// Takes risk events in.
    pub async fn risks(&self, reports: Vec<RiskReport>) -> Vec<ReportAnswer> {
        let answers = self.ingest.risks(&self.service, reports).await;
        answers.expect("the store answers")
    }

    /// Takes reports in: the sessions by one call, the transactions by another.
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

    /// As [`Self::try_reports`].
    pub async fn reports(&self, reports: &[Report]) -> Vec<ReportAnswer> {
        let answers = self.try_reports(reports).await;
        answers.expect("the store answers")
    }

    /// What a decision sees that asks for this evidence, about a user that there is not.
    pub async fn kept(&self, id: EvidenceId) -> Option<StoredEvidence> {
        let mut rows = self.all_kept(vec![id]).await;
        rows.pop().expect("one row or none")
    }

    async fn all_kept(&self, ids: Vec<EvidenceId>) -> Vec<Option<StoredEvidence>> {
        let (looks, seen): (Vec<_>, Vec<_>) = ids.into_iter().map(look_at).unzip();
        let answers = self.subject.store.commit(self.id(), looks).await;
        let refused = Err(WriteError::Refused(Rejection::UserNotFound));
        let answers = answers.expect("the store answers");
        assert!(answers.iter().all(|answer| *answer == refused));
        let kept = |seen: Seen| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.take().expect("a decision was made")
        };
        seen.into_iter().map(kept).collect()
    }

    /// The users that there are, each with its history.
    pub async fn histories(&self) -> Vec<(UserRecord, History)> {
        let rows = self.subject.reader.histories(self.id(), None, 1_000).await;
        rows.expect("the store answers")
    }

    /// Compares the rows that are kept with those that were decided.
    pub(super) async fn assert_kept_as_decided(&self) {
        let decided: Vec<(UserId, Evidence)> = self.journal.evidence();
        let ids = decided.iter().map(|(_, evidence)| evidence.id()).collect();
        let kept = self.all_kept(ids).await.into_iter().flatten();
        let kept: Vec<_> = kept.map(|row| (row.owner.user, row.evidence)).collect();
        assert_eq!(kept, decided, "rows of evidence");
    }
}

/// The kept row that a decision saw, once one was made.
type Seen = Arc<Mutex<Option<Option<StoredEvidence>>>>;

fn look_at(id: EvidenceId) -> (Mutation, Seen) {
    let seen = Seen::default();
    let see = Arc::clone(&seen);
    let look = Mutation {
        key: by_name("nobody of that name"),
        expected: Presence::Present,
        facts: FactsSpec {
            comments: false,
            evidence: Some(id),
            ..FactsSpec::default()
        },
        decide: Arc::new(move |facts| {
            let kept = facts.kept.clone();
            *see.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
            Rejection::UserNotFound.into()
        }),
    };
    (look, seen)
}
