//! Users with more sessions than one statement reads.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use testkit::{CountingEntropy, Tenant, a_session_report, by_name, run, unique_seed};
use users_domain::model::evidence::SessionStatus;
use users_domain::model::{UserId, UserRecord};
use users_domain::service::{RecountService, Remedy};

use crate::sql::execute;
use crate::subject::users_on;

/// Sessions in addition to the reported one; some numbers fill portions exactly.
const MORE: [(&str, usize); 6] =
    [("ada", 25_100), ("bob", 3), ("cleo", 1_999), ("dan", 9_000), ("eve", 12_345), ("fay", 4_999)];

/// Inserts sessions that the counters of their users do not include.
async fn with_many_sessions(database: &Arc<TestDatabase>) -> Tenant {
    let tenant = Tenant::of(&users_on(database)).await;
    for (name, more) in MORE {
        let first = a_session_report(name, name, 1, SessionStatus::Declined);
        tenant.session(first).await.unwrap();
        let rows = format!(
            "INSERT INTO user_sessions (application_id, session_id, user_id, revision, status, occurred_at, first_seen_at,
                last_seen_at, features, emails, phones)
             SELECT e.application_id, concat(n, ' of ', e.session_id), e.user_id, 1, 'Declined', e.occurred_at,
                e.first_seen_at, e.last_seen_at, '{{}}', '{{}}', '{{}}'
             FROM user_sessions e, generate_series(1, {more}) n WHERE e.session_id = '{name}'"
        );
        execute(database.owner_url(), &rows).unwrap();
    }
    tenant
}

async fn user(tenant: &Tenant, name: &str) -> UserRecord {
    tenant.find(&by_name(name)).await.unwrap().record
}

#[test]
fn pages_of_histories_end_early_and_omit_nothing() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let tenant = with_many_sessions(&database).await;
        let mut expected: Vec<(UserId, usize)> = Vec::new();
        for (name, more) in MORE {
            expected.push((user(&tenant, name).await.id, more + 1));
        }
        expected.sort_unstable();

        let reader = users_on(&database).reader;
        let (mut seen, mut after) = (Vec::new(), None);
        let mut pages = 0;
        loop {
            let page = reader.histories(tenant.id(), after, 200).await.unwrap();
            let Some((last, _)) = page.last() else { break };
            after = Some(last.id);
            pages += 1;
            let sizes = page.iter().map(|(user, history)| {
                let mut ids: Vec<_> = history.sessions.iter().map(|known| &known.id).collect();
                ids.sort_unstable();
                ids.dedup();
                assert_eq!(ids.len(), history.sessions.len(), "no session is repeated");
                (user.id, ids.len())
            });
            let sizes: Vec<_> = sizes.collect();
            let mut held: Vec<_> = sizes.iter().map(|(_, sessions)| *sessions).collect();
            held.sort_unstable();
            held.pop();
            let beside_the_largest: usize = held.iter().sum();
            assert!(beside_the_largest < 25_000, "{sizes:?}");
            seen.extend(sizes);
        }
        assert_eq!(seen, expected);
        assert!(pages >= 3, "{pages} pages");
    });
}

#[test]
fn counters_of_any_number_of_sessions_are_repaired() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let tenant = with_many_sessions(&database).await;
        let subject = users_on(&database);
        let entropy = Arc::new(CountingEntropy::based_on(unique_seed()));
        let clock = tenant.clock.clone();
        let recount = RecountService::new(subject.store, subject.reader, clock, entropy);
        for wrong in [MORE.len(), 0] {
            let (mut mended, mut sessions, mut after) = (Vec::new(), 0, None);
            loop {
                let page = recount.check_page(&tenant.application, after, true).await;
                let page = page.unwrap();
                mended.extend(page.wrong);
                sessions += page.sessions;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(mended.len(), wrong);
            let all_mended = mended.iter().all(|found| found.remedy == Remedy::Mended);
            assert!(all_mended, "{mended:?}");
            assert_eq!(sessions, 53_452);
        }
        for (name, more) in MORE {
            let counters = user(&tenant, name).await.counters;
            let all = u32::try_from(more + 1).unwrap();
            assert_eq!((counters.session_count, counters.declined_count), (all, all));
        }
    });
}
