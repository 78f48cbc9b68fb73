//! Invariants of the route table.

use super::*;

#[test]
fn no_route_is_listed_twice() {
    for (index, route) in routes().enumerate() {
        let twin = routes()
            .skip(index + 1)
            .find(|other| other.path == route.path && other.method == route.method);
        assert!(twin.is_none(), "{} {}", route.method, route.path);
    }
}

#[test]
fn every_operation_has_a_route() {
    for operation in Operation::OF_ROLES.into_iter().chain(Operation::OF_SERVICES) {
        let mut routes = routes();
        assert!(routes.any(|route| route.operation() == Some(operation)), "{operation:?}");
    }
}
