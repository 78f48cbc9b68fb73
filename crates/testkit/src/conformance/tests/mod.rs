//! Tests of the suites: every clause is listed, and the most important clauses detect a faulty store. Without a flaw the
//! store passes all suites (`crates/adapter-memory/tests`).

mod completeness;
mod torn_store;

use std::sync::Arc;
use std::time::Duration;

use adapter_memory::MemoryStore;
use async_trait::async_trait;
use torn_store::{Flaw, TornStore, without_ties};
use users_domain::ports::UserReader;

use super::{
    ClaimSubject, ClaimTime, UserStoreSubject, claims, evidence, failure_of, user_reader,
    user_store,
};
use crate::PlainEncoder;

/// Claims do not age.
struct Still;

#[async_trait]
impl ClaimTime for Still {
    async fn let_claims_age(&self, _: Duration) {}
}

fn calls(flaw: Flaw) -> ClaimSubject {
    let inner = Arc::new(MemoryStore::new(Arc::new(PlainEncoder)));
    let torn = Arc::new(TornStore::new(flaw, &inner));
    let reader: Arc<dyn UserReader> = match flaw {
        Flaw::IgnoresTies => Arc::new(without_ties(&inner)),
        _ => inner.clone(),
    };
    let users = UserStoreSubject {
        store: torn.clone(),
        reader,
        applications: inner.clone(),
        encoder: Arc::new(PlainEncoder),
        inspect: torn,
    };
    ClaimSubject { users, claims: inner, time: Arc::new(Still) }
}

fn users(flaw: Flaw) -> UserStoreSubject {
    calls(flaw).users
}

/// Each line: a clause, the subject that it accepts, a flaw, and a part of the message with which it fails.
macro_rules! assert_detected {
    ($($suite:ident::$clause:ident($subject:ident) $flaw:ident $message:literal;)+) => {
        $(
            let clause = async { $suite::$clause(&$subject(Flaw::$flaw)).await };
            let failure = failure_of(clause).unwrap_or_default();
            let name = stringify!($clause $flaw);
            assert!(failure.contains($message), "{name} {failure:?}");
        )+
    };
}

#[test]
fn flaws_in_writes_and_pages_are_detected() {
    assert_detected! {
        user_store::concurrent_mutations_of_one_user_lose_nothing(users)
            DecidesBeforeItLocks "left == right";
        user_store::concurrent_creates_of_one_vendor_data_create_one_user(users)
            DecidesBeforeItLocks "was created";
        user_store::a_change_is_written_atomically(users) WritesEventsLast "left == right";
        user_store::a_change_is_written_atomically(users)
            IgnoresFailedEvents "an event was not written";
        user_reader::paging_by_creation_returns_every_user_once_during_writes(users)
            IgnoresTies "at its smallest";
        user_reader::paging_returns_every_user_once_with_ties(users) IgnoresTies "left == right";
    }
}

#[test]
fn flaws_in_reports_are_detected() {
    assert_detected! {
        evidence::concurrent_batches_finish_and_lose_no_report(users)
            DecidesBeforeItLocks "left == right";
        evidence::concurrent_reports_give_a_session_to_one_user(users)
            DecidesBeforeItLocks "the session has";
        evidence::a_report_is_written_atomically(users) WritesEvidenceFirst "left == right";
        evidence::a_report_is_written_atomically(users) WritesEventsLast "left == right";
        evidence::a_report_is_written_atomically(users)
            IgnoresFailedEvents "an event was not written";
        evidence::a_session_stays_with_its_user(users)
            ReadsOnlyEvidenceOfTheUser "left == right";
        evidence::a_decision_that_requires_the_history_is_repeated_with_it(users)
            TruncatesHistories "sessions of ada";
        evidence::evidence_of_a_deleted_user_is_updated_and_nothing_else(users)
            DropsEvidenceOfDeletedUsers "left == right";
    }
}

#[test]
fn flaws_in_idempotent_calls_are_detected() {
    assert_detected! {
        claims::concurrent_copies_of_a_call_are_carried_out_once(calls)
            ReadsClaimsBeforeItLocks "was executed";
        claims::an_answer_is_written_atomically_with_the_last_change(calls)
            WritesResponsesFirst "Replayed";
        claims::reuse_of_a_key_for_another_call_is_refused(calls) IgnoresFingerprints "Reused";
    }
}
