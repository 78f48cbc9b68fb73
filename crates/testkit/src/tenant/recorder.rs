//! A store wrapper that records decisions.

use std::sync::Arc;

use async_trait::async_trait;
use users_domain::model::ApplicationId;
use users_domain::ports::{
    Answered, IdempotencyError, Idempotent, Mutation, StoreError, UserStore, WriteError, Written,
};

use crate::Journal;
use crate::journal::LastDecision;

/// The store under test. Every confirmed decision is recorded in the journal.
pub(super) struct Recorder {
    store: Arc<dyn UserStore>,
    journal: Arc<Journal>,
}

impl Recorder {
    pub(super) fn over(store: &Arc<dyn UserStore>, journal: &Arc<Journal>) -> Self {
        Self { store: Arc::clone(store), journal: Arc::clone(journal) }
    }
}

#[async_trait]
impl UserStore for Recorder {
    async fn commit(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError> {
        let (mutations, decisions): (Vec<_>, Vec<_>) =
            mutations.into_iter().map(LastDecision::of).unzip();
        let answers = self.store.commit(application, mutations).await?;
        self.record(decisions, &answers);
        Ok(answers)
    }

    async fn commit_idempotent(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
        once: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError> {
        let (mutations, decisions): (Vec<_>, Vec<_>) =
            mutations.into_iter().map(LastDecision::of).unzip();
        let answered = self.store.commit_idempotent(application, mutations, once).await?;
        if let Answered::Fresh(answers) = &answered {
            self.record(decisions, answers);
        }
        Ok(answered)
    }
}

impl Recorder {
    fn record(&self, decisions: Vec<LastDecision>, answers: &[Result<Written, WriteError>]) {
        assert_eq!(answers.len(), decisions.len(), "one answer per mutation");
        let confirmed = decisions.into_iter().zip(answers);
        self.journal.record(confirmed.filter_map(|(decision, answer)| {
            (*answer != Err(WriteError::Contended)).then_some(decision)
        }));
    }
}
