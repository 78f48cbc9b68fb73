use super::*;

#[test]
fn automatic_triggers_only_escalate() {
    for trigger in StatusTrigger::ALL.into_iter().filter(|trigger| !by_people(*trigger)) {
        for from in UserStatus::ALL {
            assert!(
                targets(from, trigger).into_iter().all(|to| to > from),
                "{trigger:?} from {from:?}"
            );
        }
    }
}

#[test]
fn no_trigger_flags_a_blocked_user() {
    for trigger in StatusTrigger::ALL {
        assert_eq!(
            transition(UserStatus::Blocked, UserStatus::Flagged, trigger),
            Transition::Refused
        );
    }
}
