//! Quota of stored responses per application.

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{IdempotencyQuota, PgIdempotencyStore};
use testkit::{PlainEncoder, Tenant, a_user, base_time, run, unique_seed};
use users_domain::model::{
    ApplicationId, Fingerprint, HolderId, IdempotencyClaim, IdempotencyKey, Operation,
    StoredResponse, random_uuid,
};
use users_domain::ports::{
    Answered, IdempotencyError, IdempotencyStore as _, Idempotent, Mutation, UserStore as _,
};

use crate::subject::users_over;

const ANSWER_BYTES: usize = 1_000;

fn once(claim: IdempotencyClaim) -> Idempotent {
    Idempotent {
        claim,
        holder: None,
        answer: Arc::new(|_| Ok(StoredResponse::new(None, vec![b'x'; ANSWER_BYTES]).ok())),
    }
}

#[test]
fn an_application_over_its_quota_gets_repeats_but_no_new_responses() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let stores = database.stores(Arc::new(PlainEncoder));
        let subject = users_over(&database, &stores.pool);
        let (full, other) = (Tenant::of(&subject).await, Tenant::of(&subject).await);
        let quota = IdempotencyQuota::of_bytes(2 * ANSWER_BYTES as u64);
        let users = stores.users.limited_by(quota.clone());
        let claims = PgIdempotencyStore::new(stores.pool.clone()).limited_by(quota);
        let claim = |name: &str| {
            let key = IdempotencyKey::parse(name).unwrap();
            IdempotencyClaim::new(Operation::CreateUser, &key, Fingerprint::of(&[b"body"]))
        };
        let create = |tenant: &Tenant, name: &str| -> (ApplicationId, Vec<Mutation>, Idempotent) {
            (tenant.id(), vec![tenant.create(a_user(name))], once(claim(name)))
        };
        for name in ["a", "b", "c"] {
            let (application, mutations, once) = create(&full, name);
            let made = users.commit_idempotent(application, mutations, once).await;
            assert!(matches!(made, Ok(Answered::Fresh(_))), "{made:?}");
        }
        assert_eq!(claims.remove_expired(10).await, Ok(0));

        let (application, mutations, new) = create(&full, "d");
        let refused = users.commit_idempotent(application, mutations, new).await;
        assert_eq!(refused, Err(IdempotencyError::OverQuota));
        let (application, mutations, repeat) = create(&full, "a");
        let repeated = users.commit_idempotent(application, mutations, repeat).await;
        assert!(matches!(repeated, Ok(Answered::Replayed(_))), "{repeated:?}");

        let holder = HolderId::new(random_uuid(base_time(), unique_seed()));
        let hold = |name| {
            let (claims, claim, application) = (&claims, claim(name), full.id());
            async move {
                let at_most = Duration::from_mins(1);
                claims.hold(application, &claim, holder, at_most).await
            }
        };
        assert_eq!(hold("d").await, Err(IdempotencyError::OverQuota));
        assert!(matches!(hold("a").await, Ok(Answered::Replayed(_))));

        let (application, mutations, theirs) = create(&other, "d");
        let made = users.commit_idempotent(application, mutations, theirs).await;
        assert!(matches!(made, Ok(Answered::Fresh(_))), "{made:?}");
    });
}
