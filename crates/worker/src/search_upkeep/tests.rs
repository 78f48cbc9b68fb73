use std::sync::Mutex;

use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::{MockSearchUpkeep, StoreError};

use super::*;

#[tokio::test(start_paused = true)]
async fn portions_follow_each_other_and_shrink_after_a_failure() {
    let answers = vec![
        Ok(PORTION),
        Ok(PORTION),
        Ok(3),
        Err(StoreError::Unavailable { reason: "simulated by the test".to_owned() }),
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
    let running = tokio::spawn(run(Arc::new(upkeep), Stop::new(stop.subscribe())));
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
    assert_eq!(limits.get(..6).unwrap(), [PORTION, PORTION, PORTION, PORTION, half, half]);
}
