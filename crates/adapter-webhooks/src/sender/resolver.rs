//! Names to addresses that may be called. The connection is made to the very addresses that were judged, so a name that
//! answers differently the next time gains nothing.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::AddressGuard;

/// Why a name has no address to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum NotResolved {
    #[error("the name has no address")]
    Unknown,
    #[error("the name has an address that must not be called")]
    Forbidden,
}

/// Answers a name with all of its addresses, if each of them may be called.
pub(super) struct GuardedResolver {
    guard: AddressGuard,
    lookups: Arc<Semaphore>,
}

impl GuardedResolver {
    pub(super) fn new(guard: AddressGuard, lookups_at_once: usize) -> Self {
        Self {
            guard,
            lookups: Arc::new(Semaphore::new(lookups_at_once)),
        }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.guard.clone();
        let lookups = Arc::clone(&self.lookups);
        Box::pin(async move {
            let permit = lookups.acquire_owned().await?;
            let looked_up = tokio::task::spawn_blocking(move || {
                let found = look_up(name.as_str());
                drop(permit);
                found
            });
            let addresses = looked_up.await?.map_err(|_| NotResolved::Unknown)?;
            Ok(judge(&guard, addresses)?)
        })
    }
}

/// The port is the client's business.
fn look_up(name: &str) -> io::Result<Vec<SocketAddr>> {
    (name, 0).to_socket_addrs().map(Iterator::collect)
}

fn judge(guard: &AddressGuard, addresses: Vec<SocketAddr>) -> Result<Addrs, NotResolved> {
    if addresses.is_empty() {
        return Err(NotResolved::Unknown);
    }
    if !addresses.iter().all(|address| guard.allows(address.ip())) {
        return Err(NotResolved::Forbidden);
    }
    Ok(Box::new(addresses.into_iter()))
}
