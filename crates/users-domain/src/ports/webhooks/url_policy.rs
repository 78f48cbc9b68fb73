//! The policy for destination URLs.

use thiserror::Error;

use crate::model::webhooks::DestinationUrl;

/// Why a URL was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UrlRefused {
    /// Not an absolute URL with a host.
    #[error("the text is not a URL")]
    Malformed,
    /// Longer than [`DestinationUrl::MAX_BYTES`].
    #[error("the URL is too long")]
    TooLong,
    /// A scheme other than https (or http, if the operator allows it).
    #[error("the URL's scheme is not allowed")]
    Scheme,
    /// Contains a user name or password.
    #[error("the URL contains credentials")]
    Credentials,
    /// Contains an address that must not be called.
    #[error("the URL's address must not be called")]
    ForbiddenAddress,
}

/// Decides which URLs may become destinations. The addresses of a host name are checked when it is called, not here.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait UrlPolicy: Send + Sync {
    /// Returns the URL in its normal form, which is the same for all spellings.
    ///
    /// # Errors
    /// [`UrlRefused`].
    fn accept(&self, text: &str) -> Result<DestinationUrl, UrlRefused>;
}
