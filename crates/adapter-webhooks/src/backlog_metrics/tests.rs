use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use prometheus_client::encoding::text::encode;
use tokio::time::sleep;
use users_domain::ports::StoreError;

use super::*;

/// Responds after a delay, and counts its calls.
struct SlowReader(Duration, AtomicUsize);

#[async_trait]
impl BacklogReader for SlowReader {
    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        sleep(self.0).await;
        Ok(Backlog { due: 7, ..Backlog::default() })
    }
}

async fn scrape(metrics: &BacklogMetrics) -> String {
    let (mut registry, mut text) = (Registry::default(), String::new());
    metrics.register(&mut registry).await;
    encode(&mut text, &registry).unwrap();
    text
}

#[tokio::test(start_paused = true)]
async fn close_scrapes_share_one_read() {
    let reader = Arc::new(SlowReader(Duration::ZERO, AtomicUsize::new(0)));
    let metrics = BacklogMetrics::new(Arc::clone(&reader) as _);
    for _ in 0..3 {
        let text = scrape(&metrics).await;
        assert!(text.contains("webhook_deliveries_due 7"), "{text}");
    }
    assert_eq!(reader.1.load(Ordering::SeqCst), 1);
    sleep(READ_AT_MOST_EVERY).await;
    scrape(&metrics).await;
    assert_eq!(reader.1.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_scrape_does_not_wait_for_a_slow_store() {
    let reader = SlowReader(Duration::from_mins(1), AtomicUsize::new(0));
    let metrics = BacklogMetrics::new(Arc::new(reader));
    let began = Instant::now();
    let text = scrape(&metrics).await;
    assert!(began.elapsed() <= READ_TIMEOUT + Duration::from_millis(10));
    assert!(!text.contains("webhook_deliveries_due"), "{text}");
}
