//! Reference figures of this machine without the service; figures of different machines compare only as ratios.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Stage;
use crate::Error;
use crate::api::http_client;
use crate::receiver::{Behaviour, Checking, Receiver};

const REQUESTS: usize = 20_000;
const AT_ONCE: usize = 16;
const COMMITTING_FOR: Duration = Duration::from_secs(2);
/// Has the size of the body of an edit.
const BODY: &str = r#"{"application_id":"3b1f0f1e-1111-4222-8333-444455556666","changed_fields":["display_name"],"changes":{"display_name":{"current":"Version 2","previous":"Version 1"}},"created_at":1774970000,"environment":"live","event_id":"0f3c9a1e-6c1b-4a55-9d43-2d4b5f6a7b8c","sequence":3,"status":"ACTIVE","timestamp":1774970000,"vendor_data":"user-1","vendor_user_id":"f4e5e1f2-94a9-4f86-8c16-2b7d9b4db418","webhook_type":"user.data.updated"}"#;

/// Results of the measurement.
#[derive(Debug, Clone, Copy)]
pub struct References {
    /// Plain POST requests per second to the same kind of receiver, without signatures and database.
    pub requests_per_second: f64,
    /// Transactions per second of one session that each insert a row and wait for the disk.
    pub commits_per_second: f64,
}

impl References {
    /// Measures both figures.
    ///
    /// # Errors
    /// If a request or a transaction fails.
    pub async fn measure(stage: &Stage) -> Result<Self, Error> {
        Ok(Self {
            requests_per_second: requests_per_second().await?,
            commits_per_second: stage
                .query(|ledger| ledger.commits_per_second(COMMITTING_FOR))
                .await?,
        })
    }
}

async fn requests_per_second() -> Result<f64, Error> {
    let receiver = Receiver::start(&[Behaviour::Healthy], Checking::OneOf(usize::MAX))?;
    let client = http_client(Duration::from_secs(10))?;
    let url = receiver.url(0)?;
    let mut sending = JoinSet::new();
    let started = Instant::now();
    for _ in 0..AT_ONCE {
        let (client, url) = (client.clone(), url.clone());
        sending.spawn(async move {
            for _ in 0..REQUESTS / AT_ONCE {
                let request = client
                    .post(&url)
                    .header("content-type", "application/json")
                    .header("webhook-id", "0f3c9a1e-6c1b-4a55-9d43-2d4b5f6a7b8c");
                request.body(BODY).send().await?.error_for_status()?;
            }
            Ok::<_, reqwest::Error>(())
        });
    }
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for display")]
    let requests = REQUESTS as f64;
    Ok(requests / started.elapsed().as_secs_f64())
}
