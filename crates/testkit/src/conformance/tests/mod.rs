//! Tests of the suites: every clause is listed, and the most important clauses detect a faulty store.

mod completeness;
mod torn_claims;
mod torn_evidence;
mod torn_store;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use torn_store::{Flaw, TornStore};

use super::{ClaimSubject, UserStoreSubject, claims, evidence, user_reader, user_store};
use crate::{PlainEncoder, run};

fn subject(flaw: Flaw) -> UserStoreSubject {
    let store = Arc::new(TornStore::new(flaw));
    UserStoreSubject {
        store: store.clone(),
        reader: store.clone(),
        applications: store.clone(),
        encoder: Arc::new(PlainEncoder),
        inspect: store,
    }
}

fn claim_subject(flaw: Flaw) -> ClaimSubject {
    let store = Arc::new(TornStore::new(flaw));
    ClaimSubject {
        users: UserStoreSubject {
            store: store.clone(),
            reader: store.clone(),
            applications: store.clone(),
            encoder: Arc::new(PlainEncoder),
            inspect: store.clone(),
        },
        claims: store.clone(),
        time: store,
    }
}

/// The panic message of a clause; `None` if the clause passes.
fn failure(clause: impl Future<Output = ()>) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| run(clause))).err()?;
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
}

macro_rules! clause {
    (claims::$clause:ident on $flaw:expr) => {
        failure(async move { claims::$clause(&claim_subject($flaw)).await })
    };
    ($suite:ident::$clause:ident on $flaw:expr) => {
        failure(async move { $suite::$clause(&subject($flaw)).await })
    };
}

#[test]
fn a_store_without_a_flaw_passes_the_clauses() {
    let none = Flaw::None;
    assert_eq!(clause!(user_store::concurrent_mutations_of_one_user_lose_nothing on none), None);
    assert_eq!(
        clause!(user_store::concurrent_creates_of_one_vendor_data_create_one_user on none),
        None
    );
    assert_eq!(clause!(user_store::a_change_is_written_atomically on none), None);
    assert_eq!(
        clause!(user_reader::paging_by_creation_returns_every_user_once_during_writes on none),
        None
    );
}

#[test]
fn a_decision_outside_the_transaction_is_detected() {
    let flaw = Flaw::DecidesBeforeItLocks;
    let lost = clause!(user_store::concurrent_mutations_of_one_user_lose_nothing on flaw);
    assert!(lost.is_some_and(|failure| failure.contains("left == right")));
    let twice = clause!(user_store::concurrent_creates_of_one_vendor_data_create_one_user on flaw);
    assert!(twice.is_some_and(|failure| failure.contains("was created")));
}

#[test]
fn a_user_that_is_stored_despite_a_failed_event_is_detected() {
    let torn = clause!(user_store::a_change_is_written_atomically on Flaw::WritesEventsLast);
    assert!(torn.is_some_and(|failure| failure.contains("left == right")));
}

#[test]
fn success_despite_a_failed_event_is_detected() {
    let torn = clause!(user_store::a_change_is_written_atomically on Flaw::IgnoresFailedEvents);
    assert!(torn.is_some_and(|failure| failure.contains("an event was not written")));
}

#[test]
fn users_that_are_skipped_because_of_ties_are_detected() {
    let flaw = Flaw::IgnoresTies;
    let walk =
        clause!(user_reader::paging_by_creation_returns_every_user_once_during_writes on flaw);
    assert!(walk.is_some_and(|failure| failure.contains("at its smallest")));
    let pages = clause!(user_reader::paging_returns_every_user_once_with_ties on flaw);
    assert!(pages.is_some());
}

#[test]
fn a_store_without_a_flaw_passes_the_clauses_about_evidence() {
    let none = Flaw::None;
    let failures = [
        clause!(evidence::a_report_is_written_atomically on none),
        clause!(evidence::a_session_stays_with_its_user on none),
        clause!(evidence::concurrent_batches_finish_and_lose_no_report on none),
        clause!(evidence::evidence_of_a_deleted_user_is_updated_and_nothing_else on none),
        clause!(evidence::random_reports_in_any_order_equal_the_recount on none),
        clause!(evidence::concurrent_reports_give_a_session_to_one_user on none),
    ];
    assert_eq!(failures, [const { None }; 6]);
}

#[test]
fn a_decision_about_reports_outside_the_transaction_is_detected() {
    let flaw = Flaw::DecidesBeforeItLocks;
    let lost = clause!(evidence::concurrent_batches_finish_and_lose_no_report on flaw);
    assert!(lost.is_some_and(|failure| failure.contains("left == right")));
    let twice = clause!(evidence::concurrent_reports_give_a_session_to_one_user on flaw);
    assert!(twice.is_some_and(|failure| failure.contains("the session has")));
}

#[test]
fn evidence_without_its_user_or_event_is_detected() {
    for flaw in [Flaw::WritesEvidenceFirst, Flaw::WritesEventsLast, Flaw::IgnoresFailedEvents] {
        let torn = clause!(evidence::a_report_is_written_atomically on flaw);
        assert!(torn.is_some(), "{flaw:?}");
    }
}

#[test]
fn a_session_that_changes_its_user_is_detected() {
    let moved =
        clause!(evidence::a_session_stays_with_its_user on Flaw::ReadsOnlyEvidenceOfTheUser);
    assert!(moved.is_some_and(|failure| failure.contains("left == right")));
}

#[test]
fn a_truncated_history_is_detected() {
    let flaw = Flaw::TruncatesHistories;
    let short = clause!(evidence::a_decision_that_requires_the_history_is_repeated_with_it on flaw);
    assert!(short.is_some_and(|failure| failure.contains("sessions of ada")));
}

#[test]
fn dropped_reports_about_deleted_users_are_detected() {
    let flaw = Flaw::DropsEvidenceOfDeletedUsers;
    let dropped = clause!(evidence::evidence_of_a_deleted_user_is_updated_and_nothing_else on flaw);
    assert!(dropped.is_some_and(|failure| failure.contains("left == right")));
}

#[test]
fn a_store_without_a_flaw_passes_the_clauses_about_claims() {
    let none = Flaw::None;
    let failures = [
        clause!(claims::a_repeat_gets_the_stored_answer_and_changes_nothing on none),
        clause!(claims::concurrent_copies_of_a_call_are_carried_out_once on none),
        clause!(claims::an_answer_is_written_atomically_with_the_last_change on none),
        clause!(claims::reuse_of_a_key_for_another_call_is_refused on none),
        clause!(claims::a_refusal_leaves_the_claim_free on none),
        clause!(claims::a_held_claim_rejects_every_other_call_with_its_key on none),
        clause!(claims::a_former_holder_cannot_answer_a_claim on none),
    ];
    assert_eq!(failures, [const { None }; 7]);
}

#[test]
fn a_claim_that_is_read_before_the_transaction_is_detected() {
    let twice = clause!(claims::concurrent_copies_of_a_call_are_carried_out_once on Flaw::ReadsClaimsBeforeItLocks);
    assert!(twice.is_some_and(|failure| failure.contains("was executed")));
}

#[test]
fn a_response_without_its_change_is_detected() {
    let torn = clause!(claims::an_answer_is_written_atomically_with_the_last_change on Flaw::WritesResponsesFirst);
    assert!(torn.is_some(), "a response without its change");
}

#[test]
fn ignored_fingerprints_are_detected() {
    let other =
        clause!(claims::reuse_of_a_key_for_another_call_is_refused on Flaw::IgnoresFingerprints);
    assert!(other.is_some_and(|failure| failure.contains("Reused")));
}
