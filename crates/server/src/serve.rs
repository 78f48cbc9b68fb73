//! Serving until stopped.

use std::io;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_web::http::KeepAlive;
use actix_web::{HttpServer, web};
use adapter_postgres::{InvalidUrl, MigrateError};
use adapter_webhooks::SenderError;
use key_ring::{KeyFileError, KeyRing};
use thiserror::Error;
use tokio::task::{JoinError, spawn_blocking};

use crate::config::{Config, Sensitive, Storage};
use crate::database::{self, Database};
use crate::first_key::{self, FirstKeyError};
use crate::stop::StopSignals;
use crate::wiring;

const CLUSTER_IS_WATCHED_EVERY: Duration = Duration::from_secs(1);

/// Why the service does not serve.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The schema could not be brought up to date.
    #[error("cannot migrate: {0}")]
    Migrate(#[from] MigrateError),
    /// The key file of the embedded cluster cannot be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// With a shared database every process must be given the same secret.
    #[error("SECRET_KEY is required with DATABASE_URL")]
    NoSecret,
    /// The database's URL cannot be used.
    #[error("DATABASE_URL: {0}")]
    Url(#[from] InvalidUrl),
    /// Nothing can be sent to webhook destinations.
    #[error("cannot send webhooks: {0}")]
    Sender(#[from] SenderError),
    /// There is no way in.
    #[error(transparent)]
    FirstKey(#[from] FirstKeyError),
    /// PostgreSQL of the embedded cluster is gone.
    #[error("the embedded PostgreSQL ended by itself; its log is in the data directory")]
    ClusterEnded,
    /// The address cannot be listened on, or serving failed.
    #[error("cannot serve: {0}")]
    Io(#[from] io::Error),
}

/// Migrates, listens, and serves until SIGTERM or SIGINT; then stops accepting, finishes what runs within the limit, and
/// stops the embedded cluster last.
///
/// # Errors
/// [`ServeError`].
pub async fn until_stopped(config: &Config, database: Database) -> Result<(), ServeError> {
    let mut signals = StopSignals::listen()?;
    let mut database = prepare(config, database).await?;
    let (state, access) = wiring::state(config, &database, key_ring(config)?)?;
    let bootstrap = config.bootstrap_api_key.as_ref().map(Sensitive::expose);
    first_key::ensure_configured(&access, bootstrap).await?;

    let state = web::Data::new(state);
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    let http = &config.http;
    let server = HttpServer::new(move || api_actix::app(state.clone()))
        .workers(http.workers_on(cores))
        .max_connections(http.max_connections)
        .client_request_timeout(http.request_head_timeout)
        .keep_alive(if http.keep_alive.is_zero() {
            KeepAlive::Disabled
        } else {
            KeepAlive::Timeout(http.keep_alive)
        })
        .shutdown_timeout(http.shutdown_grace.as_secs())
        .disable_signals()
        .bind(http.listen_addr)?;
    for address in server.addrs() {
        tracing::info!(%address, "serving");
        if database.is_embedded() {
            first_key::show_first(&access, address, &mut io::stdout()).await?;
        }
    }
    let running = server.run();
    let handle = running.handle();
    let mut serving = actix_web::rt::spawn(running);
    let outcome = tokio::select! {
        signal = signals.next() => {
            tracing::info!(signal, "stopping: no new requests, finishing the running ones");
            Ok(())
        }
        ended = &mut serving => return Err(ended_by_itself(ended)),
        () = end_of_cluster(&mut database) => Err(ServeError::ClusterEnded),
    };
    tokio::select! {
        () = handle.stop(outcome.is_ok()) => {}
        signal = signals.next() => {
            tracing::warn!(signal, "stopping at once");
            handle.stop(false).await;
        }
    }
    serving.await.map_err(io::Error::other)??;
    // Stopping the cluster blocks, and everything that used it is gone by now.
    spawn_blocking(move || drop(database))
        .await
        .map_err(io::Error::other)?;
    tracing::info!("stopped");
    outcome
}

/// Whoever restarts the service after this also restarts the cluster, which recovers then.
async fn end_of_cluster(database: &mut Database) {
    while !database.cluster_has_ended() {
        tokio::time::sleep(CLUSTER_IS_WATCHED_EVERY).await;
    }
}

fn ended_by_itself(ended: Result<io::Result<()>, JoinError>) -> ServeError {
    match ended {
        Ok(Err(error)) => error.into(),
        Ok(Ok(())) => io::Error::other("the HTTP server ended by itself").into(),
        Err(error) => io::Error::other(error).into(),
    }
}

async fn prepare(config: &Config, database: Database) -> Result<Database, ServeError> {
    if !config.migrate_on_start {
        return Ok(database);
    }
    let migrated = spawn_blocking(move || database::migrate(&database).map(|_| database));
    Ok(migrated.await.map_err(io::Error::other)??)
}

fn key_ring(config: &Config) -> Result<KeyRing, ServeError> {
    match (&config.secrets, &config.storage) {
        (Some(secrets), _) => Ok(secrets.key_ring()),
        (None, Storage::Embedded { data_dir, .. }) => {
            Ok(KeyRing::from_file_or_create(&data_dir.join("secret.key"))?)
        }
        (None, Storage::Remote { .. }) => Err(ServeError::NoSecret),
    }
}
