//! Measures recounts of all sessions by `users-server verify-counters`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::time::Duration;

use super::{IngestStage, Rows};
use crate::Error;
use crate::bench::process::watched;

const LIMIT: Duration = Duration::from_mins(30);

/// Outcome of one run.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Whether the exit status was success.
    pub success: bool,
    /// Run time of the process.
    pub duration: Duration,
    /// Peak memory in bytes.
    pub most_memory: u64,
    /// Output of the command.
    pub answer: String,
}

impl Checked {
    async fn run(stage: &IngestStage, name: &str, arguments: &[&str]) -> Result<Self, Error> {
        let mut command = stage.settings.command();
        command.arg("verify-counters").args(arguments);
        let dir = stage.settings.log_dir();
        let output = dir.join(format!("{name}.out"));
        let log = File::create(dir.join(format!("{name}.log")))?;
        let ended = watched(command, File::create(&output)?, log, LIMIT).await?;
        Ok(Self {
            success: ended.status.success(),
            duration: ended.duration,
            most_memory: ended.most,
            answer: fs::read_to_string(output)?,
        })
    }
}

/// Results of the measurement.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Number of recounted sessions.
    pub sessions: u64,
    /// Number of users whose values were corrupted.
    pub corrupted: usize,
    /// A run without errors in the data.
    pub correct: Checked,
    /// A run that repairs the corrupted values.
    pub repair: Checked,
}

impl Verification {
    /// Recounts all users, corrupts the values of some, and repairs them.
    ///
    /// # Errors
    /// If values were wrong before, or not exactly the corrupted users were found and repaired.
    pub async fn measure(stage: &IngestStage, corrupted: usize) -> Result<Self, Error> {
        let sessions = stage.query(Rows::sessions).await?;
        let correct = Checked::run(stage, "verify", &[]).await?;
        if !correct.success {
            return Err(format!("counters are wrong: {}", correct.answer).into());
        }
        let before = stage.query(move |rows| rows.corrupt(corrupted)).await?;
        let detection = Checked::run(stage, "verify-spoiled", &[]).await?;
        if detection.success {
            return Err("corrupted values were not detected".into());
        }
        let repaired_early = stage.query(Rows::repaired).await?;
        if !repaired_early.is_empty() {
            return Err("users were repaired without --repair".into());
        }
        let repair = Checked::run(stage, "verify-repair", &["--repair"]).await?;
        let repaired = stage.query(Rows::repaired).await?;
        let expected: BTreeSet<&str> = before.iter().map(|(id, _)| id.as_str()).collect();
        if !repaired.iter().map(String::as_str).eq(expected) {
            let count = repaired.len();
            return Err(format!("{count} users were repaired, {corrupted} corrupted").into());
        }
        let users = before.clone();
        let after = stage.query(move |rows| rows.derived_values_of(&users)).await?;
        if after != before {
            return Err("repaired values differ from the original ones".into());
        }
        let again = Checked::run(stage, "verify-again", &[]).await?;
        if !again.success {
            return Err(format!("counters are wrong after the repair: {}", again.answer).into());
        }
        Ok(Self { sessions, corrupted, correct, repair })
    }
}
