//! How much an application may keep for repeats.

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{IdempotencyQuota, PgClaimStore};
use testkit::{PlainEncoder, Tenant, a_user, base_time, run, unique_seed};
use users_domain::model::{
    ApplicationId, Claim, Fingerprint, HolderId, IdempotencyKey, KeptAnswer, Operation, random_uuid,
};
use users_domain::ports::{Answered, ClaimStore as _, Mutation, Once, OnceError, UserStore as _};

use crate::subject::users_over;

const ANSWER_BYTES: usize = 1_000;

fn once(claim: Claim) -> Once {
    Once {
        claim,
        holder: None,
        answer: Arc::new(|_| Ok(KeptAnswer::new(None, vec![b'x'; ANSWER_BYTES]).ok())),
    }
}

#[test]
fn an_application_over_its_quota_gets_repeats_but_makes_no_new_call_with_a_key() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let stores = database.stores(Arc::new(PlainEncoder));
        let subject = users_over(&database, &stores.pool);
        let (full, other) = (Tenant::of(&subject).await, Tenant::of(&subject).await);
        let quota = IdempotencyQuota::of_bytes(2 * ANSWER_BYTES as u64);
        let users = stores.users.limited_by(quota.clone());
        let claims = PgClaimStore::new(stores.pool.clone()).limited_by(quota);
        let claim = |name: &str| {
            let key = IdempotencyKey::parse(name).unwrap();
            Claim::new(Operation::CreateUser, &key, Fingerprint::of(&[b"body"]))
        };
        let create = |tenant: &Tenant, name: &str| -> (ApplicationId, Vec<Mutation>, Once) {
            (
                tenant.id(),
                vec![tenant.create(a_user(name))],
                once(claim(name)),
            )
        };
        for name in ["a", "b", "c"] {
            let (application, mutations, once) = create(&full, name);
            let made = users.commit_once(application, mutations, once).await;
            assert!(matches!(made, Ok(Answered::Now(_))), "{made:?}");
        }
        assert_eq!(claims.remove_expired(10).await, Ok(0));

        let (application, mutations, new) = create(&full, "d");
        let refused = users.commit_once(application, mutations, new).await;
        assert_eq!(refused, Err(OnceError::OverQuota));
        let (application, mutations, repeat) = create(&full, "a");
        let repeated = users.commit_once(application, mutations, repeat).await;
        assert!(matches!(repeated, Ok(Answered::Before(_))), "{repeated:?}");

        let holder = HolderId::new(random_uuid(base_time(), unique_seed()));
        let hold = |name| {
            let (claims, claim, application) = (&claims, claim(name), full.id());
            async move {
                let at_most = Duration::from_mins(1);
                claims.hold(application, &claim, holder, at_most).await
            }
        };
        assert_eq!(hold("d").await, Err(OnceError::OverQuota));
        assert!(matches!(hold("a").await, Ok(Answered::Before(_))));

        let (application, mutations, theirs) = create(&other, "d");
        let made = users.commit_once(application, mutations, theirs).await;
        assert!(matches!(made, Ok(Answered::Now(_))), "{made:?}");
    });
}
