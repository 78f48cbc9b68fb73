use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::model::{
    CountMode, Fingerprint, IdempotencyClaim, IdempotencyKey, KeyKind, ListUsers, PageSize,
    PageStart, Role, StoredResponse, UserFilter, UserId, UserOrder, UserStatus,
};
use crate::ports::{IdempotencyError, MockIdempotencyStore, MockUserReader, MockUserStore};
use crate::rules::Outcome;
use crate::rules::fixtures::{create, created};
use crate::rules::status_machine::trigger_of;
use crate::service::fixtures::{caller, entropy, unavailable};

/// Advances by one second per reading.
struct TickingClock(AtomicI64);

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.fetch_add(1_000_000, Ordering::Relaxed)).unwrap()
    }
}

fn service(store: MockUserStore, reader: MockUserReader, budget: Duration) -> UserService {
    service_with(store, reader, MockIdempotencyStore::new(), budget)
}

fn service_with(
    store: MockUserStore,
    reader: MockUserReader,
    claims: MockIdempotencyStore,
    budget: Duration,
) -> UserService {
    let limits = UserServiceLimits {
        delete_chunk_users: 2,
        delete_all_budget: budget,
        longest_hold: Duration::from_mins(1),
    };
    let clock = Arc::new(TickingClock(AtomicI64::new(0)));
    UserService::new(Arc::new(store), Arc::new(reader), Arc::new(claims), clock, entropy(), limits)
}

#[tokio::test]
async fn forbidden_roles_never_reach_a_port() {
    // A mock without expectations panics when it is called.
    let service = service(MockUserStore::new(), MockUserReader::new(), Duration::ZERO);
    let name = VendorData::parse("ada").unwrap();
    let status = ChangeStatus { to: UserStatus::Blocked, reason: None, trigger: trigger_of(None) };
    let query = ListUsers {
        filter: UserFilter::default(),
        order: UserOrder::DEFAULT,
        start: PageStart::First,
        size: PageSize::DEFAULT,
        count: CountMode::None,
    };
    let internal = caller(KeyKind::Service);
    assert_eq!(service.find(&internal, &name).await, Err(ServiceError::Forbidden));
    assert_eq!(service.list(&internal, &query).await, Err(ServiceError::Forbidden));
    let reader = caller(KeyKind::Role(Role::Reader));
    let update = UpdateUser::default();
    let refused = [
        service.create(&reader, create("ada"), None).await.err(),
        service.delete(&reader, DeleteUsers::All, None).await.err(),
        service.update(&reader, name.clone(), update, None, None).await.err(),
        service.change_status(&reader, name, status, None, None).await.err(),
    ];
    assert_eq!(refused, [const { Some(ServiceError::Forbidden) }; 4]);
}

#[tokio::test]
async fn an_unavailable_store_is_reported() {
    let mut store = MockUserStore::new();
    store.expect_commit().times(1).returning(|_, _| Err(unavailable()));
    let service = service(store, MockUserReader::new(), Duration::ZERO);
    let answer = service.create(&caller(KeyKind::Role(Role::Owner)), create("ada"), None).await;
    assert_eq!(answer, Err(ServiceError::Store(unavailable())));
}

#[tokio::test]
async fn a_missing_result_is_a_defect() {
    let mut store = MockUserStore::new();
    store.expect_commit().times(1).returning(|_, _| Ok(vec![]));
    let service = service(store, MockUserReader::new(), Duration::ZERO);
    let answer = service.create(&caller(KeyKind::Role(Role::Owner)), create("ada"), None).await;
    assert!(matches!(answer, Err(ServiceError::Store(StoreError::Defect { .. }))));
}

fn fresh<T>(answered: Answered<T>) -> T {
    answered.fresh().expect("the first call")
}

fn ids(numbers: std::ops::Range<u128>) -> Vec<UserId> {
    numbers.map(|number| UserId::new(uuid::Uuid::from_u128(number))).collect()
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
    store
        .expect_commit()
        .returning(|_, mutations| Ok(mutations.iter().map(|_| Ok(written())).collect()));
    store
}

fn written() -> Written {
    let unchanged = Outcome::Unchanged.into();
    let written = Written::unchanged(&created(&create("ada")), &unchanged, vec![]);
    Written { changed: true, ..written }
}

/// Deletes five users in chunks of two within `budget`; the clock advances one second per reading.
async fn delete_five_within(budget: Duration) -> Deletion {
    let service = service(store_that_writes(), reader_of_five(), budget);
    let owner = caller(KeyKind::Role(Role::Owner));
    let answer = service.delete(&owner, DeleteUsers::All, None).await;
    fresh(answer.unwrap())
}

#[tokio::test]
async fn deleting_all_continues_in_chunks_until_the_end_of_users_or_budget() {
    // One chunk of two fits before the third second.
    for (seconds, deleted, remaining) in [(3_600, 5, false), (3, 2, true)] {
        let deletion = delete_five_within(Duration::from_secs(seconds)).await;
        assert_eq!((deletion.deleted, deletion.remaining), (deleted, remaining), "{seconds}");
    }
}

#[tokio::test]
async fn deleting_all_returns_a_partial_result_when_the_store_becomes_unavailable() {
    let mut reader = MockUserReader::new();
    reader.expect_ids_made_by().returning(|_, _, after, limit| {
        let first = ids(0..5).into_iter().take(limit).collect();
        if after.is_none() { Ok(first) } else { Err(unavailable()) }
    });
    let service = service(store_that_writes(), reader, Duration::from_hours(1));
    let owner = caller(KeyKind::Role(Role::Owner));
    let answer = service.delete(&owner, DeleteUsers::All, None).await;
    let deletion = fresh(answer.unwrap());
    assert_eq!((deletion.deleted, deletion.remaining), (2, true));
}

#[tokio::test]
async fn a_deletion_returns_a_bounded_number_of_held_users() {
    let mut store = MockUserStore::new();
    store.expect_commit().returning(|_, mutations| {
        let held = |mutation: &Mutation| {
            let vendor_data = VendorData::parse(format!("{:?}", mutation.key)).unwrap();
            Err(crate::rules::Rejection::UnderLegalHold { vendor_data }.into())
        };
        Ok(mutations.iter().map(held).collect())
    });
    let service = service(store, MockUserReader::new(), Duration::ZERO);
    let keys = ids(0..1200).into_iter().map(UserKey::Id).collect();
    let owner = caller(KeyKind::Role(Role::Owner));
    let deletion = service.delete(&owner, DeleteUsers::Some(keys), None).await;
    let deletion = fresh(deletion.unwrap());
    assert_eq!(deletion.deleted, 0);
    assert_eq!(deletion.held.len(), Deletion::MOST_HELD_NAMED);
}

/// An idempotent call whose stored response is the number returned by `render`.
fn once<T>(render: impl Fn(&T) -> u64 + Send + Sync + 'static) -> IdempotentFor<T> {
    let key = IdempotencyKey::parse("k").unwrap();
    let claim = IdempotencyClaim::new(Operation::CreateUser, &key, Fingerprint::of(&[]));
    IdempotentFor::new(claim, move |outcome| Ok(render(outcome).to_string().into_bytes()))
}

fn stored(bytes: &str) -> StoredResponse {
    StoredResponse::new(None, bytes.into()).unwrap()
}

/// A store that records the response of each idempotent commit in `endings`.
fn store_that_records(endings: &Arc<Mutex<Vec<Option<StoredResponse>>>>) -> MockUserStore {
    let (mut store, endings) = (store_that_writes(), Arc::clone(endings));
    store.expect_commit_idempotent().returning(move |_, mutations, once| {
        let answers: Vec<_> = mutations.iter().map(|_| Ok(written())).collect();
        let ending = (once.answer)(&answers)?;
        endings.lock().unwrap().push(ending);
        Ok(Answered::Fresh(answers))
    });
    store
}

fn claims_that_can_be_held() -> MockIdempotencyStore {
    let mut claims = MockIdempotencyStore::new();
    claims.expect_hold().times(1).returning(|_, _, _, _| Ok(Answered::Fresh(())));
    claims
}

#[tokio::test]
async fn the_stored_response_is_rendered_from_the_outcome_and_belongs_to_the_user() {
    let endings = Arc::default();
    let store = store_that_records(&endings);
    let service = service(store, MockUserReader::new(), Duration::ZERO);
    let owner = caller(KeyKind::Role(Role::Owner));
    let render = once(|written: &Written| u64::from(written.changed));
    let created = service.create(&owner, create("ada"), Some(render)).await.unwrap();
    let user = fresh(created).user.record.id;
    let stored = StoredResponse::new(Some(user), b"1".to_vec()).unwrap();
    assert_eq!(*endings.lock().unwrap(), [Some(stored)]);
}

#[tokio::test]
async fn a_rejected_change_stores_no_response() {
    let mut store = MockUserStore::new();
    store.expect_commit_idempotent().return_once(|_, _, once| {
        let answers = vec![Err(WriteError::Refused(Rejection::VendorDataTaken))];
        assert_eq!((once.answer)(&answers), Ok(None));
        Ok(Answered::Fresh(answers))
    });
    let service = service(store, MockUserReader::new(), Duration::ZERO);
    let owner = caller(KeyKind::Role(Role::Owner));
    let answer = service.create(&owner, create("ada"), Some(once(|_| 0))).await;
    let taken = ServiceError::Refused(Rejection::VendorDataTaken);
    assert_eq!(answer, Err(taken));
}

#[tokio::test]
async fn a_repeated_call_returns_the_stored_response_or_an_error() {
    type Committed = Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError>;
    let before = || Ok(Answered::Replayed(stored("1")));
    let outcomes: [(Committed, Result<StoredResponse, ServiceError>); 4] = [
        (before(), Ok(stored("1"))),
        (Err(IdempotencyError::Reused), Err(ServiceError::KeyReused)),
        (Err(IdempotencyError::InUse), Err(ServiceError::KeyInUse)),
        (Err(IdempotencyError::Store(unavailable())), Err(ServiceError::Store(unavailable()))),
    ];
    for (outcome, expected) in outcomes {
        let mut store = MockUserStore::new();
        store.expect_commit_idempotent().return_once(move |_, _, _| outcome);
        let service = service(store, MockUserReader::new(), Duration::ZERO);
        let owner = caller(KeyKind::Role(Role::Owner));
        let answer = service.create(&owner, create("ada"), Some(once(|_| 0))).await;
        let answer = answer.map(|answered| match answered {
            Answered::Replayed(stored) => stored,
            Answered::Fresh(_) => panic!("a fresh call"),
        });
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn deleting_all_stores_its_response_with_the_last_users() {
    let endings = Arc::default();
    let service = service_with(
        store_that_records(&endings),
        reader_of_five(),
        claims_that_can_be_held(),
        Duration::from_hours(1),
    );
    let owner = caller(KeyKind::Role(Role::Owner));
    let render = once(|deletion: &Deletion| deletion.deleted);
    let answer = service.delete(&owner, DeleteUsers::All, Some(render)).await;
    assert_eq!(fresh(answer.unwrap()).deleted, 5);
    assert_eq!(*endings.lock().unwrap(), [Some(stored("5"))]);
}

#[tokio::test]
async fn an_incomplete_deletion_releases_its_claim() {
    let mut failing = MockUserStore::new();
    failing.expect_commit().returning(|_, _| Err(unavailable()));
    for (store, budget, expected) in [
        (store_that_writes(), Duration::from_secs(3), Ok(true)),
        (failing, Duration::from_hours(1), Err(ServiceError::Store(unavailable()))),
    ] {
        let mut claims = claims_that_can_be_held();
        claims.expect_release().times(1).returning(|_, _, _| Ok(()));
        let service = service_with(store, reader_of_five(), claims, budget);
        let owner = caller(KeyKind::Role(Role::Owner));
        let answer = service.delete(&owner, DeleteUsers::All, Some(once(|_| 0))).await;
        let answer = answer.map(|answered| fresh(answered).remaining);
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn a_deletion_whose_claim_is_in_use_deletes_no_user() {
    let mut claims = MockIdempotencyStore::new();
    claims.expect_hold().return_once(|_, _, _, _| Err(IdempotencyError::InUse));
    let (store, reader) = (MockUserStore::new(), MockUserReader::new());
    let service = service_with(store, reader, claims, Duration::from_hours(1));
    let owner = caller(KeyKind::Role(Role::Owner));
    let answer = service.delete(&owner, DeleteUsers::All, Some(once(|_| 0))).await;
    assert_eq!(answer, Err(ServiceError::KeyInUse));
}
