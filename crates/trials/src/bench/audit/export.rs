//! Measures one export from the client's side.

use std::time::Duration;

use tokio::time::Instant;

use super::AuditStage;
use super::lines::Lines;
use crate::Error;
use crate::api::http_client;
use crate::bench::process::resident;
use crate::service::API_KEY;

const LIMIT: Duration = Duration::from_mins(30);

/// Results of the measurement.
#[derive(Debug, Clone, Copy)]
pub struct Export {
    /// Time from the request to the end of the response.
    pub duration: Duration,
    /// Time from the request to the first bytes of entries.
    pub first_after: Duration,
    /// Size of the response in bytes.
    pub bytes: u64,
    /// Memory of the process before the export, in bytes.
    pub memory_before: u64,
    /// Peak memory of the process since its start, in bytes.
    pub most_memory: u64,
}

impl Export {
    /// Exports everything over HTTP and checks every line.
    ///
    /// # Errors
    /// If the export is incomplete, or entries are repeated or not sorted from new to old.
    pub async fn measure(stage: &AuditStage) -> Result<Self, Error> {
        let memory_before = resident(stage.pid())?.now;
        let address = stage.address()?;
        let started = Instant::now();
        let request = http_client(LIMIT)?
            .get(format!("http://{address}/v3/audit-log/"))
            .header("accept", "application/x-ndjson")
            .header("x-api-key", API_KEY);
        let mut answer = request.send().await?.error_for_status()?;
        let mut lines = Lines::default();
        let mut first_after = None;
        while let Some(chunk) = answer.chunk().await? {
            first_after.get_or_insert_with(|| started.elapsed());
            lines.add(&chunk)?;
        }
        let duration = started.elapsed();
        lines.end(stage.entries)?;
        Ok(Self {
            duration,
            first_after: first_after.ok_or("the response is empty")?,
            bytes: lines.bytes,
            memory_before,
            most_memory: resident(stage.pid())?.most,
        })
    }
}
