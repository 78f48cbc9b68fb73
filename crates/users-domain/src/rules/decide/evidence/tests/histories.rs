//! When a decision requires the history, and how lists of verified values are limited.

use std::collections::BTreeMap;

use super::{BLOCKING, World, approving, at, session};
use crate::model::evidence::{Approval, SessionReport, SessionRevision, SessionStatus};
use crate::model::{CountryCode, Email, Phone, VerifiedProfile};
use crate::rules::session_aggregate::{SessionAggregate, recount};

/// An approval with only these addresses and phone numbers.
fn listing(id: &str, seconds: i64, entries: &[String]) -> SessionReport {
    let emails = entries.iter().map(|entry| format!("{entry}@x"));
    let phones = entries.iter().map(|entry| format!("+49 {entry}"));
    let approval = Approval {
        emails: emails.map(|text| Email::parse(text).unwrap()).collect(),
        phones: phones.map(|text| Phone::parse(text).unwrap()).collect(),
        ..Approval::default()
    };
    approved(id, seconds, approval)
}

fn approved(id: &str, seconds: i64, approval: Approval) -> SessionReport {
    let mut report = session(id, 1, SessionStatus::Approved, seconds);
    let number = report.state.revision;
    let status = SessionStatus::Approved;
    report.state = SessionRevision::new(number, status, at(seconds), BTreeMap::new(), approval);
    report
}

fn verified(world: &World) -> &VerifiedProfile {
    let record = &world.user.as_ref().unwrap().record;
    let counted = recount(&world.history().sessions);
    assert_eq!(SessionAggregate::of(record), counted);
    &record.profile.verified
}

fn numbered(word: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{word}{number}")).collect()
}

#[test]
fn the_oldest_of_51_addresses_is_hidden_until_the_list_has_space() {
    let (old, new) = (numbered("1", 30), numbered("2", 21));
    let mut world = World::default();
    world.session(&listing("old", 10, &old), BLOCKING);
    world.session(&listing("new", 20, &new), BLOCKING);
    let mut expected = [new, old.clone()].concat();
    assert_eq!(expected.pop().as_deref(), Some("129"));
    let shown = |world: &World| {
        let verified = verified(world);
        let emails = verified.emails.iter().map(|email| email.as_str().to_owned());
        let phones = verified.phones.iter().map(|phone| phone.as_str().to_owned());
        (emails.collect::<Vec<_>>(), phones.collect::<Vec<_>>())
    };
    let as_shown = |entries: &[String]| {
        let emails = entries.iter().map(|entry| format!("{entry}@x"));
        let phones = entries.iter().map(|entry| format!("+49 {entry}"));
        (emails.collect::<Vec<_>>(), phones.collect::<Vec<_>>())
    };
    assert_eq!(expected.len(), VerifiedProfile::MAX_LIST_ENTRIES);
    assert_eq!(shown(&world), as_shown(&expected));

    world.session(&session("new", 2, SessionStatus::Resubmitted, 30), BLOCKING);
    assert_eq!(shown(&world), as_shown(&old));
}

#[test]
fn the_oldest_of_51_countries_is_hidden_until_the_list_has_space() {
    let countries: Vec<_> = CountryCode::all().take(51).collect();
    let mut world = World::default();
    for (number, country) in countries.iter().enumerate() {
        let mut approval = Approval::default();
        approval.identity.issuing_state = Some(*country);
        let seconds = i64::try_from(number).unwrap();
        world.session(&approved(&format!("s{number}"), seconds, approval), BLOCKING);
    }
    let newest_first: Vec<_> = countries.iter().rev().copied().collect();
    assert_eq!(verified(&world).issuing_states, newest_first[..50]);
    world.session(&session("s50", 2, SessionStatus::Declined, 60), BLOCKING);
    assert_eq!(verified(&world).issuing_states, newest_first[1..]);
}

#[test]
fn late_sessions_without_features_require_no_history() {
    let mut world = World::default();
    world.session(&approving("latest", 100, Some("Ada"), "a@x"), BLOCKING);
    for (number, seconds) in [(1, 10), (2, 5), (3, 20)] {
        let late = session("late", number, SessionStatus::InProgress, seconds);
        world.session(&late, BLOCKING);
    }
    assert_eq!(world.history_requests, 0);
    let mut checked = approving("checked", 50, None, "b@x");
    checked.state = SessionRevision::new(
        checked.state.revision,
        SessionStatus::InReview,
        checked.state.occurred_at,
        checked.state.features,
        Approval::default(),
    );
    world.session(&checked, BLOCKING);
    assert_eq!(world.history_requests, 1);
    assert_eq!(verified(&world).emails.len(), 1);
}
