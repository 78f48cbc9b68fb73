//! Recounts of all sessions by `users-server verify-counters`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::time::Duration;

use super::{IngestStage, Rows};
use crate::Error;
use crate::bench::process::watched;

const LIMIT: Duration = Duration::from_mins(30);

/// One run.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Whether it ended with success.
    pub success: bool,
    /// How long it took, from the start of the process to its end.
    pub duration: Duration,
    /// The most memory it had, in bytes.
    pub most_memory: u64,
    /// What it printed.
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

/// What was measured.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Sessions there were.
    pub sessions: u64,
    /// Users that were spoiled.
    pub spoiled: usize,
    /// A run where all is right.
    pub right: Checked,
    /// A run that mends what was spoiled.
    pub mending: Checked,
}

impl Verification {
    /// Recounts everybody, spoils so many users, and lets them be mended.
    ///
    /// # Errors
    /// When something was wrong before, or other users than these were found, or they were not mended.
    pub async fn measure(stage: &IngestStage, spoiled: usize) -> Result<Self, Error> {
        let sessions = stage.ask(Rows::sessions).await?;
        let right = Checked::run(stage, "verify", &[]).await?;
        if !right.success {
            return Err(format!("counters are wrong: {}", right.answer).into());
        }
        let before = stage.ask(move |rows| rows.spoil(spoiled)).await?;
        let noticing = Checked::run(stage, "verify-spoiled", &[]).await?;
        if noticing.success {
            return Err("what was spoiled is not noticed".into());
        }
        let untouched = stage.ask(Rows::mended).await?;
        if !untouched.is_empty() {
            return Err("users were mended that nobody asked to mend".into());
        }
        let mending = Checked::run(stage, "verify-repair", &["--repair"]).await?;
        let mended = stage.ask(Rows::mended).await?;
        let expected: BTreeSet<&str> = before.iter().map(|(id, _)| id.as_str()).collect();
        if !mended.iter().map(String::as_str).eq(expected) {
            let count = mended.len();
            return Err(format!("{count} users were mended, {spoiled} spoiled").into());
        }
        let asked = before.clone();
        let after = stage.ask(move |rows| rows.standings_of(&asked)).await?;
        if after != before {
            return Err("what was mended is not what it was".into());
        }
        let again = Checked::run(stage, "verify-again", &[]).await?;
        if !again.success {
            return Err(format!("counters are wrong after mending: {}", again.answer).into());
        }
        Ok(Self {
            sessions,
            spoiled,
            right,
            mending,
        })
    }
}
