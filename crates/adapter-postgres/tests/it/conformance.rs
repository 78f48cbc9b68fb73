//! The conformance suites of the ports on real PostgreSQL.

mod users {
    testkit::user_store_conformance!(crate::subject::users);
}

mod claims {
    testkit::claim_store_conformance!(crate::subject::claims);
}

mod deleted_users {
    testkit::deleted_user_conformance!(crate::subject::deleted_users);
}

mod evidence {
    testkit::evidence_conformance!(crate::subject::users);
}

mod reader {
    testkit::user_reader_conformance!(crate::subject::users);
}

mod audit {
    testkit::audit_conformance!(crate::subject::audit);
}

mod applications {
    testkit::application_store_conformance!(crate::subject::access);
}

mod keys {
    testkit::key_store_conformance!(crate::subject::access);
}

mod destinations {
    testkit::destination_store_conformance!(crate::webhooks::subject);
}

mod attempts {
    testkit::attempt_log_conformance!(crate::webhooks::subject);
}

mod recoveries {
    testkit::recovery_store_conformance!(crate::webhooks::subject);
}
