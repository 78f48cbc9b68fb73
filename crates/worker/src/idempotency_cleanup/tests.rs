use std::sync::Mutex;

use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::MockIdempotencyStore;

use super::*;

#[tokio::test(start_paused = true)]
async fn expired_responses_are_removed_every_minute_despite_failures() {
    let left = Arc::new(Mutex::new(vec![
        Ok(PORTION),
        Ok(PORTION),
        Ok(3),
        Err(StoreError::Unavailable { reason: "simulated by the test".to_owned() }),
        Ok(0),
        Ok(0),
    ]));
    let mut claims = MockIdempotencyStore::new();
    let answers = Arc::clone(&left);
    claims.expect_remove_expired().returning(move |_| answers.lock().unwrap().remove(0));
    let stop = watch::Sender::new(false);
    let running = tokio::spawn(run(Arc::new(claims), Stop::new(stop.subscribe())));
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
    claims.expect_remove_expired().times(MOST_PORTIONS).returning(Ok);
    round(&claims).await.unwrap();
}
