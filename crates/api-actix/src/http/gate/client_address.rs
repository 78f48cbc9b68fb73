//! Determines the client's address from the connection and, if the peer is a trusted proxy, from forwarding headers.

use std::net::IpAddr;

use actix_web::http::header::HeaderMap;

use crate::http::forwarding::senders;

/// Returns the peer's address or, if the peer is a trusted proxy, the address that it reports, and so on until the
/// first address that is not a trusted proxy. Returns `None` if a trusted proxy reports no valid address.
pub(super) fn client_address(
    peer: IpAddr,
    headers: &HeaderMap,
    trusts: impl Fn(IpAddr) -> bool,
) -> Option<IpAddr> {
    let mut client = peer.to_canonical();
    if !trusts(client) {
        return Some(client);
    }
    for sender in senders(headers)?.into_iter().rev() {
        client = sender?;
        if !trusts(client) {
            break;
        }
    }
    Some(client)
}

#[cfg(test)]
mod tests;
