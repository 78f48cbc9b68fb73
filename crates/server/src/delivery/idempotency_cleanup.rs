//! Removing kept answers whose time is over.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::{IdempotencyStore, StoreError};

use super::told_to_stop;

/// Often and little at a time: they come as steadily as the requests that they answered.
const EVERY: Duration = Duration::from_mins(1);

/// Answers that one transaction removes.
const PORTION: usize = 1_000;

/// Portions of one round. What is left goes with the next one.
const MOST_PORTIONS: usize = 100;

/// In every process; those at it at the same time share the work.
pub(super) async fn run(claims: Arc<dyn IdempotencyStore>, mut stop: watch::Receiver<bool>) {
    let outage = StoreOutage::new("kept answers");
    loop {
        let done = tokio::select! {
            biased;
            () = told_to_stop(&mut stop) => return,
            done = round(claims.as_ref()) => done,
        };
        match done {
            Ok(()) => outage.answered(),
            Err(error) => outage.failed(&error),
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            () = told_to_stop(&mut stop) => return,
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
    async fn what_is_over_goes_in_portions_every_minute_whatever_failed_before() {
        let left = Arc::new(Mutex::new(vec![
            Ok(PORTION),
            Ok(PORTION),
            Ok(3),
            Err(StoreError::Unavailable {
                reason: "the test says so".to_owned(),
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
        assert_eq!(seen, [3, 2, 1], "answers that nobody asked for");
    }

    #[tokio::test]
    async fn a_round_ends_however_much_is_left() {
        let mut claims = MockIdempotencyStore::new();
        claims
            .expect_remove_expired()
            .times(MOST_PORTIONS)
            .returning(Ok);
        round(&claims).await.unwrap();
    }
}
