//! Resolves names to addresses that may be called. The connection uses exactly the addresses that were checked, so a
//! name that resolves differently the next time (DNS rebinding) gains nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use super::lookups::{Lookups, NameLookup};
use crate::AddressGuard;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum NotResolved {
    #[error("the name has no address")]
    Unknown,
    #[error("the name has an address that must not be called")]
    Forbidden,
    #[error("too many names are being looked up")]
    NoPlace,
}

/// Resolves a name to all of its addresses if each of them may be called.
pub(super) struct GuardedResolver {
    guard: AddressGuard,
    lookups: Arc<Lookups>,
}

impl GuardedResolver {
    pub(super) fn new(guard: AddressGuard, look_up: NameLookup, at_once: usize) -> Self {
        Self { guard, lookups: Arc::new(Lookups::new(look_up, at_once)) }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.guard.clone();
        let lookups = Arc::clone(&self.lookups);
        Box::pin(async move {
            let addresses = lookups.find(name.as_str()).await?;
            Ok(judge(&guard, addresses)?)
        })
    }
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
