//! Turning changes into deliveries.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{DeliveryMetrics, StoreOutage};
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::{Outbox, Sequenced};

use super::pace::{Pace, Polls};
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
        let mut pace = Pace::new(self.polls);
        while !*stop.borrow() {
            let next = self.round(&mut pace, &outage).await;
            if next == Next::AtOnce {
                continue;
            }
            let rung = async {
                sleep(GATHERING).await;
                if next == Next::Later {
                    std::future::pending::<()>().await;
                }
                self.committed.heard().await;
            };
            tokio::select! {
                () = rung => {}
                () = sleep(pace.wait().max(GATHERING)) => {}
                () = told_to_stop(&mut stop) => {}
            }
        }
    }

    async fn round(&self, pace: &mut Pace, outage: &StoreOutage) -> Next {
        match self.outbox.sequence(self.batch).await {
            Ok(sequenced) => {
                outage.answered();
                match sequenced {
                    // What was committed after the other process looked is not in its round.
                    Sequenced::Elsewhere | Sequenced::Done { changes: 0, .. } => {
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
                            self.due.ring();
                        }
                        if changes >= self.batch {
                            Next::AtOnce
                        } else {
                            Next::WhenRung
                        }
                    }
                }
            }
            Err(error) => {
                outage.failed(&error);
                pace.failed();
                Next::Later
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::Instant;
    use users_domain::ports::{MockOutbox, StoreError};

    use super::*;

    const POLLS: Polls = Polls {
        shortest: Duration::from_millis(20),
        longest: Duration::from_millis(250),
    };

    fn away() -> StoreError {
        let reason = "the test says so".to_owned();
        StoreError::Unavailable { reason }
    }

    /// Runs a sequencer for so long; each round answers what `answer` says of its number. How many rounds there were.
    async fn rounds_within(
        span: Duration,
        committed: Wake,
        due: Wake,
        answer: impl Fn(usize) -> Result<Sequenced, StoreError> + Send + 'static,
    ) -> usize {
        let rounds = Arc::new(AtomicUsize::new(0));
        let mut outbox = MockOutbox::new();
        let counted = Arc::clone(&rounds);
        outbox
            .expect_sequence()
            .returning(move |_| answer(counted.fetch_add(1, Ordering::SeqCst)));
        let sequencer = Sequencer {
            outbox: Arc::new(outbox),
            metrics: DeliveryMetrics::default(),
            committed,
            due,
            batch: 100,
            polls: POLLS,
        };
        let stop = watch::Sender::new(false);
        let running = tokio::spawn(sequencer.run(stop.subscribe()));
        sleep(span).await;
        stop.send_replace(true);
        running.await.unwrap();
        rounds.load(Ordering::SeqCst)
    }

    fn done(changes: usize) -> Result<Sequenced, StoreError> {
        Ok(Sequenced::Done {
            changes,
            deliveries: changes,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_outbox_is_asked_a_few_times_a_second() {
        let span = Duration::from_secs(10);
        let rounds = rounds_within(span, Wake::default(), Wake::default(), |_| done(0)).await;
        assert!((40..=48).contains(&rounds), "{rounds}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_round_is_followed_at_once_and_deliveries_are_told() {
        let (due, began) = (Wake::default(), Instant::now());
        let answer = |round| done(if round < 50 { 100 } else { 0 });
        let span = Duration::from_millis(4);
        let rounds = rounds_within(span, Wake::default(), due.clone(), answer).await;
        assert_eq!(rounds, 51);
        due.heard().await;
        assert!(began.elapsed() < Duration::from_millis(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_commit_is_seen_before_the_next_look() {
        let committed = Wake::default();
        let bell = committed.clone();
        let ringing = tokio::spawn(async move {
            sleep(Duration::from_millis(3_000)).await;
            bell.ring();
        });
        let span = Duration::from_millis(3_008);
        let quiet = rounds_within(span, Wake::default(), Wake::default(), |_| done(0)).await;
        ringing.await.unwrap();
        let bell = committed.clone();
        tokio::spawn(async move {
            sleep(Duration::from_millis(3_000)).await;
            bell.ring();
        });
        committed.heard().await;
        let rung = rounds_within(span, committed, Wake::default(), |_| done(0)).await;
        assert_eq!(rung, quiet + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_is_away_is_asked_seldom_whoever_rings() {
        let committed = Wake::default();
        let bell = committed.clone();
        let ringing = tokio::spawn(async move {
            loop {
                bell.ring();
                sleep(Duration::from_millis(1)).await;
            }
        });
        let span = Duration::from_secs(60);
        let rounds = rounds_within(span, committed, Wake::default(), |_| Err(away())).await;
        ringing.abort();
        assert!((12..=22).contains(&rounds), "{rounds}");
    }
}
