//! Properties that hold for any reports in any order.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{BLOCKING, World, approving, at, session};
use crate::model::evidence::{
    Approval, Identity, PortraitUrl, SessionReport, SessionRevision, SessionStatus,
};
use crate::model::{ApplicationSettings, CountryCode, Email, Feature, FeatureStatus, FullName};
use crate::rules::session_aggregate::{SessionAggregate, recount};

fn any_report() -> impl Strategy<Value = SessionReport> {
    let status = select(&SessionStatus::ALL[..]);
    let features = proptest::collection::btree_map(
        select(&Feature::ALL[..3]),
        select(&FeatureStatus::ALL[..]),
        0..3,
    );
    let identity = (
        option::of(select(&["Ada", "Bob"][..])),
        option::of(select(&["ESP", "DEU"][..])),
        option::of(select(&["https://p/1", "https://p/2"][..])),
    );
    let emails = vec(select(&["a@x", "b@x", "c@x"][..]), 0..3);
    (0..4_u8, 1..6_u64, status, 0..6_i64, features, identity, emails).prop_map(
        |(id, revision, status, seconds, features, (name, state, portrait), emails)| {
            let approval = Approval {
                identity: Identity {
                    full_name: name.map(|name| FullName::parse(name).unwrap()),
                    date_of_birth: None,
                    issuing_state: state.map(|state| CountryCode::parse(state).unwrap()),
                    portrait_image_url: portrait.map(|url| PortraitUrl::parse(url).unwrap()),
                },
                emails: emails.into_iter().map(|text| Email::parse(text).unwrap()).collect(),
                phones: Vec::new(),
            };
            let mut report = session(&format!("s{id}"), revision, status, seconds);
            report.state = SessionRevision::new(
                report.state.revision,
                status,
                at(seconds),
                features,
                approval,
            );
            report
        },
    )
}

/// Makes all reports of the same session and revision equal, as they are in production.
fn consistent(reports: Vec<SessionReport>) -> Vec<SessionReport> {
    let mut first = BTreeMap::new();
    for report in &reports {
        first
            .entry((report.session.clone(), report.state.revision))
            .or_insert_with(|| report.clone());
    }
    let same = |report: SessionReport| first[&(report.session, report.state.revision)].clone();
    reports.into_iter().map(same).collect()
}

proptest! {
    #[test]
    fn incremental_updates_equal_the_recount(
        reports in vec(any_report(), 1..40).prop_map(consistent)
    ) {
        let mut world = World::default();
        for report in &reports {
            let decision = world.session(report, ApplicationSettings::default());
            prop_assert!(decision.receipt.is_some());
            let standing = SessionAggregate::of(&world.user.as_ref().unwrap().record);
            prop_assert_eq!(standing, recount(&world.history().sessions));
        }
    }

    #[test]
    fn order_and_repetition_do_not_change_the_result(
        (ordered, shuffled) in vec(any_report(), 1..25).prop_map(consistent).prop_flat_map(|reports| {
            let repeated = [reports.clone(), reports.clone()].concat();
            (Just(reports), Just(repeated).prop_shuffle())
        })
    ) {
        let standing = |reports: &[SessionReport]| {
            let mut world = World::default();
            for report in reports {
                world.session(report, ApplicationSettings::default());
            }
            SessionAggregate::of(&world.user.unwrap().record)
        };
        prop_assert_eq!(standing(&ordered), standing(&shuffled));
    }
}

#[test]
fn in_order_sessions_require_the_history_only_with_two_approvals() {
    let mut world = World::default();
    for number in 0..10 {
        let id = format!("s{number}");
        let in_progress = session(&id, 1, SessionStatus::InProgress, number * 10);
        let in_review = session(&id, 2, SessionStatus::InReview, number * 10 + 1);
        for report in [in_progress, in_review] {
            world.session(&report, BLOCKING);
        }
    }
    world.session(&approving("a", 200, Some("Ada"), "a@x"), BLOCKING);
    assert_eq!(world.history_requests, 0);
    world.session(&approving("b", 300, Some("Ada"), "a@x"), BLOCKING);
    assert_eq!(world.history_requests, 1);
}
