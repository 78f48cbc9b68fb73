use tokio::time::sleep;

use super::*;

#[tokio::test(start_paused = true)]
async fn each_reason_is_logged_once_a_minute() {
    let log = DeferLog::default();
    for why in DeferReason::ALL {
        assert!(log.is_time_for(why), "{why:?}");
        assert!(!log.is_time_for(why), "{why:?}");
    }
    sleep(LOG_INTERVAL).await;
    for why in DeferReason::ALL {
        assert!(log.is_time_for(why), "{why:?}");
    }
}
