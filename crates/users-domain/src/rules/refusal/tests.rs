use uuid::Uuid;

use super::*;
use crate::model::{Actor, Environment, KeyId, KeyKind, KeyName, RequestId, Role, Timestamp};

fn context(key: u128, at: &str, seed: u8) -> CommandContext {
    CommandContext {
        at: Timestamp::parse(at).unwrap(),
        seed: [seed; 32],
        actor: Actor::Key {
            id: KeyId::new(Uuid::from_u128(key)),
            name: KeyName::parse("key").unwrap(),
            kind: KeyKind::Role(Role::Reader),
            address: None,
        },
        request_id: RequestId::parse("r").unwrap(),
        environment: Environment::Live,
    }
}

#[test]
fn refusals_are_one_entry_per_key_operation_and_minute() {
    let application = ApplicationId::new(Uuid::from_u128(1));
    let entry = |operation, key, at| {
        let seed = u8::try_from(key).unwrap();
        refusal_entry(application, operation, &context(key, at, seed))
    };
    let first = entry(Operation::DeleteUsers, 1, "2026-01-01T00:00:00Z");
    let again = refusal_entry(
        application,
        Operation::DeleteUsers,
        &context(1, "2026-01-01T00:00:59.999Z", 9),
    );
    assert_eq!(first.header.id, again.header.id);
    assert_ne!(first.salt, again.salt);
    for other in [
        entry(Operation::UpdateUser, 1, "2026-01-01T00:00:00Z"),
        entry(Operation::DeleteUsers, 2, "2026-01-01T00:00:00Z"),
        entry(Operation::DeleteUsers, 1, "2026-01-01T00:01:00Z"),
    ] {
        assert_ne!(other.header.id, first.header.id);
    }
    assert_eq!(first.header.actor_role, Some(Role::Reader));
    assert_eq!(first.header.user, None);
}
