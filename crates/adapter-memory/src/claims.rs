//! Idempotency claims: who holds a claim, and the stored responses for repeats.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::{
    ApplicationId, Fingerprint, HolderId, IdempotencyClaim, StoredResponse, Timestamp,
};
use users_domain::ports::{Answered, IdempotencyError, IdempotencyStore, StoreError};

use crate::MemoryStore;

const MILLIS_OF_AN_HOUR: u64 = 60 * 60 * 1000;

#[derive(Debug, Default)]
pub(crate) struct Claims(BTreeMap<(ApplicationId, [u8; 32]), KeptClaim>);

#[derive(Debug)]
struct KeptClaim {
    fingerprint: Fingerprint,
    state: ClaimState,
    expires_at: Timestamp,
}

#[derive(Debug)]
enum ClaimState {
    Held(HolderId),
    Answered(StoredResponse),
}

impl Claims {
    /// Returns the stored response or the error for a call whose claim is taken, or `None` if the call may proceed.
    pub(crate) fn look_up(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: Option<HolderId>,
        now: Timestamp,
    ) -> Option<Result<StoredResponse, IdempotencyError>> {
        let kept = self.0.get(&(application, *claim.name()))?;
        match &kept.state {
            ClaimState::Held(other) if Some(*other) == holder => None,
            _ if kept.expires_at <= now => None,
            _ if kept.fingerprint != claim.fingerprint() => Some(Err(IdempotencyError::Reused)),
            ClaimState::Held(_) => Some(Err(IdempotencyError::InUse)),
            ClaimState::Answered(answer) => Some(Ok(answer.clone())),
        }
    }

    pub(crate) fn keep(
        &mut self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        answer: StoredResponse,
        now: Timestamp,
    ) {
        let millis = u64::from(StoredResponse::KEPT_HOURS) * MILLIS_OF_AN_HOUR;
        let expires_at = now.plus_millis(millis);
        self.put(application, claim, ClaimState::Answered(answer), expires_at);
    }

    fn put(
        &mut self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        state: ClaimState,
        expires_at: Timestamp,
    ) {
        let kept = KeptClaim { fingerprint: claim.fingerprint(), state, expires_at };
        self.0.insert((application, *claim.name()), kept);
    }
}

#[async_trait]
impl IdempotencyStore for MemoryStore {
    async fn hold(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
        at_most: Duration,
    ) -> Result<Answered<()>, IdempotencyError> {
        let (now, mut state) = (self.now(), self.lock());
        if let Some(known) = state.claims.look_up(application, claim, None, now) {
            return known.map(Answered::Replayed);
        }
        let millis = u64::try_from(at_most.as_millis()).unwrap_or(u64::MAX);
        let expires_at = now.plus_millis(millis);
        let held = ClaimState::Held(holder);
        state.claims.put(application, claim, held, expires_at);
        Ok(Answered::Fresh(()))
    }

    async fn release(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
    ) -> Result<(), StoreError> {
        let claims = &mut self.lock().claims.0;
        let key = (application, *claim.name());
        let is_held = |kept: &KeptClaim| matches!(kept.state, ClaimState::Held(by) if by == holder);
        if claims.get(&key).is_some_and(is_held) {
            claims.remove(&key);
        }
        Ok(())
    }

    async fn remove_expired(&self, limit: usize) -> Result<usize, StoreError> {
        let (now, mut state) = (self.now(), self.lock());
        let claims = &mut state.claims.0;
        let over = claims.iter().filter(|(_, kept)| kept.expires_at <= now);
        let over: Vec<_> = over.map(|(key, _)| *key).take(limit).collect();
        for key in &over {
            claims.remove(key);
        }
        Ok(over.len())
    }
}
