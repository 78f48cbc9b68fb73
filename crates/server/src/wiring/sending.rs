//! The parts that send and sign webhooks.

use std::sync::Arc;

use adapter_postgres::{PgAttemptLog, PgDestinationStore, PgLaneStore, PgRecoveryStore, Pool};
use adapter_system::{SystemClock, SystemEntropy};
use adapter_webhooks::{
    AddressGuard, DeliveryMetrics, Dispatcher, DispatcherPorts, EventBodyEncoder, GuardedUrlPolicy,
    HttpWebhookSender, KeyRingVault, SenderError, SenderSettings,
};
use key_ring::KeyRing;
use users_domain::model::{WorkerId, random_uuid};
use users_domain::ports::{Clock as _, Entropy as _};
use users_domain::service::{DestinationPorts, DestinationService};

use crate::config::Config;

/// Maximum concurrent name look-ups for clients' tests and resends: one for each that may run at once, and as many
/// look-ups that outlast their request.
const LOOKUPS_BY_REQUEST: usize = 32;

/// The senders and the vault. Due events and events sent at a client's request use separate senders, so that they never
/// wait for each other's look-ups.
pub(super) struct Sending {
    urls: GuardedUrlPolicy,
    due: Arc<HttpWebhookSender>,
    by_request: Arc<HttpWebhookSender>,
    vault: Arc<KeyRingVault>,
}

impl Sending {
    pub(super) fn new(config: &Config, key_ring: &KeyRing) -> Result<Self, SenderError> {
        let delivery = &config.delivery;
        let guard = AddressGuard::new(delivery.allowed_networks.clone());
        let urls = GuardedUrlPolicy::new(guard, delivery.allow_http);
        let settings = SenderSettings {
            connect_timeout: delivery.connect_timeout,
            total_timeout: delivery.dispatcher.request_timeout,
            ..SenderSettings::default()
        };
        let by_request = SenderSettings { lookups_at_once: LOOKUPS_BY_REQUEST, ..settings.clone() };
        let sender = |settings| {
            HttpWebhookSender::new(urls.clone(), settings, Arc::new(SystemClock)).map(Arc::new)
        };
        Ok(Self {
            due: sender(settings)?,
            by_request: sender(by_request)?,
            urls,
            vault: Arc::new(KeyRingVault::new(key_ring.clone())),
        })
    }

    pub(super) fn destinations(&self, pool: &Pool) -> DestinationService {
        DestinationService::new(DestinationPorts {
            destinations: Arc::new(PgDestinationStore::new(pool.clone())),
            attempts: Arc::new(PgAttemptLog::new(pool.clone())),
            recoveries: Arc::new(PgRecoveryStore::new(pool.clone())),
            vault: Arc::clone(&self.vault) as _,
            urls: Arc::new(self.urls.clone()),
            sender: Arc::clone(&self.by_request) as _,
            test_events: Arc::new(EventBodyEncoder),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        })
    }

    pub(super) fn dispatcher(
        &self,
        config: &Config,
        pool: &Pool,
        metrics: DeliveryMetrics,
    ) -> Dispatcher {
        let ports = DispatcherPorts {
            lanes: Arc::new(PgLaneStore::new(pool.clone())),
            sender: Arc::clone(&self.due) as _,
            vault: Arc::clone(&self.vault) as _,
            entropy: Arc::new(SystemEntropy),
        };
        let worker = WorkerId::new(random_uuid(SystemClock.now(), SystemEntropy.seed()));
        Dispatcher::new(ports, worker, config.delivery.dispatcher, metrics)
    }
}
