//! A slot for one running future.

use std::future::pending;
use std::pin::Pin;

type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Holds at most one future and keeps it across `select!` calls.
pub(super) struct Slot<T>(Option<Running<T>>);

impl<T> Slot<T> {
    pub(super) const fn empty() -> Self {
        Self(None)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn put(&mut self, running: impl Future<Output = T> + Send + 'static) {
        self.0 = Some(Box::pin(running));
    }

    pub(super) fn clear(&mut self) {
        self.0 = None;
    }

    /// Waits for the future and empties the slot; waits forever if the slot is empty. Cancel safe.
    pub(super) async fn end(&mut self) -> T {
        let Some(running) = &mut self.0 else {
            return pending().await;
        };
        let value = running.await;
        self.0 = None;
        value
    }
}
