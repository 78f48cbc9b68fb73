//! Several writers at once.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use users_domain::model::{Json, UserStatus};
use users_domain::ports::{Mutation, WriteError, Written};
use users_domain::rules::{CreateUser, MetadataPatch, Rejection, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, by_name, json_object, tag, to_status};

/// How often a writer asks again who is told that others keep changing the user.
const TRIES: usize = 50;

/// Eight writers each merge keys of their own into one user's metadata: in the end every key is there, and each change
/// was decided on the one before.
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
            let written = patiently(&tenant, merge).await.expect("an edit");
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

/// Each of several names is created by several writers at once: one succeeds, the others are told that it is taken.
pub async fn two_creates_of_one_vendor_data_at_once_make_one_user(subject: &UserStoreSubject) {
    const WRITERS: usize = 6;

    let tenant = Arc::new(Tenant::of(subject).await);
    for name in ["a", "b", "c", "d", "e"] {
        let made = at_once(WRITERS, &tenant, move |tenant, _| async move {
            let create = || tenant.create(a_user(name));
            match patiently(&tenant, create).await {
                Ok(written) => usize::from(written.changed),
                Err(WriteError::Refused(Rejection::VendorDataTaken)) => 0,
                Err(other) => panic!("{other}"),
            }
        })
        .await;
        assert_eq!(
            made.iter().sum::<usize>(),
            1,
            "{name} was made {made:?} times"
        );
    }
    let twice = vec![tenant.create(a_user("f")), tenant.create(a_user("f"))];
    let answers = tenant.commit(twice).await;
    let taken = Err(WriteError::Refused(Rejection::VendorDataTaken));
    assert_eq!(answers.iter().filter(|answer| **answer == taken).count(), 1);
    tenant.assert_stored_as_decided().await;
}

/// One name is made and deleted by several writers: whatever the order, every confirmed change is there.
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
            let answer = patiently(&tenant, mutation).await;
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

/// Batches that name the same users in opposite orders, some of them not there yet, neither fail nor wait for ever.
pub async fn concurrent_batches_in_opposite_orders_all_end(subject: &UserStoreSubject) {
    let tenant = Arc::new(Tenant::of(subject).await);
    at_once(4, &tenant, |tenant, writer| async move {
        for round in 0..5 {
            let mut names: Vec<_> = (0..10)
                .map(|name| format!("{}", name + round * 3))
                .collect();
            if writer % 2 == 0 {
                names.reverse();
            }
            let batch = names.iter().map(|name| tenant.create(a_user(name)));
            for answer in tenant.commit(batch.collect()).await {
                let taken = Err(WriteError::Refused(Rejection::VendorDataTaken));
                assert!(answer.is_ok() || answer == taken, "{answer:?}");
            }
            let status = if writer % 2 == 0 {
                UserStatus::Active
            } else {
                UserStatus::Flagged
            };
            let batch = names
                .iter()
                .map(|name| tenant.change_status(by_name(name), to_status(status)));
            for answer in tenant.commit(batch.collect()).await {
                assert!(
                    matches!(answer, Ok(_) | Err(WriteError::Contended)),
                    "{answer:?}"
                );
            }
        }
    })
    .await;
    tenant.assert_stored_as_decided().await;
}

/// Several users get a tag that nobody had, at once: all of them carry the same one.
pub async fn a_tag_first_used_by_several_at_once_is_made_once(subject: &UserStoreSubject) {
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
        let mut carried = Vec::new();
        for writer in 0..WRITERS {
            let user = by_name(&format!("{name} {writer}"));
            carried.push(tenant.tag_on(&user, name).await.expect("the tag"));
        }
        carried.dedup();
        assert_eq!(carried.len(), 1, "{carried:?}");
    }
}

/// Runs `task` so many times, all beginning together, and gives what they gave.
async fn at_once<T, F>(
    tasks: usize,
    tenant: &Arc<Tenant>,
    task: impl Fn(Arc<Tenant>, usize) -> F,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(tasks));
    let mut running = JoinSet::new();
    for number in 0..tasks {
        let (start, work) = (Arc::clone(&start), task(Arc::clone(tenant), number));
        running.spawn(async move {
            start.wait().await;
            work.await
        });
    }
    running.join_all().await
}

async fn patiently(
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
