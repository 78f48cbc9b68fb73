use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{
    ActivityKind, CommandContext, DisplayName, Email, EventPayload, FullName, InvalidValue, Json,
    JsonObject, Metadata, Number, Origin, Profile, Reason, Role, StatusTrigger, Tag, TagName, User,
    UserField, UserStatus, VerifiedFieldsPolicy,
};
use crate::rules::Facts;
use crate::rules::fixtures::{APPLICATION, changed, context, create, created, facts, verified};
use crate::rules::{Decision, Outcome, Rejection};

const POLICY: VerifiedFieldsPolicy = VerifiedFieldsPolicy::ReadOnly;

fn name(text: &str) -> Patch<FullName> {
    Patch::Set(FullName::parse(text).unwrap())
}

fn creating(facts: &Facts, command: &CreateUser) -> Decision {
    decide_create(facts, command, APPLICATION, &context(Role::Owner, 1_000))
}

fn update(user: User, command: &UpdateUser, policy: VerifiedFieldsPolicy) -> Decision {
    decide_update(&facts(user), command, None, policy, &context(Role::Owner, 2_000))
}

fn status(to: UserStatus) -> ChangeStatus {
    ChangeStatus {
        to,
        reason: Some(Reason::parse("because").unwrap()),
        trigger: StatusTrigger::Api,
    }
}

fn noted_fields(decision: &Decision) -> Vec<UserField> {
    decision.notes.iter().flat_map(|note| note.header.fields.clone()).collect()
}

#[test]
fn creating_writes_one_entry_and_one_event_for_any_status() {
    let mut command = create("ada");
    command.status = Some(UserStatus::Blocked);
    command.tags = vec![TagName::parse("vip").unwrap()];
    let change = changed(creating(&Facts::default(), &command));
    let user = &change.user().record;
    assert_eq!((user.version, user.sequence, user.status), (1, 1, UserStatus::Blocked));
    assert_eq!(user.activity.last_activity_at, user.created_at);
    assert_eq!(change.audit().len(), 1);
    assert_eq!(change.audit()[0].header.kind, ActivityKind::Created);
    let fields = vec![UserField::VendorData, UserField::Status, UserField::Tags];
    let changes = Vec::new();
    let created = EventPayload::Created { fields, changes };
    assert_eq!(change.events()[0].payload, created);
    assert_eq!(change.events().len(), 1);
    assert_eq!(change.new_tags().len(), 1);
    assert_eq!(change.search_text().unwrap().body(), "ada");
    assert_eq!(change.version_before(), None);
}

#[test]
fn a_taken_name_is_refused() {
    let decision = creating(&facts(created(&create("ada"))), &create("ada"));
    assert_eq!(decision.outcome, Outcome::Refused(Rejection::VendorDataTaken));
}

#[test]
fn an_existing_tag_is_reused() {
    let mut command = create("ada");
    command.tags = vec![TagName::parse("vip").unwrap()];
    let known = Tag::first_used(APPLICATION, command.tags[0].clone(), context(Role::Owner, 5).at);
    let facts = Facts { tags: vec![known.clone()], ..Facts::default() };
    let change = changed(creating(&facts, &command));
    assert_eq!(change.user().record.tags[0].tag, known);
    assert!(change.new_tags().is_empty());
}

#[test]
fn only_sent_fields_change_and_null_clears() {
    let mut command = create("ada");
    command.display_name = Some(DisplayName::parse("Ada").unwrap());
    command.declared.full_name = Some(FullName::parse("Ada King").unwrap());
    let before = created(&command);
    let edit = UpdateUser { display_name: Patch::Clear, ..UpdateUser::default() };
    let change = changed(update(before, &edit, POLICY));
    let after = &change.user().record;
    assert_eq!(after.display_name, None);
    assert_eq!(after.effective_name(), "Ada King");
    assert_eq!((after.version, after.sequence), (2, 2));
    let EventPayload::Edited { changes } = &change.events()[0].payload else {
        panic!("not an edit")
    };
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (changes[0].field, &changes[0].previous, &changes[0].current),
        (UserField::DisplayName, &Json::String("Ada".into()), &Json::Null)
    );
}

#[test]
fn setting_current_values_changes_nothing() {
    let mut command = create("ada");
    command.declared.full_name = Some(FullName::parse("Ada").unwrap());
    command.tags = vec![TagName::parse("vip").unwrap()];
    let user = created(&command);
    let edit = UpdateUser {
        full_name: name("Ada"),
        display_name: Patch::Clear,
        metadata: Some(MetadataPatch::Replace(Metadata::default())),
        tags: Patch::Set(command.tags.clone()),
        status: Some(status(UserStatus::Active)),
        read_only: BTreeMap::from([(UserField::Version, Some(Json::count(1)))]),
        ..UpdateUser::default()
    };
    let decision = update(user, &edit, POLICY);
    let unchanged = Decision { reason_is_unused: true, ..Decision::from(Outcome::Unchanged) };
    assert_eq!(decision, unchanged);
}

#[test]
fn verified_values_are_read_only_unless_the_policy_allows_overrides() {
    let edit = UpdateUser { full_name: name("Ada Lovelace"), ..UpdateUser::default() };

    let refused = update(verified(), &edit, VerifiedFieldsPolicy::ReadOnly);
    assert_eq!(refused.outcome, Outcome::Unchanged);
    assert_eq!(noted_fields(&refused), [UserField::FullName]);

    let change = changed(update(verified(), &edit, VerifiedFieldsPolicy::Override));
    let (shown, provenance) = change.user().record.profile.full_name().unwrap();
    assert_eq!((shown.as_str(), provenance.origin), ("Ada Lovelace", Origin::Override));
    assert!(change.audit()[0].detail.overrides_verified);

    let clear = UpdateUser { full_name: Patch::Clear, ..UpdateUser::default() };
    let back = changed(update(change.user().clone(), &clear, VerifiedFieldsPolicy::Override));
    assert_eq!(back.user().record.profile.full_name().unwrap().0.as_str(), "Augusta Ada King");
    let refused = update(back.user().clone(), &clear, VerifiedFieldsPolicy::Override);
    assert_eq!(noted_fields(&refused), [UserField::FullName]);
}

#[test]
fn an_edit_after_an_overturned_approval_replaces_the_override() {
    let edit = |name| UpdateUser { full_name: name, ..UpdateUser::default() };
    let policy = VerifiedFieldsPolicy::Override;
    let overridden = changed(update(verified(), &edit(name("Over")), policy));
    let mut user = overridden.user().clone();
    user.record.counters.approved_count = 0;
    user.record.profile.verified.full_name = None;

    let declared = changed(update(user.clone(), &edit(name("Ada B.")), policy));
    let (shown, provenance) = declared.user().record.profile.full_name().unwrap();
    assert_eq!((shown.as_str(), provenance.origin), ("Ada B.", Origin::Declared));
    let cleared = changed(update(user, &edit(Patch::Clear), policy));
    assert_eq!(cleared.user().record.profile.full_name(), None);
}

#[test]
fn sending_back_shown_values_changes_nothing() {
    let edit = UpdateUser { full_name: name("Augusta Ada King"), ..UpdateUser::default() };
    for policy in VerifiedFieldsPolicy::ALL {
        let decision = update(verified(), &edit, policy);
        assert_eq!(decision, Decision::from(Outcome::Unchanged));
    }
}

#[test]
fn read_only_fields_are_noted_next_to_applied_changes() {
    let edit = UpdateUser {
        display_name: Patch::Set(DisplayName::parse("A").unwrap()),
        read_only: BTreeMap::from([(UserField::SessionCount, Some(Json::count(5)))]),
        ..UpdateUser::default()
    };
    let decision = update(created(&create("ada")), &edit, POLICY);
    assert_eq!(noted_fields(&decision), [UserField::SessionCount]);
    assert_eq!(decision.notes[0].header.kind, ActivityKind::ReadOnlyRefused);
    assert_eq!(changed(decision).user().record.version, 2);
}

#[test]
fn repeated_refusals_within_a_minute_make_one_note() {
    let edit = UpdateUser {
        read_only: BTreeMap::from([(UserField::SessionCount, Some(Json::count(5)))]),
        ..UpdateUser::default()
    };
    let id_at = |micros| {
        let user = facts(created(&create("ada")));
        decide_update(&user, &edit, None, POLICY, &context(Role::Owner, micros)).notes[0].header.id
    };
    assert_eq!(id_at(120_000_000), id_at(179_999_999));
    assert_ne!(id_at(120_000_000), id_at(180_000_000));
}

#[test]
fn data_and_status_make_one_version_and_two_events_data_first() {
    let edit = UpdateUser {
        full_name: name("Ada"),
        tags: Patch::Set(vec![TagName::parse("vip").unwrap()]),
        status: Some(status(UserStatus::Flagged)),
        ..UpdateUser::default()
    };
    let change = changed(update(created(&create("ada")), &edit, POLICY));
    let user = &change.user().record;
    assert_eq!((user.version, user.sequence, user.status), (2, 3, UserStatus::Flagged));
    let types: Vec<_> =
        change.events().iter().map(|event| event.payload.webhook_type().as_str()).collect();
    assert_eq!(types, ["user.data.updated", "user.status.updated"]);
    let mut statuses = change.events().iter().map(|event| event.status);
    assert!(statuses.all(|status| status == UserStatus::Flagged));
    let kinds: Vec<_> = change.audit().iter().map(|entry| entry.header.kind).collect();
    assert_eq!(
        kinds,
        [ActivityKind::TagAdded, ActivityKind::ProfileUpdated, ActivityKind::StatusChanged]
    );
    let comment = change.audit()[2].as_comment().unwrap();
    assert_eq!(comment.comment.as_deref(), Some("because"));
    assert_eq!(
        (comment.previous_status, comment.new_status),
        (Some(UserStatus::Active), Some(UserStatus::Flagged))
    );
}

#[test]
fn a_refused_status_rejects_the_whole_update() {
    let mut command = create("ada");
    command.status = Some(UserStatus::Blocked);
    let edit = UpdateUser {
        full_name: name("Ada"),
        status: Some(status(UserStatus::Flagged)),
        read_only: BTreeMap::from([(UserField::SessionCount, Some(Json::count(5)))]),
        ..UpdateUser::default()
    };
    let decision = update(created(&command), &edit, POLICY);
    let (from, to, trigger) = (UserStatus::Blocked, UserStatus::Flagged, StatusTrigger::Api);
    assert_eq!(
        decision.outcome,
        Outcome::Refused(Rejection::TransitionRefused { from, to, trigger })
    );
    let kinds: Vec<_> = decision.notes.iter().map(|note| note.header.kind).collect();
    assert_eq!(kinds, [ActivityKind::TransitionRefused, ActivityKind::ReadOnlyRefused]);
}

#[test]
fn a_failed_condition_takes_precedence() {
    let user = created(&create("ada"));
    let at = |version| IfMatch::OneOf(vec![(user.record.id, version)]);
    let decide = |condition: IfMatch| {
        let (facts, context) = (facts(user.clone()), context(Role::Owner, 2_000));
        let command = status(UserStatus::Active);
        decide_status_change(&facts, &command, Some(&condition), &context).outcome
    };
    assert_eq!(decide(at(2)), Outcome::Refused(Rejection::VersionMismatch));
    assert_eq!(decide(at(1)), Outcome::Unchanged);
    assert_eq!(decide(IfMatch::Any), Outcome::Unchanged);
}

#[test]
fn a_missing_user_cannot_be_changed() {
    let context = context(Role::Owner, 1);
    let (none, update) = (Facts::default(), UpdateUser::default());
    for decision in [
        decide_update(&none, &update, Some(&IfMatch::Any), POLICY, &context),
        decide_status_change(&none, &status(UserStatus::Active), None, &context),
        decide_delete(&none, &context),
    ] {
        assert_eq!(decision.outcome, Outcome::Refused(Rejection::UserNotFound));
    }
}

#[test]
fn metadata_that_grows_too_large_by_merging_is_a_field_error() {
    let large = |key: &str| JsonObject::from([(key.to_owned(), Json::String("x".repeat(40_000)))]);
    let mut command = create("ada");
    command.metadata = Metadata::new(large("a")).unwrap();
    let edit =
        UpdateUser { metadata: Some(MetadataPatch::Merge(large("b"))), ..UpdateUser::default() };
    let decision = update(created(&command), &edit, POLICY);
    let Outcome::Refused(Rejection::InvalidField { field, .. }) = decision.outcome else {
        panic!("accepted")
    };
    assert_eq!(field, UserField::Metadata);
}

#[test]
fn a_deletion_sets_its_time_in_the_record_and_the_event() {
    let change = changed(decide_delete(&facts(created(&create("ada"))), &context(Role::Owner, 1)));
    let user = &change.user().record;
    assert_eq!(user.deleted_at, Some(user.updated_at));
    assert_eq!(change.events()[0].payload, EventPayload::Deleted { at: user.updated_at });
    assert_eq!(change.search_text(), None);
}

/// The shown value stays; only its provenance changes.
#[test]
fn an_override_equal_to_the_verified_value_can_be_cleared() {
    let policy = VerifiedFieldsPolicy::Override;
    let verified_as = |mut user: User, text| {
        let verified = user.record.profile.verified.full_name.as_mut().unwrap();
        verified.value = FullName::parse(text).unwrap();
        user
    };
    let edit = |name| UpdateUser { full_name: name, ..UpdateUser::default() };
    let overridden = changed(update(verified(), &edit(name("Ada B.")), policy));
    let user = verified_as(overridden.user().clone(), "Ada B.");
    let change = changed(update(user, &edit(Patch::Clear), policy));
    let user = change.user().clone();
    assert_eq!(user.record.profile.overrides.full_name, None);
    assert_eq!(change.audit()[0].header.fields, [UserField::Provenance]);
    assert!(change.audit()[0].detail.overrides_verified);
    let EventPayload::Edited { changes } = &change.events()[0].payload else {
        panic!("{:?}", change.events());
    };
    assert_eq!(changes[0].field, UserField::Provenance);
    let later = verified_as(user, "Ada C.").record;
    assert_eq!(later.profile.full_name().unwrap().0.as_str(), "Ada C.");
}

#[test]
fn a_shown_list_may_exceed_the_limit_of_declared_entries() {
    let email = |number| Email::parse(format!("{number}@x.org")).unwrap();
    let (limit, emails) = (Profile::MAX_LIST_ENTRIES, |range: std::ops::Range<usize>| {
        range.map(email).collect::<Vec<_>>()
    });
    let mut user = verified();
    user.record.profile.declared.emails = emails(0..limit);
    user.record.profile.verified.emails = emails(limit..2 * limit);
    let edit = |emails| UpdateUser { approved_emails: Patch::Set(emails), ..UpdateUser::default() };
    let shown = update(user, &edit(emails(0..2 * limit)), POLICY);
    assert_eq!(shown, Decision::from(Outcome::Unchanged));
    let declared = |count| update(created(&create("ada")), &edit(emails(0..count)), POLICY);
    changed(declared(limit));
    assert_eq!(
        declared(limit + 1).outcome,
        Outcome::Refused(Rejection::InvalidField {
            field: UserField::ApprovedEmails,
            reason: InvalidValue::TooMany { max: limit },
        })
    );
}

/// For example a number that no user can have.
#[test]
fn an_unparsable_read_only_field_is_noted_even_if_null_is_shown() {
    let edit = UpdateUser {
        read_only: BTreeMap::from([(UserField::LastSessionAt, None)]),
        ..UpdateUser::default()
    };
    let decision = update(created(&create("ada")), &edit, POLICY);
    assert_eq!(decision.outcome, Outcome::Unchanged);
    assert_eq!(decision.notes[0].header.fields, [UserField::LastSessionAt]);
}

#[test]
fn metadata_is_compared_by_value() {
    let metadata = |literal: &str| {
        let number = Json::Number(Number::parse(literal).unwrap());
        Metadata::new(JsonObject::from([("n".to_owned(), number)])).unwrap()
    };
    let edit = |literal| UpdateUser {
        metadata: Some(MetadataPatch::Replace(metadata(literal))),
        ..UpdateUser::default()
    };
    let mut user = created(&create("ada"));
    user.metadata = metadata("92.0");
    assert_eq!(update(user.clone(), &edit("92"), POLICY).outcome, Outcome::Unchanged);
    changed(update(user, &edit("92.1"), POLICY));
}

fn a_patch<T: Clone + std::fmt::Debug + 'static>(
    parse: fn(String) -> T,
) -> impl Strategy<Value = Patch<T>> {
    prop_oneof![
        Just(Patch::Absent),
        Just(Patch::Clear),
        "[a-c]".prop_map(move |text| Patch::Set(parse(text)))
    ]
}

fn an_update() -> impl Strategy<Value = UpdateUser> {
    let statuses =
        prop_oneof![Just(None), prop::sample::select(UserStatus::ALL.to_vec()).prop_map(Some)];
    (
        a_patch(|text| DisplayName::parse(text).unwrap()),
        a_patch(|text| FullName::parse(text).unwrap()),
        a_patch(|text| vec![TagName::parse(text).unwrap()]),
        statuses,
        any::<bool>(),
    )
        .prop_map(|(display_name, full_name, tags, to, counts)| UpdateUser {
            display_name,
            full_name,
            tags,
            status: to.map(status),
            read_only: counts
                .then_some((UserField::SessionCount, Some(Json::count(9))))
                .into_iter()
                .collect(),
            ..UpdateUser::default()
        })
}

proptest! {
    #[test]
    fn versions_times_and_entries_stay_consistent(updates in prop::collection::vec(an_update(), 1..12)) {
        let mut user = created(&create("ada"));
        for command in updates {
            // The clock does not advance; times must still increase.
            let context: CommandContext = context(Role::Owner, 1_000);
            let decision = decide_update(&facts(user.clone()), &command, None, POLICY, &context);
            prop_assert_eq!(&decision, &decide_update(&facts(user.clone()), &command, None, POLICY, &context));
            let Outcome::Changed(change) = decision.outcome else { continue };
            let (before, after) = (&user.record, &change.user().record);
            prop_assert_eq!(after.version, before.version + 1);
            prop_assert_eq!(after.sequence, before.sequence + change.events().len() as u64);
            prop_assert!(after.updated_at > before.updated_at);
            prop_assert!(!change.audit().is_empty() && !change.events().is_empty());
            prop_assert!(change.events().iter().all(|event| event.created_at == after.updated_at));
            let repeat = decide_update(&facts(change.user().clone()), &command, None, POLICY, &context);
            prop_assert_eq!(repeat.outcome, Outcome::Unchanged);
            user = change.user().clone();
        }
    }
}
