//! Histories nobody thought of.

use proptest::collection::vec;

use crate::conformance::UserStoreSubject;
use crate::strategies::step;
use crate::{Tenant, for_all};

/// Random commands about a handful of users, several in a call: whatever comes of them, what is stored is what was
/// decided, each decision on the outcome of the one before.
pub async fn random_histories_are_stored_as_decided(subject: &UserStoreSubject) {
    const CASES: u32 = 24;

    let calls = vec(vec(step(), 1..6), 1..8);
    for_all(CASES, &calls, |calls| {
        let subject = subject.clone();
        async move {
            let tenant = Tenant::of(&subject).await;
            for steps in calls {
                let mutations = steps.into_iter().map(|step| tenant.take(step));
                tenant.commit(mutations.collect()).await;
            }
            tenant.assert_stored_as_decided().await;
        }
    })
    .await;
}
