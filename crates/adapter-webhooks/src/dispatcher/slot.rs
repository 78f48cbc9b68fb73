//! Room for one thing that is under way.

use std::future::pending;
use std::pin::Pin;

type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Holds at most one future, and keeps it while others are looked at.
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

    /// Forgets what is under way.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }

    /// Waits for its end, and is empty then; waits for ever where nothing is under way. May be cancelled and asked
    /// again.
    pub(super) async fn end(&mut self) -> T {
        let Some(running) = &mut self.0 else {
            return pending().await;
        };
        let value = running.await;
        self.0 = None;
        value
    }
}
