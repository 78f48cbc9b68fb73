use std::sync::Mutex;

use super::*;
use crate::model::{PurgedUsers, Timestamp, UserId};
use crate::ports::{MockApplicationStore, MockPurgeStore};
use crate::service::fixtures::{application, clock, entropy, unavailable};

fn receipt(id: PurgeRunId) -> PurgeReceipt {
    PurgeReceipt {
        id,
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: None,
        purged: PurgedUsers::default(),
        deleted_between: None,
        ids_sha256: [0; 32],
    }
}

/// Ports with one application and a store that begins a run.
fn ports() -> (MockPurgeStore, MockApplicationStore) {
    let mut store = MockPurgeStore::new();
    store.expect_begin().returning(|id| Ok(Some(receipt(id))));
    let mut applications = MockApplicationStore::new();
    applications.expect_list().returning(|| Ok(vec![application()]));
    applications.expect_find().returning(|_| Ok(Some(application())));
    (store, applications)
}

fn service((store, applications): (MockPurgeStore, MockApplicationStore)) -> PurgeService {
    PurgeService::new(
        Arc::new(store),
        Arc::new(applications),
        clock(),
        entropy(),
        PurgePace { most_users: 100, target_millis: 200 },
    )
}

fn portion(erased: u64, reached: Option<u128>) -> PurgePortion {
    PurgePortion {
        erased,
        waiting: 1,
        reached: reached.map(|number| DeletedPosition {
            deleted_at: Timestamp::UNIX_EPOCH,
            id: UserId::new(uuid::Uuid::from_u128(number)),
        }),
    }
}

/// Lets the store return these portions in order; returns the recorded maximum sizes.
fn with_portions(
    store: &mut MockPurgeStore,
    portions: Vec<Result<Option<PurgePortion>, StoreError>>,
) -> Arc<Mutex<Vec<usize>>> {
    let sizes = Arc::<Mutex<Vec<usize>>>::default();
    let noted = Arc::clone(&sizes);
    let portions = Mutex::new(portions.into_iter());
    store.expect_purge().returning(move |_, _, deleted_by, _, most| {
        noted.lock().unwrap().push(most);
        let five_years_ago = Timestamp::UNIX_EPOCH.minus_millis(1825 * 86_400_000);
        assert_eq!(deleted_by, five_years_ago);
        portions.lock().unwrap().next().unwrap()
    });
    sizes
}

#[tokio::test]
async fn a_run_continues_with_growing_portions_until_no_user_is_due() {
    let mut ports = ports();
    let sizes = with_portions(
        &mut ports.0,
        vec![
            Ok(Some(portion(10, Some(1)))),
            Err(unavailable()),
            Ok(Some(portion(10, Some(2)))),
            Ok(Some(portion(3, None))),
        ],
    );
    ports.0.expect_finish().times(1).returning(|id| Ok(Some(receipt(id))));
    let mut erased = 0;
    let service = service(ports);
    let outcome = service.run(|portion| {
        erased += portion.erased;
        true
    });
    let Ok(PurgeOutcome::Finished { receipt, waiting }) = outcome.await else {
        panic!("not finished")
    };
    assert!(receipt.is_some());
    assert_eq!((erased, waiting), (23, 3));
    assert_eq!(*sizes.lock().unwrap(), [10, 20, 10, 20]);
}

#[tokio::test]
async fn a_stopped_run_stays_unfinished() {
    let mut ports = ports();
    with_portions(&mut ports.0, vec![Ok(Some(portion(10, Some(1))))]);
    // No call of `finish` is expected.
    let outcome = service(ports).run(|_| false).await;
    assert_eq!(outcome, Ok(PurgeOutcome::Stopped));
}

#[tokio::test]
async fn a_run_of_another_process_is_not_finished() {
    let mut ports = ports();
    with_portions(&mut ports.0, vec![Ok(None)]);
    assert_eq!(service(ports).run(|_| true).await, Ok(PurgeOutcome::Busy));
}

#[tokio::test]
async fn an_unavailable_store_fails_the_run_after_halved_retries() {
    let mut ports = ports();
    let unavailable_store = || Err(unavailable());
    let sizes = with_portions(
        &mut ports.0,
        vec![unavailable_store(), unavailable_store(), unavailable_store(), unavailable_store()],
    );
    assert_eq!(service(ports).run(|_| true).await, Err(unavailable()));
    assert_eq!(*sizes.lock().unwrap(), [10, 5, 2, 1]);
}
