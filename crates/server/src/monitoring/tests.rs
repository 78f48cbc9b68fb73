use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::time::sleep;
use users_domain::ports::{MockReadiness, StoreError};

use super::*;

/// Responds after a delay, and counts its calls.
struct SlowReader(Duration, Arc<AtomicUsize>);

#[async_trait]
impl BacklogReader for SlowReader {
    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        sleep(self.0).await;
        Ok(Backlog { due: 7, ..Backlog::default() })
    }
}

fn monitoring(delay: Duration) -> (Monitoring, Arc<AtomicUsize>) {
    let calls = Arc::<AtomicUsize>::default();
    let reader = Arc::new(SlowReader(delay, Arc::clone(&calls)));
    let mut counted = Registry::with_prefix("users");
    drop(adapter_webhooks::DeliveryMetrics::registered(&mut counted));
    let readiness = Arc::new(MockReadiness::new());
    (Monitoring::new(counted, reader, readiness), calls)
}

#[tokio::test(start_paused = true)]
async fn the_backlog_is_read_once_for_close_scrapes() {
    let (monitoring, calls) = monitoring(Duration::ZERO);
    for _ in 0..3 {
        let text = monitoring.metrics().await;
        assert!(text.contains("users_webhook_deliveries_due 7"), "{text}");
        assert!(text.contains("users_webhook_lease_losses_total 0"), "{text}");
        assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
        for of_process in [
            "process_cpu_seconds_total ",
            "process_start_time_seconds ",
            "process_resident_memory_bytes ",
            "process_open_fds ",
            "process_max_fds ",
        ] {
            assert!(text.contains(of_process), "{of_process}{text}");
        }
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    sleep(BACKLOG_IS_KEPT_FOR).await;
    monitoring.metrics().await;
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn without_the_database_only_the_process_s_counts_are_shown() {
    let (monitoring, _) = monitoring(Duration::from_mins(1));
    let began = Instant::now();
    let text = monitoring.metrics().await;
    assert!(began.elapsed() <= BACKLOG_MAY_TAKE + Duration::from_millis(10));
    assert!(text.contains("users_webhook_lease_losses_total 0"), "{text}");
    assert!(!text.contains("users_webhook_deliveries_due"), "{text}");
}
