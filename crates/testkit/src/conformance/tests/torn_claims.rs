//! Idempotent calls of the store with flaws.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::{ApplicationId, HolderId, IdempotencyClaim, StoredResponse};
use users_domain::ports::{
    Answered, IdempotencyError, IdempotencyStore, Idempotent, Mutation, StoreError, WriteError,
    Written,
};

use super::torn_store::{Flaw, State, TornStore};
use crate::conformance::ClaimTime;

/// The claims of all applications, each with the time until its expiry.
#[derive(Default)]
pub(super) struct Claims(BTreeMap<(ApplicationId, [u8; 32]), Row>);

struct Row {
    claim: IdempotencyClaim,
    state: Result<StoredResponse, HolderId>,
    expires_in: Duration,
}

type Outcome = Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError>;

impl TornStore {
    fn look_up(
        &self,
        state: &State,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: Option<HolderId>,
    ) -> Option<Result<StoredResponse, IdempotencyError>> {
        let row = state.claims.0.get(&(application, *claim.name()))?;
        let is_same = row.claim == *claim || self.flaw == Flaw::IgnoresFingerprints;
        match &row.state {
            Err(other) if Some(*other) == holder => None,
            _ if row.expires_in.is_zero() => None,
            _ if !is_same => Some(Err(IdempotencyError::Reused)),
            Err(_) => Some(Err(IdempotencyError::InUse)),
            Ok(stored) => Some(Ok(stored.clone())),
        }
    }

    pub(super) fn known(
        &self,
        state: &State,
        application: ApplicationId,
        once: &Idempotent,
    ) -> Option<Outcome> {
        let known = self.look_up(state, application, &once.claim, once.holder)?;
        Some(known.map(Answered::Replayed))
    }

    /// Executes all mutations and stores the response. A failed mutation ends the call without a response.
    pub(super) fn execute(
        &self,
        state: &mut State,
        application: ApplicationId,
        mutations: &[Mutation],
        once: &Idempotent,
    ) -> Outcome {
        if mutations.len() == 1 {
            // Compute the response on an empty state.
            let (facts, decision) = self.decide(state, application, &mutations[0]);
            let mut scratch = State::default();
            let answer = self.write(&mut scratch, application, facts, &decision)?;
            let response = (once.answer)(&[answer])?;
            if self.flaw == Flaw::WritesResponsesFirst {
                state.put(application, once, response.clone());
            }
            let (facts, decision) = self.decide(state, application, &mutations[0]);
            let answer = self.write(state, application, facts, &decision)?;
            state.put(application, once, response);
            return Ok(Answered::Fresh(vec![answer]));
        }
        let mut answers = Vec::new();
        for mutation in mutations {
            let (facts, decision) = self.decide(state, application, mutation);
            answers.push(self.write(state, application, facts, &decision)?);
        }
        let response = (once.answer)(&answers)?;
        state.put(application, once, response);
        Ok(Answered::Fresh(answers))
    }
}

impl State {
    fn put(
        &mut self,
        application: ApplicationId,
        once: &Idempotent,
        response: Option<StoredResponse>,
    ) {
        if let Some(response) = response {
            let day = Duration::from_hours(u64::from(StoredResponse::KEPT_HOURS));
            self.claims.put(application, &once.claim, Ok(response), day);
        }
    }
}

impl Claims {
    fn put(
        &mut self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        state: Result<StoredResponse, HolderId>,
        expires_in: Duration,
    ) {
        let claim = *claim;
        let row = Row { claim, state, expires_in };
        self.0.insert((application, *claim.name()), row);
    }
}

#[async_trait]
impl IdempotencyStore for TornStore {
    async fn hold(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
        at_most: Duration,
    ) -> Result<Answered<()>, IdempotencyError> {
        let mut state = self.lock();
        if let Some(known) = self.look_up(&state, application, claim, None) {
            return known.map(Answered::Replayed);
        }
        state.claims.put(application, claim, Err(holder), at_most);
        Ok(Answered::Fresh(()))
    }

    async fn release(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        let key = (application, *claim.name());
        if let Some(row) = state.claims.0.get(&key)
            && row.state == Err(holder)
        {
            state.claims.0.remove(&key);
        }
        Ok(())
    }

    async fn remove_expired(&self, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

#[async_trait]
impl ClaimTime for TornStore {
    async fn let_claims_age(&self, span: Duration) {
        for row in self.lock().claims.0.values_mut() {
            row.expires_in = row.expires_in.saturating_sub(span);
        }
    }
}
