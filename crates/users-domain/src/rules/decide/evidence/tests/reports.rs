//! Sequences of reports.

use std::collections::BTreeMap;

use super::super::{decide_recount, decide_session, decide_transaction};
use super::{BLOCKING, NOW, World, approving, at, kinds, risk, session, transaction};
use crate::model::evidence::{Evidence, ReportOutcome, RiskKind, RuleAction, SessionStatus};
use crate::model::{
    ActivityKind, Actor, ApplicationSettings, Email, EventPayload, FullName, Origin, Reason, Role,
    StatusTrigger, UserField, UserStatus, VendorData, VerifiedFieldsPolicy,
};
use crate::rules::fixtures::{APPLICATION, changed, context, create, created};
use crate::rules::session_aggregate::SessionAggregate;
use crate::rules::{ChangeSet, Facts, Outcome, Rejection, UpdateUser, decide_update};

#[test]
fn a_first_report_creates_an_active_user_in_one_version_with_one_event() {
    let mut world = World::default();
    let report = approving("s", 10, Some("Ada Lovelace"), "a@x");
    let change = changed(world.session(&report, BLOCKING));
    let record = &change.user().record;
    assert_eq!((record.version, record.sequence), (1, 1));
    assert_eq!(record.status, UserStatus::Active);
    assert_eq!(record.counters.approved_count, 1);
    assert_eq!(kinds(&change), [ActivityKind::Created, ActivityKind::Session]);
    let [event] = change.events() else { panic!("one event") };
    let fields = event.payload.changed_fields();
    assert!(matches!(event.payload, EventPayload::Created { .. }));
    for field in [UserField::VendorData, UserField::FullName, UserField::ApprovedCount] {
        assert!(fields.contains(&field), "{field:?}");
    }
    let (name, provenance) = record.profile.full_name().unwrap();
    assert_eq!((name.as_str(), provenance.origin), ("Ada Lovelace", Origin::Verified));
    assert_eq!(provenance.source.unwrap().session.as_str(), "s");
}

#[test]
fn each_value_comes_from_the_newest_approval_that_has_it() {
    let mut world = World::default();
    world.session(&approving("old", 10, Some("Ada"), "old@x"), BLOCKING);
    world.session(&approving("new", 20, None, "new@x"), BLOCKING);
    let verified = |world: &World| world.user.as_ref().unwrap().record.profile.verified.clone();
    let both = verified(&world);
    assert_eq!(both.full_name.unwrap().source.session.as_str(), "old");
    assert_eq!(both.portrait_image_url.unwrap().source.session.as_str(), "new");
    let emails: Vec<_> = both.emails.iter().map(Email::as_str).collect();
    assert_eq!(emails, ["new@x", "old@x"]);

    world.session(&session("new", 2, SessionStatus::KycExpired, 30), BLOCKING);
    let record = &world.user.as_ref().unwrap().record;
    assert_eq!((record.counters.session_count, record.counters.approved_count), (2, 1));
    assert_eq!(verified(&world).portrait_image_url.unwrap().source.session.as_str(), "old");
    assert!(world.user.as_ref().unwrap().record.is_verified());

    world.session(&session("old", 2, SessionStatus::Declined, 40), ApplicationSettings::default());
    assert!(!world.user.as_ref().unwrap().record.is_verified());
    assert_eq!(verified(&world), crate::model::VerifiedProfile::default());
    assert_eq!(world.status(), UserStatus::Active);
}

#[test]
fn a_verified_name_is_read_only_until_its_approval_is_overturned() {
    let mut declared = create("ada");
    declared.declared.full_name = Some(FullName::parse("Declared").unwrap());
    let mut world = World { user: Some(created(&declared)), ..World::default() };
    world.session(&approving("s", 10, Some("Verified"), "a@x"), BLOCKING);
    let edit = UpdateUser {
        full_name: crate::rules::Patch::Set(FullName::parse("Other").unwrap()),
        ..UpdateUser::default()
    };
    let policy = VerifiedFieldsPolicy::ReadOnly;
    let decision =
        decide_update(&world.facts(None), &edit, None, policy, &context(Role::Owner, NOW));
    assert_eq!(decision.outcome, Outcome::Unchanged);
    assert_eq!(decision.notes.len(), 1);
    world.session(&session("s", 2, SessionStatus::Resubmitted, 20), BLOCKING);
    let profile = &world.user.as_ref().unwrap().record.profile;
    assert_eq!(profile.full_name().unwrap().0.as_str(), "Declared");
}

#[test]
fn a_newly_declined_session_blocks_only_if_the_settings_require_it() {
    let mut world = World::default();
    let change = changed(world.session(&session("s", 1, SessionStatus::Declined, 10), BLOCKING));
    assert_eq!(world.status(), UserStatus::Blocked);
    assert_eq!(
        kinds(&change),
        [ActivityKind::Created, ActivityKind::Session, ActivityKind::StatusChanged]
    );
    let moved = change.audit().last().unwrap();
    assert_eq!(moved.detail.trigger, Some(StatusTrigger::SessionDeclined));
    assert_eq!(moved.detail.comment.as_deref(), Some("session s was declined"));
    assert!(moved.detail.about.to_string().contains("\"session_id\":\"s\""));
    let events: Vec<_> =
        change.events().iter().map(|event| (event.sequence, event.status)).collect();
    assert_eq!(events, [(1, UserStatus::Blocked), (2, UserStatus::Blocked)]);

    // After an analyst unblocks the user, neither the repeated decline nor a later declined revision blocks it again.
    world.user.as_mut().unwrap().record.status = UserStatus::Active;
    world.session(&session("s", 1, SessionStatus::Declined, 10), BLOCKING);
    world.session(&session("s", 2, SessionStatus::Declined, 20), BLOCKING);
    assert_eq!(world.status(), UserStatus::Active);
    world.session(&session("t", 1, SessionStatus::Declined, 30), ApplicationSettings::default());
    assert_eq!(world.status(), UserStatus::Active);
}

#[test]
fn rule_actions_escalate_once_and_never_deescalate() {
    use RuleAction::{Block, Flag};

    let mut world = World::default();
    world.transaction(&transaction("t", 1, &[Flag]));
    assert_eq!(world.status(), UserStatus::Flagged);
    world.user.as_mut().unwrap().record.status = UserStatus::Active;
    world.transaction(&transaction("t", 2, &[Flag]));
    assert_eq!(world.status(), UserStatus::Active);
    let change = changed(world.transaction(&transaction("t", 3, &[Flag, Block])));
    assert_eq!(world.status(), UserStatus::Blocked);
    assert_eq!(kinds(&change), [ActivityKind::Transaction, ActivityKind::StatusChanged]);
    let detail = change.audit().last().unwrap().detail.text();
    assert!(detail.contains(r#""trigger":"transaction_rule""#), "{detail}");
    assert!(detail.contains(r#""new_status":"BLOCKED""#), "{detail}");
    let change = changed(world.transaction(&transaction("u", 1, &[Flag])));
    assert_eq!(kinds(&change), [ActivityKind::Transaction]);
    assert_eq!(world.status(), UserStatus::Blocked);
}

#[test]
fn risk_events_escalate_existing_users_only() {
    let mut world = World::default();
    let aml = risk("r", RiskKind::OngoingAml);
    let refused = world.risk(&aml);
    assert_eq!(refused.outcome, Outcome::Refused(Rejection::UserNotFound));
    world.user = Some(created(&create("ada")));
    changed(world.risk(&aml));
    assert_eq!(world.status(), UserStatus::Flagged);
    let again = world.risk(&aml);
    assert_eq!(
        (again.outcome, again.receipt),
        (Outcome::Unchanged, Some(ReportOutcome::Duplicate))
    );
    let other = world.risk(&risk("r", RiskKind::BlocklistMatch));
    assert_eq!(other.outcome, Outcome::Refused(Rejection::ReportConflict));
    changed(world.risk(&risk("q", RiskKind::BlocklistMatch)));
    assert_eq!(world.status(), UserStatus::Blocked);
}

#[test]
fn a_risk_event_is_shown_and_sent_even_if_the_status_stays() {
    for kind in RiskKind::ALL {
        for status in UserStatus::ALL {
            for (detail, words) in [(None, ""), (Some("OFAC, 97 %"), ": OFAC, 97 %")] {
                let mut world = World { user: Some(created(&create("ada"))), ..World::default() };
                world.user.as_mut().unwrap().record.status = status;
                let mut report = risk("r", kind);
                report.event.detail = detail.map(|text| Reason::parse(text).unwrap());
                let change = changed(world.risk(&report));
                let shown = change.audit().iter();
                let shown: Vec<_> = shown
                    .filter(|entry| entry.header.kind == ActivityKind::Comment)
                    .map(|entry| (&entry.detail.actor, entry.detail.comment.as_deref().unwrap()))
                    .collect();
                let [(Actor::System, comment)] = shown[..] else { panic!("{shown:?}") };
                let (_, suffix) = comment.split_at(comment.len() - words.len());
                assert_eq!(suffix, words);
                let sent = &change.events()[0].payload;
                assert_eq!(sent.changed_fields(), [UserField::Risk]);
                let moved = change.user().record.status != status;
                assert_eq!(change.events().len(), 1 + usize::from(moved));
                assert_eq!(kinds(&change).last() == Some(&ActivityKind::StatusChanged), moved);
            }
        }
    }
}

#[test]
fn repeated_reports_are_duplicates_and_older_ones_are_stale() {
    let mut world = World::default();
    world.session(&session("s", 2, SessionStatus::InReview, 20), BLOCKING);
    let version = |world: &World| world.user.as_ref().unwrap().record.version;
    let again = world.session(&session("s", 2, SessionStatus::InReview, 20), BLOCKING);
    assert_eq!(
        (again.outcome, again.receipt),
        (Outcome::Unchanged, Some(ReportOutcome::Duplicate))
    );
    let other = world.session(&session("s", 2, SessionStatus::InReview, 21), BLOCKING);
    assert_eq!(other.outcome, Outcome::Refused(Rejection::ReportConflict));
    assert_eq!(version(&world), 1);

    let stale = world.session(&session("s", 1, SessionStatus::Declined, 10), BLOCKING);
    assert_eq!(stale.receipt, Some(ReportOutcome::Stale));
    let record = world.user.as_ref().unwrap().record.clone();
    assert_eq!(record.activity.first_session_at, Some(at(10)));
    assert_eq!((record.status, record.counters.declined_count), (UserStatus::Active, 0));
    let inside = world.session(&session("s", 1, SessionStatus::Declined, 15), BLOCKING);
    assert_eq!((inside.outcome, inside.receipt), (Outcome::Unchanged, Some(ReportOutcome::Stale)));
}

#[test]
fn a_session_cannot_move_to_another_user() {
    let mut world = World::default();
    world.session(&session("s", 1, SessionStatus::InReview, 20), BLOCKING);
    let mut report = session("s", 2, SessionStatus::InReview, 30);
    report.vendor_data = VendorData::parse("bob").unwrap();
    let decision = world.session(&report, BLOCKING);
    assert_eq!(decision.outcome, Outcome::Refused(Rejection::EvidenceOfAnotherUser));
}

#[test]
fn a_report_about_a_deleted_user_changes_only_its_row() {
    let mut world = World::default();
    world.session(&session("s", 1, SessionStatus::InReview, 20), BLOCKING);
    let stored = world.sessions.values().next().cloned().unwrap();
    let mut facts = world.facts(Some(Evidence::Session(stored)));
    facts.user = None;
    facts.kept.as_mut().unwrap().owner.deleted = true;
    let report = session("s", 2, SessionStatus::Declined, 30);
    let context = context(Role::Owner, NOW);
    let decision = decide_session(&facts, &report, BLOCKING, APPLICATION, &context);
    assert_eq!(decision.receipt, Some(ReportOutcome::Applied));
    let Outcome::EvidenceOnly(Some(row)) = decision.outcome else { panic!("the row alone") };
    assert!(matches!(
        &row.change.after,
        Evidence::Session(session) if session.newest.status == SessionStatus::Declined
    ));
    // A new user with the same vendor_data does not become the owner.
    facts.user = Some(created(&create("ada")));
    let decision = decide_session(&facts, &report, BLOCKING, APPLICATION, &context);
    assert!(matches!(decision.outcome, Outcome::EvidenceOnly(Some(_))));
}

#[test]
fn last_activity_never_moves_back() {
    let mut world = World::default();
    let ahead = NOW / 1_000_000 + 200;
    world.session(&session("s", 1, SessionStatus::InReview, ahead), BLOCKING);
    let edit = UpdateUser {
        metadata: Some(crate::rules::MetadataPatch::Merge(BTreeMap::from([(
            "a".to_owned(),
            crate::model::Json::Bool(true),
        )]))),
        ..UpdateUser::default()
    };
    let policy = VerifiedFieldsPolicy::ReadOnly;
    let context = context(Role::Owner, NOW);
    let change = changed(decide_update(&world.facts(None), &edit, None, policy, &context));
    assert_eq!(change.user().record.activity.last_activity_at, at(ahead));
}

#[test]
fn a_recount_corrects_only_wrong_values() {
    let mut world = World::default();
    world.session(&approving("s", 10, Some("Ada"), "a@x"), BLOCKING);
    world.transaction(&transaction("t", 1, &[]));
    let right = world.user.clone();
    let mut facts = world.facts(None);
    let context = context(Role::Owner, NOW + 100);
    assert_eq!(decide_recount(&facts, &context).outcome, Outcome::NeedsHistory);
    facts.history = Some(world.history());
    assert_eq!(decide_recount(&facts, &context).outcome, Outcome::Unchanged);

    let record = &mut facts.user.as_mut().unwrap().record;
    record.counters.session_count = 7;
    record.profile.verified.full_name = None;
    let change = changed(decide_recount(&facts, &context));
    assert_eq!(
        change.audit().first().unwrap().header.fields,
        [UserField::FullName, UserField::SessionCount]
    );
    let corrected = SessionAggregate::of(&change.user().record);
    assert_eq!(corrected, SessionAggregate::of(&right.unwrap().record));
}

/// Field name, previous and new value of each change in the events.
fn event_changes(change: &ChangeSet) -> Vec<(&'static str, String, String)> {
    let mut fields = Vec::new();
    for event in change.events() {
        if let EventPayload::Created { changes, .. } | EventPayload::Edited { changes } =
            &event.payload
        {
            let values = changes.iter().map(|change| {
                let name = change.field.event_name();
                (name, change.previous.to_string(), change.current.to_string())
            });
            fields.extend(values);
        }
    }
    fields
}

fn assert_event_changes(change: &ChangeSet, expected: &[(&str, &str, &str)]) {
    let changes = event_changes(change);
    let changes: Vec<_> = changes
        .iter()
        .map(|(field, previous, current)| (*field, &**previous, &**current))
        .collect();
    assert_eq!(changes, expected);
}

#[test]
fn events_of_reports_contain_the_values_before_and_after() {
    const AT_10: &str = r#""1970-01-01T00:00:10.000000Z""#;
    const AT_20: &str = r#""1970-01-01T00:00:20.000000Z""#;
    const AT_30: &str = r#""1970-01-01T00:00:30.000000Z""#;
    const FEATURES: &str = r#"{"LIVENESS":"Approved"}"#;
    const PORTRAIT: &str = r#""https://cdn/s""#;

    let mut world = World::default();
    let settings = ApplicationSettings::default();
    let first = approving("s", 10, Some("Ada"), "a@x");
    let created = changed(world.session(&first, settings));
    assert_event_changes(
        &created,
        &[
            ("full_name", "null", r#""Ada""#),
            ("portrait_image", "null", PORTRAIT),
            ("session_count", "0", "1"),
            ("approved_count", "0", "1"),
            ("approved_emails", "[]", r#"["a@x"]"#),
            ("features", "{}", FEATURES),
            ("last_session_at", "null", AT_10),
            ("first_session_at", "null", AT_10),
        ],
    );
    let fields = created.events()[0].payload.changed_fields();
    let fields: Vec<_> = fields.iter().map(|field| field.event_name()).collect();
    assert_eq!(fields[..3], ["vendor_data", "status", "full_name"]);
    assert_eq!(fields.len(), 10, "set and changed fields: {fields:?}");

    let second = session("t", 1, SessionStatus::InReview, 20);
    assert_event_changes(
        &changed(world.session(&second, settings)),
        &[
            ("session_count", "1", "2"),
            ("in_review_count", "0", "1"),
            ("last_session_at", AT_10, AT_20),
        ],
    );

    let overturned = session("s", 2, SessionStatus::Declined, 30);
    assert_event_changes(
        &changed(world.session(&overturned, settings)),
        &[
            ("full_name", r#""Ada""#, "null"),
            ("portrait_image", PORTRAIT, "null"),
            ("approved_count", "1", "0"),
            ("declined_count", "0", "1"),
            ("approved_emails", r#"["a@x"]"#, "[]"),
            ("features", FEATURES, "{}"),
            ("last_session_at", AT_20, AT_30),
        ],
    );
}

#[test]
fn a_user_created_by_a_past_transaction_has_no_field_changes() {
    let mut world = World::default();
    let created = changed(world.transaction(&transaction("t", 1, &[])));
    assert_event_changes(&created, &[]);
    let fields = created.events()[0].payload.changed_fields();
    assert_eq!(fields, [UserField::VendorData, UserField::Status]);
}

#[test]
fn a_user_created_by_any_report_keeps_the_left_block() {
    let facts = Facts { block_left: true, ..Facts::default() };
    let context = context(Role::Owner, NOW);
    let sessions = SessionStatus::ALL.iter().map(|status| {
        let report = session("s", 1, *status, 10);
        decide_session(&facts, &report, BLOCKING, APPLICATION, &context)
    });
    let actions = [&[][..], &[RuleAction::Flag], &RuleAction::ALL];
    let transactions = actions.into_iter().map(|actions| {
        let report = transaction("t", 1, actions);
        decide_transaction(&facts, &report, APPLICATION, &context)
    });
    for decision in sessions.chain(transactions) {
        let change = changed(decision);
        assert_eq!(change.user().record.status, UserStatus::Blocked);
        let [created, remark, reported] = change.audit() else { panic!("{:?}", kinds(&change)) };
        assert_eq!(created.detail.new_status, Some(UserStatus::Blocked));
        assert_eq!(remark.header.kind, ActivityKind::Comment);
        assert_ne!(reported.header.kind, ActivityKind::StatusChanged);
    }
}
