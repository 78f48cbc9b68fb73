//! The suites themselves: that no clause is forgotten, and that those which matter most catch a broken store.

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

/// What a clause panics with; `None` where it holds.
fn complaint(clause: impl Future<Output = ()>) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| run(clause))).err()?;
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
}

macro_rules! clause {
    (claims::$clause:ident on $flaw:expr) => {
        complaint(async move { claims::$clause(&claim_subject($flaw)).await })
    };
    ($suite:ident::$clause:ident on $flaw:expr) => {
        complaint(async move { $suite::$clause(&subject($flaw)).await })
    };
}

#[test]
fn a_store_without_a_flaw_passes_the_clauses_that_catch_flaws() {
    let none = Flaw::None;
    assert_eq!(
        clause!(user_store::concurrent_mutations_of_one_user_lose_nothing on none),
        None
    );
    assert_eq!(
        clause!(user_store::two_creates_of_one_vendor_data_at_once_make_one_user on none),
        None
    );
    assert_eq!(
        clause!(user_store::a_changed_user_its_audit_entries_its_events_and_its_search_text_are_written_together_or_not_at_all on none),
        None
    );
    assert_eq!(
        clause!(user_reader::a_walk_by_creation_meets_every_user_that_stayed_once_whatever_is_written_meanwhile on none),
        None
    );
}

#[test]
fn a_store_that_decides_outside_of_its_transaction_loses_what_others_wrote() {
    let flaw = Flaw::DecidesBeforeItLocks;
    let lost = clause!(user_store::concurrent_mutations_of_one_user_lose_nothing on flaw);
    assert!(lost.is_some_and(|complaint| complaint.contains("left == right")));
    let twice = clause!(user_store::two_creates_of_one_vendor_data_at_once_make_one_user on flaw);
    assert!(twice.is_some_and(|complaint| complaint.contains("was made")));
}

#[test]
fn a_store_that_keeps_the_user_when_an_event_fails_is_caught() {
    let torn = clause!(user_store::a_changed_user_its_audit_entries_its_events_and_its_search_text_are_written_together_or_not_at_all on Flaw::WritesEventsLast);
    assert!(torn.is_some_and(|complaint| complaint.contains("left == right")));
}

#[test]
fn a_store_that_swallows_a_failed_event_is_caught() {
    let torn = clause!(user_store::a_changed_user_its_audit_entries_its_events_and_its_search_text_are_written_together_or_not_at_all on Flaw::SwallowsFailedEvents);
    assert!(torn.is_some_and(|complaint| complaint.contains("an event was not written")));
}

#[test]
fn a_reader_that_forgets_ties_skips_users() {
    let flaw = Flaw::ForgetsTies;
    let walk = clause!(user_reader::a_walk_by_creation_meets_every_user_that_stayed_once_whatever_is_written_meanwhile on flaw);
    assert!(walk.is_some_and(|complaint| complaint.contains("at its smallest")));
    let pages = clause!(user_reader::page_by_page_every_user_is_met_once_with_ties on flaw);
    assert!(pages.is_some());
}

#[test]
fn a_store_without_a_flaw_passes_the_clauses_about_evidence_that_catch_flaws() {
    let none = Flaw::None;
    let complaints = [
        clause!(evidence::a_changed_user_its_evidence_its_audit_entries_and_its_events_are_written_together_or_not_at_all on none),
        clause!(evidence::a_session_keeps_its_user on none),
        clause!(evidence::concurrent_batches_over_the_same_users_all_end_and_lose_no_step on none),
        clause!(evidence::evidence_of_a_deleted_user_is_kept_up_to_date_and_changes_nothing_else on none),
        clause!(evidence::random_histories_in_any_order_come_to_the_recount on none),
        clause!(evidence::reports_of_one_session_for_two_users_at_once_give_it_to_one on none),
    ];
    assert_eq!(complaints, [const { None }; 6]);
}

#[test]
fn a_store_that_decides_outside_of_its_transaction_loses_what_was_reported() {
    let flaw = Flaw::DecidesBeforeItLocks;
    let lost =
        clause!(evidence::concurrent_batches_over_the_same_users_all_end_and_lose_no_step on flaw);
    assert!(lost.is_some_and(|complaint| complaint.contains("left == right")));
    let twice =
        clause!(evidence::reports_of_one_session_for_two_users_at_once_give_it_to_one on flaw);
    assert!(twice.is_some_and(|complaint| complaint.contains("the session has")));
}

#[test]
fn a_store_that_keeps_evidence_without_its_user_or_its_event_is_caught() {
    for flaw in [
        Flaw::WritesEvidenceFirst,
        Flaw::WritesEventsLast,
        Flaw::SwallowsFailedEvents,
    ] {
        let torn = clause!(evidence::a_changed_user_its_evidence_its_audit_entries_and_its_events_are_written_together_or_not_at_all on flaw);
        assert!(torn.is_some(), "{flaw:?}");
    }
}

#[test]
fn a_store_that_looks_for_evidence_of_one_user_gives_sessions_away() {
    let given = clause!(evidence::a_session_keeps_its_user on Flaw::LooksForEvidenceOfItsUser);
    assert!(given.is_some_and(|complaint| complaint.contains("left == right")));
}

#[test]
fn a_store_that_cuts_histories_short_is_caught() {
    let flaw = Flaw::CutsHistoriesShort;
    let short = clause!(evidence::a_decision_that_needs_the_history_is_made_again_with_it on flaw);
    assert!(short.is_some_and(|complaint| complaint.contains("her sessions")));
}

#[test]
fn a_store_that_drops_reports_about_deleted_users_is_caught() {
    let dropped = clause!(evidence::evidence_of_a_deleted_user_is_kept_up_to_date_and_changes_nothing_else on Flaw::DropsWhatIsPutAside);
    assert!(dropped.is_some_and(|complaint| complaint.contains("left == right")));
}

#[test]
fn a_store_without_a_flaw_passes_the_clauses_about_claims() {
    let none = Flaw::None;
    let complaints = [
        clause!(claims::a_repeat_gets_the_kept_answer_and_changes_nothing on none),
        clause!(claims::of_one_call_sent_several_times_at_once_one_is_carried_out on none),
        clause!(claims::the_answer_of_a_call_is_written_with_the_last_of_its_changes_or_not_at_all on none),
        clause!(claims::another_call_of_the_same_name_is_refused_as_long_as_the_answer_is_kept on none),
        clause!(claims::what_is_not_to_be_kept_leaves_the_claim_free on none),
        clause!(claims::while_a_claim_is_held_every_other_call_of_its_name_is_told_so on none),
        clause!(claims::who_holds_a_claim_no_longer_does_not_answer_it on none),
    ];
    assert_eq!(complaints, [const { None }; 7]);
}

#[test]
fn a_store_that_looks_for_the_claim_before_its_transaction_carries_twins_out() {
    let twice = clause!(claims::of_one_call_sent_several_times_at_once_one_is_carried_out on Flaw::LooksForClaimsBeforeItLocks);
    assert!(twice.is_some_and(|complaint| complaint.contains("was carried out")));
}

#[test]
fn a_store_that_keeps_answers_apart_from_their_changes_is_caught() {
    let torn = clause!(claims::the_answer_of_a_call_is_written_with_the_last_of_its_changes_or_not_at_all on Flaw::KeepsAnswersFirst);
    assert!(torn.is_some(), "an answer without its change");
}

#[test]
fn a_store_that_knows_calls_by_their_names_alone_is_caught() {
    let other = clause!(claims::another_call_of_the_same_name_is_refused_as_long_as_the_answer_is_kept on Flaw::ForgetsFingerprints);
    assert!(other.is_some_and(|complaint| complaint.contains("Reused")));
}
