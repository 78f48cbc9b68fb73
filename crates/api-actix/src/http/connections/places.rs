//! Tracks the open connections and those that wait for their client. At the limit, a waiting connection is closed to
//! admit a new one.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use users_domain::model::ClientNetwork;

use super::ConnectionLimits;
use super::metrics::{Closed, ConnectionMetrics};
use crate::http::settings::TrustsProxy;

/// How many connections may have sent a long head, whose buffer stays until the connection ends; one client may have a
/// quarter of them.
const MAX_LONG_HEADS: usize = 128;

/// The places for connections; each open connection occupies one.
pub(super) struct Places {
    pub(super) limits: ConnectionLimits,
    pub(super) metrics: ConnectionMetrics,
    trusts: TrustsProxy,
    table: Mutex<Table>,
    draining: AtomicBool,
    ended: Notify,
}

#[derive(Default)]
struct Table {
    open: usize,
    closed: bool,
    /// The number of waits begun so far, which orders them.
    waits: u64,
    long_heads: usize,
    clients: HashMap<ClientNetwork, Client>,
}

#[derive(Default)]
struct Client {
    open: usize,
    long_heads: usize,
    /// The waiting connections, oldest wait first.
    waiting: BTreeMap<u64, Waiting>,
}

struct Waiting {
    between_requests: bool,
    close: Arc<Notify>,
}

impl Table {
    /// The client with the most waiting connections; among equals the one whose oldest connection has waited longest.
    fn most_expendable(&mut self) -> Option<&mut Client> {
        let clients = self.clients.values_mut();
        clients.filter(|client| !client.waiting.is_empty()).max_by_key(|client| {
            let longest = client.waiting.first_key_value().map(|(wait, _)| *wait);
            (client.waiting.len(), Reverse(longest))
        })
    }
}

impl Places {
    pub(super) fn new(
        limits: ConnectionLimits,
        trusts: TrustsProxy,
        metrics: ConnectionMetrics,
    ) -> Self {
        Self {
            limits,
            metrics,
            trusts,
            table: Mutex::default(),
            draining: AtomicBool::new(false),
            ended: Notify::new(),
        }
    }

    /// Returns a place for a connection of this peer, which first waits for its client. May close a waiting connection
    /// to free a place. Returns `None` if every place that the peer may use is taken by a connection that is not
    /// waiting.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let client = ClientNetwork::of(peer);
        let (per_client, most_long_heads) = if (self.trusts)(peer) {
            (usize::MAX, MAX_LONG_HEADS)
        } else {
            (self.limits.per_client, MAX_LONG_HEADS / 4)
        };
        let mut table = self.table();
        if table.closed {
            return None;
        }
        let of_client = table.clients.get(&client).map_or(0, |client| client.open);
        if of_client >= per_client || table.open >= self.limits.total {
            let (limit, expendable) = if of_client >= per_client {
                ("of one client", table.clients.get_mut(&client))
            } else {
                ("of all", table.most_expendable())
            };
            let expendable = expendable.and_then(|client| client.waiting.pop_first());
            let Some((_, waiting)) = expendable else {
                drop(table);
                self.metrics.refused(limit);
                return None;
            };
            waiting.close.notify_one();
            self.metrics.closed(Closed::MadeRoom { limit });
        }
        table.open += 1;
        table.clients.entry(client).or_default().open += 1;
        drop(table);
        self.metrics.opened();
        let place = Place {
            places: Arc::clone(self),
            client,
            close: Arc::default(),
            wait: Cell::new(None),
            most_long_heads,
            long_head: Cell::new(false),
        };
        place.wait(true);
        Some(place)
    }

    /// See [`super::Connections::drain`].
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Admits no further connections, and closes each connection as soon as it is between requests.
    pub(super) fn close(&self) {
        self.drain();
        let mut table = self.table();
        table.closed = true;
        for client in table.clients.values_mut() {
            client.waiting.retain(|_, waiting| {
                if waiting.between_requests {
                    waiting.close.notify_one();
                }
                !waiting.between_requests
            });
        }
    }

    /// Waits until no connection is open.
    pub(super) async fn all_ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.table().open == 0 {
                return;
            }
            ended.await;
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one open connection, freed on drop.
pub(super) struct Place {
    places: Arc<Places>,
    client: ClientNetwork,
    close: Arc<Notify>,
    wait: Cell<Option<u64>>,
    most_long_heads: usize,
    long_head: Cell<bool>,
}

impl Place {
    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// Notified when the connection must be closed, which happens only while it waits.
    pub(super) fn close(&self) -> Arc<Notify> {
        Arc::clone(&self.close)
    }

    /// Marks the connection as waiting for its client. Has no effect if it waits already.
    pub(super) fn wait(&self, between_requests: bool) {
        if self.wait.get().is_some() {
            return;
        }
        let mut table = self.places.table();
        if table.closed && between_requests {
            self.close.notify_one();
            return;
        }
        table.waits += 1;
        let wait = table.waits;
        if let Some(client) = table.clients.get_mut(&self.client) {
            let waiting = Waiting { between_requests, close: Arc::clone(&self.close) };
            client.waiting.insert(wait, waiting);
            self.wait.set(Some(wait));
        }
    }

    /// Marks the received head as long. Returns false if there are too many long heads.
    pub(super) fn take_long_head(&self) -> bool {
        if self.long_head.get() {
            return true;
        }
        let mut table = self.places.table();
        if table.long_heads >= MAX_LONG_HEADS {
            return false;
        }
        let Some(client) = table.clients.get_mut(&self.client) else {
            return false;
        };
        if client.long_heads >= self.most_long_heads {
            return false;
        }
        client.long_heads += 1;
        table.long_heads += 1;
        self.long_head.set(true);
        true
    }

    /// Whether the connection has received a long head.
    pub(super) fn has_long_head(&self) -> bool {
        self.long_head.get()
    }

    /// Marks the connection as no longer waiting. Returns false if it is being closed; no work may then start.
    pub(super) fn work(&self) -> bool {
        let Some(wait) = self.wait.take() else {
            return true;
        };
        let mut table = self.places.table();
        let client = table.clients.get_mut(&self.client);
        client.is_some_and(|client| client.waiting.remove(&wait).is_some())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.places.table();
        table.open -= 1;
        let long_heads = usize::from(self.long_head.get());
        table.long_heads -= long_heads;
        if let Some(client) = table.clients.get_mut(&self.client) {
            client.open -= 1;
            client.long_heads -= long_heads;
            if let Some(wait) = self.wait.take() {
                client.waiting.remove(&wait);
            }
            if client.open == 0 {
                table.clients.remove(&self.client);
            }
        }
        drop(table);
        self.places.metrics.ended();
        self.places.ended.notify_waiters();
    }
}
