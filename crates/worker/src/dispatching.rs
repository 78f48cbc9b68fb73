//! The loop that leases destinations and sends their due events.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{Dispatcher, LaneRun, StoreOutage, WorkReport};
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use crate::poll_backoff::{PollBackoff, Polls};
use crate::{stop::Stop, wake::Wake};

/// Minimum time between two leases: lanes that become free or due meanwhile share a lease call.
const GATHERING: Duration = Duration::from_millis(5);

/// Leases lanes while there is room and runs each lane in a task. When stopped, leases no more lanes and returns after
/// all lanes are released.
pub(crate) async fn run(dispatcher: Arc<Dispatcher>, due: Wake, polls: Polls, mut stop: Stop) {
    let outage = StoreOutage::new("lanes");
    let mut working: JoinSet<WorkReport> = JoinSet::new();
    let mut pace = PollBackoff::new(polls);
    while !stop.is_requested() {
        if dispatcher.has_room() {
            match dispatcher.lease().await {
                Ok(leased) => {
                    outage.answered();
                    if leased.is_empty() {
                        pace.found_nothing();
                    } else {
                        pace.found();
                    }
                    for lane in leased {
                        working.spawn(LaneRun::run(lane));
                    }
                }
                Err(error) => {
                    outage.failed(&error);
                    pace.failed();
                    stop.sleep(pace.wait()).await;
                }
            }
            sleep(GATHERING).await;
        }
        let more_room = dispatcher.room();
        let has_room = dispatcher.has_room();
        tokio::select! {
            Some(ended) = working.join_next() => log_report(ended),
            () = more_room, if !has_room => {}
            () = due.notified(), if has_room => {}
            () = sleep(pace.wait()), if has_room => {}
            () = stop.requested() => {}
        }
        while let Some(ended) = working.try_join_next() {
            log_report(ended);
        }
    }
    dispatcher.stop();
    while let Some(ended) = working.join_next().await {
        log_report(ended);
    }
}

fn log_report(ended: Result<WorkReport, JoinError>) {
    match ended {
        Ok(report) => tracing::debug!(
            delivered = report.delivered,
            failed = report.failed,
            dead_lettered = report.dead_lettered,
            "worked on a webhook destination"
        ),
        Err(error) => {
            tracing::error!(%error, "work on a webhook destination ended: it waits for its lease");
        }
    }
}

#[cfg(test)]
mod tests;
