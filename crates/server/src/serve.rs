//! The `serve` command: start, run and orderly stop.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::{System, SystemRunner};
use actix_web::web;
use adapter_system::{StopSignals, TERMINATE};
use admin_cli::first_key::{self, FirstKeyError};
use api_actix::RunningServer;
use thiserror::Error;
use tokio::join;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use worker::Loops;

use crate::args::ServeRole;
use crate::capacity;
use crate::config::{Config, Http};
use crate::database::Database;
use crate::monitoring;
use crate::preparing::{self, Patience, PrepareError};
use crate::readiness::StoppingReadiness;
use crate::wiring::{self, WiringError};

const CLUSTER_IS_WATCHED_EVERY: Duration = Duration::from_secs(1);

/// Minimum time that the embedded cluster gets for a clean stop, even if less of the grace time is left.
const CLUSTER_STOPS_WITHIN: Duration = Duration::from_secs(3);

/// Why the service could not start or ended.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(transparent)]
    Wiring(#[from] WiringError),
    #[error(transparent)]
    FirstKey(#[from] FirstKeyError),
    #[error("the embedded PostgreSQL ended by itself; its log is in the data directory")]
    ClusterEnded,
    #[error(
        "stopped before everything was finished: requests were cut off, or the database did not respond; confirmed changes are kept"
    )]
    Unfinished,
    #[error(
        "stopped at once by a second signal: requests in progress were cut off; confirmed changes are kept"
    )]
    AtOnce,
    #[error("delivery ended by itself")]
    DeliveryEnded,
    #[error("cannot serve: {0}")]
    Io(#[from] io::Error),
}

/// Returns the runtime that [`until_stopped`] needs: delivery uses as many threads as HTTP has workers.
pub(crate) fn system(config: &Config) -> SystemRunner {
    let threads = config.http.workers_on(capacity::cores());
    System::with_tokio_rt(|| {
        #[expect(clippy::expect_used, reason = "without threads nothing can be served")]
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .expect("the operating system provides threads")
    })
}

/// Migrates, serves and delivers according to the role until SIGTERM or SIGINT. Then continues for a while so that load
/// balancers notice (after SIGTERM), finishes running work within the limit, and stops the embedded cluster last. The
/// runtime must not be dropped after that: it would wait for threads that may be waiting for PostgreSQL.
pub(crate) async fn until_stopped(
    config: &Config,
    mut database: Database,
    role: ServeRole,
) -> Result<(), ServeError> {
    let mut signals = StopSignals::listen()?;
    let served = serve(config, &mut database, role, &mut signals).await;
    let left = match &served {
        Err(ServeError::AtOnce) => {
            database.leave();
            return Err(ServeError::AtOnce);
        }
        Err(ServeError::Unfinished) => Duration::ZERO,
        Err(_) => config.http.shutdown_grace,
        Ok(stop_by) => stop_by.saturating_duration_since(Instant::now()),
    };
    if database.is_embedded() {
        tracing::info!("stopping PostgreSQL");
    }
    // The stop blocks; all users of the cluster have ended by now.
    let stopping = spawn_blocking(move || database.stop(left.max(CLUSTER_STOPS_WITHIN)));
    tokio::select! {
        stopped = stopping => stopped.map_err(io::Error::other)?,
        signal = signals.next() => {
            tracing::warn!(signal, "stopping at once");
            return Err(ServeError::AtOnce);
        }
    }
    served?;
    tracing::info!("stopped");
    Ok(())
}

/// Does everything except stopping the cluster, and returns the time by which the cluster should stop.
async fn serve(
    config: &Config,
    database: &mut Database,
    role: ServeRole,
    signals: &mut StopSignals,
) -> Result<Instant, ServeError> {
    let mut running = tokio::select! {
        running = Running::start(config, database, role) => running?,
        signal = signals.next() => {
            tracing::info!(signal, "stopping before the start is complete");
            return Ok(Instant::now() + config.http.shutdown_grace);
        }
    };
    let (outcome, times) = tokio::select! {
        signal = signals.next() => {
            tracing::info!(signal, "stopping: finishing what runs");
            (Ok(()), StopTimes::after(signal, &config.http))
        }
        error = running.ended() => return Err(error),
        () = end_of_cluster(database) => (Err(ServeError::ClusterEnded), StopTimes::default()),
    };
    let stop_by = Instant::now() + times.drain + times.grace;
    let finished = running.stop(&times, signals).await?;
    outcome?;
    match finished {
        Some(true) => Ok(stop_by),
        Some(false) => Err(ServeError::Unfinished),
        None => Err(ServeError::AtOnce),
    }
}

/// Time limits of stopping.
#[derive(Default)]
struct StopTimes {
    /// How long the service continues to serve while not ready.
    drain: Duration,
    /// How long running work may continue after that.
    grace: Duration,
}

impl StopTimes {
    /// Drains only after SIGTERM; SIGINT comes from a terminal, where no load balancer has to notice.
    fn after(signal: &str, http: &Http) -> Self {
        let drains = signal == TERMINATE;
        Self {
            drain: if drains { http.shutdown_drain } else { Duration::ZERO },
            grace: http.shutdown_grace,
        }
    }
}

/// The servers and loops of this process.
struct Running {
    api: Option<RunningServer>,
    monitoring_server: Option<RunningServer>,
    loops: Loops,
    readiness: Arc<StoppingReadiness>,
}

impl Running {
    async fn start(
        config: &Config,
        database: &Database,
        role: ServeRole,
    ) -> Result<Self, ServeError> {
        let mut patience = Patience::new(config);
        preparing::schema(config, database, config.migrate_on_start, &mut patience).await?;
        let parts = wiring::parts(config, database)?;
        preparing::content(config, &parts, &mut patience).await?;
        let monitoring_server = match config.delivery.metrics_listen_addr {
            Some(address) => Some(monitoring::serve(parts.monitoring, address)?),
            None => None,
        };
        let mut loops = Loops::default();
        loops.maintain_retention(parts.retention, config.delivery.retention_days);
        loops.clean_up_idempotency(parts.claims);
        if role.delivers() {
            log_open_defaults(config);
            loops.deliver(parts.delivery);
            if let Some(purge) = parts.purge {
                loops.purge(purge);
            }
        }
        let api = if role.answers() {
            let state = web::Data::new(parts.state);
            let (server, address) = parts.connections.listen(
                move || api_actix::app(state.clone()),
                config.http.listen_addr,
                config.http.workers_on(capacity::cores()),
            )?;
            tracing::info!(%address, "serving");
            if database.is_embedded() {
                first_key::show_first(&parts.access, address, &mut io::stdout()).await?;
            }
            Some(RunningServer::start(parts.connections, server))
        } else {
            tracing::info!("working");
            None
        };
        Ok(Self { api, monitoring_server, loops, readiness: parts.readiness })
    }

    /// Waits until a server or a loop ends unexpectedly.
    async fn ended(&mut self) -> ServeError {
        tokio::select! {
            error = ended(&mut self.api) => error.into(),
            error = ended(&mut self.monitoring_server) => error.into(),
            () = self.loops.ended() => ServeError::DeliveryEnded,
        }
    }

    /// Drains and finishes running work. Returns whether all was finished; `None` if a second signal ended the process
    /// at once.
    async fn stop(
        mut self,
        times: &StopTimes,
        signals: &mut StopSignals,
    ) -> io::Result<Option<bool>> {
        self.readiness.stop();
        let finishing = async {
            let requests = async {
                let Some(api) = &mut self.api else {
                    return Ok(true);
                };
                api.drain(times.drain).await;
                api.stop(times.grace).await
            };
            let (answered, delivered) = join!(requests, self.loops.stop(times.grace));
            answered.map(|answered| answered && delivered)
        };
        let finished = tokio::select! {
            finished = finishing => Some(finished?),
            signal = signals.next() => {
                tracing::warn!(signal, "stopping at once");
                None
            }
        };
        if let (None, Some(api)) = (finished, &mut self.api) {
            api.stop(Duration::ZERO).await?;
        }
        // The monitoring server stops last.
        if let Some(monitoring_server) = &mut self.monitoring_server {
            monitoring_server.stop(Duration::ZERO).await?;
        }
        Ok(finished)
    }
}

async fn ended(server: &mut Option<RunningServer>) -> io::Error {
    match server {
        Some(server) => server.ended().await,
        None => pending().await,
    }
}

/// Logs defaults that suit a trial on one machine, but not production.
fn log_open_defaults(config: &Config) {
    if config.delivery.opened_by_default {
        tracing::info!(
            http = config.delivery.allow_http,
            networks = config.delivery.allowed_networks.len(),
            "webhooks may be sent to this machine, also over http, as the cluster is embedded and LISTEN_ADDR is loopback; \
            WEBHOOK_ALLOW_HTTP and WEBHOOK_ALLOWED_NETWORKS override this"
        );
    }
}

/// Waits until the embedded cluster ends. A restart of the service restarts the cluster, which then recovers.
async fn end_of_cluster(database: &mut Database) {
    while !database.cluster_has_ended() {
        tokio::time::sleep(CLUSTER_IS_WATCHED_EVERY).await;
    }
}
