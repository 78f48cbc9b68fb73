//! Maps errors of the HTTP client to reasons of failure.

use std::error::Error;
use std::io;
use std::iter::successors;

use users_domain::model::webhooks::TransportError;
use users_domain::ports::NotSent;

use super::resolver::NotResolved;

/// Why there is no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// Failure during the attempt.
    Transport(TransportError),
    /// The attempt did not begin.
    NotSent(NotSent),
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// Maps an error of the HTTP client. `secure`: the request uses TLS.
pub(super) fn failure(error: &reqwest::Error, secure: bool) -> Failure {
    match causes::<NotResolved>(error).next() {
        Some(NotResolved::Unknown) => TransportError::NameNotResolved.into(),
        Some(NotResolved::Forbidden) => TransportError::AddressForbidden.into(),
        Some(NotResolved::NoPlace) => Failure::NotSent(NotSent::NoPlaceToLookUp),
        None => transport_error(error, secure).into(),
    }
}

fn transport_error(error: &reqwest::Error, secure: bool) -> TransportError {
    if causes::<native_tls::Error>(error).next().is_some() {
        return TransportError::TlsFailed;
    }
    if !error.is_connect() {
        return if error.is_timeout() { TransportError::TimedOut } else { TransportError::Broken };
    }
    // A refused connection fails at its beginning; a connection that ends later ends within the handshake.
    let ended = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe
        )
    };
    if secure && causes(error).any(ended) {
        TransportError::TlsFailed
    } else {
        TransportError::NotConnected
    }
}

/// The causes of type `E`, the outermost first.
fn causes<E: Error + 'static>(error: &reqwest::Error) -> impl Iterator<Item = &E> {
    let outermost: &(dyn Error + 'static) = error;
    successors(Some(outermost), |error| cause(*error)).filter_map(|error| error.downcast_ref())
}

/// Includes the inner error of an [`io::Error`], which `source` skips.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().map(io::Error::get_ref) {
        Some(Some(inner)) => Some(inner),
        _ => error.source(),
    }
}
