//! Concurrent writers.

use std::sync::Arc;

use users_domain::model::{Json, UserStatus};
use users_domain::ports::{Mutation, WriteError, Written};
use users_domain::rules::{CreateUser, MetadataPatch, Rejection, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::conformance::at_once::at_once as all_at_once;
use crate::{Tenant, a_user, by_name, json_object, tag, to_status};

/// The maximum number of tries of a writer that gets `Contended`.
const TRIES: usize = 50;

/// Eight writers merge different keys into the metadata of one user. Every key is stored, and each change is decided on
/// the previous one.
pub async fn concurrent_mutations_of_one_user_lose_nothing(subject: &UserStoreSubject) {
    const WRITERS: usize = 8;
    const WRITES: usize = 12;

    let tenant = Arc::new(Tenant::of(subject).await);
    tenant.has(a_user("ada")).await;
    at_once(WRITERS, &tenant, |tenant, writer| async move {
        for write in 0..WRITES {
            let key = format!("{writer}-{write}");
            let merge = || {
                let patch = json_object([(&*key, Json::Bool(true))]);
                let command = UpdateUser {
                    metadata: Some(MetadataPatch::Merge(patch)),
                    ..UpdateUser::default()
                };
                tenant.update(by_name("ada"), command)
            };
            let written = with_retries(&tenant, merge).await.expect("an edit");
            assert!(written.changed);
        }
    })
    .await;

    let users = tenant.journal.users();
    let ada = users.first().expect("ada");
    assert_eq!(ada.record.version, 1 + (WRITERS * WRITES) as u64);
    assert_eq!(ada.metadata.object().len(), WRITERS * WRITES);
    tenant.assert_stored_as_decided().await;
}

/// Several writers create each name concurrently. One succeeds; the others get `VendorDataTaken`.
pub async fn concurrent_creates_of_one_vendor_data_create_one_user(subject: &UserStoreSubject) {
    const WRITERS: usize = 6;

    let tenant = Arc::new(Tenant::of(subject).await);
    for name in ["a", "b", "c", "d", "e"] {
        let created = at_once(WRITERS, &tenant, move |tenant, _| async move {
            let create = || tenant.create(a_user(name));
            match with_retries(&tenant, create).await {
                Ok(written) => usize::from(written.changed),
                Err(WriteError::Refused(Rejection::VendorDataTaken)) => 0,
                Err(other) => panic!("{other}"),
            }
        })
        .await;
        assert_eq!(created.iter().sum::<usize>(), 1, "{name} was created {created:?} times");
    }
    let twice = vec![tenant.create(a_user("f")), tenant.create(a_user("f"))];
    let answers = tenant.commit(twice).await;
    let taken = Err(WriteError::Refused(Rejection::VendorDataTaken));
    assert_eq!(answers.iter().filter(|answer| **answer == taken).count(), 1);
    tenant.assert_stored_as_decided().await;
}

/// Several writers create and delete one name. In any order, every confirmed change is stored.
pub async fn concurrent_creates_and_deletes_of_one_name_lose_nothing(subject: &UserStoreSubject) {
    let tenant = Arc::new(Tenant::of(subject).await);
    let changed = at_once(6, &tenant, |tenant, writer| async move {
        let mut changed = 0;
        for _ in 0..10 {
            let mutation = || match writer % 3 {
                0 => tenant.delete(by_name("ada")),
                1 => tenant.change_status(by_name("ada"), to_status(UserStatus::Flagged)),
                _ => tenant.create(a_user("ada")),
            };
            let answer = with_retries(&tenant, mutation).await;
            changed += usize::from(answer.is_ok_and(|written| written.changed));
        }
        changed
    })
    .await;
    let journalled: usize = tenant.journal.changes().values().map(Vec::len).sum();
    assert_eq!(changed.iter().sum::<usize>(), journalled);
    let users = tenant.journal.users();
    let living = users.iter().filter(|user| user.record.deleted_at.is_none());
    assert!(living.count() <= 1, "one name has one user at most");
    tenant.assert_stored_as_decided().await;
}

/// Batches with the same users in opposite orders neither fail nor deadlock. Some of the users do not exist yet.
pub async fn concurrent_batches_in_opposite_orders_finish(subject: &UserStoreSubject) {
    let tenant = Arc::new(Tenant::of(subject).await);
    at_once(4, &tenant, |tenant, writer| async move {
        for round in 0..5 {
            let mut names: Vec<_> = (0..10).map(|name| format!("{}", name + round * 3)).collect();
            if writer % 2 == 0 {
                names.reverse();
            }
            let batch = names.iter().map(|name| tenant.create(a_user(name)));
            for answer in tenant.commit(batch.collect()).await {
                let taken = Err(WriteError::Refused(Rejection::VendorDataTaken));
                assert!(answer.is_ok() || answer == taken, "{answer:?}");
            }
            let status = if writer % 2 == 0 { UserStatus::Active } else { UserStatus::Flagged };
            let batch =
                names.iter().map(|name| tenant.change_status(by_name(name), to_status(status)));
            for answer in tenant.commit(batch.collect()).await {
                assert!(matches!(answer, Ok(_) | Err(WriteError::Contended)), "{answer:?}");
            }
        }
    })
    .await;
    tenant.assert_stored_as_decided().await;
}

/// Several users get a new tag concurrently. All of them share one tag.
pub async fn a_tag_first_used_concurrently_is_created_once(subject: &UserStoreSubject) {
    const WRITERS: usize = 6;

    let tenant = Arc::new(Tenant::of(subject).await);
    for name in ["vip", "é", "x"] {
        at_once(WRITERS, &tenant, move |tenant, writer| async move {
            let command = CreateUser {
                tags: vec![tag(name), tag("other")],
                ..a_user(&format!("{name} {writer}"))
            };
            tenant.has(command).await;
        })
        .await;
        let mut tags = Vec::new();
        for writer in 0..WRITERS {
            let user = by_name(&format!("{name} {writer}"));
            tags.push(tenant.tag_on(&user, name).await.expect("the tag"));
        }
        tags.dedup();
        assert_eq!(tags.len(), 1, "{tags:?}");
    }
}

/// Runs `task` concurrently `tasks` times and returns the results.
async fn at_once<T, F>(
    tasks: usize,
    tenant: &Arc<Tenant>,
    task: impl Fn(Arc<Tenant>, usize) -> F,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    all_at_once((0..tasks).map(|number| task(Arc::clone(tenant), number)).collect()).await
}

async fn with_retries(
    tenant: &Tenant,
    mutation: impl Fn() -> Mutation,
) -> Result<Written, WriteError> {
    for _ in 0..TRIES {
        match tenant.write(mutation()).await {
            Err(WriteError::Contended) => {}
            answer => return answer,
        }
    }
    panic!("the user stayed contended for {TRIES} tries");
}
