//! Plans of idempotent calls: they cost one look-up and one stored response in addition to the change.

use std::sync::Arc;
use std::time::Duration;

use diesel::PgConnection;
use testkit::{PlainEncoder, a_user};
use users_domain::model::{
    Fingerprint, HolderId, IdempotencyClaim, IdempotencyKey, Operation, StatusTrigger,
    StoredResponse, UserKey, UserStatus, VendorData,
};
use users_domain::ports::{FactsSpec, Idempotent, Mutation, Presence};
use users_domain::rules::{ChangeStatus, decide_create, decide_status_change};
use uuid::Uuid;

use super::explain::{Planned, Sent, plan, sent};
use super::lists::{APPLICATION, context, sent_by};
use crate::claims::{hold_on, remove_on};
use crate::user_store::{commit_on, commit_once_on};

const TABLE: &str = "idempotency_claims";

fn claim(name: &str) -> IdempotencyClaim {
    let key = IdempotencyKey::parse(name).unwrap();
    IdempotencyClaim::new(Operation::UpdateStatus, &key, Fingerprint::of(&[]))
}

fn once(name: &str) -> Idempotent {
    Idempotent {
        claim: claim(name),
        holder: None,
        answer: Arc::new(|answers| {
            let response = StoredResponse::new(None, b"{}".to_vec()).unwrap();
            Ok(answers.iter().all(Result::is_ok).then_some(response))
        }),
    }
}

fn change(name: &str, to: UserStatus, seed: u32) -> Mutation {
    let context = context(seed);
    let command = ChangeStatus { to, reason: None, trigger: StatusTrigger::Analyst };
    Mutation {
        key: UserKey::VendorData(VendorData::parse(name).unwrap()),
        expected: Presence::Present,
        facts: FactsSpec::default(),
        decide: Arc::new(move |facts| decide_status_change(facts, &command, None, &context)),
    }
}

fn commit_once(connection: &mut PgConnection, mutation: Mutation, name: &str) {
    let once = once(name);
    let answers = commit_once_on(connection, APPLICATION, &PlainEncoder, &[mutation], &once);
    let answers = answers.unwrap().expect("a free claim");
    assert!(answers.iter().all(Result::is_ok));
}

#[track_caller]
fn assert_by_index(connection: &mut PgConnection, statement: &Sent, index: &str) {
    for planned in [Planned::ForValues, Planned::ForAny] {
        let plan = plan(connection, statement, planned);
        assert!(plan.contains(index), "{planned:?}\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{planned:?}\n{plan}");
    }
}

#[test]
fn an_idempotent_change_costs_one_more_look_up() {
    let (mut connection, statements) = sent_by(|connection| {
        let change = change("user-4712", UserStatus::Flagged, 101);
        commit_once(connection, change, "a-change");
    });
    let [look_up, read, write] = statements.as_slice() else {
        panic!("look up, read, write: {statements:?}");
    };
    assert_by_index(&mut connection, look_up, "idempotency_claims_pkey");
    assert!(!read.text.contains(TABLE));
    assert_by_index(&mut connection, write, "users_pkey on users n");

    let (_, statements) = sent_by(|connection| {
        let (command, context) = (a_user("made once"), context(102));
        let create = Mutation {
            key: UserKey::VendorData(command.vendor_data.clone()),
            expected: Presence::Absent,
            facts: FactsSpec::default(),
            decide: Arc::new(move |facts| decide_create(facts, &command, APPLICATION, &context)),
        };
        commit_once(connection, create, "a-creation");
    });
    assert_eq!(statements.len(), 2, "look up, write");
}

#[test]
fn a_repeat_costs_one_look_up() {
    let change = || change("user-4713", UserStatus::Flagged, 103);
    let (_, statements) = sent_by(|connection| {
        commit_once(connection, change(), "a-repeat");
        sent::take();
        let once = once("a-repeat");
        let known = commit_once_on(connection, APPLICATION, &PlainEncoder, &[change()], &once);
        assert!(known.unwrap().is_err());
    });
    assert_eq!(statements.len(), 1);
}

#[test]
fn calls_without_a_claim_do_not_read_claims() {
    let (_, statements) = sent_by(|connection| {
        let change = change("user-4714", UserStatus::Flagged, 104);
        let answers = commit_on(connection, APPLICATION, &PlainEncoder, &[change]).unwrap();
        assert!(answers.iter().all(Result::is_ok));
    });
    assert_eq!(statements.len(), 2, "read, write");
    for statement in statements {
        assert!(!statement.text.contains(TABLE), "{}", statement.text);
        assert!(!statement.text.contains("pg_try_advisory"), "{}", statement.text);
    }
}

#[test]
fn holding_is_one_statement_and_expired_claims_use_an_index() {
    let (mut connection, statements) = sent_by(|connection| {
        let holder = HolderId::new(Uuid::from_u128(1));
        let minute = Duration::from_mins(1);
        let held = hold_on(connection, APPLICATION, &claim("held"), holder, minute);
        assert!(held.unwrap().is_none());
        remove_on(connection, 1).unwrap();
    });
    let [_, remove] = statements.as_slice() else {
        panic!("hold, remove: {statements:?}");
    };
    assert_by_index(&mut connection, remove, "idempotency_claims_by_expiry");
}
