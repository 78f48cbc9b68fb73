//! Random histories.

use proptest::collection::vec;

use crate::conformance::UserStoreSubject;
use crate::strategies::step;
use crate::{Tenant, for_all};

/// Random commands about a few users, several in a call. The store equals the decisions, and each decision is based on
/// the outcome of the previous one.
pub async fn random_histories_are_stored_as_decided(subject: &UserStoreSubject) {
    const CASES: u32 = 24;

    let calls = vec(vec(step(), 1..6), 1..8);
    for_all(CASES, &calls, |calls| {
        let subject = subject.clone();
        async move {
            let tenant = Tenant::of(&subject).await;
            for steps in calls {
                let mutations = steps.into_iter().map(|step| tenant.mutation_of(step));
                tenant.commit(mutations.collect()).await;
            }
            tenant.assert_stored_as_decided().await;
        }
    })
    .await;
}
