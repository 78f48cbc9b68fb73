//! Serving until stopped.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::{System, SystemRunner};
use actix_web::web;
use adapter_postgres::MigrateError;
use thiserror::Error;
use tokio::join;
use tokio::task::spawn_blocking;
use users_domain::ports::StoreError;

use crate::args::ServeRole;
use crate::config::{Config, Http, Sensitive};
use crate::database::{self, Database};
use crate::delivery::{DAYS_AHEAD, Loops};
use crate::first_key::{self, FirstKeyError};
use crate::key_check::KeyCheckError;
use crate::monitoring::{self, Monitoring};
use crate::readiness::StoppingReadiness;
use crate::serving::{self, Serving};
use crate::stop::{self, StopSignals};
use crate::wiring::{self, Parts, WiringError};

const CLUSTER_IS_WATCHED_EVERY: Duration = Duration::from_secs(1);

/// Why the service does not serve.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The database could not be reached.
    #[error(transparent)]
    Away(#[from] database::Away),
    /// The schema could not be brought up to date.
    #[error("cannot migrate: {0}")]
    Migrate(#[from] MigrateError),
    /// The parts do not fit together.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// There is no room for the events of today.
    #[error("cannot make room for events: {0}")]
    Room(#[from] StoreError),
    /// This process lacks the keys of the database.
    #[error(transparent)]
    Keys(#[from] KeyCheckError),
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
    database: Database,
    role: ServeRole,
) -> Result<(), ServeError> {
    stop::ignore_hangups()?;
    let mut signals = StopSignals::listen()?;
    let starting = async {
        let database = prepare(config, database).await?;
        let running = Running::start(config, &database, role).await?;
        Ok::<_, ServeError>((database, running))
    };
    let started = tokio::select! {
        started = starting => started,
        signal = signals.next() => {
            tracing::info!(signal, "stopping before the start is complete");
            return Ok(());
        }
    };
    let (mut database, mut running) = started?;
    let (outcome, times) = tokio::select! {
        signal = signals.next() => {
            tracing::info!(signal, "stopping: finishing what runs");
            (Ok(()), StopTimes::after(signal, &config.http))
        }
        error = running.ended() => return Err(error),
        () = end_of_cluster(&mut database) => (Err(ServeError::ClusterEnded), StopTimes::default()),
    };
    let finished = running.stop(&times, &mut signals).await?;
    // Stopping the cluster blocks, and everything that used it is gone by now.
    spawn_blocking(move || drop(database))
        .await
        .map_err(io::Error::other)?;
    if outcome.is_ok() && !finished {
        return Err(ServeError::Unfinished);
    }
    tracing::info!("stopped");
    outcome
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
        let parts = wiring::parts(config, database)?;
        parts.retention.make_room(DAYS_AHEAD).await?;
        parts.key_check.run().await?;
        let bootstrap = config.bootstrap_api_key.as_ref().map(Sensitive::expose);
        first_key::ensure_configured(&parts.access, bootstrap).await?;

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

    /// Drains and finishes what runs; a second signal ends it at once. Whether all was finished.
    async fn stop(mut self, times: &StopTimes, signals: &mut StopSignals) -> io::Result<bool> {
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
        Ok(finished.unwrap_or(false))
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

async fn prepare(config: &Config, database: Database) -> Result<Database, ServeError> {
    database::wait_for(&database, config, config.migrate_on_start).await?;
    if !config.migrate_on_start {
        return Ok(database);
    }
    let keep_days = config.delivery.retention_days;
    let migrated =
        spawn_blocking(move || database::migrate(&database, keep_days).map(|_| database));
    Ok(migrated.await.map_err(io::Error::other)??)
}
