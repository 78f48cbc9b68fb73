//! The loop that renews search texts created by an older build.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::SearchUpkeep;

use super::adaptive_batch::AdaptiveBatch;
use super::stop_requested;

/// Wait while no outdated text is left; during a release, processes of the older build make further ones.
const EVERY: Duration = Duration::from_mins(1);

/// Wait between two portions, so that requests take precedence.
const PAUSE: Duration = Duration::from_millis(50);

/// Maximum number of texts that one transaction renews.
const PORTION: usize = 200;

/// Runs in every worker; concurrent rounds share the work.
pub(super) async fn run(upkeep: Arc<dyn SearchUpkeep>, mut stop: watch::Receiver<bool>) {
    let outage = StoreOutage::new("search texts");
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
                        tracing::info!(texts, "search texts of an older build were renewed");
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
            () = stop_requested(&mut stop) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use users_domain::ports::{MockSearchUpkeep, StoreError};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn portions_follow_each_other_and_shrink_after_a_failure() {
        let answers = vec![
            Ok(PORTION),
            Ok(PORTION),
            Ok(3),
            Err(StoreError::Unavailable {
                reason: "simulated by the test".to_owned(),
            }),
            Ok(PORTION / 2),
            Ok(0),
        ];
        let answers = Mutex::new(answers.into_iter());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let mut upkeep = MockSearchUpkeep::new();
        let limits = Arc::clone(&calls);
        upkeep.expect_renew_texts().returning(move |limit| {
            limits.lock().unwrap().push(limit);
            answers.lock().unwrap().next().unwrap_or(Ok(0))
        });
        let stop = watch::Sender::new(false);
        let running = tokio::spawn(run(Arc::new(upkeep), stop.subscribe()));
        let mut seen = Vec::new();
        sleep(PAUSE * 4).await;
        for _ in 0..3 {
            seen.push(calls.lock().unwrap().len());
            sleep(EVERY).await;
        }
        stop.send_replace(true);
        running.await.unwrap();
        assert_eq!(seen, [3, 4, 6]);
        let half = PORTION / 2;
        let limits = calls.lock().unwrap();
        assert_eq!(
            limits.get(..6).unwrap(),
            [PORTION, PORTION, PORTION, PORTION, half, half]
        );
    }
}
