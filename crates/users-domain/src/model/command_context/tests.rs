use super::*;

fn context(seed: u8) -> CommandContext {
    CommandContext {
        at: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
        seed: [seed; 32],
        actor: Actor::System,
        request_id: RequestId::parse("r").unwrap(),
        environment: Environment::Live,
    }
}

#[test]
fn every_kind_of_actor_has_its_value() {
    let key = |kind| Actor::Key {
        id: KeyId::new(Uuid::nil()),
        name: KeyName::parse("key").unwrap(),
        kind,
        address: None,
    };
    let actors = [key(KeyKind::Role(Role::Owner)), key(KeyKind::Service), Actor::System];
    assert_eq!(actors.map(|actor| actor.kind_str()), Actor::KINDS);
}

#[test]
fn debug_output_omits_the_seed() {
    assert_eq!(format!("{:?}", context(1)), format!("{:?}", context(2)));
}

#[test]
fn ids_are_equal_for_the_same_context_and_differ_otherwise() {
    let id = context(1).derive_uuid("user", b"ada", 0);
    assert_eq!(id, context(1).derive_uuid("user", b"ada", 0));
    assert_eq!(id.get_version_num(), 7);
    for other in [
        context(2).derive_uuid("user", b"ada", 0),
        context(1).derive_uuid("event", b"ada", 0),
        context(1).derive_uuid("user", b"bob", 0),
        context(1).derive_uuid("user", b"ada", 1),
    ] {
        assert_ne!(id, other);
    }
}

#[test]
fn ids_of_one_command_sort_by_their_index() {
    let ids: Vec<_> =
        (0..4096).map(|index| context(1).derive_uuid("audit", b"ada", index)).collect();
    assert!(ids.is_sorted());
}
