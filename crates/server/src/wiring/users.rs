//! The services that write users, on one pool.

use std::sync::Arc;

use adapter_postgres::{
    IdempotencyQuota, PgDeletedUserReader, PgIdempotencyStore, PgUserReader, PgUserStore, Pool,
};
use adapter_system::{SystemClock, SystemEntropy};
use adapter_webhooks::EventBodyEncoder;
use users_domain::ports::{DeletedUserReader, IdempotencyStore, UserReader, UserStore};
use users_domain::service::{DeletedUserService, IngestService, UserService, UserServiceLimits};
use worker::{Wake, WakingUserStore};

use crate::config::Config;

/// The stores of users: each commit wakes delivery.
pub(super) struct Users {
    pub(super) store: Arc<dyn UserStore>,
    pub(super) reader: Arc<dyn UserReader>,
    pub(super) deleted: Arc<dyn DeletedUserReader>,
    pub(super) claims: Arc<dyn IdempotencyStore>,
}

impl Users {
    pub(super) fn new(pool: &Pool, committed: Wake, quota: &IdempotencyQuota) -> Self {
        let store =
            PgUserStore::new(pool.clone(), Arc::new(EventBodyEncoder)).limited_by(quota.clone());
        Self {
            store: Arc::new(WakingUserStore::new(Arc::new(store), committed)),
            reader: Arc::new(PgUserReader::new(pool.clone())),
            deleted: Arc::new(PgDeletedUserReader::new(pool.clone())),
            claims: Arc::new(PgIdempotencyStore::new(pool.clone()).limited_by(quota.clone())),
        }
    }

    pub(super) fn service(&self, config: &Config) -> UserService {
        UserService::new(
            Arc::clone(&self.store),
            Arc::clone(&self.reader),
            Arc::clone(&self.claims),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
            UserServiceLimits {
                delete_chunk_users: config.delete_all.chunk_users,
                delete_all_budget: config.delete_all.time_budget,
                // A longer request has already been answered with a timeout.
                longest_hold: config.http.request_timeout,
            },
        )
    }

    pub(super) fn deleted(&self, config: &Config) -> DeletedUserService {
        DeletedUserService::new(
            Arc::clone(&self.store),
            Arc::clone(&self.deleted),
            Arc::clone(&self.claims),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
            // A longer request has already been answered with a timeout.
            config.http.request_timeout,
        )
    }

    pub(super) fn ingest(&self) -> IngestService {
        IngestService::new(
            Arc::clone(&self.store),
            Arc::clone(&self.reader),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
        )
    }
}
