use tokio::task::yield_now;
use tokio::time::advance;
use uuid::Uuid;

use super::*;

const LONG: Duration = Duration::from_mins(1);

fn flow(application: u128, work: Work) -> Flow {
    (Some(ApplicationId::new(Uuid::from_u128(application))), work)
}

/// Takes permits until none is free.
async fn fill(queue: &Arc<Queue>, flow: Flow) -> Vec<Permit> {
    let mut permits = Vec::new();
    while let Some(permit) = queue.enter(flow, Duration::ZERO).await {
        permits.push(permit);
    }
    permits
}

/// Waits for a permit and records the name when it is granted.
fn wait(
    queue: &Arc<Queue>,
    flow: Flow,
    name: &'static str,
    granted: &Arc<Mutex<Vec<&'static str>>>,
) {
    let (queue, granted) = (Arc::clone(queue), Arc::clone(granted));
    tokio::spawn(async move {
        let permit = queue.enter(flow, LONG).await.unwrap();
        granted.lock().unwrap().push(name);
        // Never released: only the test releases permits.
        std::mem::forget(permit);
    });
}

#[tokio::test]
async fn one_application_leaves_permits_of_each_kind_to_others() {
    for size in [1, 2, 3, 4, 8, 15, 32] {
        for work in Work::ALL {
            let queue = Queue::new(size);
            let taken = fill(&queue, flow(1, work)).await;
            assert!(!taken.is_empty(), "{size} {work:?}: the application gets a permit");
            // A pool of four connections runs only one batch.
            for (kind, least) in [(work, 8), (Work::Lookup, 4)] {
                let permit = queue.enter(flow(2, kind), Duration::ZERO).await;
                let is_guaranteed = size >= least;
                assert!(permit.is_some() || !is_guaranteed, "{size}: {kind:?} next to {work:?}");
            }
        }
    }
}

#[tokio::test]
async fn long_work_leaves_permits_to_shorter_work() {
    for size in [2, 3, 4, 8, 15, 32] {
        let queue = Queue::new(size);
        let mut all = Vec::new();
        for work in Work::ALL.into_iter().rev() {
            let flows = (1..=40).map(|number| flow(number, work));
            let before = all.len();
            for flow in flows {
                all.extend(queue.enter(flow, Duration::ZERO).await);
            }
            let is_guaranteed = size >= 4 || work == Work::Lookup;
            assert!(all.len() > before || !is_guaranteed, "{size}: none for {work:?}");
        }
        assert_eq!(all.len(), size);
    }
}

#[tokio::test]
async fn permits_go_to_the_application_with_the_fewest_and_then_in_turn() {
    let queue = Queue::new(4);
    let flows = [1, 2, 3].map(|number| flow(number, Work::Lookup));
    let [first, second, third] = flows;
    let mut held = fill(&queue, first).await;
    held.extend(queue.enter(second, Duration::ZERO).await);
    assert_eq!(held.len(), 4);
    let granted = Arc::default();
    for (flow, name) in [
        (first, "1a"),
        (first, "1b"),
        (first, "1c"),
        (second, "2a"),
        (second, "2b"),
        (third, "3a"),
        (third, "3b"),
    ] {
        wait(&queue, flow, name, &granted);
        yield_now().await;
    }
    assert_eq!(queue.usage(Work::Lookup), (4, 7));
    while let Some(permit) = held.pop() {
        drop(permit);
        yield_now().await;
    }
    // The first application waits while it has its maximum, and while it has more permits than the others.
    assert_eq!(*granted.lock().unwrap(), ["2a", "3a", "1a", "2b"]);
    assert_eq!(queue.usage(Work::Lookup), (4, 3));
}

#[tokio::test]
async fn a_cancelled_waiter_takes_no_permit() {
    let queue = Queue::new(1);
    let flow = flow(1, Work::Write);
    let held = queue.enter(flow, Duration::ZERO).await;
    let cancelled = tokio::spawn({
        let queue = Arc::clone(&queue);
        async move { queue.enter(flow, LONG).await.map(drop) }
    });
    yield_now().await;
    assert_eq!(queue.usage(Work::Write), (1, 1));
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());
    assert_eq!(queue.usage(Work::Write), (1, 0));
    assert!(queue.enter(flow, Duration::ZERO).await.is_none(), "the wait timed out");
    assert_eq!((queue.usage(Work::Write), queue.refused()), ((1, 0), 1));
    drop(held);
    assert!(queue.enter(flow, Duration::ZERO).await.is_some());
    assert_eq!(queue.usage(Work::Write), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn lists_and_batches_rest_while_another_application_is_active() {
    /// Duration of the work and of its rest, in milliseconds.
    const CASES: [(Work, u64, u64); 4] = [
        (Work::List, 20, 40),
        (Work::List, 5000, 50),
        (Work::Batch, 300, 600),
        (Work::Batch, 60_000, 1000),
    ];
    for (others, rests) in [
        (vec![], false),
        (vec![flow(1, Work::Lookup), flow(2, Work::Batch)], false),
        (vec![flow(2, Work::Lookup)], true),
        (vec![flow(2, Work::Lookup), flow(1, Work::Write)], true),
    ] {
        for (work, worked, rested) in CASES {
            // The pool admits one list and one batch.
            let (queue, lasting) = (Queue::new(4), flow(1, work));
            let permit = queue.enter(lasting, Duration::ZERO).await.unwrap();
            advance(Duration::from_millis(worked)).await;
            for flow in &others {
                drop(queue.enter(*flow, Duration::ZERO).await);
            }
            let next = tokio::spawn({
                let queue = Arc::clone(&queue);
                async move { queue.enter(lasting, LONG).await.map(|permit| permit.granted) }
            });
            yield_now().await;
            let ended = Instant::now();
            permit.end(LONG);
            yield_now().await;
            let shorter = Work::ALL.into_iter().filter(|kind| *kind < work);
            let free = shorter.map(|kind| flow(1, kind));
            for flow in free.chain(Work::ALL.map(|kind| flow(3, kind))) {
                let permit = queue.enter(flow, Duration::ZERO).await;
                assert!(permit.is_some(), "{flow:?} {work:?}");
            }
            let waited = next.await.unwrap().unwrap() - ended;
            let expected = Duration::from_millis(if rests { rested } else { 0 });
            assert_eq!(waited, expected, "{others:?} {work:?} {worked}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_without_a_waiting_successor_has_no_rest() {
    for (work, rests) in [(Work::List, false), (Work::Batch, true)] {
        let (queue, lasting) = (Queue::new(4), flow(1, work));
        let permit = queue.enter(lasting, Duration::ZERO).await.unwrap();
        advance(Duration::from_millis(20)).await;
        drop(queue.enter(flow(2, Work::Lookup), Duration::ZERO).await);
        permit.end(LONG);
        let next = queue.enter(lasting, Duration::ZERO).await;
        assert_eq!(next.is_none(), rests, "{work:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_application_is_active_while_its_request_runs() {
    let queue = Queue::new(16);
    let slow = queue.enter(flow(2, Work::List), Duration::ZERO).await;
    advance(ACTIVE_FOR * 2).await;
    let shared = fill(&queue, flow(1, Work::Batch)).await.len();
    drop(slow);
    let alone = fill(&queue, flow(1, Work::Batch)).await.len();
    assert_eq!((shared, alone), (2, 4));
}

#[tokio::test(start_paused = true)]
async fn a_rest_does_not_delay_other_applications() {
    for size in [1, 2, 8] {
        let queue = Queue::new(size);
        let batch = queue.enter(flow(1, Work::Batch), Duration::ZERO).await.unwrap();
        // Waits during the batch and gets a permit when it ends.
        let other = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.enter(flow(2, Work::List), LONG).await.map(drop) }
        });
        yield_now().await;
        batch.end(LONG);
        yield_now().await;
        assert!(other.is_finished(), "{size}");
        for work in Work::ALL {
            assert!(queue.enter(flow(2, work), Duration::ZERO).await.is_some(), "{size} {work:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_application_has_fewer_batches_while_another_one_is_active() {
    let queue = Queue::new(16);
    let alone = fill(&queue, flow(1, Work::Batch)).await;
    drop(queue.enter(flow(2, Work::List), Duration::ZERO).await);
    drop(alone);
    let shared = fill(&queue, flow(1, Work::Batch)).await;
    advance(ACTIVE_FOR).await;
    let after = fill(&queue, flow(1, Work::Batch)).await;
    assert_eq!((shared.len(), after.len()), (2, 2));
}
