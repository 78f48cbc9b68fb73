//! Tests of the decisions on key commands.

mod networks;

use super::*;
use crate::model::{
    ActivityKind::{KeyChanged, KeyCreated, KeyRevoked, KeyRotated},
    Actor, AllowedNetworks, ApiKeySecret, CommandContext, Environment, KeyGrace, KeyId, KeyKind,
    KeyLimits, KeyName, KeyState, Network, Role, Timestamp,
};
use crate::rules::Patch;
use crate::rules::fixtures::{APPLICATION, context, grant};

const NOW: i64 = 1_000_000;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros).unwrap()
}

fn a_key(number: u128, kind: KeyKind) -> ApiKey {
    ApiKey { id: KeyId::new(uuid::Uuid::from_u128(number)), ..grant(kind).key }
}

fn role(role: Role) -> KeyKind {
    KeyKind::Role(role)
}

fn expiring(key: ApiKey, micros: i64) -> ApiKey {
    ApiKey { expires_at: Some(at(micros)), ..key }
}

/// The first key is the subject of the command.
fn facts(keys: &[ApiKey]) -> KeyFacts {
    let live = keys.iter().filter(|key| key.state(at(NOW)) == KeyState::Valid);
    KeyFacts { subject: keys.first().cloned(), live: live.cloned().collect() }
}

/// Like [`facts`], with an additional key of this role; [`context`] acts with that key.
fn facts_of(actor: Role, keys: &[ApiKey]) -> KeyFacts {
    let mut keys = keys.to_vec();
    keys.push(a_key(7, role(actor)));
    facts(&keys)
}

/// The context of a command by this key.
fn by(key: &ApiKey) -> CommandContext {
    CommandContext {
        actor: Actor::Key { id: key.id, name: key.name.clone(), kind: key.kind, address: None },
        ..system()
    }
}

fn system() -> CommandContext {
    CommandContext { actor: Actor::System, ..context(Role::Owner, NOW) }
}

fn new_key(kind: KeyKind) -> NewKey {
    NewKey {
        name: KeyName::parse("new").unwrap(),
        kind,
        expires_at: None,
        allowed_ips: AllowedNetworks::default(),
        limits: KeyLimits::default(),
    }
}

fn secret() -> NewSecret {
    NewSecret::of(&ApiKeySecret::generate(Environment::Live, [99; 32]))
}

fn rotation(minutes: u64) -> KeyRotation {
    KeyRotation { grace: KeyGrace::from_minutes(minutes).unwrap(), expires_at: Patch::Absent }
}

/// Decides every command on a key.
fn decide_all(facts: &KeyFacts, context: &CommandContext) -> [(&'static str, KeyOutcome); 4] {
    let kind = facts.subject.as_ref().unwrap().kind;
    let rename =
        KeyUpdate { name: Some(KeyName::parse("renamed").unwrap()), ..KeyUpdate::default() };
    [
        ("create", decide_create(facts, &new_key(kind), &secret(), APPLICATION, context)),
        ("update", decide_update(facts, &rename, context)),
        ("revoke", decide_revoke(facts, context)),
        ("rotate", decide_rotate(facts, &rotation(10), &secret(), context)),
    ]
}

#[track_caller]
fn written(outcome: KeyOutcome) -> KeyChangeSet {
    match outcome {
        KeyOutcome::Changed(set) => *set,
        other => panic!("expected a change, got {other:?}"),
    }
}

/// A command that ends or demotes an OWNER key.
type RemovalCommand<'a> = &'a dyn Fn(&KeyFacts, &CommandContext) -> KeyOutcome;

const LAST_OWNER: KeyOutcome = KeyOutcome::Refused(KeyRejection::LastOwner);

#[test]
fn only_permitted_roles_change_keys_of_each_kind() {
    let others = [a_key(8, role(Role::Owner)), a_key(9, role(Role::Owner))];
    let kinds = Role::ALL.map(KeyKind::Role);
    for kind in kinds.into_iter().chain([KeyKind::Service]) {
        let mut keys = vec![a_key(1, kind)];
        keys.extend(others.clone());
        for actor in Role::ALL {
            for (what, outcome) in decide_all(&facts_of(actor, &keys), &context(actor, NOW)) {
                let allowed = match (actor, kind) {
                    (Role::Owner, KeyKind::Service) => what == "revoke",
                    (Role::Owner, KeyKind::Role(_)) => true,
                    (Role::Admin, KeyKind::Role(kind)) => kind != Role::Owner,
                    _ => false,
                };
                let refused = outcome == KeyOutcome::Refused(KeyRejection::Forbidden);
                assert_eq!(refused, !allowed, "{what} of {kind:?} by {actor:?}");
            }
        }
        for (what, outcome) in decide_all(&facts(&keys), &system()) {
            assert!(matches!(outcome, KeyOutcome::Changed(_)), "{what} {kind:?}");
        }
    }
}

#[test]
fn only_an_owner_may_promote_a_key_to_owner() {
    let promote = KeyUpdate { role: Some(Role::Owner), ..KeyUpdate::default() };
    let ask = |actor| {
        let facts = facts_of(actor, &[a_key(1, role(Role::Reader))]);
        decide_update(&facts, &promote, &context(actor, NOW))
    };
    let refused = KeyOutcome::Refused(KeyRejection::Forbidden);
    assert_eq!(ask(Role::Admin), refused);
    let set = written(ask(Role::Owner));
    assert_eq!(set.changed().unwrap().kind, role(Role::Owner));
}

#[test]
fn a_key_that_ended_or_changed_role_after_the_lookup_is_refused() {
    let (subject, other) = (a_key(1, role(Role::Reader)), a_key(2, role(Role::Owner)));
    let expired = expiring(a_key(7, role(Role::Owner)), NOW);
    let revoked = ApiKey { revoked_at: Some(at(NOW)), ..a_key(7, role(Role::Owner)) };
    for now in [expired, revoked, a_key(7, role(Role::Admin))] {
        let facts = facts(&[subject.clone(), other.clone(), now]);
        for (what, outcome) in decide_all(&facts, &context(Role::Owner, NOW)) {
            let refused = KeyOutcome::Refused(KeyRejection::Forbidden);
            assert_eq!(outcome, refused, "{what}");
        }
    }
}

#[test]
fn the_last_owner_key_can_be_neither_ended_nor_demoted() {
    let last = a_key(1, role(Role::Owner));
    let context = by(&last);
    let update = |update: KeyUpdate| {
        move |facts: &KeyFacts, context: &CommandContext| decide_update(facts, &update, context)
    };
    let demote = update(KeyUpdate { role: Some(Role::Admin), ..KeyUpdate::default() });
    let expire = update(KeyUpdate { expires_at: Patch::Set(at(NOW + 1)), ..KeyUpdate::default() });
    let replace_by_expiring = |facts: &KeyFacts, context: &CommandContext| {
        let rotation = KeyRotation { expires_at: Patch::Set(at(NOW + 1)), ..rotation(0) };
        decide_rotate(facts, &rotation, &secret(), context)
    };
    let ways: [(&str, RemovalCommand<'_>); 4] = [
        ("revoke", &decide_revoke),
        ("demote", &demote),
        ("expire", &expire),
        ("rotate", &replace_by_expiring),
    ];
    let neighbours = [
        ("no other key", vec![]),
        ("an admin", vec![a_key(2, role(Role::Admin))]),
        ("an owner of the past", vec![expiring(a_key(2, role(Role::Owner)), NOW)]),
        ("an owner for a while", vec![expiring(a_key(2, role(Role::Owner)), NOW + 60_000_000)]),
    ];
    for (way, ask) in ways {
        for (who, others) in &neighbours {
            let mut keys = vec![last.clone()];
            keys.extend(others.clone());
            let outcome = ask(&facts(&keys), &context);
            assert_eq!(outcome, LAST_OWNER, "{way} next to {who}");
        }
        let two = facts(&[last.clone(), a_key(2, role(Role::Owner))]);
        written(ask(&two, &context));
        written(ask(&facts(std::slice::from_ref(&last)), &system()));
    }
}

#[test]
fn owner_keys_may_end_early_unless_the_coverage_gets_shorter() {
    let (early, late) = (
        expiring(a_key(1, role(Role::Owner)), NOW + 10),
        expiring(a_key(2, role(Role::Owner)), NOW + 20),
    );
    let context = by(&late);
    let both = facts(&[early.clone(), late.clone()]);
    written(decide_revoke(&both, &context));
    let both = facts(&[late.clone(), early]);
    assert_eq!(decide_revoke(&both, &context), LAST_OWNER);
    let alone = facts(std::slice::from_ref(&late));
    written(decide_rotate(&alone, &rotation(0), &secret(), &context));
    let later = KeyUpdate { expires_at: Patch::Clear, ..KeyUpdate::default() };
    written(decide_update(&alone, &later, &system()));
    let ended = facts(&[expiring(late, NOW)]);
    written(decide_revoke(&ended, &system()));
}

#[test]
fn ended_keys_can_be_neither_changed_nor_rotated() {
    let ended = [
        expiring(a_key(1, role(Role::Reader)), NOW),
        ApiKey { revoked_at: Some(at(5)), ..a_key(1, role(Role::Reader)) },
    ];
    let context = context(Role::Owner, NOW);
    for key in ended {
        let facts = facts_of(Role::Owner, std::slice::from_ref(&key));
        let refused = KeyOutcome::Refused(KeyRejection::Ended);
        let longer = KeyUpdate { expires_at: Patch::Clear, ..KeyUpdate::default() };
        assert_eq!(decide_update(&facts, &longer, &context), refused);
        let rotated = decide_rotate(&facts, &rotation(0), &secret(), &context);
        assert_eq!(rotated, refused);
        let revoked = decide_revoke(&facts, &context);
        match key.revoked_at {
            Some(_) => assert_eq!(revoked, KeyOutcome::Unchanged(Box::new(key))),
            None => assert_eq!(written(revoked).changed().unwrap().revoked_at, Some(at(NOW))),
        }
    }
}

#[test]
fn an_expiry_must_be_in_the_future() {
    let (facts, context) =
        (facts_of(Role::Owner, &[a_key(1, role(Role::Reader))]), context(Role::Owner, NOW));
    for (expiry, accepted) in [(NOW - 1, false), (NOW, false), (NOW + 1, true)] {
        let expires_at = Patch::Set(at(expiry));
        let update = KeyUpdate { expires_at: expires_at.clone(), ..KeyUpdate::default() };
        let rotation = KeyRotation { expires_at, ..rotation(0) };
        let new = NewKey { expires_at: Some(at(expiry)), ..new_key(role(Role::Reader)) };
        for outcome in [
            decide_update(&facts, &update, &context),
            decide_rotate(&facts, &rotation, &secret(), &context),
            decide_create(&facts, &new, &secret(), APPLICATION, &context),
        ] {
            let refused = outcome == KeyOutcome::Refused(KeyRejection::ExpiryNotAhead);
            assert_eq!(refused, !accepted);
        }
    }
}

#[test]
fn live_keys_are_limited_and_ended_keys_do_not_count() {
    let context = context(Role::Owner, NOW);
    let mut full = KeyFacts {
        subject: Some(a_key(1, role(Role::Reader))),
        live: vec![a_key(1, role(Role::Reader)); ApiKey::MAX_LIVE],
    };
    for (index, key) in full.live.iter_mut().enumerate() {
        key.id = KeyId::new(uuid::Uuid::from_u128(index as u128 + 1));
    }
    full.live[6].kind = role(Role::Owner);
    let create = |facts: &KeyFacts| {
        decide_create(facts, &new_key(role(Role::Reader)), &secret(), APPLICATION, &context)
    };
    let too_many = KeyOutcome::Refused(KeyRejection::TooMany);
    assert_eq!(create(&full), too_many);
    assert_eq!(decide_rotate(&full, &rotation(1), &secret(), &context), too_many);
    written(decide_rotate(&full, &rotation(0), &secret(), &context));
    written(decide_revoke(&full, &context));
    full.live.pop();
    written(create(&full));
}

#[test]
fn a_rotation_creates_the_same_key_with_another_secret() {
    let old = ApiKey {
        allowed_ips: AllowedNetworks::new([Network::parse("192.0.2.0/24").unwrap()]).unwrap(),
        limits: KeyLimits { reads_per_minute: Some(7), writes_per_minute: Some(0) },
        last_used_at: Some(at(9)),
        ..expiring(a_key(1, role(Role::Reader)), NOW + 90_000_000)
    };
    let (facts, context) =
        (facts_of(Role::Owner, std::slice::from_ref(&old)), context(Role::Owner, NOW));
    for (minutes, expires, revoked) in
        [(0, NOW + 90_000_000, Some(NOW)), (1, NOW + 60_000_000, None), (2, NOW + 90_000_000, None)]
    {
        let set = written(decide_rotate(&facts, &rotation(minutes), &secret(), &context));
        let retired =
            ApiKey { expires_at: Some(at(expires)), revoked_at: revoked.map(at), ..old.clone() };
        assert_eq!(set.changed(), Some(&retired));
        let new = set.added().unwrap();
        assert_ne!((new.id, new.digest), (old.id, old.digest));
        let expected = ApiKey {
            id: new.id,
            digest: new.digest,
            prefix: new.prefix.clone(),
            created_at: at(NOW),
            last_used_at: None,
            ..old.clone()
        };
        assert_eq!(new, &expected);
    }
    let for_ever = KeyRotation { expires_at: Patch::Clear, ..rotation(0) };
    let set = written(decide_rotate(&facts, &for_ever, &secret(), &context));
    assert_eq!(set.added().unwrap().expires_at, None);
}

#[test]
fn an_update_with_current_values_changes_nothing() {
    let key = a_key(1, role(Role::Reader));
    let same = KeyUpdate {
        name: Some(key.name.clone()),
        role: Some(Role::Reader),
        expires_at: Patch::Clear,
        ..KeyUpdate::default()
    };
    let outcome =
        decide_update(&facts(std::slice::from_ref(&key)), &same, &context(Role::Owner, NOW));
    assert_eq!(outcome, KeyOutcome::Unchanged(Box::new(key)));
}

#[test]
fn audit_entries_have_the_changes_and_no_secret() {
    let facts = facts_of(Role::Owner, &[a_key(1, role(Role::Reader))]);
    let entries = |outcome| written(outcome).audit().to_vec();
    let kinds: Vec<_> = decide_all(&facts, &context(Role::Owner, NOW))
        .into_iter()
        .map(|(_, outcome)| {
            let entries = entries(outcome);
            for entry in &entries {
                let text = entry.detail.text();
                assert!(text.contains("\"about\":{\"api_key\":\""), "{text}");
                assert!(!text.contains("sk_live_"), "{text}");
                assert_eq!(entry.header.user, None);
            }
            entries.iter().map(|entry| entry.header.kind).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        kinds,
        [vec![KeyCreated], vec![KeyChanged], vec![KeyRevoked], vec![KeyRotated, KeyCreated],]
    );
    let demote = KeyUpdate {
        role: Some(Role::Admin),
        reads_per_minute: Patch::Set(5),
        ..KeyUpdate::default()
    };
    let changed = entries(decide_update(&facts, &demote, &context(Role::Owner, NOW)));
    let detail = &changed[0].detail;
    assert_eq!(
        (detail.previous_value.to_string(), detail.new_value.to_string()),
        (
            r#"{"rate_limit_get_per_minute":null,"role":"READER"}"#.to_owned(),
            r#"{"rate_limit_get_per_minute":5,"role":"ADMIN"}"#.to_owned()
        )
    );
}

#[test]
fn a_missing_key_is_not_found() {
    let facts = KeyFacts::default();
    let context = context(Role::Admin, NOW);
    let refused = KeyOutcome::Refused(KeyRejection::NotFound);
    assert_eq!(decide_update(&facts, &KeyUpdate::default(), &context), refused);
    assert_eq!(decide_revoke(&facts, &context), refused);
    assert_eq!(decide_rotate(&facts, &rotation(0), &secret(), &context), refused);
}
