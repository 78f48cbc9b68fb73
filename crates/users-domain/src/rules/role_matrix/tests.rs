use super::*;

const OF_OPERATORS: [Operation; 2] = [Operation::ChangeSettings, Operation::VerifyCounters];

#[test]
fn only_services_report_and_query_enforcement() {
    for operation in Operation::OF_SERVICES {
        assert!(permits(KeyKind::Service, operation));
        assert!(!Role::ALL.iter().any(|role| allows(*role, operation)));
    }
    for operation in Operation::OF_ROLES.into_iter().chain(OF_OPERATORS) {
        assert!(!permits(KeyKind::Service, operation), "{operation:?}");
    }
}

#[test]
fn no_role_may_perform_operator_operations() {
    for operation in OF_OPERATORS {
        assert!(!Role::ALL.iter().any(|role| allows(*role, operation)));
    }
}
