use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::model::{
    CountMode, JsonText, KeyKind, ListUsers, PageSize, PageStart, Role, UserFilter, UserId,
    UserOrder, UserStatus,
};
use crate::ports::{MockUserReader, MockUserStore};
use crate::rules::fixtures::{create, created};
use crate::rules::status_machine::trigger_of;
use crate::service::fixtures::{FixedEntropy, away, caller};

/// Advances by a second at each look.
struct TickingClock(AtomicI64);

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.fetch_add(1_000_000, Ordering::Relaxed)).unwrap()
    }
}

fn service(store: MockUserStore, reader: MockUserReader, budget: Duration) -> UserService {
    let limits = UserServiceLimits {
        delete_chunk_users: 2,
        delete_all_budget: budget,
    };
    let clock = Arc::new(TickingClock(AtomicI64::new(0)));
    UserService::new(
        Arc::new(store),
        Arc::new(reader),
        clock,
        Arc::new(FixedEntropy),
        limits,
    )
}

#[tokio::test]
async fn whoever_may_not_never_reaches_a_port() {
    // A mock without expectations panics when it is called.
    let service = service(MockUserStore::new(), MockUserReader::new(), Duration::ZERO);
    let name = VendorData::parse("ada").unwrap();
    let status = ChangeStatus {
        to: UserStatus::Blocked,
        reason: None,
        trigger: trigger_of(None),
    };
    let question = ListUsers {
        filter: UserFilter::default(),
        order: UserOrder::DEFAULT,
        start: PageStart::First,
        size: PageSize::DEFAULT,
        count: CountMode::None,
    };
    let internal = caller(KeyKind::Service);
    assert_eq!(
        service.find(&internal, &name).await,
        Err(ServiceError::Forbidden)
    );
    assert_eq!(
        service.list(&internal, &question).await,
        Err(ServiceError::Forbidden)
    );
    let reader = caller(KeyKind::Role(Role::Reader));
    assert_eq!(
        service.create(&reader, create("ada")).await,
        Err(ServiceError::Forbidden)
    );
    assert_eq!(
        service.delete(&reader, DeleteUsers::All).await,
        Err(ServiceError::Forbidden)
    );
    let update = UpdateUser::default();
    assert_eq!(
        service.update(&reader, name.clone(), update, None).await,
        Err(ServiceError::Forbidden)
    );
    assert_eq!(
        service.change_status(&reader, name, status, None).await,
        Err(ServiceError::Forbidden)
    );
}

#[tokio::test]
async fn a_store_that_is_away_is_told_as_it_is() {
    let mut store = MockUserStore::new();
    store.expect_commit().times(1).returning(|_, _| Err(away()));
    let service = service(store, MockUserReader::new(), Duration::ZERO);
    let answer = service
        .create(&caller(KeyKind::Role(Role::Owner)), create("ada"))
        .await;
    assert_eq!(answer, Err(ServiceError::Store(away())));
}

#[tokio::test]
async fn an_answer_that_does_not_fit_the_call_is_a_defect() {
    let mut store = MockUserStore::new();
    store.expect_commit().times(1).returning(|_, _| Ok(vec![]));
    let service = service(store, MockUserReader::new(), Duration::ZERO);
    let answer = service
        .create(&caller(KeyKind::Role(Role::Owner)), create("ada"))
        .await;
    assert!(matches!(
        answer,
        Err(ServiceError::Store(StoreError::Defect { .. }))
    ));
}

fn ids(numbers: std::ops::Range<u128>) -> Vec<UserId> {
    numbers
        .map(|number| UserId::new(uuid::Uuid::from_u128(number)))
        .collect()
}

fn reader_of_five() -> MockUserReader {
    let mut reader = MockUserReader::new();
    reader.expect_ids_made_by().returning(|_, _, after, limit| {
        let from = after.map_or(0, |id| id.uuid().as_u128() + 1);
        Ok(ids(from..5).into_iter().take(limit).collect())
    });
    reader
}

fn store_that_writes() -> MockUserStore {
    let mut store = MockUserStore::new();
    store.expect_commit().returning(|_, mutations| {
        let user = created(&create("ada"));
        let detail = UserDetail {
            record: user.record.clone(),
            metadata: JsonText::from(&user.metadata.to_json()),
            comments: vec![],
        };
        Ok(mutations
            .iter()
            .map(|_| {
                Ok(Written {
                    user: detail.clone(),
                    changed: true,
                    ignored: vec![],
                    receipt: None,
                })
            })
            .collect())
    });
    store
}

/// Deletes five users, two at a time, within `budget` of a clock that ticks a second a look.
async fn delete_five_within(budget: Duration) -> Deletion {
    let service = service(store_that_writes(), reader_of_five(), budget);
    let owner = caller(KeyKind::Role(Role::Owner));
    service.delete(&owner, DeleteUsers::All).await.unwrap()
}

#[tokio::test]
async fn deleting_all_goes_in_chunks_until_nobody_is_left() {
    let deletion = delete_five_within(Duration::from_hours(1)).await;
    assert_eq!((deletion.deleted, deletion.remaining), (5, false));
}

#[tokio::test]
async fn deleting_all_says_when_its_time_is_over() {
    // One chunk of two fits before the third second.
    let deletion = delete_five_within(Duration::from_secs(3)).await;
    assert_eq!((deletion.deleted, deletion.remaining), (2, true));
}

#[tokio::test]
async fn a_deletion_names_whom_it_left_but_not_without_end() {
    let mut store = MockUserStore::new();
    store.expect_commit().returning(|_, mutations| {
        let held = || {
            let vendor_data = VendorData::parse("ada").unwrap();
            Err(crate::rules::Rejection::UnderLegalHold { vendor_data }.into())
        };
        Ok(mutations.iter().map(|_| held()).collect())
    });
    let service = service(store, MockUserReader::new(), Duration::ZERO);
    let keys = ids(0..1200).into_iter().map(UserKey::Id).collect();
    let owner = caller(KeyKind::Role(Role::Owner));
    let deletion = service.delete(&owner, DeleteUsers::Some(keys)).await;
    let deletion = deletion.unwrap();
    assert_eq!(deletion.deleted, 0);
    assert_eq!(deletion.held.len(), Deletion::MOST_HELD_NAMED);
}
