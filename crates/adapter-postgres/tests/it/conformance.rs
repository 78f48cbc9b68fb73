//! The ports' MUSTs on real PostgreSQL.

mod users {
    testkit::user_store_conformance!(crate::subject::users);
}

mod reader {
    testkit::user_reader_conformance!(crate::subject::users);
}

mod applications {
    testkit::application_store_conformance!(crate::subject::access);
}

mod keys {
    testkit::key_store_conformance!(crate::subject::access);
}
