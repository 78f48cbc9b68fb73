//! The request to stop, as a loop sees it.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// Whether the loops must stop. A dropped sender counts as a stop request.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    pub(crate) const fn new(stopped: watch::Receiver<bool>) -> Self {
        Self(stopped)
    }

    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until the loops must stop.
    pub(crate) async fn requested(&mut self) {
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }

    /// Waits for `time`, or until the loops must stop.
    pub(crate) async fn sleep(&mut self, time: Duration) {
        let _ = timeout(time, self.requested()).await;
    }
}
