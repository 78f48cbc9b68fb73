//! Turning changes into deliveries.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{DeliveryMetrics, StoreOutage};
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::{Outbox, Sequenced};

use super::adaptive_batch::AdaptiveBatch;
use super::poll_backoff::{PollBackoff, Polls};
use super::{Wake, told_to_stop};

/// The least time between two rounds that find less than they could take: changes that are committed meanwhile share one.
const GATHERING: Duration = Duration::from_millis(5);

pub(super) struct Sequencer {
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) metrics: DeliveryMetrics,
    /// Rings when there are changes.
    pub(super) committed: Wake,
    /// To be rung when there are deliveries.
    pub(super) due: Wake,
    pub(super) batch: usize,
    pub(super) polls: Polls,
}

/// What a round says about the next.
#[derive(PartialEq, Eq)]
enum Next {
    /// There is more already.
    AtOnce,
    /// When somebody rings, or after the pace's wait.
    WhenRung,
    /// Only after the pace's wait.
    Later,
}

impl Sequencer {
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        let outage = StoreOutage::new("outbox");
        let mut pace = PollBackoff::new(self.polls);
        let mut portion = AdaptiveBatch::of(self.batch);
        while !*stop.borrow() {
            let next = self.round(&mut pace, &mut portion, &outage).await;
            if next == Next::AtOnce {
                continue;
            }
            let rung = async {
                sleep(GATHERING).await;
                if next == Next::Later {
                    std::future::pending::<()>().await;
                }
                self.committed.notified().await;
            };
            tokio::select! {
                () = rung => {}
                () = sleep(pace.wait().max(GATHERING)) => {}
                () = told_to_stop(&mut stop) => {}
            }
        }
    }

    async fn round(
        &self,
        pace: &mut PollBackoff,
        portion: &mut AdaptiveBatch,
        outage: &StoreOutage,
    ) -> Next {
        let size = portion.size();
        match self.outbox.sequence(size).await {
            Ok(sequenced) => {
                outage.answered();
                portion.succeeded();
                match sequenced {
                    // What was committed after the other process looked is not in its round.
                    Sequenced::Elsewhere => {
                        pace.found();
                        Next::WhenRung
                    }
                    Sequenced::Done { changes: 0, .. } => {
                        pace.found_nothing();
                        Next::WhenRung
                    }
                    Sequenced::Done {
                        changes,
                        deliveries,
                    } => {
                        self.metrics.sequenced(changes, deliveries);
                        pace.found();
                        if deliveries > 0 {
                            self.due.notify();
                        }
                        if changes >= size {
                            Next::AtOnce
                        } else {
                            Next::WhenRung
                        }
                    }
                }
            }
            Err(error) => {
                outage.failed(&error);
                portion.failed();
                pace.failed();
                Next::Later
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;
    use users_domain::ports::{MockOutbox, StoreError};

    use super::*;

    type Round = Result<Sequenced, StoreError>;

    const SECOND: Duration = Duration::from_secs(1);

    /// What rings, and when.
    struct Scene {
        committed: Wake,
        due: Wake,
        longest: Duration,
        /// How much each round was to take.
        asked: Arc<Mutex<Vec<usize>>>,
    }

    impl Scene {
        fn looking_at_least_every(longest: Duration) -> Self {
            Self {
                committed: Wake::default(),
                due: Wake::default(),
                longest,
                asked: Arc::default(),
            }
        }

        /// Runs for so long; each round answers what `answer` says of its number. When the rounds were.
        async fn rounds_within(
            &self,
            span: Duration,
            answer: impl Fn(usize) -> Round + Send + 'static,
        ) -> Vec<Duration> {
            let (began, rounds) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
            let mut outbox = MockOutbox::new();
            let noted = Arc::clone(&rounds);
            let asked = Arc::clone(&self.asked);
            outbox.expect_sequence().returning(move |limit| {
                asked.lock().unwrap().push(limit);
                let mut rounds = noted.lock().unwrap();
                rounds.push(began.elapsed());
                answer(rounds.len())
            });
            let sequencer = Sequencer {
                outbox: Arc::new(outbox),
                metrics: DeliveryMetrics::default(),
                committed: self.committed.clone(),
                due: self.due.clone(),
                batch: 100,
                polls: Polls {
                    shortest: Duration::from_millis(20),
                    longest: self.longest,
                },
            };
            let stop = watch::Sender::new(false);
            let running = tokio::spawn(sequencer.run(stop.subscribe()));
            sleep(span).await;
            stop.send_replace(true);
            running.await.unwrap();
            rounds.lock().unwrap().clone()
        }
    }

    const fn done(changes: usize) -> Sequenced {
        Sequenced::Done {
            changes,
            deliveries: changes,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_outbox_is_asked_a_few_times_a_second() {
        let scene = Scene::looking_at_least_every(SECOND / 4);
        let rounds = scene.rounds_within(10 * SECOND, |_| Ok(done(0))).await;
        assert!((40..=48).contains(&rounds.len()), "{rounds:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_round_is_followed_at_once_and_deliveries_are_told() {
        let scene = Scene::looking_at_least_every(SECOND / 4);
        let answer = |round| Ok(done(if round <= 50 { 100 } else { 0 }));
        let rounds = scene.rounds_within(GATHERING / 2, answer).await;
        assert_eq!(rounds.len(), 51);
        let told = Instant::now();
        scene.due.notified().await;
        assert_eq!(told.elapsed(), Duration::ZERO);
    }

    /// A round that is too much for the time of a statement would be so for ever.
    #[tokio::test(start_paused = true)]
    async fn after_a_failure_less_is_taken_at_a_time_until_it_goes_well() {
        let scene = Scene::looking_at_least_every(SECOND / 4);
        let asked = Arc::clone(&scene.asked);
        let too_much = move |_| match asked.lock().unwrap().last() {
            Some(limit) if *limit > 30 => {
                let reason = "it took too long".to_owned();
                Err(StoreError::Unavailable { reason })
            }
            Some(limit) => Ok(done(*limit)),
            None => Ok(done(0)),
        };
        scene.rounds_within(SECOND, too_much).await;
        let asked = scene.asked.lock().unwrap();
        assert_eq!(asked[..2], [100, 50]);
        assert_eq!(asked[2..18], [25; 16][..], "full rounds follow at once");
        assert_eq!(asked[18..20], [50, 25], "more is tried, and is too much");
    }

    #[tokio::test(start_paused = true)]
    async fn a_commit_is_seen_before_the_next_look() {
        let scene = Scene::looking_at_least_every(10 * SECOND);
        let bell = scene.committed.clone();
        let ringing = async {
            sleep(3 * SECOND).await;
            bell.notify();
        };
        let span = 4 * SECOND;
        let (rounds, ()) = tokio::join!(scene.rounds_within(span, |_| Ok(done(0))), ringing);
        let seen = rounds.iter().filter(|at| **at >= 3 * SECOND);
        let soon = 3 * SECOND + GATHERING;
        assert!(
            seen.clone().count() == 1 && seen.clone().all(|at| *at <= soon),
            "{rounds:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_that_another_process_had_is_followed_soon() {
        let scene = Scene::looking_at_least_every(10 * SECOND);
        let answer = |_| Ok(Sequenced::Elsewhere);
        let rounds = scene.rounds_within(SECOND, answer).await;
        assert!((40..=51).contains(&rounds.len()), "{rounds:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_is_away_is_asked_seldom_whoever_rings() {
        let scene = Scene::looking_at_least_every(SECOND / 4);
        let bell = scene.committed.clone();
        let ringing = tokio::spawn(async move {
            loop {
                bell.notify();
                sleep(Duration::from_millis(1)).await;
            }
        });
        let away = |_| {
            let reason = "the test says so".to_owned();
            Err(StoreError::Unavailable { reason })
        };
        let rounds = scene.rounds_within(60 * SECOND, away).await;
        ringing.abort();
        assert!((12..=22).contains(&rounds.len()), "{rounds:?}");
    }
}
