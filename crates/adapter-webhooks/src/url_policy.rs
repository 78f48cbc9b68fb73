//! Which URLs may be called. One judgement for new destinations and for each attempt, so that what an operator closes is
//! closed for destinations that exist.

use url::{Host, Url};
use users_domain::model::webhooks::DestinationUrl;
use users_domain::ports::{UrlPolicy, UrlRefused};

use crate::AddressGuard;

/// Accepts `https` (and `http` where the operator allows it) to a name or to an allowed address, without credentials and
/// without a fragment, which would never be sent.
#[derive(Debug, Clone)]
pub struct GuardedUrlPolicy {
    guard: AddressGuard,
    allow_http: bool,
}

impl GuardedUrlPolicy {
    /// A policy that judges addresses by `guard`.
    #[must_use]
    pub const fn new(guard: AddressGuard, allow_http: bool) -> Self {
        Self { guard, allow_http }
    }

    pub(crate) const fn guard(&self) -> &AddressGuard {
        &self.guard
    }

    /// The URL exactly as the HTTP client reads it: judged and called is the same.
    pub(crate) fn judge(&self, text: &str) -> Result<Url, UrlRefused> {
        if text.len() > DestinationUrl::MAX_BYTES {
            return Err(UrlRefused::TooLong);
        }
        let url = Url::parse(text).map_err(|_| UrlRefused::Malformed)?;
        if url.scheme() != "https" && !(self.allow_http && url.scheme() == "http") {
            return Err(UrlRefused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefused::Credentials);
        }
        if url.fragment().is_some() || !is_plainly_written(text, url.scheme()) {
            return Err(UrlRefused::Malformed);
        }
        let allowed = match url.host() {
            Some(Host::Ipv4(address)) => self.guard.allows(address.into()),
            Some(Host::Ipv6(address)) => self.guard.allows(address.into()),
            Some(Host::Domain(_)) => true,
            None => return Err(UrlRefused::Malformed),
        };
        if allowed {
            Ok(url)
        } else {
            Err(UrlRefused::ForbiddenAddress)
        }
    }
}

impl UrlPolicy for GuardedUrlPolicy {
    fn accept(&self, text: &str) -> Result<DestinationUrl, UrlRefused> {
        let normal = normal(self.judge(text)?);
        if normal.len() > DestinationUrl::MAX_BYTES {
            return Err(UrlRefused::TooLong);
        }
        Ok(DestinationUrl::accepted(normal))
    }
}

/// One text for all spellings of a URL: that of the library, which leaves the dot at the end of a name and the case of the
/// digits of escapes.
fn normal(mut url: Url) -> String {
    if let Some(name) = url.domain().and_then(|name| name.strip_suffix('.')) {
        let name = name.to_owned();
        // A name that the library does not take stays as it is.
        let _ = url.set_host(Some(&name));
    }
    let mut left = 0;
    let upper = |c: char| {
        left = if c == '%' { 3 } else { left };
        if left == 0 {
            return c;
        }
        left -= 1;
        c.to_ascii_uppercase()
    };
    url.as_str().chars().map(upper).collect()
}

/// Parsers of URLs repair what browsers were once given: spaces and line breaks, backslashes, a missing or doubled slash.
/// Nobody should have to know that to see where a destination leads.
fn is_plainly_written(text: &str, scheme: &str) -> bool {
    let behind_slashes = text
        .get(scheme.len()..)
        .and_then(|rest| rest.strip_prefix("://"));
    behind_slashes.is_some_and(|rest| !rest.starts_with('/'))
        && !text
            .chars()
            .any(|c| c == '\\' || c.is_control() || c.is_whitespace())
}
