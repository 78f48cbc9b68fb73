//! Being told to stop.

use std::future::ready;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::yield_now;

/// SIGHUP ends nothing from now on: terminals send it when they close, and service managers for a reload. Called within
/// a runtime of actix; what it does outlasts that.
///
/// # Errors
/// Where the process cannot listen for signals.
pub fn ignore_hangups() -> io::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() {
            tracing::info!("SIGHUP is ignored: the configuration is read at the start alone");
        }
    });
    Ok(())
}

/// What [`StopSignals::next`] says of the signal that orchestrators send.
pub(crate) const TERMINATE: &str = "SIGTERM";

/// The signals that end the service.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Where the process cannot listen for signals.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one and names it.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => TERMINATE,
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// The one that has come, without waiting for any.
    pub(crate) async fn arrived(&mut self) -> Option<&'static str> {
        // Nothing that was sent is heard before the runtime has had its turn.
        yield_now().await;
        tokio::select! {
            biased;
            signal = self.next() => Some(signal),
            () = ready(()) => None,
        }
    }
}
