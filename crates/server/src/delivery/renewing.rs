//! Making searched texts anew that an older build made.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::SearchUpkeep;

use super::adaptive_batch::AdaptiveBatch;
use super::told_to_stop;

/// While none is left. Builds that run side by side during a release make new ones.
const EVERY: Duration = Duration::from_mins(1);

/// Between two portions, so that requests come first.
const PAUSE: Duration = Duration::from_millis(50);

/// The most texts that one transaction makes anew.
const PORTION: usize = 200;

/// In every worker; those at it at the same time share the work.
pub(super) async fn run(upkeep: Arc<dyn SearchUpkeep>, mut stop: watch::Receiver<bool>) {
    let outage = StoreOutage::new("searched texts");
    let (mut portion, mut texts) = (AdaptiveBatch::of(PORTION), 0);
    while !*stop.borrow() {
        let wait = match upkeep.renew_texts(portion.size()).await {
            Ok(renewed) => {
                outage.answered();
                texts += renewed;
                if renewed == portion.size() {
                    portion.succeeded();
                    PAUSE
                } else {
                    if texts > 0 {
                        tracing::info!(texts, "searched texts of an older build were made anew");
                        texts = 0;
                    }
                    EVERY
                }
            }
            Err(error) => {
                outage.failed(&error);
                portion.failed();
                EVERY
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = told_to_stop(&mut stop) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use users_domain::ports::{MockSearchUpkeep, StoreError};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn portions_follow_each_other_until_none_is_left_and_are_smaller_after_a_failure() {
        let answers = vec![
            Ok(PORTION),
            Ok(PORTION),
            Ok(3),
            Err(StoreError::Unavailable {
                reason: "the test says so".to_owned(),
            }),
            Ok(PORTION / 2),
            Ok(0),
        ];
        let answers = Mutex::new(answers.into_iter());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut upkeep = MockSearchUpkeep::new();
        let limits = Arc::clone(&asked);
        upkeep.expect_renew_texts().returning(move |limit| {
            limits.lock().unwrap().push(limit);
            answers.lock().unwrap().next().unwrap_or(Ok(0))
        });
        let stop = watch::Sender::new(false);
        let running = tokio::spawn(run(Arc::new(upkeep), stop.subscribe()));
        let mut seen = Vec::new();
        sleep(PAUSE * 4).await;
        for _ in 0..3 {
            seen.push(asked.lock().unwrap().len());
            sleep(EVERY).await;
        }
        stop.send_replace(true);
        running.await.unwrap();
        assert_eq!(seen, [3, 4, 6]);
        let half = PORTION / 2;
        let limits = asked.lock().unwrap();
        assert_eq!(
            limits.get(..6).unwrap(),
            [PORTION, PORTION, PORTION, PORTION, half, half]
        );
    }
}
