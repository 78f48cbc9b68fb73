//! Concurrent writers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use adapter_postgres::testing::TestDatabase;
use diesel::connection::SimpleConnection as _;
use testkit::{Tenant, a_user, by_name, display_name, run};
use tokio::task::{spawn, spawn_blocking};
use users_domain::model::UserKey;
use users_domain::ports::{Facts, Mutation, WriteError};
use users_domain::rules::{Patch, Rejection, UpdateUser};

use crate::rivals::Rivals;
use crate::sql::{connect, execute, number, until};
use crate::subject::users_on;

fn rename(tenant: &Tenant, key: UserKey, name: &str) -> Mutation {
    let command =
        UpdateUser { display_name: Patch::Set(display_name(name)), ..UpdateUser::default() };
    tenant.update(key, command)
}

#[test]
fn batches_in_opposite_orders_neither_deadlock_nor_lose_changes() {
    const WRITERS: usize = 4;
    const ROUNDS: usize = 12;
    const USERS: usize = 20;

    let (rivals, versions) = run(async {
        let rivals = Rivals::new().await;
        let mut keys = Vec::new();
        for user in 0..USERS {
            let name = format!("user {user}");
            let made = rivals.tenant.has(a_user(&name)).await;
            keys.push([by_name(&name), UserKey::Id(made.record.id)]);
        }
        let keys = Arc::new(keys);
        rivals
            .at_once(WRITERS, |rivals, writer| {
                let keys = Arc::clone(&keys);
                async move {
                    for round in 0..ROUNDS {
                        // Half of the writers use the reverse order; half address users by id.
                        let mut order: Vec<_> =
                            keys.iter().map(|keys| keys[writer / 2].clone()).collect();
                        if writer % 2 == 1 {
                            order.reverse();
                        }
                        order.rotate_left((writer * 5 + round) % USERS);
                        let name = format!("{writer} {round}");
                        let batch = order.into_iter().map(|key| rename(&rivals.tenant, key, &name));
                        for answer in rivals.commit(writer, batch.collect()).await {
                            assert!(answer.unwrap().changed);
                        }
                    }
                }
            })
            .await;
        let mut versions = Vec::new();
        for key in keys.iter() {
            versions.push(rivals.tenant.find(&key[0]).await.unwrap().record.version);
        }
        (rivals, versions)
    });
    assert_eq!(versions, [1 + (WRITERS * ROUNDS) as u64; USERS]);
    assert_eq!(rivals.deadlocks(), 0);
}

#[test]
fn batches_of_the_same_new_users_neither_deadlock_nor_duplicate() {
    const WRITERS: usize = 4;
    const ROUNDS: usize = 12;
    const NEW: usize = 12;

    let rivals = run(async {
        let rivals = Rivals::new().await;
        rivals.tenant.has(a_user("old")).await;
        let made = rivals
            .at_once(WRITERS, |rivals, writer| async move {
                let mut made = HashMap::<String, usize>::new();
                for round in 0..ROUNDS {
                    let mut names: Vec<_> = (0..NEW).map(|n| format!("{round} {n}")).collect();
                    if writer % 2 == 1 {
                        names.reverse();
                    }
                    names.rotate_left(writer * 2);
                    let name = format!("{writer} {round}");
                    let mut batch: Vec<_> =
                        names.iter().map(|name| rivals.tenant.create(a_user(name))).collect();
                    batch.insert(writer * 3, rename(&rivals.tenant, by_name("old"), &name));
                    let mut answers = rivals.commit(writer, batch).await;
                    assert!(answers.remove(writer * 3).unwrap().changed);
                    for (name, answer) in names.into_iter().zip(answers) {
                        match answer {
                            Ok(_) => *made.entry(name).or_default() += 1,
                            Err(WriteError::Refused(Rejection::VendorDataTaken)) => {}
                            Err(other) => panic!("{name}: {other}"),
                        }
                    }
                }
                made
            })
            .await;
        let times: Vec<_> = made.iter().flat_map(HashMap::values).collect();
        assert_eq!(times.len(), ROUNDS * NEW, "some users were created twice or never");
        assert!(times.iter().all(|times| **times == 1), "created twice by one writer");
        let old = rivals.tenant.find(&by_name("old")).await.unwrap();
        assert_eq!(old.record.version, 1 + (WRITERS * ROUNDS) as u64);
        rivals
    });
    assert_eq!(rivals.deadlocks(), 0);
}

/// A user created while a batch waits for its locks is not locked by that batch.
#[test]
fn a_batch_decides_on_no_user_that_it_has_not_locked() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let tenant = Arc::new(Tenant::of(&users_on(&database)).await);
        tenant.has(a_user("old")).await;
        let url = database.owner_url().to_owned();
        let mut holder = connect(&url);
        let hold = "BEGIN; SELECT FROM users WHERE vendor_data = 'old' FOR UPDATE";
        holder.batch_execute(hold).unwrap();
        let holding = number(&mut holder, "pg_current_xact_id()::xid::text");
        let waiting = format!(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid::text = '{holding}'"
        );

        // For each decision about the new user: whether the user was in the facts, and whether another session could
        // lock it.
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut create = tenant.create(a_user("new"));
        let decide = {
            let (seen, url, decide) = (Arc::clone(&seen), url.clone(), create.decide);
            let look = "SELECT FROM users WHERE vendor_data = 'new' FOR UPDATE NOWAIT";
            move |facts: &Facts| {
                let is_free = execute(&url, look).is_ok();
                seen.lock().unwrap().push((facts.user.is_some(), is_free));
                decide(facts)
            }
        };
        create.decide = Arc::new(decide);
        let batch = vec![rename(&tenant, by_name("old"), "renamed"), create];
        let committing = {
            let tenant = Arc::clone(&tenant);
            spawn(async move { tenant.commit(batch).await })
        };
        let wait = spawn_blocking(move || until(&mut connect(&url), &waiting, 1));
        wait.await.unwrap();
        tenant.has(a_user("new")).await;
        holder.batch_execute("COMMIT").unwrap();

        let answers = committing.await.unwrap();
        assert!(answers[0].as_ref().unwrap().changed);
        let taken = Err(WriteError::Refused(Rejection::VendorDataTaken));
        assert_eq!(answers[1], taken);
        assert_eq!(*seen.lock().unwrap(), [(false, true), (true, false)]);
    });
}
