//! The conformance suites of the ports on real PostgreSQL.

mod users {
    testkit::conformance!(user_store, crate::subject::users);
}

mod claims {
    testkit::conformance!(claims, crate::subject::claims);
}

mod deleted_users {
    testkit::conformance!(deleted_users, crate::subject::deleted_users);
}

mod evidence {
    testkit::conformance!(evidence, crate::subject::users);
}

mod reader {
    testkit::conformance!(user_reader, crate::subject::users);
}

mod audit {
    testkit::conformance!(audit, crate::subject::audit);
}

mod applications {
    testkit::conformance!(applications, crate::subject::access);
}

mod keys {
    testkit::conformance!(keys, crate::subject::access);
}

mod destinations {
    testkit::conformance!(destinations, crate::webhooks::subject);
}

mod attempts {
    testkit::conformance!(attempts, crate::webhooks::subject);
}

mod recoveries {
    testkit::conformance!(recoveries, crate::webhooks::subject);
}
