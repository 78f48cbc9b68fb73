//! The conformance suites of the ports on real PostgreSQL.

mod applications {
    testkit::conformance!(applications, crate::subject::access);
}

mod attempts {
    testkit::conformance!(attempts, crate::webhooks::subject);
}

mod audit {
    testkit::conformance!(audit, crate::subject::audit);
}

mod claims {
    testkit::conformance!(claims, crate::subject::claims);
}

mod deleted_users {
    testkit::conformance!(deleted_users, crate::subject::deleted_users);
}

mod destinations {
    testkit::conformance!(destinations, crate::webhooks::subject);
}

mod evidence {
    testkit::conformance!(evidence, crate::subject::users);
}

mod keys {
    testkit::conformance!(keys, crate::subject::access);
}

mod lanes {
    testkit::conformance!(lanes, crate::delivery::lanes);
}

mod outbox {
    testkit::conformance!(outbox, crate::delivery::outbox);
}

mod purge {
    testkit::conformance!(purge, crate::delivery::purge);
}

mod recoveries {
    testkit::conformance!(recoveries, crate::webhooks::subject);
}

mod user_reader {
    testkit::conformance!(user_reader, crate::subject::users);
}

mod user_store {
    testkit::conformance!(user_store, crate::subject::users);
}
