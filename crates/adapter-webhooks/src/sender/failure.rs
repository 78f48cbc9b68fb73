//! What went wrong, from the errors of the HTTP client.

use std::error::Error;
use std::io;

use users_domain::model::webhooks::TransportError;

use super::resolver::NotResolved;

/// Why there is no answer. `secure`: the connection was to be TLS.
pub(super) fn transport_error(error: &reqwest::Error, secure: bool) -> TransportError {
    if let Some(not_resolved) = find::<NotResolved>(error) {
        return match not_resolved {
            NotResolved::Unknown => TransportError::NameNotResolved,
            NotResolved::Forbidden => TransportError::AddressForbidden,
        };
    }
    if find::<rustls::Error>(error).is_some() {
        return TransportError::TlsFailed;
    }
    if !error.is_connect() {
        return if error.is_timeout() {
            TransportError::TimedOut
        } else {
            TransportError::Broken
        };
    }
    // Whoever refuses a connection does so at its beginning; one that ends later ends within the handshake.
    let ended_in_handshake = secure
        && find::<io::Error>(error).is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::BrokenPipe
            )
        });
    if ended_in_handshake {
        TransportError::TlsFailed
    } else {
        TransportError::NotConnected
    }
}

/// The first cause of a type. What an [`io::Error`] was made of is not among its sources.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        cause = match current
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    None
}
