//! Serving until stopped.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::{System, SystemRunner};
use actix_web::web;
use thiserror::Error;
use tokio::join;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::args::ServeRole;
use crate::config::{Config, Http};
use crate::database::Database;
use crate::delivery::Loops;
use crate::first_key::{self, FirstKeyError};
use crate::monitoring::{self, Monitoring};
use crate::preparing::{self, Patience, PrepareError};
use crate::readiness::StoppingReadiness;
use crate::serving::{self, Serving};
use crate::stop::{self, StopSignals};
use crate::wiring::{self, Parts, WiringError};

const CLUSTER_IS_WATCHED_EVERY: Duration = Duration::from_secs(1);

/// What the embedded cluster has at least for stopping in order, however much of the time for stopping is left.
const CLUSTER_STOPS_WITHIN: Duration = Duration::from_secs(3);

/// Why the service does not serve.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The database is not ready.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The parts do not fit together.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// There is no way in.
    #[error(transparent)]
    FirstKey(#[from] FirstKeyError),
    /// PostgreSQL of the embedded cluster is gone.
    #[error("the embedded PostgreSQL ended by itself; its log is in the data directory")]
    ClusterEnded,
    /// Something was still under way when the time for stopping was over.
    #[error(
        "stopped before everything was finished: requests were cut off, or the database did not answer; what was answered is kept"
    )]
    Unfinished,
    /// A second signal came.
    #[error(
        "stopped at once by a second signal: what was under way was cut off; what was answered is kept"
    )]
    AtOnce,
    /// A loop of delivery ended.
    #[error("delivery ended by itself")]
    DeliveryEnded,
    /// The address cannot be listened on, or serving failed.
    #[error("cannot serve: {0}")]
    Io(#[from] io::Error),
}

/// The runtime that [`until_stopped`] needs: delivery uses as many threads as HTTP has workers.
///
/// # Panics
/// Where the operating system gives no threads.
pub fn system(config: &Config) -> SystemRunner {
    let threads = config.http.workers_on(serving::cores());
    System::with_tokio_rt(|| {
        #[expect(clippy::expect_used, reason = "without threads nothing can be served")]
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .expect("the operating system gives threads")
    })
}

/// Migrates, serves and delivers, as its role says, until SIGTERM or SIGINT; then goes on for a while so that load balancers
/// notice (after SIGTERM), finishes what runs within the limit, and stops the embedded cluster last. The runtime is not to be
/// dropped after that: it would wait for threads that may be waiting for PostgreSQL.
///
/// # Errors
/// [`ServeError`].
pub async fn until_stopped(
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
    // That blocks, and everything that used the cluster is gone by now.
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

/// Everything but the end of the cluster, and by when that is to come.
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

/// How long stopping takes at most.
#[derive(Default)]
struct StopTimes {
    /// How long it goes on as before, but not ready.
    drain: Duration,
    /// How long what runs may go on after that.
    grace: Duration,
}

impl StopTimes {
    /// A person at a terminal, who sends SIGINT, has no load balancer to wait for.
    fn after(signal: &str, http: &Http) -> Self {
        let drains = signal == stop::TERMINATE;
        Self {
            drain: if drains {
                http.shutdown_drain
            } else {
                Duration::ZERO
            },
            grace: http.shutdown_grace,
        }
    }
}

/// What runs in this process.
struct Running {
    api: Option<Serving>,
    watched: Option<Serving>,
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
        let Parts {
            state,
            access,
            key_check: _,
            delivery,
            purge,
            retention,
            claims,
            backlog,
            readiness,
            registry,
            connections,
        } = parts;
        let watched = match config.delivery.metrics_listen_addr {
            Some(address) => {
                let monitoring = Monitoring::new(registry, backlog, readiness.clone());
                Some(monitoring::serve(monitoring, address)?)
            }
            None => None,
        };
        let mut loops = Loops::default();
        loops.keep_house(retention, config.delivery.retention_days);
        loops.forget(claims);
        if role.delivers() {
            tell_what_may_be_called(config);
            loops.deliver(delivery);
            if let Some(purge) = purge {
                loops.purge(purge);
            }
        }
        let api = if role.answers() {
            let state = web::Data::new(state);
            let (server, address) = connections.listen(
                move || api_actix::app(state.clone()),
                config.http.listen_addr,
                config.http.workers_on(serving::cores()),
            )?;
            tracing::info!(%address, "serving");
            if database.is_embedded() {
                first_key::show_first(&access, address, &mut io::stdout()).await?;
            }
            Some(Serving::begin(connections, server))
        } else {
            tracing::info!("working");
            None
        };
        Ok(Self {
            api,
            watched,
            loops,
            readiness,
        })
    }

    /// Waits until something ends that should not.
    async fn ended(&mut self) -> ServeError {
        tokio::select! {
            error = ended(&mut self.api) => error.into(),
            error = ended(&mut self.watched) => error.into(),
            () = self.loops.ended() => ServeError::DeliveryEnded,
        }
    }

    /// Drains and finishes what runs. Whether all was finished; `None` where a second signal ended it at once.
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
        // Watched to the end.
        if let Some(watched) = &mut self.watched {
            watched.stop(Duration::ZERO).await?;
        }
        Ok(finished)
    }
}

async fn ended(server: &mut Option<Serving>) -> io::Error {
    match server {
        Some(server) => server.ended().await,
        None => pending().await,
    }
}

/// A default that is right for trying things out, and must not be taken for the one of production.
fn tell_what_may_be_called(config: &Config) {
    if config.delivery.opened_by_default {
        tracing::info!(
            http = config.delivery.allow_http,
            networks = config.delivery.allowed_networks.len(),
            "webhooks may go to this machine, also over http, as the cluster is the service's own and LISTEN_ADDR is loopback; \
             WEBHOOK_ALLOW_HTTP and WEBHOOK_ALLOWED_NETWORKS say otherwise"
        );
    }
}

/// Whoever restarts the service after this also restarts the cluster, which recovers then.
async fn end_of_cluster(database: &mut Database) {
    while !database.cluster_has_ended() {
        tokio::time::sleep(CLUSTER_IS_WATCHED_EVERY).await;
    }
}
