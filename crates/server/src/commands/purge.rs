//! `purge`.

use std::fmt::Write as _;
use std::io::Write;

use users_domain::model::{PurgeReceipt, Timestamp};
use users_domain::service::{PurgeOutcome, PurgeService};

use super::CommandError;
use crate::stop::StopSignals;

/// Erases users whose retention is over, and prints the receipt; or only counts them. Stops between two portions when the
/// process is told to, and the next run goes on. May run beside everything else, and be repeated.
///
/// # Errors
/// [`CommandError`].
pub async fn run(
    dry_run: bool,
    purge: &PurgeService,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    if dry_run {
        return count(purge, out).await;
    }
    let mut signals = StopSignals::listen().map_err(CommandError::Signals)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let work = purge.run(|_| !*stopped.borrow());
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
    match outcome {
        PurgeOutcome::Finished { receipt, waiting } => {
            out.write_all(told(receipt.as_ref(), waiting).as_bytes())?;
            Ok(())
        }
        PurgeOutcome::Busy => Err(CommandError::Busy),
        PurgeOutcome::Stopped => Err(CommandError::Stopped(arrived.unwrap_or("the caller"))),
    }
}

async fn count(purge: &PurgeService, out: &mut dyn Write) -> Result<(), CommandError> {
    let (mut lines, mut all) = (String::new(), [0; 3]);
    for (application, due) in purge.due().await? {
        let counts = [due.due, due.waiting, due.held];
        if counts != [0; 3] {
            // Writing into a string cannot fail.
            let _ = writeln!(lines, "{application}\t{}", counted(counts));
        }
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let _ = writeln!(lines, "{}", counted(all));
    Ok(out.write_all(lines.as_bytes())?)
}

fn counted([due, waiting, held]: [u64; 3]) -> String {
    format!("due={due} waiting={waiting} held={held}")
}

/// A line of what was erased; with it, where somebody was, what proves it.
fn told(receipt: Option<&PurgeReceipt>, waiting: u64) -> String {
    let Some(receipt) = receipt else {
        return format!("users=0 waiting={waiting}\n");
    };
    let purged = &receipt.purged;
    let hash = (receipt.ids_sha256.iter()).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let time = |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let (from, to) = receipt.deleted_between.unzip();
    format!(
        "users={} waiting={waiting} sessions={} transactions={} risk_events={} audit_entries={} events={}\n\
         receipt={} started_at={} finished_at={} deleted_from={} deleted_to={} ids_sha256={hash}\n",
        purged.users,
        purged.sessions,
        purged.transactions,
        purged.risk_events,
        purged.audit_entries,
        purged.events,
        receipt.id,
        receipt.started_at,
        time(receipt.finished_at),
        time(from),
        time(to),
    )
}
