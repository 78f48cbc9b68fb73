//! Blocks of deleted users.

use crate::conformance::UserStoreSubject;
use crate::conformance::user_store::blocks::assert_block_is_seen;

/// A report creates the next user of a name with the status that the last deleted user of the name requires.
pub async fn a_report_sees_the_block_of_a_deleted_user(subject: &UserStoreSubject) {
    assert_block_is_seen(subject, ["session", "transaction"]).await;
}
