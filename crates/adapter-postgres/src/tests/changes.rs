//! Mutations of users in a [`super::crowd`].

use std::sync::Arc;

use testkit::{
    a_caller, a_risk_report, a_session_report, a_transaction_report, a_user, an_application,
    base_time, tag, unique_seed, vendor_data,
};
use users_domain::model::evidence::{EvidenceId, RiskKind, SessionStatus};
use users_domain::model::{
    ApplicationSettings, CommandContext, KeyKind, RetentionDays, Role, StatusTrigger, UserId,
    UserKey, UserStatus, VerifiedFieldsPolicy, random_uuid,
};
use users_domain::ports::{Decide, FactsSpec, Mutation, Presence};
use users_domain::rules::{
    ChangeStatus, CreateUser, Patch, UpdateUser, decide_create, decide_delete, decide_restore,
    decide_risk, decide_session, decide_status_change, decide_transaction, decide_update,
};
use uuid::Uuid;

use super::seed::APPLICATION;

/// An unused id.
pub(super) fn fresh() -> Uuid {
    random_uuid(base_time(), unique_seed())
}

fn context() -> CommandContext {
    let caller = a_caller(&an_application(), KeyKind::Role(Role::Owner));
    caller.context(base_time(), unique_seed())
}

pub(super) fn named(number: u32) -> UserKey {
    UserKey::VendorData(vendor_data(&format!("user-{number}")))
}

/// The id of a user, deleted or not.
pub(super) fn id_of(number: u32) -> UserId {
    UserId::new(Uuid::from_fields(1, 0, 0x7000, &u64::from(number).to_be_bytes()))
}

fn mutation(key: UserKey, facts: FactsSpec, decide: Decide) -> Mutation {
    let expected = Presence::Present;
    Mutation { key, expected, facts, decide }
}

pub(super) fn create() -> Mutation {
    creating(CreateUser { tags: vec![tag("vip")], ..a_user(&fresh().to_string()) })
}

/// A creation that is tried before any read.
pub(super) fn create_without_tags() -> Mutation {
    creating(a_user(&fresh().to_string()))
}

fn creating(command: CreateUser) -> Mutation {
    let context = context();
    Mutation {
        expected: Presence::Absent,
        ..mutation(
            UserKey::VendorData(command.vendor_data.clone()),
            FactsSpec { tags: command.tags.clone(), block_left: true, ..FactsSpec::default() },
            Arc::new(move |facts| decide_create(facts, &command, APPLICATION, &context)),
        )
    }
}

pub(super) fn retag(key: UserKey) -> Mutation {
    let context = context();
    let tags = vec![tag("vip1"), tag("vip2")];
    let facts = FactsSpec { tags: tags.clone(), ..FactsSpec::default() };
    let command = UpdateUser { tags: Patch::Set(tags), ..UpdateUser::default() };
    let policy = VerifiedFieldsPolicy::ReadOnly;
    let decide: Decide =
        Arc::new(move |facts| decide_update(facts, &command, None, policy, &context));
    mutation(key, facts, decide)
}

pub(super) fn block(key: UserKey) -> Mutation {
    let context = context();
    let command =
        ChangeStatus { to: UserStatus::Blocked, reason: None, trigger: StatusTrigger::Analyst };
    let decide: Decide =
        Arc::new(move |facts| decide_status_change(facts, &command, None, &context));
    mutation(key, FactsSpec::default(), decide)
}

pub(super) fn delete(key: UserKey) -> Mutation {
    let context = context();
    let decide: Decide = Arc::new(move |facts| decide_delete(facts, &context));
    mutation(key, FactsSpec::default(), decide)
}

pub(super) fn restore(id: UserId) -> Mutation {
    let context = context();
    let facts =
        FactsSpec { name_taken: true, block_left: true, history: true, ..FactsSpec::default() };
    let decide: Decide =
        Arc::new(move |facts| decide_restore(facts, RetentionDays::default(), &context));
    mutation(UserKey::IdIncludingDeleted(id), facts, decide)
}

pub(super) fn session_report(session: &str, number: u32) -> Mutation {
    let name = format!("user-{number}");
    let report = a_session_report(session, &name, 2, SessionStatus::Approved);
    let (context, settings) = (context(), ApplicationSettings::default());
    let facts = FactsSpec {
        evidence: Some(EvidenceId::Session(report.session.clone())),
        block_left: true,
        history: true,
        ..FactsSpec::default()
    };
    let decide: Decide =
        Arc::new(move |facts| decide_session(facts, &report, settings, APPLICATION, &context));
    mutation(named(number), facts, decide)
}

pub(super) fn transaction_report(transaction: &str, number: u32) -> Mutation {
    let report = a_transaction_report(transaction, &format!("user-{number}"), 2, &[]);
    let context = context();
    let facts = FactsSpec {
        evidence: Some(EvidenceId::Transaction(report.transaction.clone())),
        block_left: true,
        ..FactsSpec::default()
    };
    let decide: Decide =
        Arc::new(move |facts| decide_transaction(facts, &report, APPLICATION, &context));
    mutation(named(number), facts, decide)
}

pub(super) fn risk_report(number: u32) -> Mutation {
    let (event, name) = (fresh().to_string(), format!("user-{number}"));
    let report = a_risk_report(&event, &name, RiskKind::BlocklistMatch);
    let context = context();
    let facts = FactsSpec {
        evidence: Some(EvidenceId::RiskEvent(report.event.id.clone())),
        ..FactsSpec::default()
    };
    let decide: Decide = Arc::new(move |facts| decide_risk(facts, &report, &context));
    mutation(named(number), facts, decide)
}
