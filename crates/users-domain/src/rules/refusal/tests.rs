use uuid::Uuid;

use super::*;
use crate::model::{Actor, KeyId, Role};
use crate::rules::fixtures::{APPLICATION, context};

#[test]
fn refusals_are_one_entry_per_key_operation_and_minute() {
    let entry = |operation, key, micros| {
        let mut context = context(Role::Reader, micros);
        if let Actor::Key { id, .. } = &mut context.actor {
            *id = KeyId::new(Uuid::from_u128(key));
        }
        refusal_entry(APPLICATION, operation, &context)
    };
    let first = entry(Operation::DeleteUsers, 1, 0);
    let again = entry(Operation::DeleteUsers, 1, 59_999_000);
    assert_eq!(first.header.id, again.header.id);
    assert_ne!(first.salt, again.salt);
    for other in [
        entry(Operation::UpdateUser, 1, 0),
        entry(Operation::DeleteUsers, 2, 0),
        entry(Operation::DeleteUsers, 1, 60_000_000),
    ] {
        assert_ne!(other.header.id, first.header.id);
    }
    assert_eq!(first.header.actor_role, Some(Role::Reader));
    assert_eq!(first.header.user, None);
}
