//! Which addresses may be called.

use thiserror::Error;

use crate::model::webhooks::DestinationUrl;

/// Why a URL is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UrlRefused {
    /// No absolute URL with a host.
    #[error("the text is no URL")]
    Malformed,
    /// Longer than [`DestinationUrl::MAX_BYTES`].
    #[error("the URL is too long")]
    TooLong,
    /// Of another scheme than https (or http, where the operator allows it).
    #[error("the URL's scheme is not allowed")]
    Scheme,
    /// With a user name or password.
    #[error("the URL holds credentials")]
    Credentials,
    /// With an address that must never be called.
    #[error("the URL's address must not be called")]
    ForbiddenAddress,
}

/// Says which URLs may become destinations. A name's addresses are judged when it is called, not here.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait UrlPolicy: Send + Sync {
    /// The URL in its normal form, which is the same for all spellings of it, or why it is not accepted.
    ///
    /// # Errors
    /// [`UrlRefused`].
    fn accept(&self, text: &str) -> Result<DestinationUrl, UrlRefused>;
}
