//! The signals of the process.

use std::future::ready;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::yield_now;

/// Ignores SIGHUP from now on: terminals send it when they close, and service managers for a reload. Must be called
/// within a runtime of tokio; the effect outlasts the runtime.
///
/// # Errors
/// If the process cannot listen for signals.
pub fn ignore_hangups() -> io::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            tracing::info!("SIGHUP is ignored: the configuration is read at the start alone");
        }
    });
    Ok(())
}

/// The name that [`StopSignals::next`] returns for the signal of orchestrators.
pub const TERMINATE: &str = "SIGTERM";

/// The signals that end the service.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Listens from now on.
    ///
    /// # Errors
    /// If the process cannot listen for signals.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next signal and returns its name.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => TERMINATE,
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// Returns a signal that has arrived, without waiting.
    pub async fn arrived(&mut self) -> Option<&'static str> {
        // The runtime must run once before it reports signals that were sent.
        yield_now().await;
        tokio::select! {
            biased;
            signal = self.next() => Some(signal),
            () = ready(()) => None,
        }
    }
}
