//! What went wrong, from the errors of the HTTP client.

use std::error::Error;
use std::io;
use std::iter::successors;

use users_domain::model::webhooks::TransportError;
use users_domain::ports::NotSent;

use super::resolver::NotResolved;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// What went wrong on the way.
    Transport(TransportError),
    /// It did not begin.
    NotSent(NotSent),
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// Why there is no answer. `secure`: the connection was to be TLS.
pub(super) fn failure(error: &reqwest::Error, secure: bool) -> Failure {
    match causes::<NotResolved>(error).next() {
        Some(NotResolved::Unknown) => TransportError::NameNotResolved.into(),
        Some(NotResolved::Forbidden) => TransportError::AddressForbidden.into(),
        Some(NotResolved::NoPlace) => Failure::NotSent(NotSent::NoPlaceToLookUp),
        None => transport_error(error, secure).into(),
    }
}

fn transport_error(error: &reqwest::Error, secure: bool) -> TransportError {
    if causes::<rustls::Error>(error).next().is_some() {
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

/// The causes of one type, the outermost first.
fn causes<E: Error + 'static>(error: &reqwest::Error) -> impl Iterator<Item = &E> {
    let outermost: &(dyn Error + 'static) = error;
    successors(Some(outermost), |error| cause(*error)).filter_map(|error| error.downcast_ref())
}

/// What an [`io::Error`] was made of is not its source.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().map(io::Error::get_ref) {
        Some(Some(inner)) => Some(inner),
        _ => error.source(),
    }
}
