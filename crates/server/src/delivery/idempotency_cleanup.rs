//! The loop that removes expired stored responses of idempotent requests.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::{IdempotencyStore, StoreError};

use super::stop_requested;

/// Short, as responses expire as steadily as their requests arrived.
const EVERY: Duration = Duration::from_mins(1);

/// Maximum number of responses that one transaction removes.
const PORTION: usize = 1_000;

/// Maximum number of portions per round; the next round continues.
const MOST_PORTIONS: usize = 100;

/// Runs in every process; concurrent rounds share the work.
pub(super) async fn run(claims: Arc<dyn IdempotencyStore>, mut stop: watch::Receiver<bool>) {
    let outage = StoreOutage::new("idempotency records");
    loop {
        let done = tokio::select! {
            biased;
            () = stop_requested(&mut stop) => return,
            done = round(claims.as_ref()) => done,
        };
        match done {
            Ok(()) => outage.answered(),
            Err(error) => outage.failed(&error),
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            () = stop_requested(&mut stop) => return,
        }
    }
}

async fn round(claims: &dyn IdempotencyStore) -> Result<(), StoreError> {
    for _ in 0..MOST_PORTIONS {
        if claims.remove_expired(PORTION).await? < PORTION {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use users_domain::ports::MockIdempotencyStore;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn expired_responses_are_removed_every_minute_despite_failures() {
        let left = Arc::new(Mutex::new(vec![
            Ok(PORTION),
            Ok(PORTION),
            Ok(3),
            Err(StoreError::Unavailable {
                reason: "simulated by the test".to_owned(),
            }),
            Ok(0),
            Ok(0),
        ]));
        let mut claims = MockIdempotencyStore::new();
        let answers = Arc::clone(&left);
        claims
            .expect_remove_expired()
            .returning(move |_| answers.lock().unwrap().remove(0));
        let stop = watch::Sender::new(false);
        let running = tokio::spawn(run(Arc::new(claims), stop.subscribe()));
        let (mut seen, moment) = (Vec::new(), Duration::from_secs(1));
        sleep(moment).await;
        for _ in 0..3 {
            seen.push(left.lock().unwrap().len());
            sleep(EVERY).await;
        }
        stop.send_replace(true);
        running.await.unwrap();
        assert_eq!(seen, [3, 2, 1], "results that were not yet used");
    }

    #[tokio::test]
    async fn a_round_ends_after_the_maximum_number_of_portions() {
        let mut claims = MockIdempotencyStore::new();
        claims
            .expect_remove_expired()
            .times(MOST_PORTIONS)
            .returning(Ok);
        round(&claims).await.unwrap();
    }
}
