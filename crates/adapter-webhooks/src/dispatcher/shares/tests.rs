use tokio::task::yield_now;
use uuid::Uuid;

use super::*;

fn application(number: u128) -> ApplicationId {
    ApplicationId::new(Uuid::from_u128(number))
}

/// Takes permits until the application gets no more.
fn fill(shares: &Arc<Shares>, number: u128) -> Vec<Share> {
    std::iter::from_fn(|| shares.try_take(application(number))).collect()
}

#[test]
fn each_application_leaves_as_many_free_as_it_has() {
    let shares = Shares::new(48);
    let taken: Vec<_> = (1..=7).map(|number| fill(&shares, number)).collect();
    let counts: Vec<_> = taken.iter().map(Vec::len).collect();
    assert_eq!(counts, [24, 12, 6, 3, 2, 1, 0]);
    drop(taken);
    assert_eq!(fill(&shares, 8).len(), 24, "all permits are released");
}

#[test]
fn a_single_permit_is_available_to_any_application() {
    let shares = Shares::new(1);
    let share = shares.try_take(application(1)).unwrap();
    assert!(shares.try_take(application(2)).is_none());
    drop(share);
    assert!(shares.try_take(application(2)).is_some());
    assert!(shares.taken().of.is_empty());
}

#[test]
fn half_the_free_permits_are_on_offer_except_to_full_applications() {
    let shares = Shares::new(10);
    assert_eq!(shares.on_offer(), (5, vec![]));
    let given: Vec<_> = (0..5).map(|_| shares.give(application(1))).collect();
    assert_eq!(shares.on_offer(), (3, vec![application(1)]));
    let others: Vec<_> = (0..7).map(|_| shares.give(application(2))).collect();
    let (offered, mut none) = shares.on_offer();
    none.sort_unstable();
    assert_eq!((offered, none), (0, vec![application(1), application(2)]));
    drop((given, others));
    assert_eq!(shares.on_offer(), (5, vec![]));
}

#[tokio::test]
async fn a_released_permit_goes_to_a_waiting_application() {
    let shares = Shares::new(2);
    let share = shares.try_take(application(1)).unwrap();
    let waiting = tokio::spawn(Arc::clone(&shares).take(application(1)));
    yield_now().await;
    assert!(!waiting.is_finished());
    drop(share);
    waiting.await.unwrap();
}
