use std::sync::Mutex;

use tokio::sync::watch;
use tokio::time::Instant;
use users_domain::ports::{MockOutbox, StoreError};

use super::*;

type Round = Result<Sequenced, StoreError>;

const SECOND: Duration = Duration::from_secs(1);

/// The sequencer's notifications, and a log of its rounds.
struct Scene {
    committed: Wake,
    due: Wake,
    longest: Duration,
    /// The batch size of each round.
    sizes: Arc<Mutex<Vec<usize>>>,
}

impl Scene {
    fn polling_at_least_every(longest: Duration) -> Self {
        Self { committed: Wake::default(), due: Wake::default(), longest, sizes: Arc::default() }
    }

    /// Runs for `span`; `answer` returns the result of each round by its number. Returns the times of the rounds.
    async fn rounds_within(
        &self,
        span: Duration,
        answer: impl Fn(usize) -> Round + Send + 'static,
    ) -> Vec<Duration> {
        let (began, rounds) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let mut outbox = MockOutbox::new();
        let recorded = Arc::clone(&rounds);
        let sizes = Arc::clone(&self.sizes);
        outbox.expect_sequence().returning(move |limit| {
            sizes.lock().unwrap().push(limit);
            let mut rounds = recorded.lock().unwrap();
            rounds.push(began.elapsed());
            answer(rounds.len())
        });
        let sequencer = Sequencer {
            outbox: Arc::new(outbox),
            metrics: DeliveryMetrics::default(),
            committed: self.committed.clone(),
            due: self.due.clone(),
            batch: 100,
            polls: Polls { shortest: Duration::from_millis(20), longest: self.longest },
        };
        let stop = watch::Sender::new(false);
        let running = tokio::spawn(sequencer.run(Stop::new(stop.subscribe())));
        sleep(span).await;
        stop.send_replace(true);
        running.await.unwrap();
        rounds.lock().unwrap().clone()
    }
}

const fn done(changes: usize) -> Sequenced {
    Sequenced::Done { changes, deliveries: changes }
}

#[tokio::test(start_paused = true)]
async fn an_idle_outbox_is_polled_a_few_times_a_second() {
    let scene = Scene::polling_at_least_every(SECOND / 4);
    let rounds = scene.rounds_within(10 * SECOND, |_| Ok(done(0))).await;
    assert!((40..=48).contains(&rounds.len()), "{rounds:?}");
}

#[tokio::test(start_paused = true)]
async fn a_full_round_is_followed_at_once_and_deliveries_are_notified() {
    let scene = Scene::polling_at_least_every(SECOND / 4);
    let answer = |round| Ok(done(if round <= 50 { 100 } else { 0 }));
    let rounds = scene.rounds_within(GATHERING / 2, answer).await;
    assert_eq!(rounds.len(), 51);
    let began = Instant::now();
    scene.due.notified().await;
    assert_eq!(began.elapsed(), Duration::ZERO);
}

/// Without a smaller batch, a round that exceeds the statement timeout would fail forever.
#[tokio::test(start_paused = true)]
async fn a_failure_shrinks_the_batch_until_rounds_succeed() {
    let scene = Scene::polling_at_least_every(SECOND / 4);
    let sizes = Arc::clone(&scene.sizes);
    let too_much = move |_| match sizes.lock().unwrap().last() {
        Some(limit) if *limit > 30 => {
            let reason = "it took too long".to_owned();
            Err(StoreError::Unavailable { reason })
        }
        Some(limit) => Ok(done(*limit)),
        None => Ok(done(0)),
    };
    scene.rounds_within(SECOND, too_much).await;
    let sizes = scene.sizes.lock().unwrap();
    assert_eq!(sizes[..2], [100, 50]);
    assert_eq!(sizes[2..18], [25; 16][..], "full rounds follow at once");
    assert_eq!(sizes[18..20], [50, 25], "a larger batch is tried and fails");
}

#[tokio::test(start_paused = true)]
async fn a_commit_is_seen_before_the_next_poll() {
    let scene = Scene::polling_at_least_every(10 * SECOND);
    let committed = scene.committed.clone();
    let notifying = async {
        sleep(3 * SECOND).await;
        committed.notify();
    };
    let span = 4 * SECOND;
    let (rounds, ()) = tokio::join!(scene.rounds_within(span, |_| Ok(done(0))), notifying);
    let seen = rounds.iter().filter(|at| **at >= 3 * SECOND);
    let soon = 3 * SECOND + GATHERING;
    assert!(seen.clone().count() == 1 && seen.clone().all(|at| *at <= soon), "{rounds:?}");
}

#[tokio::test(start_paused = true)]
async fn a_round_of_another_process_is_followed_soon() {
    let scene = Scene::polling_at_least_every(10 * SECOND);
    let answer = |_| Ok(Sequenced::Elsewhere);
    let rounds = scene.rounds_within(SECOND, answer).await;
    assert!((40..=51).contains(&rounds.len()), "{rounds:?}");
}

#[tokio::test(start_paused = true)]
async fn an_unavailable_store_is_polled_rarely_despite_notifications() {
    let scene = Scene::polling_at_least_every(SECOND / 4);
    let committed = scene.committed.clone();
    let notifying = tokio::spawn(async move {
        loop {
            committed.notify();
            sleep(Duration::from_millis(1)).await;
        }
    });
    let unavailable = |_| {
        let reason = "simulated by the test".to_owned();
        Err(StoreError::Unavailable { reason })
    };
    let rounds = scene.rounds_within(60 * SECOND, unavailable).await;
    notifying.abort();
    assert!((12..=22).contains(&rounds.len()), "{rounds:?}");
}
