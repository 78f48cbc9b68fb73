//! Sending what is due.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{Dispatcher, LaneRun, StoreOutage, WorkReport};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::pace::{Pace, Polls};
use super::{Wake, told_to_stop};

/// The least time between two leases: lanes that become free or due meanwhile share one.
const GATHERING: Duration = Duration::from_millis(5);

/// Leases lanes as long as there is room and works on each by itself. Told to stop, it leases no more, and ends when every
/// lane is given back.
pub(super) async fn run(
    dispatcher: Arc<Dispatcher>,
    lanes: usize,
    due: Wake,
    polls: Polls,
    mut stop: watch::Receiver<bool>,
) {
    let outage = StoreOutage::new("lanes");
    let mut working: JoinSet<WorkReport> = JoinSet::new();
    let mut pace = Pace::new(polls);
    while !*stop.borrow() {
        let free = lanes.saturating_sub(working.len());
        if free > 0 {
            match dispatcher.lease(free).await {
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
                    tokio::select! {
                        () = sleep(pace.wait()) => {}
                        () = told_to_stop(&mut stop) => {}
                    }
                }
            }
            sleep(GATHERING).await;
        }
        let has_room = free > 0 && working.len() < lanes;
        tokio::select! {
            Some(ended) = working.join_next() => tell(ended),
            () = due.heard(), if has_room => {}
            () = sleep(pace.wait()), if has_room => {}
            () = told_to_stop(&mut stop) => {}
        }
        while let Some(ended) = working.try_join_next() {
            tell(ended);
        }
    }
    dispatcher.stop();
    while let Some(ended) = working.join_next().await {
        tell(ended);
    }
}

fn tell(ended: Result<WorkReport, JoinError>) {
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
