//! Making room for the days to come, and removing those that are too old.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::{EventRetention, StoreError, Swept};

use super::told_to_stop;

/// Days for which there is room ahead of time: a database that nobody can reach for this long still takes events.
pub const DAYS_AHEAD: u32 = 7;

const EVERY: Duration = Duration::from_hours(1);

/// After a round that failed, or left days for another time.
const SOON: Duration = Duration::from_mins(1);

/// Once an hour, in every process; doing it twice does nothing.
pub(super) async fn run(
    retention: Arc<dyn EventRetention>,
    keep_days: u32,
    mut stop: watch::Receiver<bool>,
) {
    let outage = StoreOutage::new("retention");
    loop {
        // A round may take long, and what it has not done goes with the next one.
        let done = tokio::select! {
            biased;
            () = told_to_stop(&mut stop) => return,
            done = round(retention.as_ref(), keep_days) => done,
        };
        let wait = match done {
            Ok(swept) => {
                outage.answered();
                if swept.put_off { SOON } else { EVERY }
            }
            Err(error) => {
                outage.failed(&error);
                SOON
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = told_to_stop(&mut stop) => return,
        }
    }
}

async fn round(retention: &dyn EventRetention, keep_days: u32) -> Result<Swept, StoreError> {
    retention.make_room(DAYS_AHEAD).await?;
    let swept = retention.sweep(keep_days).await?;
    if swept.days > 0 || swept.deliveries > 0 {
        tracing::info!(
            days = swept.days,
            deliveries = swept.deliveries,
            "removed events and attempts for their age, and what waited of them"
        );
    }
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use async_trait::async_trait;

    /// Notes what it is asked for; the first call fails, and the first sweep leaves days.
    #[derive(Default)]
    struct Noting(Mutex<Vec<(&'static str, u32)>>);

    #[async_trait]
    impl EventRetention for Noting {
        async fn make_room(&self, days_ahead: u32) -> Result<(), StoreError> {
            let mut calls = self.0.lock().unwrap();
            calls.push(("room", days_ahead));
            if calls.len() > 1 {
                return Ok(());
            }
            Err(StoreError::Unavailable {
                reason: "the test says so".to_owned(),
            })
        }

        async fn sweep(&self, keep_days: u32) -> Result<Swept, StoreError> {
            let mut calls = self.0.lock().unwrap();
            let put_off = !calls.contains(&("sweep", keep_days));
            calls.push(("sweep", keep_days));
            Ok(Swept {
                put_off,
                ..Swept::default()
            })
        }
    }

    /// A sweep of which no end is to be seen.
    struct Endless;

    #[async_trait]
    impl EventRetention for Endless {
        async fn make_room(&self, _: u32) -> Result<(), StoreError> {
            Ok(())
        }

        async fn sweep(&self, _: u32) -> Result<Swept, StoreError> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_ends_when_the_service_stops() {
        let stop = watch::Sender::new(false);
        let running = tokio::spawn(run(Arc::new(Endless), 30, stop.subscribe()));
        sleep(SOON).await;
        stop.send_replace(true);
        tokio::time::timeout(SOON, running).await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn room_is_made_and_old_days_go_once_an_hour_and_soon_after_what_did_not_work() {
        let (noting, stop) = (Arc::new(Noting::default()), watch::Sender::new(false));
        let running = tokio::spawn(run(Arc::clone(&noting) as _, 30, stop.subscribe()));
        sleep(SOON + SOON + EVERY + SOON).await;
        stop.send_replace(true);
        running.await.unwrap();
        let (room, sweep) = (("room", DAYS_AHEAD), ("sweep", 30));
        let (soon, hourly) = ([room, sweep, room, sweep], [room, sweep]);
        let expected = [&[room], soon.as_slice(), hourly.as_slice()].concat();
        assert_eq!(*noting.0.lock().unwrap(), expected);
    }
}
