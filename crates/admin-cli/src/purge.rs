//! `purge`.

use std::fmt::Write as _;

use indicatif::{ProgressBar, ProgressDrawTarget};
use serde_json::{Value, json};
use users_domain::model::{PurgeReceipt, Timestamp};
use users_domain::service::{PurgeOutcome, PurgeService};

use crate::answer::{Answer, Record};
use crate::{CommandError, DRAWN_HZ};
use adapter_system::StopSignals;

/// Erases users whose retention period has ended and prints the receipt, or only counts the users. Stops between two
/// portions on SIGTERM or SIGINT; the next run continues. Can run while the service runs, and can be repeated. Shows
/// progress on a terminal.
///
/// # Errors
/// [`CommandError`].
pub async fn run(
    dry_run: bool,
    purge: &PurgeService,
    answer: &mut Answer<'_>,
) -> Result<(), CommandError> {
    if dry_run {
        return count(purge, answer).await;
    }
    let mut signals = StopSignals::listen().map_err(CommandError::Signals)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let bar = progress(purge).await?;
    let work = purge.run(|portion| {
        bar.inc(portion.erased);
        !*stopped.borrow()
    });
    tokio::pin!(work);
    let mut arrived = None;
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome?,
            signal = signals.next(), if arrived.is_none() => {
                arrived = Some(signal);
                stop.send_replace(true);
            }
        }
    };
    bar.finish_and_clear();
    match outcome {
        PurgeOutcome::Finished { receipt, waiting } => {
            for row in rows(receipt.as_ref(), waiting) {
                answer.pairs(row)?;
            }
            Ok(())
        }
        PurgeOutcome::Busy => Err(CommandError::Busy),
        PurgeOutcome::Stopped => Err(CommandError::Stopped(arrived.unwrap_or("the caller"))),
    }
}

/// Returns a progress bar if standard error is a terminal.
async fn progress(purge: &PurgeService) -> Result<ProgressBar, CommandError> {
    let target = ProgressDrawTarget::stderr_with_hz(DRAWN_HZ);
    if target.is_hidden() {
        return Ok(ProgressBar::hidden());
    }
    let due = purge.due().await?.iter().map(|(_, due)| due.due).sum();
    Ok(ProgressBar::with_draw_target(Some(due), target))
}

async fn count(purge: &PurgeService, answer: &mut Answer<'_>) -> Result<(), CommandError> {
    let mut all = [0; 3];
    for (application, due) in purge.due().await? {
        let counts = [due.due, due.waiting, due.held];
        if counts != [0; 3] {
            let application = application.to_string();
            let text = format!("{application}\t{}", counted(counts));
            let mut row = vec![("application", json!(application))];
            row.extend(record(counts));
            answer.line(&text, row)?;
        }
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    Ok(answer.pairs(record(all))?)
}

fn counted([due, waiting, held]: [u64; 3]) -> String {
    format!("due={due} waiting={waiting} held={held}")
}

fn record([due, waiting, held]: [u64; 3]) -> Record {
    vec![("due", json!(due)), ("waiting", json!(waiting)), ("held", json!(held))]
}

/// Returns the numbers of erased rows, and the receipt if users were erased.
fn rows(receipt: Option<&PurgeReceipt>, waiting: u64) -> Vec<Record> {
    let Some(receipt) = receipt else {
        return vec![vec![("users", json!(0)), ("waiting", json!(waiting))]];
    };
    let purged = &receipt.purged;
    let hash = (receipt.ids_sha256.iter()).fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    let time = |time: Option<Timestamp>| time.map_or(Value::Null, |at| json!(at.to_string()));
    let (from, to) = receipt.deleted_between.unzip();
    vec![
        vec![
            ("users", json!(purged.users)),
            ("waiting", json!(waiting)),
            ("sessions", json!(purged.sessions)),
            ("transactions", json!(purged.transactions)),
            ("risk_events", json!(purged.risk_events)),
            ("audit_entries", json!(purged.audit_entries)),
            ("events", json!(purged.events)),
        ],
        vec![
            ("receipt", json!(receipt.id.to_string())),
            ("started_at", json!(receipt.started_at.to_string())),
            ("finished_at", time(receipt.finished_at)),
            ("deleted_from", time(from)),
            ("deleted_to", time(to)),
            ("ids_sha256", json!(hash)),
        ],
    ]
}
