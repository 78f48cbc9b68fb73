//! Comparison of edits with stored values: by value, and including parts that are not shown.

use super::*;
use crate::model::{EventPayload, Number, Role};
use crate::rules::Outcome;
use crate::rules::fixtures::{changed, context, create, created, facts, verified};

const POLICY: VerifiedFieldsPolicy = VerifiedFieldsPolicy::ReadOnly;

fn name(text: &str) -> Patch<FullName> {
    Patch::Set(FullName::parse(text).unwrap())
}

fn update(user: User, command: &UpdateUser, policy: VerifiedFieldsPolicy) -> Decision {
    let context = context(Role::Owner, 2_000);
    decide_update(&facts(user), command, None, policy, &context)
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
